"""The health of models by our own finished calls: seconds to first and last token, failures, reading speed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db import connection
from django.db.models import Aggregate, Case, Count, F, FloatField, Q, When
from django.utils import timezone

from apps.catalogue.models import Model
from apps.catalogue.recipes.warnings import ON_THIS_MACHINE
from apps.fusion.strategies.grace import AnswerTimes
from apps.fusion.values import Usage
from apps.fusion.vocabulary import Builtin, FailureCode, Role, Status
from apps.runs.models import Call

WINDOW = timedelta(days=30)
FEWEST_CALLS = 3
"""Fewer say nothing of a model."""
LONG_PROMPT, MEASURED_CALLS = 500, 30
"""Tokens from which on a prompt says how fast its model reads, and the newest calls that are looked at."""
HEALTH_WINDOW = timedelta(days=7)
NOT_VENDOR_FAULTS = [
    FailureCode.CANCELLED, FailureCode.CAPPED, FailureCode.CIRCUIT_OPEN, FailureCode.TOO_SLOW, FailureCode.WORKER_LOST,
    FailureCode.BAD_REPLY, FailureCode.CONTEXT_TOO_LONG, FailureCode.UNEXPECTED_ERROR,
]  # fmt: skip
"""Failures that say nothing of whether a model can be reached."""


NEWEST_ANSWERS, ENOUGH_ANSWERS = 100, 20
"""The newest answers of a model whose times are looked at, and the number below which they say nothing."""
# LATERAL reads the newest calls of each model from the index ``call_lengths``, and none of the older ones.
ANSWER_TIMES = """
SELECT asked.model,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY newest.duration_s),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY newest.duration_s)
FROM unnest(%s::text[]) AS asked (model)
CROSS JOIN LATERAL (
    SELECT duration_s FROM runs_call
    WHERE model = asked.model AND role = %s AND status = 'done' AND NOT is_copy AND answered_by = ''
        AND duration_s IS NOT NULL
    ORDER BY id DESC LIMIT %s
) AS newest
GROUP BY asked.model HAVING count(*) >= %s
"""


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
    recent = calls.filter(is_copy=False, ended_at__gte=timezone.now() - WINDOW).order_by()
    measured = (
        recent.values("model")
        .annotate(calls=Count("pk"), ttft=Percentile("ttft_s", fraction=0.5))
        .filter(calls__gte=FEWEST_CALLS)
    )
    return {row["model"]: row["ttft"] for row in measured}


def answer_times(models: Collection[str]) -> dict[str, AnswerTimes]:
    """Return how long the newest panel answers of models took, by reference; one query. Few say nothing: no entry."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWER_TIMES, [sorted(set(models)), Role.PANEL, NEWEST_ANSWERS, ENOUGH_ANSWERS])
        return {model: AnswerTimes(p50_s, p95_s) for model, p50_s, p95_s in cursor.fetchall()}


def store_prompt_speeds() -> None:
    """Store how fast models on this machine read the long prompts of their newest calls, where those are enough.

    Unlike a measurement on a quiet machine this includes what else it does, and that long prompts are read slower.
    """
    here = Model.objects.filter(provider__slug__in=ON_THIS_MACHINE)
    for model in here:
        calls = Call.objects.filter(model=model.reference, answered_by="", status=Status.DONE, ttft_s__gt=0)
        newest = calls.filter(is_copy=False).order_by("-pk").values_list("usage", "ttft_s")[:MEASURED_CALLS]
        speeds = [read / ttft for usage, ttft in newest if ttft and (read := _tokens_read(usage)) >= LONG_PROMPT]
        if len(speeds) >= FEWEST_CALLS:
            Model.objects.filter(pk=model.pk).update(prompt_speed=median(speeds))


def _tokens_read(usage: Usage) -> int:
    """Return the tokens of a prompt that its server had not read before, as far as it says so."""
    return 0 if usage.estimated else (usage.input_tokens or 0) - (usage.cached_tokens or 0)


def health(references: Collection[str] | None = None) -> dict[str, Health]:
    """Return the health of every model that was asked in the last 7 days, or of these, by reference; one query."""
    who = Case(When(answered_by="", then=F("model")), default=F("answered_by"))
    # Stopped calls are left out altogether: they say nothing of their vendor.
    failed = Q(status=Status.FAILED) & ~Q(failure_code__in=NOT_VENDOR_FAULTS)
    calls = Call.objects.filter(failed | Q(status=Status.DONE), ended_at__gte=timezone.now() - HEALTH_WINDOW)
    named = calls.filter(is_copy=False).annotate(who=who).exclude(who__in=list(Builtin)).order_by()
    if references is not None:
        named = named.filter(who__in=references)
    rows = named.values("who").annotate(
        calls=Count("pk"),
        failed=Count("pk", filter=failed),
        p50_s=Percentile("ttft_s", fraction=0.5),
        p95_s=Percentile("ttft_s", fraction=0.95),
    )
    return {row["who"]: Health(row["calls"], row["failed"], row["p50_s"], row["p95_s"]) for row in rows}
