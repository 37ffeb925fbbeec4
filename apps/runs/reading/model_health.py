"""The health of models by our own finished calls: seconds to the first token, and the share that failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Aggregate, Case, Count, F, FloatField, Q, When
from django.utils import timezone

from apps.fusion.vocabulary import Builtin, FailureCode, Role, Status
from apps.runs.models import Call

WINDOW = timedelta(days=30)
FEWEST_CALLS = 3
"""Fewer say nothing of a model."""
HEALTH_WINDOW = timedelta(days=7)
NOT_VENDOR_FAULTS = [
    FailureCode.CANCELLED, FailureCode.CAPPED, FailureCode.CIRCUIT_OPEN, FailureCode.TOO_SLOW, FailureCode.WORKER_LOST,
    FailureCode.BAD_REPLY, FailureCode.CONTEXT_TOO_LONG, FailureCode.UNEXPECTED_ERROR,
]  # fmt: skip
"""Failures that say nothing of whether a model can be reached."""


class Percentile(Aggregate):
    """PostgreSQL's ``percentile_cont`` at ``fraction``, from 0 to 1."""

    template = "percentile_cont(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Health:
    """The last 7 days of a model: calls that ended, how many failed, seconds to the first token."""

    calls: int
    failed: int
    p50_s: float | None
    p95_s: float | None

    @property
    def error_rate(self) -> float:
        return self.failed / self.calls


def median_ttft() -> dict[str, float]:
    """Return seconds to the first token by model reference: the median of its panel calls of the last 30 days."""
    # Not those that a fallback answered: the time would be another model's.
    calls = Call.objects.filter(role=Role.PANEL, status=Status.DONE, answered_by="", ttft_s__isnull=False)
    recent = calls.filter(ended_at__gte=timezone.now() - WINDOW).order_by()
    measured = (
        recent.values("model")
        .annotate(calls=Count("pk"), ttft=Percentile("ttft_s", fraction=0.5))
        .filter(calls__gte=FEWEST_CALLS)
    )
    return {row["model"]: row["ttft"] for row in measured}


def health(references: Collection[str] | None = None) -> dict[str, Health]:
    """Return the health of every model that was asked in the last 7 days, or of these, by reference; one query."""
    who = Case(When(answered_by="", then=F("model")), default=F("answered_by"))
    # Stopped calls are left out altogether: they say nothing of their vendor.
    failed = Q(status=Status.FAILED) & ~Q(failure_code__in=NOT_VENDOR_FAULTS)
    calls = Call.objects.filter(failed | Q(status=Status.DONE), ended_at__gte=timezone.now() - HEALTH_WINDOW)
    named = calls.annotate(who=who).exclude(who__in=list(Builtin)).order_by()
    if references is not None:
        named = named.filter(who__in=references)
    rows = named.values("who").annotate(
        calls=Count("pk"),
        failed=Count("pk", filter=failed),
        p50_s=Percentile("ttft_s", fraction=0.5),
        p95_s=Percentile("ttft_s", fraction=0.95),
    )
    return {row["who"]: Health(row["calls"], row["failed"], row["p50_s"], row["p95_s"]) for row in rows}
