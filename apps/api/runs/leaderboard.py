"""The leaderboard of the key's owner."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from apps.api.auth import may_read, owner_of
from apps.api.schemas import Document, Open, with_errors
from apps.fusion.leaderboard import FEWEST
from apps.runs.reading.leaderboard import VoteFilter, leaderboard

router = Router(tags=["Runs"])


class ContenderDocument(Document):
    """A model, or the fused answer, among those that blind votes compared."""

    contender: str
    """The reference of the model, with ` · ` and the prompt's variant if there is one, or `fused`."""
    label: str
    """Its name."""
    points: float | None
    """Bradley–Terry strength: 1000 is the mean, 400 more are odds of ten to one; absent with too few comparisons."""
    low: float | None
    """The lower bound of the 95 % bootstrap interval."""
    high: float | None
    """The upper bound."""
    votes: int
    """The votes in which it stood."""
    chosen: int
    """Those in which it was the best, or among the best."""
    wins: float
    """Pairs that it won; a tie is half a win."""
    comparisons: float
    """Pairs in which it was compared."""


class RecordDocument(Open):
    """The fused answer against the best single model, which is chosen for each vote by all the other votes."""

    wins: int
    """Votes that chose the fused answer and not that model."""
    losses: int
    """The reverse."""
    n: int
    """Both together."""
    ties: int
    """Votes that chose both, which `n` leaves out."""
    neither: int
    """Votes that chose neither, which `n` leaves out."""
    low: float
    """The lower bound of the share of wins: Wilson's 95 % interval."""
    high: float
    """The upper bound."""
    has_too_few: bool
    """True while `n` is too small to say anything."""
    rivals: dict[str, int]
    """Times that each model stood for the best one."""


class LeaderboardDocument(Document):
    """The models and the fused answer by blind votes."""

    votes: int
    """Those that are counted, all bad ones included."""
    verdicts: dict[str, int]
    """Counts of those that found one best, several equally good, or all bad."""
    is_cut: bool
    """True if only the newest votes are counted."""
    fewest: int
    """Comparisons, and decided votes, below which no figure is given."""
    contenders: list[ContenderDocument]
    """The strongest first, those without a figure last."""
    fused: RecordDocument
    """The record of the fused answer."""


@router.get(
    "/leaderboard", auth=may_read, response=with_errors({200: LeaderboardDocument}), summary="Read the leaderboard"
)
def read_leaderboard(
    request: HttpRequest,
    tag: Annotated[str, Query(max_length=50)] = "",
    preset: Annotated[str, Query(max_length=50)] = "",
) -> Any:
    """Read what your blind votes say, of all runs or of those with a `tag` or of a `preset`."""
    wanted = VoteFilter(tag.replace("\x00", ""), preset.replace("\x00", ""))
    board = leaderboard(owner_of(request), wanted)
    record = board.record
    return {
        "votes": board.votes,
        "verdicts": {str(verdict): count for verdict, count in board.verdicts.items()},
        "is_cut": board.is_cut,
        "fewest": FEWEST,
        "contenders": [
            {"contender": row.name, "label": board.labels.get(row.name, row.name), **row._asdict()}
            for row in board.standings
        ],
        "fused": {
            **record._asdict(),
            "n": record.n,
            "low": record.interval.low,
            "high": record.interval.high,
            "has_too_few": record.has_too_few,
        },
    }
