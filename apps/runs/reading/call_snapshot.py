"""The calls of a snapshot: as takes of a column, a judge or a writer, and by stage."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import ConfigDict, Field

from apps.fusion.comparing.provenance import Provenance
from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Analysis
from apps.fusion.lookup_steps import Lookup
from apps.fusion.opinions import Opinion
from apps.fusion.state import is_includable, is_usable
from apps.fusion.tools import ToolCall
from apps.fusion.values import Attempt, Failure, Guidance, Usage
from apps.fusion.vocabulary import (
    AnswerKind,
    Billing,
    Builtin,
    CostSource,
    FinishReason,
    Role,
    Status,
    WaitReason,
)
from apps.runs.reading.lookups import CitationSnapshot

BUILTIN_LABELS = {
    Builtin.OVERLAP: "word overlap, no model",
    Builtin.CLOSEST: "closest answer, no model",
    Builtin.FIELDS: "each field’s winner, no model",
}
KIND_OF_BUILTIN: Mapping[str, AnswerKind] = {Builtin.CLOSEST: AnswerKind.CLOSEST, Builtin.FIELDS: AnswerKind.VOTED}
"""The kinds of the answers that built-in writers hand in; those of others are fused."""

FINISH_WORDS = {
    FinishReason.LENGTH: "truncated",
    FinishReason.LOOP: "loop cut",
    FinishReason.REFUSAL: "refused",
    FinishReason.CONTENT_FILTER: "filtered by the provider",
    FinishReason.UNKNOWN: "ended for no known reason",
}


class AttemptSnapshot(Value):
    """One request to a vendor. ``at`` is seconds since 1970, ``may_cost`` USD; ``may_be_billed``: nobody knows."""

    model: str
    at: float
    failure: Failure | None = None
    status: int | None = None
    waited_s: float | None = None
    may_be_billed: bool | None = None
    usage: Usage | None = None
    cost: Decimal | None = None
    may_cost: Decimal | None = None

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """Return an attempt as a page shows it."""
        return cls(
            model=attempt.model,
            at=attempt.started_at,
            failure=attempt.failure,
            status=attempt.http_status,
            waited_s=attempt.waited_s,
            may_be_billed=attempt.billing is Billing.UNCERTAIN or None,
            usage=attempt.usage,
            cost=attempt.cost,
            may_cost=attempt.possible_cost,
        )


class CallSnapshot(Value):
    """One call as a page shows it. ``html`` is safe, '' where it is not stored (yet); durations are seconds.

    ``cost_so_far`` is USD of a running call by our count, ``accrued`` in exports and shares; ``lookup_cost`` is what of
    the cost was paid for searches. ``answered_by`` is the label of the fallback that answered; a queued call waits
    until ``not_before`` for ``wait_reason`` of ``provider``. ``variant`` is the name of its column's own prompt.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    id: int
    stage: str = ""
    role: Role
    slot: str
    take: int
    model: str
    label: str
    variant: str = Field(default="", exclude_if=lambda variant: not variant)
    maker: str
    status: Status
    claim: int
    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...] = Field(default=(), exclude_if=lambda calls: not calls)
    lookups: tuple[Lookup, ...] = Field(default=(), exclude_if=lambda lookups: not lookups)
    lookup_cost: Decimal | None = Field(default=None, exclude_if=lambda cost: cost is None)
    citations: tuple[CitationSnapshot, ...] = Field(default=(), exclude_if=lambda citations: not citations)
    html: str
    failure: Failure | None
    finish_reason: FinishReason | None
    usage: Usage
    cost: Decimal | None
    cost_source: CostSource
    cost_so_far: Decimal | None = Field(None, alias="accrued")
    ttft_s: float | None
    duration_s: float | None
    tokens_per_second: float | None
    started_at: datetime | None
    inputs: tuple[int, ...]
    guidance: Guidance | None = None
    analysis: Analysis | None
    coverage: dict[str, float] = {}
    provenance: Provenance | None = None
    verdict: Opinion | None = None
    answered_by: str = ""
    attempts: tuple[AttemptSnapshot, ...] = ()
    dropped: tuple[str, ...] = ()
    wait_reason: WaitReason | None = None
    not_before: datetime | None = None
    provider: str = ""

    @property
    def name(self) -> str:
        """Return the label of its model, with the name of the variant that it was asked with."""
        return f"{self.label} · {self.variant}" if self.variant else self.label

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def is_usable(self) -> bool:
        return is_usable(self)

    @property
    def is_includable(self) -> bool:
        """Return whether a person may have its text fused, though it may have broken off."""
        return is_includable(self)

    @property
    def is_unpriced(self) -> bool:
        """Return whether it wrote something of which nobody knows the cost."""
        return self.is_final and self.cost is None and bool(self.text or self.tool_calls)

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

    def take_to_fuse(self, shown: CallSnapshot) -> CallSnapshot | None:
        """The take that is fused while ``shown`` is shown: that one, or else the newest usable one, if there is any."""
        if shown.is_usable:
            return shown
        return self.answer or (shown if shown.is_includable else None)


def columns_of(calls: Sequence[CallSnapshot]) -> tuple[Column, ...]:
    """Return the columns of these calls of a panel, by letter."""
    slots = sorted({call.slot for call in calls})
    return tuple(
        Column(slot=slot, takes=tuple(sorted((c for c in calls if c.slot == slot), key=lambda c: c.take)))
        for slot in slots
    )


class StageSnapshot(Value):
    """A stage of the run's strategy with its calls, by slot and take."""

    name: str
    role: Role
    title: str
    calls: tuple[CallSnapshot, ...]
