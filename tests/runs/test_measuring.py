"""The figures on quotes, chips and cut replies hold on sentences of every kind that they change."""

from random import Random

import pytest

from apps.runs.measuring.mutations import FORGED, HARMLESS
from apps.runs.measuring.panels import Panel, states_finals
from apps.runs.measuring.trust import chip_rates, cut_rates, quote_rates

TEXTS = (
    "The bridge near Porto was first opened in 1886 and is not the oldest of the four. It has 3 spans of 172 metres.",
    "Each crate holds 24 bottles, so the cost is 24 * 3 = 72 dollars. The workers weren't late at all, as Maria says.",
    "According to Henrik Olsen, the train has a maximum speed of 200 km/h. The trip lasted 5 hours before noon.",
)


@pytest.mark.parametrize("kind", [*FORGED, *HARMLESS])
def test_every_kind_changes_some_sentence_and_the_same_for_the_same_seed(kind):
    mutate = FORGED.get(kind) or HARMLESS[kind]
    changed = [[mutate(text, Random(3)) for text in TEXTS] for _ in range(2)]

    assert changed[0] == changed[1]
    assert changed[0] != list(TEXTS)


def test_forged_quotes_are_refused_and_harmless_ones_found():
    rates = {(rate.what, rate.kind): rate for rate in quote_rates(TEXTS)}

    forged = [rate for (what, _), rate in rates.items() if what.startswith("forged")]
    harmless = [rate for (what, _), rate in rates.items() if what.startswith("harmless")]
    assert sum(rate.hits for rate in forged) <= 0.01 * sum(rate.n for rate in forged)
    assert sum(rate.hits for rate in harmless) >= 0.99 * sum(rate.n for rate in harmless)
    assert min(rate.n for rate in (*forged, *harmless)) > 0


@pytest.mark.parametrize(
    "text, final, is_stated",
    [
        ("That is 1,250 in all.", "1250", True),
        ("She needs seven of them.", "7", True),
        ("It is 3.50 dollars.", "3.5", True),
        ("We add 12 and 30 to get it.", "42", False),
    ],
)
def test_reasoning_states_its_answer_if_it_has_the_figure(text, final, is_stated):
    assert states_finals(Panel("one", {"A": text}, {"A": final})) is is_stated


def test_chips_do_not_survive_changes():
    given, *survived = chip_rates(TEXTS)

    assert given.share == 1
    assert sum(rate.hits for rate in survived) <= 0.05 * sum(rate.n for rate in survived)


def test_cut_replies_are_named_and_have_no_figure():
    named, with_figure = cut_rates([dict(zip("ABC", TEXTS, strict=True))])

    assert (named.share, with_figure.hits, named.n) == (1, 0, 9)
