"""Rulings on points of an analysis, decisions on what a settlement proposes, ratings of answers, blind votes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.fields import EnumField, ValueField
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.fusion.ratings import RatingReason, Thumb
from apps.fusion.values import Side
from apps.fusion.vocabulary import DecisionKind, FindingKind, RulingKind


class Ruling(models.Model):
    """A person's ruling on a point of a run's analysis, or on the whole.

    ``judge`` is the id of the judge call, and ``finding`` the id of the finding in its analysis, that was ruled on; ''
    where the ruling adds a point or is about the whole. ``topic`` and ``sides`` are the finding's own words then, by
    which it is found again in another analysis. ``right`` are the slots of the side that was picked.
    """

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="rulings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    judge = models.BigIntegerField(null=True, blank=True)
    finding = models.CharField(max_length=60, blank=True)
    kind = EnumField(FindingKind, max_length=20, null=True, blank=True)
    topic = models.TextField(blank=True)
    sides = ValueField(tuple[Side, ...], default=tuple, blank=True)
    verdict = EnumField(RulingKind, max_length=12)
    right = ValueField(tuple[str, ...], default=tuple, blank=True)
    text = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["run", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=[str(verdict) for verdict in RulingKind]),
                name="ruling_verdict_is_known",
            ),
            models.UniqueConstraint(
                fields=["run", "judge", "finding"], condition=~models.Q(finding=""), name="ruling_is_one_per_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.topic or 'the whole'} of run {self.run_id}"


class Decision(models.Model):
    """A person's decision on the ruling that a settlement proposes; ``call`` is the id of its call."""

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="decisions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    call = models.BigIntegerField(unique=True)
    kind = EnumField(DecisionKind, max_length=10)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["run", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[str(kind) for kind in DecisionKind]), name="decision_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} what call {self.call} proposed"


class Rating(models.Model):
    """A person's opinion of one answer of a run: ``call`` is the id of the call that wrote it."""

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="ratings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    call = models.BigIntegerField()
    thumb = EnumField(Thumb, max_length=4)
    reasons = ValueField(tuple[RatingReason, ...], default=tuple, blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["run", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(thumb__in=[str(thumb) for thumb in Thumb]), name="rating_thumb_is_known"
            ),
            # Search rows look up the ratings of an answer by it, too.
            models.UniqueConstraint(fields=["call", "author"], name="rating_is_one_per_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.thumb} for call {self.call} of run {self.run_id}"


class BlindVote(models.Model):
    """A person's choice among the answers of a run, made before their authors were shown.

    ``answers`` are all that stood for it, with what they were then: a run may be asked and written again.
    """

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="blind_votes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verdict = EnumField(BlindVerdict, max_length=8)
    answers = ValueField(tuple[VotedAnswer, ...])
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["run", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=[str(verdict) for verdict in BlindVerdict]),
                name="blind_vote_verdict_is_known",
            ),
            models.UniqueConstraint(fields=["run", "author"], name="blind_vote_is_one_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} in run {self.run_id}"
