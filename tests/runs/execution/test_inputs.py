"""The inputs of a call: which answers broke off, and how many characters of them fit."""

import pytest

from apps.catalogue.models import Model
from apps.fusion.prompting import prompts
from apps.fusion.values import Message, Reply
from apps.fusion.vocabulary import FailureCode, FinishReason, Role, Status
from apps.runs.execution.inputs import CannotSend, broken_off_of, model_of, room_of
from apps.runs.execution.roles.judge import JUDGE
from apps.runs.lifecycle.outcomes import Outcome
from tests.factories import GEMMA, SMOL, make_local_preset, make_model, make_provider, make_run, make_user
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


def test_model_of_somebody_else_counts_as_none_for_a_run_that_names_it(db):
    make_local_preset()
    alice, bob = make_user("alice"), make_user("bob")
    make_model(make_provider("bobs", team=bob.personal_team), "elm", label="Bob’s elm")
    calls = [make_call(make_run(owner), slot="A", model="bobs/elm") for owner in (alice, bob)]

    assert model_of(calls[1], "bobs/elm").reference == "bobs/elm"
    with pytest.raises(CannotSend, match="The model “bobs/elm” is no longer connected"):
        model_of(calls[0], "bobs/elm")


@pytest.mark.parametrize(
    "text, room", [("How tall?", 2100), ("Как высоко?", 2100), ("कितना", 1400), ("有多高", 700), ("", 2100)]
)
def test_room_is_for_fewer_characters_where_each_is_a_token(text, room):
    assert room_of(Model(context_length=1000), [Message(role="user", text=text)]) == room


def test_prompt_is_made_once_for_its_messages_its_schema_and_its_conclusion(db, monkeypatch):
    make_local_preset()
    make_prompt, made = prompts.judge_prompt, []
    monkeypatch.setattr(
        prompts, "judge_prompt", lambda *given, **more: made.append(given) or make_prompt(*given, **more)
    )
    call = make_call(make_run(make_user("alice")), Role.JUDGE, model=GEMMA)
    call.input_calls = [make_call(call.run, slot=slot, text="It is 330 m") for slot in "AB"]
    model, other = model_of(call, GEMMA), Model.objects.select_related("provider").get(reference=SMOL)

    told = [JUDGE.messages(call, model), JUDGE.schema(call, model)]
    conclusion = JUDGE.conclude(call, Outcome(Status.DONE, Reply(text="{}", finish_reason=FinishReason.STOP)), None)
    assert (len(made), conclusion.outcome.status) == (1, Status.FAILED)

    assert [JUDGE.messages(call, model), JUDGE.schema(call, model)] == told
    JUDGE.messages(call, other)
    assert len(made) == 2
