"""A result that is stated in front of its way: it holds where the way stops short of it, or only checks it."""

from fractions import Fraction
from itertools import permutations

import pytest

from apps.fusion.answers.figures import given_values
from apps.fusion.answers.groups import read_panel
from apps.fusion.answers.reading import final_answer

ASKED = "A stall has 8 boxes with 12 pears each and sells thirty-nine, or 39. How many pears are left?"


def canonical(text):
    found = final_answer(text)
    return found and found.final.canonical


def beside_others(text, asked=ASKED):
    """Return what a text concludes beside two that say 57 and 61, in any slot."""
    read = set()
    for texts in permutations([text, "Answer: 57", "Answer: 61"]):
        found = read_panel(dict(zip("ABC", texts, strict=True)), asked)
        slot = "ABC"[texts.index(text)]
        read.add(found[slot].final.canonical if slot in found else "-")
    (only,) = read
    return only


@pytest.mark.parametrize(
    "text",
    [
        "That comes to 57. First multiply: 8 × 12 = 96. Then take away the 39.",
        "The result is 57.\n\n1. 8 × 12 = 96\n2. Take away the 39 sold",
        "The result is 57. Check: 57 + 39 = 96.",
        "In total I get 57.\n\n- boxes: 8 × 12 = 96\n- sold: 39",
        "**57 pears** First multiply: 8 × 12 = 96. Then take away the 39.",
        "Das ergibt 57. Zuerst malnehmen: 8 × 12 = 96. Dann die 39 abziehen.",
        "Le résultat est 57. On multiplie : 8 × 12 = 96. Puis on retire les 39.",
        "El resultado es 57. Se multiplica: 8 × 12 = 96. Luego se quitan las 39.",
        "Si arriva a 57. Si moltiplica: 8 × 12 = 96. Poi si tolgono le 39.",
        "O resultado é 57. Multiplica-se: 8 × 12 = 96. Depois tiram-se as 39.",
        "Результат: 57. Умножаем: 8 × 12 = 96. Затем вычитаем 39.",
        "结果是57。相乘：8 × 12 = 96。再减去39。",
        "結果は57です。掛けます：8 × 12 = 96。次に39を引きます。",
    ],
)
def test_named_result_holds_before_a_way_that_stops_short(text):
    assert canonical(text) == "number:57"
    assert beside_others(text) == "number:57"


@pytest.mark.parametrize(
    "text",
    [
        # Words of no list: the figure is none that the question gives.
        "57 pears stay on the stall. Multiply: 8 × 12 = 96. Then take away the 39.",
        "Auf dem Stand liegen noch 57. Da 8 Kisten je 12 fassen, waren es 96, und 39 davon sind weg.",
        "架上留着57个。因为8箱各12个，起初有96个，其中39个没了。",
        "棚には57個が残ります。掛けます：8 × 12 = 96。次に39を引きます。",
        "57 peras siguen allí. Son 8 × 12 = 96, y se restan las 39.",
        "57 pears stay on the stall. The boxes hold 8 × 12 = 96.",
    ],
)
def test_result_that_the_question_does_not_give_holds_beside_others(text):
    assert beside_others(text) == "number:57"
    assert beside_others(text, f"{ASKED} What is their number?") == "number:57"


@pytest.mark.parametrize(
    "text",
    [
        # A conclusion behind the way, in its words or as it goes on with what stands first.
        "The total is 96. Of these 39 are sold, so 57 are left.",
        "In total there are 96. 96 - 39 = 57.",
        "That comes to 96. Take away 39: 96 − 39 = 57. So it is 57.",
        # The first item of a list, a first guess and a correction.
        "1. 8 × 12 = 96\n2. 96 − 39 = 57",
        "That comes to 61. No, wait. 8 × 12 = 96 and 96 − 39 = 57.",
        "That comes to 61. Actually, 8 × 12 = 96 and 96 − 39 = 57.",
    ],
)
def test_first_statement_is_no_result_where_another_follows(text):
    assert canonical(text) == "number:57"
    assert beside_others(text) == "number:57"


@pytest.mark.parametrize(
    "text",
    [
        "The boxes hold 96 pears. Without the 39 sold, 57 remain.",
        "A week has 7 days, not that it matters. With 8 × 12 pears and 39 sold, that is 8 × 12 − 39 = 57.",
        "Die Kisten fassen 96 Birnen. Nach dem Verkauf von 39 bleiben 57 übrig.",
    ],
)
def test_number_of_a_step_that_stands_first_is_no_result_beside_others(text):
    assert beside_others(text) == "number:57"


@pytest.mark.parametrize(
    "asked, language, expected",
    [
        ("4 crates of 27kg and 1.5 kg of wrapping", "en", {4, 27, Fraction(3, 2)}),
        ("4 Kisten zu 1.250,5 kg und zwei Gurte", "de", {4, Fraction(2501, 2), 2}),
        ("What is 40*2 less thirty-nine?", "en", {40, 2}),
        ("27kgの箱4個", "ja", {27, 4}),
    ],
)
def test_numbers_of_a_question_are_known_with_whatever_is_written_beside_them(asked, language, expected):
    assert given_values(asked, language) == expected
