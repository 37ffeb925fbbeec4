"""Changes of many runs at once, and the searches that people keep."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from apps.fields import EnumField
from apps.fusion.vocabulary import MarkKind
from apps.runs.models.columns import one_of


class BulkChange(models.Model):
    """A change of marks of many runs, made part by part and undone in the same way.

    ``waiting`` are the keys of the runs that it has not come to; ``changed`` those that were not so before, which an
    undo sets back. An undo is a change of its own, and ``undo_of`` the one that it sets back.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bulk_changes")
    kind = EnumField(MarkKind, max_length=10)
    tag = models.CharField(max_length=50, blank=True)
    waiting = ArrayField(models.BigIntegerField(), default=list, blank=True)
    changed = ArrayField(models.BigIntegerField(), default=list, blank=True)
    total = models.PositiveIntegerField()
    undo_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="undo")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [one_of("kind", MarkKind)]
        indexes = [
            # lifecycle/marks.py: carry_on_changes(), once a second.
            models.Index(fields=["id"], name="bulk_unfinished", condition=models.Q(ended_at=None)),
            # web/history/bulk_views.py: the newest of a person.
            models.Index(fields=["owner", "-id"], name="bulk_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.total} runs"

    @property
    def done(self) -> int:
        return self.total - len(self.waiting)


class SavedSearch(models.Model):
    """A search under a name; a pinned one stands above the list of runs."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    by_relevance = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-is_pinned", "name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_search_of_a_name")]

    def __str__(self) -> str:
        return self.name
