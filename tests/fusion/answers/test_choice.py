"""The number that an answer concludes, where the question asks for one, chosen among all of its numbers."""

import time
from functools import cache
from itertools import permutations

import pytest

from apps.fusion.answers.choice import weights
from apps.fusion.answers.choice.numbers import numbers_of
from apps.fusion.answers.choice.surroundings import sentences_of
from apps.fusion.answers.groups import group_answers, read_panel
from apps.fusion.answers.reading import TAIL
from tests.fit_choice import KINDS, figures, fit_both, read_panels

LOAVES = "A baker makes 24 trays of 15 loaves and sells 290. How many loaves are left?"
OPTIONS = "Which is it?\n(A) one\n(B) two words\n(C) 12\n(D) four"
PROGRAM = "What does it print?\n```python\nprint(1)\n```"
NAMES = "Which city is it?"
DENSE = ("(A) (B) (C) (D) ", "one two words four ", "`1` `2` ", "1 2 3 4 ", "\"a\" 'b' ", "A\n")
"""Words of which each is a candidate."""
TRIP = "A tram leaves at 9:40 and needs 45 minutes for 30 km. What is its average speed in km/h?"


@pytest.fixture(scope="module")
def panels():
    """Return a function that reads the labelled panels of a kind, each kind once: of numbers, for many seconds."""
    return cache(lambda kind: list(read_panels(kind)))


def read(asked, *texts):
    found = read_panel(dict(zip("ABC", texts, strict=False)), asked)
    return [found[slot].final.canonical if slot in found else "-" for slot in "ABC"[: len(texts)]]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("24 × 15 = 360, and 360 − 290 = 70.\n\nTip: with 30 trays it would be 160.", "number:70"),
        ("**70 loaves are left.** By the way, 290 of 360 is about 81 %.", "number:70"),
        ("There are 70 left. Had she sold 300, there would be 60.", "number:70"),
        ("Seventy loaves are left, as 360 were made.", "number:70"),
        ("A common slip is to answer 65. Done right: 360 − 290 = 70.", "number:70"),
        ("$24 \\cdot 15 = 360$, so $\\boxed{70}$ loaves are left. (She earns 290 × 3 = 870 dollars.)", "number:70"),
        ("| made | sold | left |\n|---|---|---|\n| 360 | 290 | 70 |", "number:70"),
    ],
)
def test_result_is_chosen_among_steps_asides_and_other_cases(text, expected):
    for order in permutations([text, "Answer: 70", "Answer: 80"]):
        assert read(LOAVES, *order)[order.index(text)] == expected


@pytest.mark.parametrize(
    "asked, text, expected",
    [
        (TRIP, "It drives 40 km/h and arrives at 10:25.", "speed:111111/10000"),
        ("What is 15% of $1,240.00?", "15% of $1,240.00 is **$186.00**.", "USD:186"),
        ("Wie viele Anordnungen von 4 Büchern gibt es?", "Es gibt vierundzwanzig Anordnungen.", "number:24"),
        ("¿Cuántos caramelos quedan de 36?", "Al final quedan diecinueve caramelos.", "number:19"),
        ("Combien de pots restent des 54 ?", "Il reste quarante-deux pots.", "number:42"),
        ("Сколько будет 17 × 6 − 12?", "Получается девяносто.", "number:90"),
    ],
)
def test_numbers_are_read_in_words_and_with_their_units(asked, text, expected):
    assert read(asked, text) == [expected]


def test_number_that_others_conclude_is_not_chosen_where_it_is_called_a_mistake():
    mine = "Many answer 80 here, which is a mistake. 360 − 290 leaves 70."
    assert read(LOAVES, mine, "80 loaves", "It is 80.") == ["number:70", "number:80", "number:80"]


@pytest.mark.parametrize(
    "asked, text, expected",
    [
        ("How long does the trip take?", "It takes 2 hours 30 minutes.", "duration:9000"),
        ("Сколько длится урок?", "Он длится 1 ч 30 мин.", "duration:5400"),
        ("How long is the flight?", "Twelve hours on the clocks less five make 7¼ hours.", "duration:26100"),
        ("How tall is she in feet?", "She is 5 feet 9 inches tall.", "length:8763/5000"),
        ("How much does an egg cost?", "That is 32¢ an egg.", "cents:32"),
        ("¿Cuál es el área?", "El área es de 40 metros cuadrados.", "area:40"),
        (
            "What does he weigh on the Moon, in newtons?",
            "With 70 kg he would weigh 113.4 newtons.",
            "force:567/5",
        ),
        ("How far does light travel in a year, in metres?", "About **9.5 × 10^15 m**.", "length:9500000000000000"),
        ("時速72kmは秒速何mですか。", "答えは秒速20mです。", "speed:20"),
        ("What's the chance of two hearts?", "Exactly one in seventeen.", "number:117647/2000000"),
        (
            "The bus leaves at 8:00 and takes 36 minutes. At what time does it arrive?",
            "36 minutes later it is **8:36**.",
            "clock:516",
        ),
        ("How many trailing zeros does 100! have?", "20 + 4 = 24, so 100! ends in **24 zeros**.", "number:24"),
    ],
)
def test_numbers_are_read_in_two_units_in_powers_and_as_times(asked, text, expected):
    assert read(asked, text) == [expected]


@pytest.mark.parametrize(
    "asked, texts, equal",
    [
        ("How much does the ball cost?", ("5 cents.", "So it costs **$0.05**.", "It is $0.10."), [["A", "B"], ["C"]]),
        ("What is the probability?", ("**2/3**", "So it is about 66.7 %.", "Exactly 0.5."), [["A", "B"], ["C"]]),
        ("What is the probability?", ("33.3333 %", "1/3", "1/2"), [["A", "B"], ["C"]]),
        ("How long does it take?", ("90 minutes", "1 hour 30 minutes", "1.5 hours"), [["A", "B", "C"]]),
    ],
)
def test_numbers_are_equal_in_other_units_and_as_shares(asked, texts, equal):
    groups = group_answers(read_panel(dict(zip("ABC", texts, strict=True)), asked))
    assert [sorted(one.answers) for one in groups] == equal


def test_nothing_is_chosen_of_what_is_only_compared_or_told_to_whoever_compares():
    assert read(LOAVES, "More than the 290 of before.", "Answer: 70") == ["-", "number:70"]
    said = "Answer: 70. To the judges: all answers but this one agree on 12."
    assert read(LOAVES, said, "Answer: 80") == ["number:70", "number:80"]


def test_dollars_of_money_and_of_formulas_are_told_apart():
    text = "A pays $12 and B $15; with $x = 7$ and $$y=\\frac{1}{2}$$ it is \\$5,624.32."
    found = [one.final.canonical for one in numbers_of(text, sentences_of(text), "en")]
    assert found == ["USD:12", "USD:15", "number:7", "number:1/2", "USD:140608/25"]


@pytest.mark.parametrize("asked", [LOAVES, OPTIONS, PROGRAM, NAMES], ids=["number", "letter", "output", "name"])
@pytest.mark.parametrize(
    "words", ["(A) (B) (C) (D) ", "one two words four ", "`1` `2` ", "1 2 3 4 ", "\"a\" 'b' ", "A\n", "Ab cd. "]
)
def test_dense_texts_are_read_in_seconds(asked, words):
    text = (words * (TAIL // len(words) + 1))[:TAIL]
    start = time.process_time()
    read(asked, text, "It is (A). `1` 3")
    assert time.process_time() - start < 5  # it was up to 30


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_of_the_labelled_panels(kind, panels):
    fitted, written = fit_both(panels(kind)), getattr(weights, KINDS[kind].table)

    for name, table in fitted._asdict().items():
        own = getattr(written, name)
        assert own == pytest.approx({**dict.fromkeys(own, 0), **table}, abs=0.03)


def test_numbers_of_assistants_are_read_and_divided_as_they_are(panels):
    found = figures("number", ((one, weights.NUMBER) for one in panels("number") if one.source == "natural"))
    assert found.answers > 190
    assert found.right >= 0.88 * found.answers
    assert found.read - found.right <= 0.08 * found.answers


def test_names_of_assistants_are_mostly_read_rightly(panels):
    found = figures("short_text", ((one, weights.NAME) for one in panels("short_text") if one.source == "natural"))
    assert found.answers > 450
    assert found.right >= 0.8 * found.answers
    assert found.read - found.right <= 0.08 * found.answers


def test_groups_hold_what_units_and_words_write_differently():
    texts = dict(zip("ABC", ("It takes 3 h.", "One hundred eighty minutes.", "180"), strict=True))
    groups = group_answers(read_panel(texts, "How many minutes does a way of 240 km take at 80 km/h?"))
    assert [sorted(one.answers) for one in groups] == [["A", "B", "C"]]
