"""The page of the leaderboard: contenders by strength, and whether the fused answer is worth it."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.fusion.blind_votes import BlindVerdict
from apps.fusion.leaderboard import FEWEST, ContenderRow
from apps.runs.blind_voting import next_to_vote_on
from apps.runs.reading.leaderboard import MOST_VOTES, Leaderboard, VoteFilter, leaderboard, presets_voted_on
from apps.runs.reading.searching.tags import tags_of
from apps.web.formats import counted
from apps.web.leaderboard_words import left_out_sentence, record_sentence
from apps.web.requests import SignedInRequest, plain_text

WIDTH = 200
"""Units of the drawing of an interval."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; ``low``, ``at`` and ``high`` are places in the drawing, ``None`` with too few votes."""

    place: int | None
    label: str
    row: ContenderRow
    low: int | None = None
    at: int | None = None
    high: int | None = None

    @property
    def points(self) -> str:
        return "" if self.row.points is None else f"{self.row.points:.0f}"

    @property
    def interval(self) -> str:
        return "" if self.row.low is None or self.row.high is None else f"{self.row.low:.0f}–{self.row.high:.0f}"

    @property
    def wins(self) -> str:
        """Say ``7.5 of 12``: a tie is half a win."""
        return f"{self.row.wins:g} of {self.row.comparisons:g}"


@login_required
@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Render the leaderboard of the reader's votes, of all or those that the address asks for."""
    wanted = VoteFilter(plain_text(request.GET.get("tag", "")), plain_text(request.GET.get("preset", "")))
    board = leaderboard(request.user, wanted)
    rivals = sorted(board.record.rivals.items(), key=lambda item: (-item[1], item[0]))
    context = {
        "wanted": wanted,
        "board": board,
        "lines": lines_of(board),
        "counts": _counts(board),
        "record": record_sentence(board.record),
        "left_out": left_out_sentence(board.record),
        "rivals": [f"{board.labels.get(name, name)} ({counted(count, 'time')})" for name, count in rivals],
        "tags": tags_of(request.user),
        "presets": presets_voted_on(request.user),
        "next_run": next_to_vote_on(request.user),
        "fewest": FEWEST,
        "most": MOST_VOTES,
    }
    return render(request, "leaderboard/page.html", context)


def lines_of(board: Leaderboard) -> list[Line]:
    """Return the rows with their places; intervals are drawn on one scale."""
    bounds = [one for row in board.standings for one in (row.low, row.points, row.high) if one is not None]
    low, high = (min(bounds), max(bounds)) if bounds else (0.0, 1.0)
    rows = enumerate(board.standings, 1)
    return [_line(row, number, board.labels.get(row.name, row.name), low, high) for number, row in rows]


def _line(row: ContenderRow, number: int, label: str, low: float, high: float) -> Line:
    if row.points is None or row.low is None or row.high is None:
        return Line(None, label, row)
    room = max(high - low, 1.0)
    at = [6 + round((one - low) / room * (WIDTH - 12)) for one in (row.low, row.points, row.high)]
    return Line(number, label, row, *at)


def _counts(board: Leaderboard) -> str:
    """Say ``16 votes: 14 with one best answer, 1 tie, 1 all bad``."""
    best, ties, bad = (board.verdicts[verdict] for verdict in BlindVerdict)
    parts = [f"{best} with one best answer" if best else "", counted(ties, "tie") if ties else ""]
    parts.append(f"{bad} all bad" if bad else "")
    return f"{counted(board.votes, 'vote')}: {', '.join(filter(None, parts))}"
