"""What our own finished calls say of models: how soon they begin to answer."""

from datetime import timedelta

from django.db.models import Aggregate, Count, FloatField
from django.utils import timezone

from apps.fusion.vocabulary import Role, Status
from apps.runs.models import Call

WINDOW = timedelta(days=30)
FEWEST_CALLS = 3
"""Fewer say nothing of a model."""


class Median(Aggregate):
    """PostgreSQL's ``percentile_cont`` at one half."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def median_ttft() -> dict[str, float]:
    """Seconds to the first token by model reference: the median of its panel calls of the last 30 days."""
    calls = Call.objects.filter(role=Role.PANEL, status=Status.DONE, answered_by="", ttft_s__isnull=False)
    recent = calls.filter(ended_at__gte=timezone.now() - WINDOW).order_by()
    measured = recent.values("model").annotate(calls=Count("pk"), ttft=Median("ttft_s")).filter(calls__gte=FEWEST_CALLS)
    return {row["model"]: row["ttft"] for row in measured}
