"""Rows of ratings and blind votes. Who may rate what is decided by who calls; both follow their run."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.models import User
from apps.annotations.models import BlindVote, Rating
from apps.fusion.ratings import RatingReason, Thumb, fitting
from apps.fusion.refusal import Refusal

LONGEST_COMMENT = 2_000


class BadRating(Refusal):
    """A rating that cannot be made; ``field`` says what to change."""


@dataclass(frozen=True, slots=True)
class RatingRequest:
    """A rating to be made; reasons that do not go with its thumb are refused."""

    thumb: Thumb
    reasons: tuple[RatingReason, ...] = ()
    comment: str = ""


def ratings_of(run_ids: Iterable[int]) -> dict[int, list[Rating]]:
    """Return the ratings of runs with their authors, oldest first, by the key of the run; one query."""
    found: dict[int, list[Rating]] = {key: [] for key in run_ids}
    for rating in Rating.objects.filter(run__in=found).select_related("author").order_by("pk"):
        found[rating.run_id].append(rating)
    return found


def blind_votes_of(run_ids: Iterable[int]) -> dict[int, list[BlindVote]]:
    """Return the blind votes on runs with their authors, oldest first, by the key of the run; one query."""
    found: dict[int, list[BlindVote]] = {key: [] for key in run_ids}
    for vote in BlindVote.objects.filter(run__in=found).select_related("author").order_by("pk"):
        found[vote.run_id].append(vote)
    return found


def put_rating(run_id: int, author: User, call_id: int, request: RatingRequest) -> Rating:
    """Write a person's rating of an answer, in place of the one before; raises :class:`BadRating`."""
    comment = request.comment.replace("\x00", "").strip()
    if len(comment) > LONGEST_COMMENT:
        raise BadRating(f"A comment has at most {LONGEST_COMMENT:,} characters. Shorten it.", "comment")
    reasons = fitting(request.thumb, request.reasons)
    if len(reasons) != len(set(request.reasons)):
        raise BadRating("Not all of these reasons go with this thumb. Choose others.", "reasons")
    said = {"thumb": request.thumb, "reasons": reasons, "comment": comment, "changed_at": timezone.now()}
    rating, _ = Rating.objects.update_or_create(call=call_id, author=author, defaults=said | {"run_id": run_id})
    return rating


def delete_rating(run_id: int, author: User, call_id: int) -> None:
    """Remove a person's rating of an answer; raises ``Rating.DoesNotExist`` if there is none."""
    deleted, _ = Rating.objects.filter(run=run_id, author=author, call=call_id).delete()
    if not deleted:
        raise Rating.DoesNotExist
