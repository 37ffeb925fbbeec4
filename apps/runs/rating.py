"""Rating the answers of a run: any text of its panel or its writers that has ended."""

from django.db import transaction

from apps.accounts.models import User
from apps.annotations import ratings
from apps.annotations.models import Rating
from apps.annotations.ratings import BadRating, RatingRequest
from apps.fusion.vocabulary import Role
from apps.runs.lifecycle.search_rows import mark_for_indexing
from apps.runs.models import Call, Run

ANSWERING = (Role.PANEL, Role.SYNTHESIS, Role.REVISION)
"""The roles whose calls write answers."""


def rate(run: Run, author: User, call_id: int, request: RatingRequest) -> Rating:
    """Write what a person thinks of an answer, in place of what they said before.

    Raises ``Call.DoesNotExist`` if the run has no such answer, and :class:`BadRating`.
    """
    call = Call.objects.with_output().get(pk=call_id, run=run, role__in=ANSWERING)
    if not call.is_final:
        raise BadRating("This answer is still being written. Rate it when it has ended.", "call")
    if not (call.output.text.strip() or call.output.tool_calls):
        raise BadRating("This answer has no text to rate.", "call")
    with transaction.atomic():
        rating = ratings.put_rating(run.pk, author, call_id, request)
        mark_for_indexing([run.pk])
    return rating


def unrate(run: Run, author: User, call_id: int) -> None:
    """Remove a person's rating; raises ``Rating.DoesNotExist`` if there is none."""
    with transaction.atomic():
        ratings.delete_rating(run.pk, author, call_id)
        mark_for_indexing([run.pk])
