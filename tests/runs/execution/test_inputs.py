"""The inputs of a call: which answers broke off, and how many characters of them fit."""

import pytest

from apps.catalogue.models import Model
from apps.fusion.values import Message
from apps.fusion.vocabulary import FailureCode, FinishReason, Role, Status
from apps.runs.execution.inputs import broken_off_of, room_of
from apps.runs.execution.roles.judge import JUDGE
from tests.factories import make_local_preset, make_run, make_user
from tests.web.run_factories import make_call


def test_judge_is_told_which_answers_broke_off_and_why(db):
    make_local_preset()
    run = make_run(make_user("alice"))
    ends = {
        "A": {"finish_reason": FinishReason.LENGTH},
        "B": {"status": Status.CANCELLED, "failure_code": FailureCode.CANCELLED, "finish_reason": None},
        "C": {},
        "D": {"finish_reason": FinishReason.LOOP},
    }
    judge = make_call(run, Role.JUDGE)
    judge.input_calls = [make_call(run, slot=slot, text="It is 330 m", **end) for slot, end in ends.items()]

    assert broken_off_of(judge) == {
        "A": "its author reached a limit of length",
        "B": "it was stopped before its author was done",
        "D": "its author repeated itself and was stopped",
    }
    text = JUDGE.messages(judge, Model(context_length=None))[-1].text
    assert text.count("is not complete: ") == 3


@pytest.mark.parametrize(
    "text, room", [("How tall?", 2100), ("Как высоко?", 2100), ("कितना", 1400), ("有多高", 700), ("", 2100)]
)
def test_room_is_for_fewer_characters_where_each_is_a_token(text, room):
    assert room_of(Model(context_length=1000), [Message(role="user", text=text)]) == room
