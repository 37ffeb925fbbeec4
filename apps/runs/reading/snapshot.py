"""A run as one frozen value: what pages, shares and exports are drawn from, live or stored."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from apps.catalogue.models import Model
from apps.catalogue.queries import models_seen_by
from apps.fusion.changes import SetUpChange
from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Analysis
from apps.fusion.lookup_steps import sources_seen
from apps.fusion.prompting.guidance import guidance_of_recipe
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.prompting.variants import variant_names, variant_texts
from apps.fusion.state import is_live
from apps.fusion.strategies import planned_calls, strategy_of
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.tools import ToolSet
from apps.fusion.values import Attempt, CacheHit, Failure, Message, Recipe
from apps.fusion.vocabulary import (
    AnswerKind,
    Builtin,
    EarlierAnswers,
    FailureCode,
    Role,
    Status,
)
from apps.fusion.voting import Ballot
from apps.runs.hot_rows import WholeRun
from apps.runs.lifecycle.rows_to_events import ending_of, identity_of
from apps.runs.models import Call, Run
from apps.runs.reading.annotations import (
    Annotations,
    BlindVoteSnapshot,
    RatingSnapshot,
    RulingSnapshot,
    annotations_of,
    blind_votes_in,
    ratings_in,
    rulings_in,
)
from apps.runs.reading.call_snapshot import (
    BUILTIN_LABELS,
    AttemptSnapshot,
    CallSnapshot,
    Column,
    StageSnapshot,
    columns_of,
)
from apps.runs.reading.forks import origin_id
from apps.runs.reading.lookups import CallLookups, SourceSnapshot, lookups_in
from apps.runs.reading.notices import notices_of
from apps.runs.reading.whole_run import load_whole_run
from apps.runs.spending.caps import is_capped
from apps.runs.spending.metering import running_cost

SAME_IN_RUN = (  # names of a run's columns that its snapshot has as well
    *("title", "recipe", "preset", "status", "failure", "answer_kind", "cost", "cost_is_complete"),
    *("cap_reached", "estimate_low", "estimate_high", "created_at", "ended_at", "earlier_answers", "own_answers"),
    *("ballot", "from_slot", "cache_hit", "changes", "imported_at"),
)


class RunSnapshot(Value):
    """A run with everything that is known of it. ``cost`` is USD, a lower bound unless ``cost_is_complete``.

    The calls are those of its ``stages``; ``columns``, ``judges`` and ``writers`` are views of them by role.
    ``analysis_call`` is the id of the judge whose analysis counts. ``hides_costs``: a shared copy without costs.
    ``has_uncounted_cost``: a cap, whosever it is, could not count what every call cost. Of one that ``is_redacted``
    passages are blacked out. Calls of tools and their results are words in ``messages``. ``thread`` is '' in a copy for
    strangers, ``own_answers`` and ``from_slot`` as in the run's row, ``forked_from`` is the id of the origin of a fork.
    """

    id: str
    title: str
    messages: tuple[Message, ...]
    tools: ToolSet | None = Field(default=None, exclude_if=lambda tools: tools is None)
    recipe: Recipe
    preset: str
    status: Status
    failure: Failure | None
    answer: CallSnapshot | None
    answer_kind: AnswerKind | None
    analysis_call: int | None = None
    stages: tuple[StageSnapshot, ...]
    labels: dict[str, str]
    cost: Decimal | None
    cost_is_complete: bool
    cap_reached: bool = False
    has_uncounted_cost: bool = False
    hides_costs: bool = False
    is_redacted: bool = Field(default=False, exclude_if=lambda is_redacted: not is_redacted)
    estimate_low: Decimal | None
    estimate_high: Decimal | None
    created_at: datetime
    ended_at: datetime | None
    parent: str | None
    thread: str = ""
    rulings: tuple[RulingSnapshot, ...] = ()
    ratings: tuple[RatingSnapshot, ...] = Field(default=(), exclude_if=lambda ratings: not ratings)
    blind_votes: tuple[BlindVoteSnapshot, ...] = Field(default=(), exclude_if=lambda votes: not votes)
    earlier_answers: EarlierAnswers = EarlierAnswers.FUSED
    own_answers: dict[str, tuple[str | None, ...]] = {}
    ballot: Ballot | None = None
    from_slot: str = ""
    cache_hit: CacheHit | None = Field(default=None, exclude_if=lambda hit: hit is None)
    imported_at: datetime | None = Field(default=None, exclude_if=lambda moment: moment is None)
    forked_from: str | None = None
    changes: tuple[SetUpChange, ...] = ()
    sources: tuple[SourceSnapshot, ...] = Field(default=(), exclude_if=lambda sources: not sources)

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
        return {name: data[name] for name in data if name not in ("columns", "judges", "writers")} | {"stages": stages}

    @property
    def strategy(self) -> Strategy:
        return strategy_of(self.recipe)

    @property
    def own_answers_without_texts(self) -> dict[str, tuple[str | None, ...]]:
        """Say of each column which of its own answers it was sent, '' in place of each text."""
        return {slot: tuple(None if text is None else "" for text in own) for slot, own in self.own_answers.items()}

    @property
    def columns(self) -> tuple[Column, ...]:
        """The slots of the panel, by letter."""
        return columns_of(self.calls_as(Role.PANEL))

    @property
    def judges(self) -> tuple[CallSnapshot, ...]:
        return self.calls_as(Role.JUDGE)

    @property
    def writers(self) -> tuple[CallSnapshot, ...]:
        return self.calls_as(Role.SYNTHESIS)

    def calls_as(self, role: Role) -> tuple[CallSnapshot, ...]:
        """Return the calls of a role, whichever stage they belong to."""
        return tuple(call for stage in self.stages if stage.role is role for call in stage.calls)

    def sources_of(self, call: CallSnapshot) -> frozenset[int]:
        """Return the numbers that may be marks of sources in an answer: a writer takes over those of the panel."""
        if call.role is not Role.PANEL:
            return frozenset(source.number for source in self.sources)
        return sources_seen(call.lookups) | {source.number for source in self.sources if source.is_file}

    @property
    def prompt(self) -> str:
        """The newest question: the last user message."""
        return self.messages[-1].text

    @property
    def guidance_texts(self) -> tuple[tuple[str, str], ...]:
        """The texts that judge, writer and columns are told beside the shared prompt, with a title each."""
        judge, writer = (guidance_of_recipe(self.recipe, role) for role in (Role.JUDGE, Role.SYNTHESIS))
        texts = (
            ("Criteria for the judge", judge.criteria),
            ("Instructions for the judge", judge.instructions),
            ("Instructions for the writer", writer.instructions),
            *variant_texts(self.recipe),
        )
        return tuple((title, text) for title, text in texts if text.strip())

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def waits_for_panel(self) -> bool:
        """Whether nothing but its panel was asked so far."""
        return all(call.role is Role.PANEL for call in self.calls)

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
    def cost_so_far(self) -> Decimal:
        """The cost of running calls so far by our count, in USD; no part of ``cost`` yet."""
        return sum((call.cost_so_far for call in self.calls if call.cost_so_far is not None), Decimal(0))

    @property
    def is_capped(self) -> bool:
        """Whether a cap on spending stopped the run."""
        return self.failure is not None and self.failure.code is FailureCode.CAPPED

    @property
    def judge(self) -> CallSnapshot | None:
        """The judge call to show: the one whose analysis counts; while there is none, the newest."""
        counts = next((call for call in self.judges if call.id == self.analysis_call), None)
        return counts or max(self.judges, key=lambda call: call.id, default=None)

    @property
    def analysis(self) -> Analysis | None:
        return self.judge.analysis if self.judge and self.judge.id == self.analysis_call else None

    @property
    def judge_is_older_than_panel(self) -> bool:
        """Whether a column has a newer answer than the one that the judge read."""
        # First takes do not count: one that was not fused was left out, or came too late, and a notice says so.
        newer = {
            column.answer.id
            for column in self.columns
            if column.answer and (len(column.takes) > 1 or self.is_added(column))
        }
        return bool(self.judge and newer - set(self.judge.inputs))

    def is_added(self, column: Column) -> bool:
        """Return whether a column was added after the answers had been judged: its calls have higher ids."""
        return bool(self.judges) and column.takes[0].id > min(judge.id for judge in self.judges)

    @property
    def answer_is_older_than_analysis(self) -> bool:
        """Whether the answer was written from another analysis than the one that counts."""
        if self.answer is None or self.answer_kind is not AnswerKind.FUSED or self.analysis_call is None:
            return False
        return self.analysis_call not in self.answer.inputs

    @property
    def is_as_planned(self) -> bool:
        """Whether the answer is of a kind that the strategy is after, or was chosen or escalated, as planned.

        One that was to be taken from among several is not, if no other column has an answer.
        """
        if self.answer_kind is AnswerKind.ONLY and len(self.columns) > 1 and len(self.usable) < 2:
            return False
        return self.answer_kind in (self.strategy.answer_kind, AnswerKind.AS_IS, AnswerKind.ESCALATED)

    @property
    def usable(self) -> tuple[CallSnapshot, ...]:
        """The panel's usable answers, one a column, by letter."""
        return tuple(column.answer for column in self.columns if column.answer)

    @property
    def vote_is_older_than_panel(self) -> bool:
        """Whether a column has a newer answer than the one that was counted in the vote that made the answer."""
        if self.ballot is None or self.answer_kind not in (AnswerKind.VOTED, AnswerKind.ESCALATED):
            return False
        counted = set(self.ballot.calls.values())
        # A first take that was not counted came too late, or was added since; a notice says so.
        renewed = (column for column in self.columns if column.answer and len(column.takes) > 1)
        return any(column.answer.id not in counted for column in renewed if column.answer)

    @property
    def notices(self) -> tuple[str, ...]:
        """The sentences to read before the answer: the analysis is degraded, the panel partial, a fallback wrote it."""
        return tuple(notices_of(self))


def take_snapshot(run: Run, *, with_annotations: bool = True) -> RunSnapshot:
    """The run as the database has it now; two queries for caps only where the cost of a call is unknown.

    Rulings are asked for where there is an analysis to rule on, ratings where the run has ended once; neither without
    annotations.
    """
    whole = load_whole_run(run.pk, {call.model for call in planned_calls(run.recipe)})
    return snapshot_of(run, whole, annotations_of([run])[run.pk] if with_annotations else Annotations())


def snapshot_of(run: Run, whole: WholeRun, added: Annotations) -> RunSnapshot:
    """Return a run whose rows are loaded; ``whole`` may have the attempts and models of other runs too."""
    calls, attempts, models = whole
    if run.imported_at:
        models = models_seen_by(run.owner, models)
    planned = {call.model for call in planned_calls(run.recipe)}
    asked = {name for call in calls for name in (call.model, call.next_model, call.answered_by)}
    variants = variant_names(run.recipe)
    snapshots = [
        _call(call, models, [attempt.value for attempt in attempts if attempt.call_id == call.pk], variants)
        for call in calls
    ]
    has_sources = run.has_files or run.recipe.web is not None or any(call.role is Role.SETTLEMENT for call in calls)
    looked_up, sources = lookups_in(run) if has_sources else ({}, ())
    snapshots = [_with_lookups(call, looked_up.get(call.id)) for call in snapshots]
    return RunSnapshot(
        **{name: getattr(run, name) for name in SAME_IN_RUN},
        sources=sources,
        messages=as_text(run.messages),
        tools=run.tools,
        id=run.public_id,
        answer=next((call for call in snapshots if call.id == run.answer_call_id), None),
        analysis_call=run.analysis_call_id,
        rulings=rulings_in(run, calls, added.rulings),
        ratings=ratings_in({call.id: call.slot for call in snapshots}, added.ratings),
        blind_votes=blind_votes_in(added.blind_votes),
        stages=_stages(strategy_of(run.recipe), snapshots),
        labels={name: _label(name, models) for name in {*planned, *asked.intersection(models)}},
        has_uncounted_cost=any(call.is_unpriced for call in snapshots) and is_capped(run),
        parent=run.parent.public_id if run.parent else None,
        thread=run.thread_id,
        forked_from=origin_id(run),
    )


def _label(reference: str, models: dict[str, Model]) -> str:
    if reference in list(Builtin):
        return BUILTIN_LABELS[Builtin(reference)]
    return models[reference].label if reference in models else reference


def _call(call: Call, models: dict[str, Model], attempts: Sequence[Attempt], variants: dict[str, str]) -> CallSnapshot:
    return CallSnapshot(
        id=call.pk,
        **identity_of(call),
        **ending_of(call),
        label=_label(call.model, models),
        variant=variants.get(call.slot, "") if call.role is Role.PANEL else "",
        maker=models[call.model].maker if call.model in models else "",
        # Until it has ended, a page replays a call's text from the log: with this it would be there twice.
        text=call.output.text if call.is_final else "",
        reasoning=call.output.reasoning if call.is_final else "",
        html=call.output.html,
        cost_so_far=running_cost(call, attempts) if call.status is Status.RUNNING else None,
        ttft_s=call.ttft_s,
        duration_s=call.duration_s,
        tokens_per_second=call.tokens_per_second(attempts),
        started_at=call.started_at,
        inputs=call.inputs,
        guidance=call.guidance,
        analysis=call.output.analysis,
        coverage=call.output.coverage,
        provenance=call.output.provenance,
        verdict=call.output.verdict,
        answered_by=_label(call.answered_by, models) if call.answered_by not in ("", call.model) else "",
        attempts=tuple(map(AttemptSnapshot.of, attempts)),
        dropped=call.dropped,
        wait_reason=call.wait_reason,
        not_before=call.not_before,
        provider=models[call.next_model].provider.name if call.next_model in models else "",
    )


def _with_lookups(call: CallSnapshot, found: CallLookups | None) -> CallSnapshot:
    if found is None:
        return call
    known = {"lookups": tuple(found.lookups), "lookup_cost": found.cost or None, "citations": tuple(found.citations)}
    return call.model_copy(update=known)


def _stages(strategy: Strategy, calls: Sequence[CallSnapshot]) -> tuple[StageSnapshot, ...]:
    """Sort the calls into the strategy's stages; one of a stage that it no longer has goes to the first of its role.

    Of the stages beside only those with calls are there.
    """
    ordered = sorted(calls, key=lambda call: (call.slot, call.take))
    roles = {call.role for call in calls}
    stages = (*strategy.stages, *(stage for stage in strategy.beside if stage.role in roles))
    first = {stage.role: stage.name for stage in reversed(stages)}
    names = {stage.name for stage in stages}
    return tuple(
        StageSnapshot(
            name=stage.name,
            role=stage.role,
            title=stage.title,
            calls=tuple(
                call for call in ordered if (call.stage if call.stage in names else first.get(call.role)) == stage.name
            ),
        )
        for stage in stages
    )
