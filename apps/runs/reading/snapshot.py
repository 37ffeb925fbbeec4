"""A run as one frozen value: what pages, shares and exports are drawn from, live or stored."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import model_validator

from apps.catalogue.models import Model
from apps.catalogue.queries import models_called
from apps.fusion.judging.findings import Analysis
from apps.fusion.state import is_live, is_usable
from apps.fusion.strategies import planned_calls, strategy_of
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.values import Attempt, Failure, Message, Recipe, Usage, Value
from apps.fusion.vocabulary import (
    AnalysisStatus,
    AnswerKind,
    Builtin,
    CostSource,
    FailureCode,
    FinishReason,
    Role,
    Status,
    WaitReason,
)
from apps.runs.lifecycle.rows_to_events import ending_of, identity_of
from apps.runs.models import Call, Run
from apps.runs.spending.caps import is_capped
from apps.tables import Table

WHOLE = Table(Call, "call")
BUILTIN_LABELS = {Builtin.OVERLAP: "word overlap, no model", Builtin.CLOSEST: "closest answer, no model"}

FINISH_WORDS = {
    FinishReason.LENGTH: "truncated",
    FinishReason.LOOP: "loop cut",
    FinishReason.REFUSAL: "refused",
    FinishReason.CONTENT_FILTER: "filtered by the provider",
    FinishReason.UNKNOWN: "ended for no known reason",
}


class CallSnapshot(Value):
    """One call as a page shows it. ``html`` is safe, '' where it is not stored (yet); durations are seconds.

    ``accrued`` is what a running call has cost so far by our count, in USD. ``answered_by`` is the label of the
    fallback where that answered; a queued call waits until ``not_before`` for ``wait_reason`` of its ``provider``.
    """

    id: int
    role: Role
    slot: str
    take: int
    model: str
    label: str
    maker: str
    status: Status
    claim: int
    text: str
    reasoning: str
    html: str
    failure: Failure | None
    finish_reason: FinishReason | None
    usage: Usage
    cost: Decimal | None
    cost_source: CostSource
    accrued: Decimal | None = None
    ttft_s: float | None
    duration_s: float | None
    tokens_per_second: float | None
    started_at: datetime | None
    inputs: tuple[int, ...]
    analysis: Analysis | None
    coverage: dict[str, float] = {}
    answered_by: str = ""
    attempts: tuple[Attempt, ...] = ()
    dropped: tuple[str, ...] = ()
    wait_reason: WaitReason | None = None
    not_before: datetime | None = None
    provider: str = ""

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def is_usable(self) -> bool:
        return is_usable(self)

    @property
    def is_loop(self) -> bool:
        return self.finish_reason is FinishReason.LOOP

    @property
    def finish_word(self) -> str:
        """A word for an end that is not a plain stop, else ''. Without a reason, the answer may be cut off."""
        if self.finish_reason is FinishReason.UNKNOWN and self.status is not Status.DONE:
            return ""
        return FINISH_WORDS.get(self.finish_reason, "") if self.finish_reason else ""


class Column(Value):
    """A slot of the panel with all its takes, oldest first."""

    slot: str
    takes: tuple[CallSnapshot, ...]

    @property
    def newest(self) -> CallSnapshot:
        return self.takes[-1]

    @property
    def answer(self) -> CallSnapshot | None:
        """The newest usable take: what "Fuse again" takes of this column."""
        return next((take for take in reversed(self.takes) if take.is_usable), None)


class StageSnapshot(Value):
    """A stage of the run's strategy with its calls, by slot and take."""

    name: str
    role: Role
    title: str
    calls: tuple[CallSnapshot, ...]


class RunSnapshot(Value):
    """A run with everything that is known of it. ``cost`` is USD, a lower bound unless ``cost_is_complete``.

    The calls are those of its ``stages``; ``columns``, ``judges`` and ``writers`` are views of them by role.
    ``has_uncounted_cost``: there is a cap, whosever it is, and it could not count what every call cost.
    """

    id: str
    title: str
    messages: tuple[Message, ...]
    recipe: Recipe
    preset: str
    status: Status
    failure: Failure | None
    answer: CallSnapshot | None
    answer_kind: AnswerKind | None
    stages: tuple[StageSnapshot, ...]
    labels: dict[str, str]
    cost: Decimal | None
    cost_is_complete: bool
    cap_reached: bool = False
    has_uncounted_cost: bool = False
    estimate_low: Decimal | None
    estimate_high: Decimal | None
    created_at: datetime
    ended_at: datetime | None
    parent: str | None

    @model_validator(mode="before")
    @classmethod
    def _read_views(cls, data: Any) -> Any:
        """Read a share from before there were stages: its calls stood in columns, judges and writers."""
        if not isinstance(data, dict) or "stages" in data:
            return data
        views = {
            Role.PANEL: [take for column in data["columns"] for take in column["takes"]],
            Role.JUDGE: data["judges"],
            Role.SYNTHESIS: data["writers"],
        }
        strategy = strategy_of(Recipe.model_validate(data["recipe"]))
        stages = [
            {"name": stage.name, "role": stage.role, "title": stage.title, "calls": views[stage.role]}
            for stage in strategy.stages
        ]
        rest = {name: value for name, value in data.items() if name not in ("columns", "judges", "writers")}
        return {**rest, "stages": stages}

    @property
    def strategy(self) -> Strategy:
        return strategy_of(self.recipe)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The slots of the panel, by letter."""
        return _columns(self.calls_as(Role.PANEL))

    @property
    def judges(self) -> tuple[CallSnapshot, ...]:
        return self.calls_as(Role.JUDGE)

    @property
    def writers(self) -> tuple[CallSnapshot, ...]:
        return self.calls_as(Role.SYNTHESIS)

    def calls_as(self, role: Role) -> tuple[CallSnapshot, ...]:
        """Return the calls of a role, whichever stage they belong to."""
        return tuple(call for stage in self.stages if stage.role is role for call in stage.calls)

    @property
    def prompt(self) -> str:
        """The newest question: the last user message."""
        return self.messages[-1].text

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def is_live(self) -> bool:
        """Whether anything can still change by itself."""
        return is_live(self.status, (call.status for call in self.calls))

    @property
    def duration_s(self) -> float | None:
        return (self.ended_at - self.created_at).total_seconds() if self.ended_at else None

    @property
    def calls(self) -> tuple[CallSnapshot, ...]:
        """Every call in the order of the stages: the lines of the bill."""
        return tuple(call for stage in self.stages for call in stage.calls)

    @property
    def accrued(self) -> Decimal:
        """What running calls have cost so far by our count, in USD; it is no part of ``cost`` yet."""
        return sum((call.accrued for call in self.calls if call.accrued is not None), Decimal(0))

    @property
    def is_capped(self) -> bool:
        """Whether a cap on spending stopped the run."""
        return self.failure is not None and self.failure.code is FailureCode.CAPPED

    @property
    def judge(self) -> CallSnapshot | None:
        """The judge call that counts: the newest with an analysis, else the newest."""
        candidates = [call for call in self.judges if call.analysis] or self.judges
        return candidates[-1] if candidates else None

    @property
    def analysis(self) -> Analysis | None:
        return self.judge.analysis if self.judge else None

    @property
    def judge_is_older_than_panel(self) -> bool:
        """Whether a column has a newer answer than the one that the judge read."""
        newer = {column.answer.id for column in self.columns if column.answer and len(column.takes) > 1}
        return bool(self.judge and newer - set(self.judge.inputs))

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know before reading the answer, a sentence each: degraded, partial, fallen back."""
        return tuple(_notices(self))


def take_snapshot(run: Run) -> RunSnapshot:
    """The run as the database has it now; three queries, and two for caps where the cost of a call is unknown."""
    calls, recipe = WHOLE.select("WHERE run_id = %s ORDER BY id", [run.pk]), run.resolved
    planned = {call.model for call in planned_calls(recipe)}
    models = models_called(planned.union(*((call.model, call.asked, call.answered_by) for call in calls)))
    snapshots = [_call(call, models) for call in calls]
    return RunSnapshot(
        id=run.public_id,
        title=run.title,
        messages=run.conversation,
        recipe=recipe,
        preset=run.preset,
        status=Status(run.status),
        failure=run.failure,
        answer=next((call for call in snapshots if call.id == run.answer_call_id), None),
        answer_kind=AnswerKind(run.answer_kind) if run.answer_kind else None,
        stages=_stages(strategy_of(recipe), snapshots),
        labels={reference: _label(reference, models) for reference in {*models, *planned}},
        cost=run.cost,
        cost_is_complete=run.cost_is_complete,
        cap_reached=run.cap_reached,
        has_uncounted_cost=any(_is_unpriced(call) for call in snapshots) and is_capped(run),
        estimate_low=run.estimate_low,
        estimate_high=run.estimate_high,
        created_at=run.created_at,
        ended_at=run.ended_at,
        parent=run.parent.public_id if run.parent else None,
    )


def _label(reference: str, models: dict[str, Model]) -> str:
    if reference in list(Builtin):
        return BUILTIN_LABELS[Builtin(reference)]
    return models[reference].label if reference in models else reference


def _call(call: Call, models: dict[str, Model]) -> CallSnapshot:
    known = models.get(call.model)
    return CallSnapshot(
        id=call.pk,
        **identity_of(call),
        **ending_of(call),
        label=_label(call.model, models),
        maker=known.maker if known else "",
        text=call.text if call.is_final else "",
        reasoning=call.reasoning if call.is_final else "",
        html=call.html,
        accrued=call.accrued if call.status == Status.RUNNING else None,
        ttft_s=call.ttft_s,
        duration_s=call.duration_s,
        tokens_per_second=call.tokens_per_second,
        started_at=call.started_at,
        inputs=tuple(call.inputs),
        analysis=call.findings_of_judge,
        coverage=call.coverage,
        answered_by=_label(call.answered_by, models) if call.answered_by not in ("", call.model) else "",
        attempts=call.requests,
        dropped=tuple(call.dropped),
        wait_reason=WaitReason(call.wait_reason) if call.wait_reason else None,
        not_before=call.not_before,
        provider=models[call.asked].provider.name if call.asked in models else "",
    )


def _stages(strategy: Strategy, calls: Sequence[CallSnapshot]) -> tuple[StageSnapshot, ...]:
    """Sort the calls into the strategy's stages."""
    ordered = sorted(calls, key=lambda call: (call.slot, call.take))
    return tuple(
        StageSnapshot(
            name=stage.name,
            role=stage.role,
            title=stage.title,
            calls=tuple(call for call in ordered if call.role is stage.role),
        )
        for stage in strategy.stages
    )


def _columns(calls: Sequence[CallSnapshot]) -> tuple[Column, ...]:
    slots = sorted({call.slot for call in calls})
    return tuple(
        Column(slot=slot, takes=tuple(sorted((c for c in calls if c.slot == slot), key=lambda c: c.take)))
        for slot in slots
    )


def _notices(run: RunSnapshot) -> Iterable[str]:
    if run.answer_kind is AnswerKind.ONLY and run.answer_kind is not run.strategy.answer_kind and run.answer:
        yield f"Only {run.answer.slot} gave a usable answer. It is shown as it is; nothing was judged or fused."
    if run.answer_kind is AnswerKind.CLOSEST:
        yield f"{_why_not_fused(run)} This is the panel answer that is closest to the others, word for word."
    analysis = run.analysis
    if analysis and analysis.status is AnalysisStatus.DEGRADED:
        yield f"The analysis is degraded: {analysis.note}"
    if run.judge and run.judge.is_final and analysis is None and run.answer_kind is AnswerKind.FUSED:
        yield "No analysis could be made; the answer was written from the panel answers alone."
    if run.answer_kind is AnswerKind.FUSED and run.answer and run.answer.html and "data-slot" not in run.answer.html:
        yield "No passage of this answer was found in the panel's answers. Check it against the columns."
    if run.answer_kind in (AnswerKind.FUSED, AnswerKind.CLOSEST):
        yield from _left_out(run)
    yield from _limits(run)
    if run.judge_is_older_than_panel:
        yield "A column has a newer take than the one that was judged and fused."


def _left_out(run: RunSnapshot) -> Iterable[str]:
    """Which columns the judge did not read, and why."""
    read = set(run.judge.inputs) if run.judge else set()
    left_out = [column for column in run.columns if not any(take.id in read for take in column.takes)]
    unusable = [column.slot for column in left_out if column.answer is None]
    if unusable:
        yield f"{' and '.join(unusable)} gave no usable answer; the fusion rests on the others."
    usable = [column.slot for column in left_out if column.answer]
    if usable:
        yield f"{' and '.join(usable)} {'was' if len(usable) == 1 else 'were'} left out of the fusion."


def _limits(run: RunSnapshot) -> Iterable[str]:
    """What did not fit: answers into a context, costs under a cap."""
    read = {"judge": run.analysis.coverage if run.analysis else {}, "writer": run.answer.coverage if run.answer else {}}
    for role, coverage in read.items():
        for slot, share in coverage.items():
            if share < 1:
                yield f"The {role} saw {share:.0%} of {slot}; the rest did not fit its context."
    if run.has_uncounted_cost:
        unpriced = dict.fromkeys(call.label for call in run.calls if _is_unpriced(call))
        yield f"The cost of {' and '.join(unpriced)} is unknown; the cap did not count it."


def _is_unpriced(call: CallSnapshot) -> bool:
    return call.is_final and call.cost is None and bool(call.text)


def _why_not_fused(run: RunSnapshot) -> str:
    written = [call for call in run.writers if call.model not in list(Builtin)]
    if not written:
        return "The writer was not reached."
    last = written[-1]
    if last.is_loop:
        return "The writer repeated itself."
    if last.failure and last.failure.code is not FailureCode.EMPTY:
        return f"The writer gave no answer ({last.failure.sentence.rstrip('.')})."
    return "The writer gave no answer."
