"""Blind votes by programs: the answers without names, the vote, and then what was voted on."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status as Answered
from pydantic import Field

from apps.annotations.models import BlindVote
from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import NO_RETRY, ApiError
from apps.api.runs.routes import RunId, find
from apps.api.schemas import Document, Open, with_errors
from apps.api.strict import Strict
from apps.fusion.blind_votes import BlindVerdict
from apps.fusion.vocabulary import SLOTS
from apps.runs import blind_voting
from apps.runs.blind_voting import CannotVote
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])
BlindId = Annotated[str, Field(pattern="^[0-9a-f]{20}$", examples=["3f9a1c5be07d42681a2c"])]


class CastVote(Strict):
    """A vote on the answers of a sheet."""

    sheet: BlindId
    """The `sheet` that was read: answers may have changed since."""
    chosen: list[BlindId] = Field(max_length=len(SLOTS) + 1)
    """The ids of the best one, or of several that are equally good; none if all are bad."""


class BlindAnswer(Document):
    """An answer without its author."""

    id: str
    """By which it is chosen; it says nothing of the answer."""
    text: str
    """The words of the answer."""


class VotedAnswerDocument(Open):
    """An answer that stood in a vote, as it was then."""

    call: int
    """The id of the call that wrote it."""
    slot: str
    """The letter of its column, empty for a writer."""
    model: str
    """The reference of the model that answered."""
    variant: str
    """The name of the prompt's variant, empty without any."""
    is_fused: bool
    """True for the answer that was written from the others."""
    is_answer: bool
    """True for the answer of the run."""
    is_chosen: bool
    """True if the vote chose it."""


class BlindVoteDocument(Open):
    """A vote that was cast."""

    verdict: BlindVerdict
    """The result: one is best, several are equally good, or all are bad."""
    answers: list[VotedAnswerDocument]
    """The answers that it was on."""
    created_at: datetime
    """When it was cast."""


class BlindSheet(Document):
    """Your blind vote on a run: before it the answers without names, after it the vote with them."""

    sheet: str | None
    """Names this set of answers; absent after the vote."""
    answers: list[BlindAnswer]
    """The answers in an order of chance that stays the same for you; empty after the vote."""
    vote: BlindVoteDocument | None
    """Your vote."""


@router.get(
    "/runs/{run_id}/blind-vote", auth=may_read, response=with_errors({200: BlindSheet}), summary="Read a blind vote"
)
def read_vote(request: HttpRequest, run_id: RunId) -> Any:
    """Read the answers to vote on, without names; after your vote, the vote with all that stood in it."""
    run, voter = find(request, run_id), owner_of(request)
    vote = BlindVote.objects.filter(run=run, author=voter).first()
    if vote is not None:
        return _document(vote)
    try:
        sheet = blind_voting.sheet_of(take_snapshot(run), voter)
    except CannotVote as error:
        raise ApiError(409, "not_now", error.sentence, error.field, headers=NO_RETRY) from None
    answers = [{"id": card.id, "text": card.text} for card in sheet.cards]
    return {"sheet": sheet.token, "answers": answers, "vote": None}


@router.post(
    "/runs/{run_id}/blind-vote", auth=may_run, response=with_errors({201: BlindSheet}), summary="Cast a blind vote"
)
def cast_vote(request: HttpRequest, run_id: RunId, body: CastVote) -> Any:
    """Vote on the answers of a sheet. The vote names them, so it is final."""
    run = find(request, run_id)
    try:
        vote = blind_voting.cast(run, take_snapshot(run), owner_of(request), body.sheet, body.chosen)
    except CannotVote as error:
        raise ApiError(409, "not_now", error.sentence, error.field, headers=NO_RETRY) from None
    return Answered(201, _document(vote))


def _document(vote: BlindVote) -> dict[str, Any]:
    answers = [one.model_dump() for one in vote.answers]
    said = {"verdict": vote.verdict, "answers": answers, "created_at": vote.created_at}
    return {"sheet": None, "answers": [], "vote": said}
