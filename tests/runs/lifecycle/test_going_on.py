"""“Go on now” where the panel is asked in several stages: it is about those who are waited for when it is said."""

import pytest

from apps.fusion.strategy_settings import CascadeSettings, LayersSettings
from apps.fusion.values import Failure, Message, Reply, Usage
from apps.fusion.vocabulary import CostSource, FailureCode, FinishReason, Role, Status
from apps.runs import actions
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_user

pytestmark = pytest.mark.usefixtures("private_valkey")  # no other worker takes the calls

ASKED = {"judge": SMOL, "writer": SMOL}
BROKE = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")


@pytest.fixture
def start(transactional_db, valkey_url):
    def start(settings) -> Run:
        recipe = make_recipe(SMOL, GEMMA, SMOL).model_copy(update={"settings": settings})
        return actions.start_run(alice, [Message(role="user", text="How high is it?")], recipe)

    make_local_models()
    alice = make_user("alice")
    return start


def end(run: Run, stage: str, slot: str, text: str = "It is 330 m high.") -> None:
    """Carry out a call as a worker does, without a vendor; one without a text fails."""
    call = run.calls.get(stage=stage, slot=slot)
    assert claims.claim(call)
    reply = Reply(text=text, finish_reason=FinishReason.STOP)
    outcome = Outcome(Status.DONE, reply) if text else Outcome(Status.FAILED, reply, failure=BROKE)
    assert claims.end(call, Result(outcome, Usage(), None, CostSource.COMPUTED)).is_mine
    run.refresh_from_db()


def asked(run: Run) -> list[tuple[str, str]]:
    return list(run.calls.order_by("pk").values_list("stage", "slot"))


def test_next_layer_is_waited_for_although_the_one_before_was_not(start):
    run = start(LayersSettings(**ASKED))
    end(run, "panel", "A")
    end(run, "panel", "B")

    actions.fuse_now(run)
    end(run, "layer-2", "A")

    assert (run.status, run.calls.filter(role=Role.JUDGE).count()) == (Status.RUNNING, 0)
    end(run, "layer-2", "B")
    actions.fuse_now(run)
    assert asked(run)[-2:] == [("layer-2", "C"), ("judge", "")]


def test_cascade_asks_its_last_stage_where_nobody_has_given_an_answer(start):
    run = start(CascadeSettings(**ASKED, stages=(("A", "B"), ("C",))))

    actions.fuse_now(run)
    end(run, "panel", "A", text="")
    end(run, "panel", "B", text="")
    end(run, "panel-2", "C")

    assert (run.status, run.answer_call.slot) == (Status.DONE, "C")


def test_cascade_votes_on_what_there_is(start):
    run = start(CascadeSettings(**ASKED, stages=(("A", "B"), ("C",))))
    end(run, "panel", "A")

    actions.fuse_now(run)

    assert ("panel-2", "C") not in asked(run)
