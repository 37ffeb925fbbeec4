"""The right to see and to change prompt templates, batches and their files: the only place that says so.

Owners alone, as for runs (``apps/runs/reading/access.py``); members of the team join here.
"""

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.batches.models import Batch, BatchFile, PromptTemplate


def visible_templates(user: User) -> QuerySet[PromptTemplate]:
    """Return the templates that a person may read and fill in."""
    return PromptTemplate.objects.filter(owner=user)


def editable_templates(user: User) -> QuerySet[PromptTemplate]:
    """Return the templates that a person may change and delete."""
    return visible_templates(user)


def visible_batches(user: User) -> QuerySet[Batch]:
    """Return the batches that a person may read."""
    return Batch.objects.filter(owner=user)


def editable_batches(user: User) -> QuerySet[Batch]:
    """Return the batches that a person may start, pause, cancel and delete."""
    return visible_batches(user)


def visible_files(user: User) -> QuerySet[BatchFile]:
    """Return the files of batches that a person may read."""
    return BatchFile.objects.filter(owner=user)


def editable_files(user: User) -> QuerySet[BatchFile]:
    """Return the files of batches that a person may delete."""
    return visible_files(user)
