"""Links to runs and threads for readers without an account, and what each of them lets be read."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from apps.fields import ValueField
from apps.fusion.sharing import Shown
from apps.runs.models.runs import Run, new_share_code


class ShareQuerySet(models.QuerySet["Share"]):
    """Shares by whether their links lead anywhere."""

    def open(self) -> Self:
        """Keep those that can be read now: neither revoked nor expired, and of a run that is not in the bin."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, revoked_at=None, run__binned_at=None)


class Share(models.Model):
    """A read-only copy of a run for people without an account; later changes of the run do not reach it.

    One with a ``thread`` is of the turns up to its run: the snapshot then has ``turns``, one for each. One that is not
    ``is_frozen`` yet is of a run or a thread at work, and is drawn from that until it has ended.

    ``shown`` is what its readers see, NULL for one from before that was noted. With ``for_members`` they have to be
    signed in, whoever they are. ``embed_origins`` are the sites that may show it in a frame, as
    ``https://example.com``. ``views`` counts readings of the page by others than the run's owner, and nothing of them.
    """

    code = models.CharField(max_length=40, unique=True, default=new_share_code)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shares")
    thread = models.CharField(max_length=20, blank=True)
    snapshot = models.JSONField()
    is_frozen = models.BooleanField(default=True)
    shown = ValueField(Shown, null=True, blank=True)
    for_members = models.BooleanField(default=False)
    allows_json = models.BooleanField(default=True)
    embed_origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    views = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        indexes = [
            # runs/sharing.py: close_expired() and freeze_ended(), once a second.
            models.Index(
                fields=["expires_at"],
                name="share_expires",
                condition=models.Q(revoked_at=None, expires_at__isnull=False),
            ),
            models.Index(fields=["id"], name="share_live", condition=models.Q(revoked_at=None, is_frozen=False)),
        ]

    def __str__(self) -> str:
        return f"share of run {self.run_id}"

    def get_absolute_url(self) -> str:
        return f"/s/{self.code}/"
