"""Findings of many answers: sides of a contradiction stand together, quotes fold, and no answer is left out."""

import pytest

from apps.fusion.comparing.overlap import overlap
from apps.fusion.judging.analysis import Evidence, Finding
from apps.fusion.vocabulary import FindingKind, Role
from apps.web.run.agreement import AgreementPage, Contradiction, Point
from tests.calls import change_output
from tests.web.run.test_page import page_of
from tests.web.run_factories import make_analysis, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

WORDS = "It is 330 metres high."


def agreement_of(alice, slots: str, kind: FindingKind, sides: dict[str, str], quote: str = "") -> AgreementPage:
    """Return the agreement of a run with one answer per slot and one finding, to which ``sides`` give their stances."""
    answers = dict.fromkeys(slots, WORDS)
    run = make_finished_run(alice, answers)
    span = (WORDS.index(quote), WORDS.index(quote) + len(quote)) if quote else None
    evidence = tuple(
        Evidence(slot=slot, stance=stance, quote=quote, verified=bool(quote), span=span)
        for slot, stance in sides.items()
    )
    finding = Finding(id="k1", kind=kind, text="Height", evidence=evidence)
    analysis = make_analysis(answers, findings=(finding,), outliers=())
    change_output(run.calls.get(role=Role.JUDGE), analysis=analysis)
    found = page_of(run).agreement
    assert found is not None
    return found


def contradiction(alice, slots: str, sides: dict[str, str], quote: str = "") -> Contradiction:
    (row,) = agreement_of(alice, slots, FindingKind.CONTRADICTION, sides, quote).contradictions.items
    assert isinstance(row, Contradiction)
    return row


def consensus(alice, slots: str, sides: str) -> Point:
    (point,) = agreement_of(alice, slots, FindingKind.CONSENSUS, dict.fromkeys(sides, ""), "330 metres").consensus.items
    assert isinstance(point, Point)
    return point


def test_answers_that_take_one_side_stand_together_and_the_silent_apart(alice) -> None:
    row = contradiction(alice, "ABCDEFGH", {"B": "300 m", "A": "330 m", "D": "330  M.", "C": "300 m", "F": "324 m"})

    assert [(stance.words, stance.slots) for stance in row.stances] == [
        ("330 m", ("A", "D")),
        ("300 m", ("B", "C")),
        ("324 m", ("F",)),
    ]
    assert row.silent == ("E", "G", "H")


def test_answers_without_a_stance_are_told_apart_by_their_words(alice) -> None:
    row = contradiction(alice, "ABC", {"A": "", "B": "", "C": "300 m"}, quote="330 metres")

    assert [stance.slots for stance in row.stances] == [("A", "B"), ("C",)]


@pytest.mark.parametrize("slots, folds", [("ABC", False), ("ABCD", True)])
def test_quotes_fold_where_more_than_three_answers_were_read(alice, slots: str, folds: bool) -> None:
    row = contradiction(alice, slots, dict.fromkeys("AB", "330 m") | {"C": "300 m"}, quote="330 metres")

    assert [stance.folds for stance in row.stances] == [folds, False]


def test_letters_give_way_to_the_quotes_or_to_the_number_of_all(alice) -> None:
    points = [consensus(alice, slots, sides) for slots, sides in [("ABC", "ABC"), ("ABCD", "ABCD"), ("ABCDE", "ABCD")]]

    assert [(point.is_named_by_quotes, point.is_of_all) for point in points] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_fields_of_json_stand_as_code_with_their_values_and_quotes(alice, as_alice) -> None:
    """Their pointers and values are no Markdown."""
    answers = {"A": '{"_height_": 330, "name": "*Eiffel*"}', "B": '{"_height_": 324, "name": "*eiffel*"}'}
    run = make_finished_run(alice, answers)
    change_output(run.calls.get(role=Role.JUDGE), analysis=overlap(answers))

    page = as_alice.get(run.get_absolute_url()).content.decode()

    assert "<code>/_height_</code>" in page
    assert page.count("<code>330</code>") == 1
    assert "<code>/name: *Eiffel*</code>" in page
    assert 'data-needle="&quot;_height_&quot;: 324"' in page
