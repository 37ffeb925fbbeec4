"""Sentences, quantities and dates are read rightly, and contradictions are claimed rarely wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.comparing.comparison import SAME_SUBJECT, Relation, compare, similarity
from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.quantities import quantities
from apps.fusion.comparing.sentences import blocks, sentences
from apps.fusion.comparing.statements import statements, weights
from apps.fusion.languages import KNOWN
from apps.fusion.numerals import plain_numbers
from apps.fusion.vocabulary import FindingKind
from tests.fusion.comparing.sentence_pairs import (
    CONFLICTS,
    NO_CONFLICTS,
    ONE_THING,
    OTHER_POINTS,
    SAME_POINTS,
    TWO_THINGS,
    UNSEEN_CONFLICTS,
    UNSEEN_NO_CONFLICTS,
)


def is_conflict(one: str, other: str) -> bool:
    a, b = statements("A", one)[0], statements("B", other)[0]
    similar = similarity(a, b, weights([a, b]))
    return similar >= SAME_SUBJECT and compare(a, b, similar).relation is Relation.CONFLICT


@pytest.mark.parametrize(
    "conflicts, no_conflicts",
    [(CONFLICTS, NO_CONFLICTS), (UNSEEN_CONFLICTS, UNSEEN_NO_CONFLICTS)],
    ids=["known", "unseen"],
)
def test_contradictions_between_labelled_pairs_are_claimed_rightly(conflicts, no_conflicts, record_property):
    claimed_rightly = sum(is_conflict(*pair) for pair in conflicts)
    claimed_wrongly = sum(is_conflict(*pair) for pair in no_conflicts)
    precision = claimed_rightly / (claimed_rightly + claimed_wrongly)
    recall = claimed_rightly / len(conflicts)
    record_property("precision", precision)
    record_property("recall", recall)

    assert precision >= 0.9
    assert recall >= 0.85


@pytest.mark.parametrize("pair", OTHER_POINTS)
def test_different_points_are_neither_shared_nor_contradicted(pair):
    analysis = overlap(dict(zip("AB", pair, strict=True)))

    assert [one for one in analysis.findings if one.kind is not FindingKind.UNIQUE_INSIGHT] == []


@pytest.mark.parametrize("pair", SAME_POINTS)
def test_same_point_in_other_words_is_consensus(pair):
    analysis = overlap(dict(zip("AB", pair, strict=True)))

    assert [one.kind for one in analysis.findings] == [FindingKind.CONSENSUS]


@pytest.mark.parametrize(
    "row, is_contradiction",
    [(row, False) for row in TWO_THINGS.strip().splitlines()] + [(row, True) for row in ONE_THING.strip().splitlines()],
)
def test_word_that_tells_two_things_apart_contradicts_nothing(row, is_contradiction):
    pair = row.split(" / ")

    for texts in (pair, pair[::-1]):
        kinds = [one.kind for one in overlap(dict(zip("AB", texts, strict=True))).findings]
        assert (FindingKind.CONTRADICTION in kinds) is is_contradiction


def test_table_of_labelled_pairs_is_large():
    assert len(CONFLICTS) + len(NO_CONFLICTS) >= 60
    assert len(UNSEEN_CONFLICTS) + len(UNSEEN_NO_CONFLICTS) >= 30


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("In 1998 the fare to the island was $40 per person.", "The fare to the island is $65 per person.", False),
        (
            "In 1998 the fare to the island was $40 per person.",
            "In 1998 the fare to the island was $65 per person.",
            True,
        ),
        ("The fare to the island was $40 per person.", "The fare to the island is $65 per person.", True),
        ("Im Jahr 1990 betrug der Beitrag 50 Euro im Monat.", "Der Beitrag beträgt 80 Euro im Monat.", False),
        ("Anna Lindqvist joined the northern team in 2014.", "Anna Lindqvist (2016)", False),
        ("Northern Rovers (1994)", "Northern Rovers (1997)", True),
        ('The song "Stay Calm and Warm" is by Ann Lee.', 'The song "Always stay calm and warm" is by Ann Lee.', False),
    ],
)
def test_another_time_a_year_as_label_and_a_shorter_title_deny_nothing(one, other, expected):
    assert is_conflict(one, other) is is_conflict(other, one) is expected


def test_question_that_only_echoes_the_prompt_claims_nothing():
    assert statements("A", "Who plays the captain in the film Northern Lights from the year ...") == []


@pytest.mark.parametrize("pair", NO_CONFLICTS[:8] + CONFLICTS[:8])
def test_comparing_is_symmetric(pair):
    assert is_conflict(*pair) == is_conflict(*reversed(pair))


@pytest.mark.parametrize(
    "one, other, compatible",
    [
        ("324 m", "1,063 ft", True),
        ("324 m", "1,000 ft", False),
        ("100 km", "62 miles", True),
        ("5 ft 9 in", "175 cm", False),
        ("5 feet 9 inches", "175 cm", True),
        ("100 °C", "212 °F", True),
        ("-40 °C", "-40 °F", True),
        ("1 hour and 30 minutes", "90 min", True),
        ("70 kg", "154 lb", True),
        ("2.1 million", "2,102,650", True),
        ("2,1 Millionen Euro", "2.100.000 Euro", True),
        ("3 million", "2 million", False),
        ("1 000 units", "1,000 units", True),
        ("10 to 20 km", "15 km", True),
        ("between 10 and 20 km", "25 km", False),
        ("more than 300 m", "324 m", True),
        ("at most 300 m", "324 m", False),
        ("about 300 m", "324 m", True),
        ("about 300 m", "400 m", False),
        # An approximate figure stands for what is rounded to its digits.
        ("about 325 m", "327 m", True),
        ("325 m", "about 327 m", False),
        ("about 330 m", "325 m", True),
        ("about 330 m", "322 m", False),
        ("1889", "March 31, 1889", True),
        ("1889", "31. März 1889", True),
        ("31 March 1889", "March 31st, 1889", True),
        ("1889-03-31", "31.03.1889", True),
        ("March 31, 1889", "April 1889", False),
        ("the 1880s", "1889", True),
        ("19th century", "1889", True),
        ("19. Jahrhundert", "1789", False),
        ("1887–1889", "1889", True),
        ("44 BC", "AD 44", False),
        ("eight planets", "8 planets", True),
        ("eight planets", "nine planets", False),
        ("12 %", "12 percent", True),
        ("3 billion people", "3 Milliarden people", True),
    ],
)
def test_quantities_are_compatible_if_both_can_be_true(one, other, compatible):
    language = "de" if "," in one and "Euro" in one else "en"
    (a,), (b,) = quantities(one, language)[:1], quantities(other, language)[:1]

    assert a.compatible(b) is compatible
    assert b.compatible(a) is compatible


@pytest.mark.parametrize(
    "text, dimensions",
    [
        ("Apollo 11 landed.", []),
        ("See [12] and section 3.11.2 or 24/7.", []),
        ("It opens at 10:30 or 9:15 am.", ["clock", "clock"]),
        ("The 2nd and 21st time", []),
        ("COVID-19 and H2O and GPT-4", []),
        ("The ticket costs $5 or 4 €.", ["USD", "EUR"]),
        ("The ticket costs US$ 5, US$5 or 5 US$.", ["USD", "USD", "USD"]),
        ("O bilhete custa R$ 5.", ["BRL"]),
        ("It weighs 7,300 tonnes and has 1,665 steps.", ["mass", "count:step"]),
        ("Opened in 1889 with 3 lifts.", ["date", "count:lift"]),
        ("It employs 1500 people.", ["count:population"]),
        ("324 m (1,063 ft)", ["length", "length"]),
        ("On 5 May it opened.", ["day"]),
        ("9" * 400, []),
    ],
)
def test_quantities_know_what_they_measure(text, dimensions):
    assert [quantity.dimension for quantity in quantities(text)] == dimensions


@pytest.mark.parametrize(
    "digits, german, readings",
    [
        ("1,063", False, ["1063"]),
        ("1.063", False, ["1.063"]),
        ("1.063", True, ["1063"]),
        ("1,063", True, ["1063", "1.063"]),
        ("3,14", False, ["3.14"]),
        ("1,234,567.8", False, ["1234567.8"]),
        ("1.234.567,8", True, ["1234567.8"]),
        ("0.125", True, ["0.125"]),
        ("12 000", False, ["12000"]),
    ],
)
def test_plain_numbers_know_both_notations(digits, german, readings):
    assert plain_numbers(digits, german) == readings


MARKDOWN = """# A heading. Not a claim

The tower is 324.5 m tall, e.g. in Paris. It was built by Dr. G. Eiffel in
1889! Really?
- **First item.** It goes on
- [x] second item

| a | b |
|---|---|
| x | 3 m. Yes |

```py
code. No claim
```
> Quoted words.
"""


def test_sentences_know_markdown_and_abbreviations():
    assert [MARKDOWN[span.start : span.end] for span in sentences(MARKDOWN)] == [
        "The tower is 324.5 m tall, e.g. in Paris.",
        "It was built by Dr. G. Eiffel in\n1889!",
        "Really?",
        "First item.",
        "It goes on",
        "second item",
        "x | 3 m. Yes",
        "Quoted words.",
    ]


def test_sentences_know_german_ordinals():
    text = "Am 3. Oktober 1990 war es so weit. Der 2. Weltkrieg war lange vorbei, z. B. in Köln. Und die Mauer auch."

    assert [text[span.start : span.end] for span in sentences(text)] == [
        "Am 3. Oktober 1990 war es so weit.",
        "Der 2. Weltkrieg war lange vorbei, z. B. in Köln.",
        "Und die Mauer auch.",
    ]


def test_statements_that_begin_with_a_pronoun_are_about_what_came_before():
    _, second = statements("A", "The Eiffel Tower stands in Paris. It is 324 m tall.")

    assert second.topic == {"eiffel", "tower"}
    assert second.stems >= {"eiffel", "tower", "height"}


@given(st.text(alphabet=st.sampled_from("ab .!?\n-|#`*1,0é👩\u200d\u05d0中。\0 ")))
def test_blocks_and_sentences_are_in_order_and_inside(text):
    for spans in (blocks(text), sentences(text)):
        flat = [at for span in spans for at in span]

        assert flat == sorted(flat)
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.text() | st.text(alphabet=st.sampled_from("0123456789 .,-–%°$mkgftC/:andto")), st.sampled_from(KNOWN))
def test_quantities_never_fail(text, language):
    for quantity in quantities(text, language):
        assert 0 <= quantity.start < quantity.end <= len(text)


@pytest.mark.parametrize(
    "sentence, parts",
    [
        (
            "The tower, a landmark of Paris, was completed in 1889 and stands at 324 metres.",
            ["The tower, a landmark of Paris, was completed in 1889", "stands at 324 metres."],
        ),
        ("There are 7 continents: Asia and Europe are two.", ["There are 7 continents", "Asia and Europe are two."]),
        (
            "Three rivers in Germany are: the Rhine and the Elbe.",
            ["Three rivers in Germany are: the Rhine and the Elbe."],
        ),
        ("Three rivers in Germany are:", []),
        ("Height: 324 m.", ["Height: 324 m."]),
        ("It is old; it was built in 1889.", ["It is old", "it was built in 1889."]),
        (
            "In 2010 the city was rich and had 8 million people.",
            ["In 2010 the city was rich and had 8 million people."],
        ),
        ("Cats and dogs are pets.", ["Cats and dogs are pets."]),
        ("Er ist hoch und wurde 1889 gebaut.", ["Er ist hoch", "wurde 1889 gebaut."]),
    ],
)
def test_statements_are_clauses(sentence, parts):
    assert [statement.text for statement in statements("A", sentence)] == parts
