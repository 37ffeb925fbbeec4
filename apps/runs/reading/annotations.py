"""People's additions to a run, as its snapshot has them: rulings, ratings and blind votes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from apps.annotations.models import BlindVote, Rating
from apps.annotations.models import Ruling as RulingRow
from apps.annotations.ratings import blind_votes_of, ratings_of
from apps.annotations.rulings import match, rulings_of
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.fusion.frozen import Value
from apps.fusion.ratings import RatingReason, Thumb
from apps.fusion.values import Ruling
from apps.fusion.vocabulary import FindingKind
from apps.runs.models import Call, Run


class RulingSnapshot(Ruling):
    """A person's ruling beside the analysis that counts. ``finding`` is the id of what it is about there.

    Without ``applies`` no finding of this analysis is about its point, and a writer is not told it. ``author`` is ''
    for strangers.
    """

    id: int
    finding: str = ""
    kind: FindingKind | None = None
    applies: bool = True
    author: str = ""
    created_at: datetime
    changed_at: datetime


class RatingSnapshot(Value):
    """A person's rating of an answer: ``call`` wrote it, ``slot`` is its column, '' for a writer.

    ``author`` is '' for strangers; ``author_id`` stays inside.
    """

    call: int
    slot: str = ""
    thumb: Thumb
    reasons: tuple[RatingReason, ...] = ()
    comment: str = ""
    author: str = ""
    author_id: int = Field(default=0, exclude=True)
    created_at: datetime
    changed_at: datetime


class BlindVoteSnapshot(Value):
    """A person's blind vote on the answers of a run; ``author`` is '' for strangers, ``author_id`` stays inside."""

    verdict: BlindVerdict
    answers: tuple[VotedAnswer, ...]
    author: str = ""
    author_id: int = Field(default=0, exclude=True)
    created_at: datetime


class Annotations(NamedTuple):
    """The rows that people added to a run."""

    rulings: Sequence[RulingRow] = ()
    ratings: Sequence[Rating] = ()
    blind_votes: Sequence[BlindVote] = ()


def annotations_of(runs: Iterable[Run]) -> dict[int, Annotations]:
    """Return what people added to runs, by the key of the run; asks for nothing that there cannot be."""
    runs = list(runs)
    analysed = [run.pk for run in runs if run.analysis_call_id]
    ended = [run.pk for run in runs if run.ended_at]  # an answer is rated before its run ends by programs alone
    rulings = rulings_of(analysed) if analysed else {}
    ratings = ratings_of(ended) if ended else {}
    votes = blind_votes_of(ended) if ended else {}
    return {
        run.pk: Annotations(rulings.get(run.pk, ()), ratings.get(run.pk, ()), votes.get(run.pk, ())) for run in runs
    }


def rulings_in(run: Run, calls: Sequence[Call], rulings: Sequence[RulingRow]) -> tuple[RulingSnapshot, ...]:
    """Return the rulings beside the analysis that counts."""
    judge = next((call for call in calls if call.pk == run.analysis_call_id), None)
    return tuple(
        RulingSnapshot(
            **dict(matched.value),
            id=matched.ruling.pk,
            finding=matched.finding.id if matched.finding else "",
            kind=matched.ruling.kind,
            applies=matched.applies,
            author=matched.ruling.author.shown_name,
            created_at=matched.ruling.created_at,
            changed_at=matched.ruling.changed_at,
        )
        for matched in match(rulings, judge.output.analysis if judge else None, run.analysis_call_id)
    )


def ratings_in(slots: Mapping[int, str], ratings: Sequence[Rating]) -> tuple[RatingSnapshot, ...]:
    """Return the ratings of the calls that there are; ``slots`` has the letter of each, '' for a writer."""
    return tuple(
        RatingSnapshot(
            call=rating.call,
            slot=slots[rating.call],
            thumb=rating.thumb,
            reasons=rating.reasons,
            comment=rating.comment,
            author=rating.author.shown_name,
            author_id=rating.author_id,
            created_at=rating.created_at,
            changed_at=rating.changed_at,
        )
        for rating in ratings
        if rating.call in slots
    )


def blind_votes_in(votes: Iterable[BlindVote]) -> tuple[BlindVoteSnapshot, ...]:
    """Return the blind votes as values."""
    return tuple(
        BlindVoteSnapshot(
            verdict=vote.verdict,
            answers=vote.answers,
            author=vote.author.shown_name,
            author_id=vote.author_id,
            created_at=vote.created_at,
        )
        for vote in votes
    )


def rating_by(author_id: int, ratings: Iterable[RatingSnapshot], call: int) -> RatingSnapshot | None:
    """Return a person's own rating of an answer."""
    return next((one for one in ratings if (one.call, one.author_id) == (call, author_id)), None)
