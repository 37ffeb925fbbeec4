"""Calls, analyses and answers of a strategy with two panel stages and two judges, through the real transitions.

The strategy lives only here: a draft panel answers, a judge compares, the second panel reads that and answers anew, a
second judge compares again, and a writer writes. The first judge is asked for another opinion at the end, which counts
for nothing: the run says whose analysis does.
"""

from dataclasses import replace
from typing import cast

import pytest
from django.db import IntegrityError, transaction

from apps.fusion.events import CallEnded
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.fuse import FUSE
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.strategies.strategy import Stage, Strategy
from apps.fusion.values import CallSpec, Message, Reply, Usage
from apps.fusion.vocabulary import AnswerKind, CostSource, FinishReason, Role, Status, StrategyName
from apps.runs import actions
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.lifecycle.rows_to_events import ended_event, load_state
from apps.runs.models import Call, Run
from apps.runs.reading.export import export_json
from apps.runs.reading.queries import find_run
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import SMOL, make_local_models, make_recipe, make_user
from tests.web.run_factories import ANSWERS, make_analysis

pytestmark = pytest.mark.usefixtures("private_valkey")  # no other worker takes the calls

PANELS, JUDGES = ("drafts", "revisions"), ("first look", "second look")
WAY = [
    ("drafts", Role.PANEL, 1),
    ("first look", Role.JUDGE, 1),
    ("revisions", Role.PANEL, 1),
    ("second look", Role.JUDGE, 1),
    ("report", Role.SYNTHESIS, 1),
    ("first look", Role.JUDGE, 2),
]
"""Stages with their roles and takes, in order; the last one repeats a stage after the answer is there."""


def of(state: RunState, stage: str) -> list[CallState]:
    return [call for call in state.calls if call.stage == stage]


def two_rounds(state: RunState) -> Start | Wait | End:
    """Start the next stage when all calls of the run have ended."""
    if state.status.is_final or any(not call.is_final for call in state.calls):
        return Wait()
    done = [(call.stage, call.take) for call in state.calls]
    look = next((call.id for call in reversed(of(state, JUDGES[1]))), None)
    if ("first look", 2) in done:
        return End(Status.DONE, of(state, "report")[0].id, AnswerKind.FUSED, analysis=look)
    for stage, role, take in WAY:
        if (stage, take) not in done:
            slots = "AB" if role is Role.PANEL else ("",)
            read = tuple(call.id for call in state.calls)
            specs = (CallSpec(role=role, stage=stage, slot=slot, take=take, model=SMOL, inputs=read) for slot in slots)
            return Start(tuple(specs), analysis=look)
    raise AssertionError(done)


TWO_ROUNDS = replace(
    FUSE,
    stages=tuple(Stage(name, role, name.title()) for name, role in {name: role for name, role, _ in WAY}.items()),
    next_step=two_rounds,
)


def finish(call: Call) -> None:
    """Carry out a call as a worker does, without a vendor; each judge has an analysis of its own."""
    assert claims.claim(call)
    analysis = make_analysis(ANSWERS) if call.role is Role.JUDGE else None
    if analysis and call.stage == "first look":
        analysis = analysis.model_copy(update={"findings": (), "agreement": analysis.agreement.model_copy(
            update={"score": 0.01 * call.take, "items": 1})})  # fmt: skip
    reply = Reply(text=f"{call.stage} {call.slot} {call.take}", finish_reason=FinishReason.STOP)
    result = Result(Outcome(Status.DONE, reply), Usage(), None, CostSource.COMPUTED, analysis=analysis)
    assert claims.end(call, result).is_mine


@pytest.fixture
def run(transactional_db, valkey_url, monkeypatch) -> Run:
    """The run, with every call ended."""
    monkeypatch.setitem(cast("dict[StrategyName, Strategy]", STRATEGIES), StrategyName.FUSE, TWO_ROUNDS)
    make_local_models()
    messages = [Message(role="user", text="How high is it?")]
    run = actions.start_run(make_user("alice"), messages, make_recipe(judge=SMOL))
    while waiting := list(run.calls.filter(status=Status.QUEUED)):
        for call in waiting:
            finish(call)
    run.refresh_from_db()
    return run


def test_stages_run_one_after_the_other_with_the_same_slots_and_takes(run):
    calls = [(call.stage, str(call.role), call.slot, call.take) for call in run.calls.order_by("pk")]

    assert calls == [
        ("drafts", "panel", "A", 1), ("drafts", "panel", "B", 1), ("first look", "judge", "", 1),
        ("revisions", "panel", "A", 1), ("revisions", "panel", "B", 1), ("second look", "judge", "", 1),
        ("report", "synthesis", "", 1), ("first look", "judge", "", 2),
    ]  # fmt: skip
    assert (run.status, run.answer_call.stage, run.analysis_call.stage) == (Status.DONE, "report", "second look")


def test_analysis_is_the_one_that_the_run_names_everywhere(run):
    """The newest judge is another, and so is its analysis."""
    counts = make_analysis(ANSWERS)

    snapshot = take_snapshot(find_run(run.owner, run.public_id))

    assert run.calls.filter(role=Role.JUDGE).latest("pk").output.analysis.agreement.score == 0.02
    assert (snapshot.judge.id, snapshot.analysis, snapshot.judge.stage) == (
        run.analysis_call_id, counts, "second look",
    )  # fmt: skip
    assert (run.agreement, run.agreement_items) == (counts.agreement.score, counts.agreement.items)
    assert run.contradictions == 1
    assert f'"analysis_call": {run.analysis_call_id}' in export_json(snapshot)
    state = load_state(run)
    assert (state.answer, state.analysis) == (run.answer_call_id, run.analysis_call_id)


def test_snapshot_keeps_the_stages_apart(run):
    stages = take_snapshot(find_run(run.owner, run.public_id)).stages

    assert [(stage.name, [(call.slot, call.take) for call in stage.calls]) for stage in stages] == [
        ("drafts", [("A", 1), ("B", 1)]), ("first look", [("", 1), ("", 2)]), ("revisions", [("A", 1), ("B", 1)]),
        ("second look", [("", 1)]), ("report", [("", 1)]),
    ]  # fmt: skip


def test_events_name_the_stage(run):
    told = [ended_event(call, with_text=False) for call in run.calls.with_output().order_by("pk")]

    assert [event.stage for event in told if isinstance(event, CallEnded)][4:7] == [
        "revisions",
        "second look",
        "report",
    ]
    assert [call.stage for call in load_state(run).calls][4:7] == ["revisions", "second look", "report"]


def test_column_is_retried_in_its_own_stage(run):
    revised = run.calls.get(stage="revisions", slot="B")

    again = actions.retry_call(revised)

    assert (again.stage, again.slot, again.take) == ("revisions", "B", 2)
    assert run.calls.filter(stage="drafts").count() == 2


def test_call_is_unique_within_its_stage(run):
    known = {"run": run, "role": Role.JUDGE, "slot": "", "take": 2, "model": SMOL}
    Call.objects.create(stage="second look", **known)

    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(stage="first look", **known)


def test_state_without_the_named_analysis_keeps_none(run):
    """A strategy that names no analysis leaves the run without one, however many judges there are."""
    Run.objects.filter(pk=run.pk).update(analysis_call=None)

    snapshot = take_snapshot(find_run(run.owner, run.public_id))

    assert (snapshot.analysis, snapshot.judge.stage) == (None, "first look")
