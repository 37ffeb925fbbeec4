"""Ratings of a run's answers: each person's own."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status as Answered
from pydantic import Field

from apps.annotations.models import Rating
from apps.annotations.ratings import BadRating, RatingRequest
from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.routes import CallId, RunId, find
from apps.api.schemas import Document, Open, with_errors
from apps.api.strict import Strict
from apps.fusion.ratings import RatingReason, Thumb
from apps.runs import rating
from apps.runs.models import Call, Run
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])


class PutRating(Strict):
    """A rating of an answer, in place of the one before."""

    thumb: Thumb
    """The opinion."""
    call: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None
    """The id of the call that wrote the answer, of the panel or a writer; that of the run's answer if absent."""
    reasons: list[RatingReason] = Field([], max_length=len(RatingReason), examples=[["correct", "clear"]])
    """Up: `correct`, `complete`, `clear`, `concise`, `well_sourced`. Down: `wrong`, `incomplete`, `unclear`,
    `too_long`, `off_topic`, `not_as_asked`, `made_up`."""
    comment: str = Field("", max_length=2_000)
    """A remark."""


class RatingDocument(Open):
    """A person's rating of an answer."""

    call: int
    """The id of the call that wrote the answer; the rating is removed by it."""
    slot: str
    """The letter of its column, empty for a writer."""
    thumb: Thumb
    """The opinion."""
    reasons: list[RatingReason]
    """The reasons."""
    comment: str
    """The remark."""
    author: str
    """The name of the person."""
    changed_at: datetime
    """When it was made or changed."""


class RatingList(Document):
    """The ratings of a run, oldest first."""

    data: list[RatingDocument]
    """The ratings."""


@router.get("/runs/{run_id}/ratings", auth=may_read, response=with_errors({200: RatingList}), summary="List ratings")
def list_ratings(request: HttpRequest, run_id: RunId) -> Any:
    """Read the ratings of the run's answers, oldest first."""
    return _documents(find(request, run_id))


@router.put("/runs/{run_id}/ratings", auth=may_run, response=with_errors({200: RatingList}), summary="Rate an answer")
def put_rating(request: HttpRequest, run_id: RunId, body: PutRating) -> Any:
    """Rate an answer, in place of your earlier rating of it. It costs nothing."""
    run = find(request, run_id)
    call = body.call or run.answer_call_id
    if call is None:
        raise ApiError(400, "invalid_parameter", "The run has no answer. Name a call of its panel.", "call")
    try:
        rating.rate(run, owner_of(request), call, RatingRequest(body.thumb, tuple(body.reasons), body.comment))
    except Call.DoesNotExist:
        raise ApiError(400, "invalid_parameter", "The run has no such answer.", "call") from None
    except BadRating as error:
        raise ApiError(400, "invalid_parameter", error.sentence, error.field) from None
    return _documents(run)


@router.delete(
    "/runs/{run_id}/ratings/{call_id}", auth=may_run, response=with_errors({204: None}), summary="Remove a rating"
)
def delete_rating(request: HttpRequest, run_id: RunId, call_id: CallId) -> Any:
    """Remove your rating of the answer that this call wrote."""
    try:
        rating.unrate(find(request, run_id), owner_of(request), call_id)
    except Rating.DoesNotExist:
        raise not_found("rating") from None
    return Answered(204, None)


def _documents(run: Run) -> dict[str, Any]:
    return {"data": [one.model_dump(mode="json") for one in take_snapshot(run).ratings]}
