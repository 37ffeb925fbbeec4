"""Rows of an analysis, so that history can be asked about it; the analysis itself is in the judge's output."""

from django.db import models

from apps.fields import EnumField
from apps.fusion.vocabulary import SLOTS, FindingKind
from apps.runs.models.calls import Call
from apps.runs.models.columns import one_of


class Finding(models.Model):
    """A row per finding of a judge call, to ask history about them; ``CallOutput.analysis`` is the whole.

    ``name`` is the finding's id there, as pages, exports and the API have it.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="findings")
    name = models.CharField(max_length=60, blank=True)
    kind = EnumField(FindingKind, max_length=20)
    ordinal = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["call", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["call", "ordinal"], name="finding_is_unique"),
            one_of("kind", FindingKind),
        ]

    def __str__(self) -> str:
        return self.text


class Evidence(models.Model):
    """The side that an answer takes on a finding, in its words; the span counts characters of the answer's text.

    A quote that is neither verified nor similar was not found. One of the fused answer has the slot ''.
    """

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="evidence")
    slot = models.CharField(max_length=1, blank=True)
    stance = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    is_verified = models.BooleanField(default=False)
    is_similar = models.BooleanField(default=False)

    class Meta:
        constraints = [
            one_of("slot", SLOTS, blank=True),
            models.CheckConstraint(
                condition=models.Q(is_verified=False) | models.Q(is_similar=False), name="quote_has_one_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot}: {self.quote or self.stance}"


class Assessment(models.Model):
    """The judge's opinion of one answer by one criterion, 1 to 5."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="assessments")
    slot = models.CharField(max_length=1)
    criterion = models.CharField(max_length=200)
    score = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("slot", SLOTS),
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="assessment_score_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} {self.criterion} {self.score}"
