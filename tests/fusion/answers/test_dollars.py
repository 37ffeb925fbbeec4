"""Sums in dollars of other countries than the United States: read by their letters, and no American ones."""

import pytest

from apps.fusion.answers.groups import group_answers, read_answers
from apps.fusion.answers.reading import final_answer
from apps.fusion.comparing.quantities import quantities
from apps.fusion.json_values import canonical_scalars

SIGNS = dict(
    pair.split("=") for pair in "A$=AUD AU$=AUD C$=CAD CA$=CAD HK$=HKD NZ$=NZD S$=SGD R$=BRL US$=USD $=USD".split()
)


@pytest.mark.parametrize(
    "form", ["The total cost is {}.", "**{}**", "Therefore, the answer is {}.", "Answer: {}", "4 * 3 = {}"]
)
@pytest.mark.parametrize("sign, currency", SIGNS.items())
def test_letters_before_a_dollar_sign_say_whose_it_is(form: str, sign: str, currency: str) -> None:
    for words in (f"{sign}1,250.50", f"{sign} 1,250.50", f"1,250.50 {sign}"):
        found = final_answer(form.format(words))

        assert found
        assert (found.final.canonical, found.text) == (f"{currency}:2501/2", words)


@pytest.mark.parametrize("sign, currency", SIGNS.items())
def test_dollar_sign_may_be_escaped(sign: str, currency: str) -> None:
    found = final_answer(f"\\boxed{{{sign.replace('$', chr(92) + '$')}5}}")

    assert found
    assert found.final.canonical == f"{currency}:5"


@pytest.mark.parametrize("sign, currency", SIGNS.items())
def test_quantities_of_a_sentence_know_whose_dollars_they_are(sign: str, currency: str) -> None:
    text = f"The ticket costs {sign}5, {sign} 6 or 7 {sign}."

    assert [one.dimension for one in quantities(text)] == [currency] * 3


@pytest.mark.parametrize("text", ["Sum column $A$5 first.", "See cell a$5.", "Use plan XA$5."])
def test_other_letters_before_a_dollar_sign_are_no_currency(text: str) -> None:
    assert not {"AUD", "USD"} & {one.dimension for one in quantities(text)}


@pytest.mark.parametrize(
    "values, are_equal",
    [
        (("US$5", "$5.00"), True),
        (("A$5", "AU$ 5.00", "5 A$", 5), True),
        (("HK$1,250", "1250 HK$", 1250), True),
        (("C$5", "S$5"), False),
        (("A$5", "$5"), False),
        (("NZ$5", "NZ$6"), False),
    ],
)
def test_sums_in_json_are_those_of_their_currency(values: tuple[str | int, ...], *, are_equal: bool) -> None:
    forms = canonical_scalars(dict(zip("ABCD", values, strict=False)))

    assert (len(set(forms.values())) == 1) is are_equal


@pytest.mark.parametrize(
    "answers, groups",
    [
        (["The answer is A$5.", "The answer is $5.", "The answer is AU$5."], [["A", "B", "C"]]),
        (["The answer is A$5.", "The answer is US$5.", "The answer is $5."], [["B", "C"], ["A"]]),
        (["The answer is A$5.", "The answer is C$5.", "The answer is $5."], [["A"], ["B"], ["C"]]),
        (["The answer is HK$5.", "The answer is 5.", "The answer is HK$6."], [["A", "B"], ["C"]]),
    ],
)
def test_bare_dollars_are_those_of_a_country_if_one_alone_is_named(answers: list[str], groups: list[list[str]]) -> None:
    texts = dict(zip("ABC", answers, strict=True))

    found = group_answers(read_answers(texts))

    assert sorted(sorted(group.answers) for group in found) == sorted(groups)
