"""A judge's suggestion to give one answer as it is: of a single answer that is there, with a reason, or none at all."""

import json

import pytest

from apps.fusion.judging.analysis import parse_reply, wire
from apps.fusion.judging.reply_forms import ReplyForm
from apps.fusion.vocabulary import AnalysisStatus

ANSWERS = {"A": "It is 330 metres high.", "B": "It is 300 metres high."}
LETTERS = {"A": "B", "B": "A"}
EMPTY = {name: [] for name in ReplyForm.model_fields}
REASON = "It alone has the unit."


def parsed(best, **more):
    return parse_reply(json.dumps({**EMPTY, "best_as_is": best, **more}), ANSWERS, LETTERS, "up/judge")


def test_suggestion_names_the_slot_behind_the_letter():
    analysis = parsed([{"answer": "A", "reason": REASON}])

    assert (analysis.best_as_is.slot, analysis.best_as_is.reason) == ("B", REASON)
    assert wire(analysis)["best_as_is"] == {"slot": "B", "reason": REASON}
    assert (analysis.findings, analysis.agreement.score) == ((), None)


@pytest.mark.parametrize(
    "best",
    [
        {"answer": "Answer A", "reason": REASON},
        [f"A: {REASON}"],
        {"A": REASON},
        {"answer": "A", "why": REASON},
    ],
)
def test_other_forms_are_read_as_the_one_asked_for(best):
    analysis = parsed(best)

    assert analysis.status is AnalysisStatus.REPAIRED
    assert (analysis.best_as_is.slot, analysis.best_as_is.reason) == ("B", REASON)


@pytest.mark.parametrize(
    "best",
    [
        [{"answer": "A", "reason": ""}],
        [{"answer": "A", "reason": " … "}],
        [{"answer": "C", "reason": REASON}],
        [{"answer": "A, B", "reason": REASON}],
        [{"answer": "", "reason": REASON}],
        [{"answer": "A", "reason": REASON}, {"answer": "B", "reason": REASON}],
    ],
)
def test_suggestion_without_one_answer_and_a_reason_is_left_out_and_said(best):
    analysis = parsed(best, blind_spots=["Nobody says when it was measured."])

    assert analysis.best_as_is is None
    suggestions = "1 suggestion" if len(best) == 1 else f"{len(best)} suggestions"
    assert f"Left out: {suggestions} without a single answer and a reason." in analysis.note


@pytest.mark.parametrize("best", [[], None])
def test_no_suggestion_is_a_good_reply(best):
    assert parsed(best).best_as_is is None
    assert "suggestions" not in parsed(best).note


def test_reply_that_broke_off_suggests_nothing():
    reply = {"best_as_is": [{"answer": "A", "reason": REASON}], "consensus": [{"point": "It is high.", "support": []}]}

    assert parse_reply(json.dumps(reply)[:-3], ANSWERS, LETTERS, "up/judge", accepts_little=True).best_as_is is None
