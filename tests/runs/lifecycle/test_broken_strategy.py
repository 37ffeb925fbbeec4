"""A strategy that breaks on what its calls brought: the answers are kept, nobody is asked twice, and the run ends."""

from dataclasses import replace
from typing import cast

import pytest

from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.fuse import FUSE
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.values import Message, Reply, Usage
from apps.fusion.vocabulary import CostSource, FailureCode, FinishReason, Status, StrategyName
from apps.runs import actions
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_user
from tests.runs.log_reader import read_log, stored, told

pytestmark = pytest.mark.usefixtures("private_valkey")  # no other worker takes the calls


@pytest.mark.parametrize("breaks_at", [1, 2, 3])
def test_run_whose_strategy_breaks_fails_with_its_answers_kept(transactional_db, valkey_url, monkeypatch, breaks_at):
    def next_step(state):
        if sum(call.is_final for call in state.calls) >= breaks_at:
            raise KeyError("an answer that nobody thought of")
        return FUSE.next_step(state)

    strategies = cast("dict[StrategyName, Strategy]", STRATEGIES)
    monkeypatch.setitem(strategies, StrategyName.FUSE, replace(FUSE, next_step=next_step))
    make_local_models()
    messages = [Message(role="user", text="How high is it?")]
    run = actions.start_run(make_user("alice"), messages, make_recipe(SMOL, GEMMA, SMOL))

    for call in run.calls.order_by("pk")[:breaks_at]:
        assert claims.claim(call)
        outcome = Outcome(Status.DONE, Reply(text="330 m", finish_reason=FinishReason.STOP), text_changed=True)
        assert claims.end(call, Result(outcome, Usage(), None, CostSource.COMPUTED)).is_mine

    run.refresh_from_db()
    assert (run.status, run.failure_code) == (Status.FAILED, FailureCode.UNEXPECTED_ERROR)
    assert [call.status for call in run.calls.order_by("pk")] == (
        [Status.DONE] * breaks_at + [Status.CANCELLED] * (3 - breaks_at)
    )
    assert told(read_log(run)) == stored(run)
