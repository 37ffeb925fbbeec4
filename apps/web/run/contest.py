"""The view model of a contest: its pairs in words, and what the best answer rests on. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.fusion.contests import Pair
from apps.runs.reading.contests import RunContest, contest_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair: its slots, the slot preferred in each order ('' for no reply), the winner ('' for a tie), and a word."""

    slots: tuple[str, str]
    preferred: tuple[str, ...]
    winner: str
    word: str


@dataclass(frozen=True, slots=True)
class ContestPage:
    """A contest as the page of its run shows it."""

    found: RunContest
    evaluator: str

    @property
    def count(self) -> str:
        """Return how it ended in a word or two."""
        if self.found.is_live:
            return "being compared"
        return f"best is {self.found.best}" if self.found.contest.is_decided else "undecided"

    @property
    def is_decided(self) -> bool:
        return self.found.contest.is_decided or self.found.is_live

    @property
    def meaning(self) -> str:
        """Say what the answer rests on; one model's preference is no chance to be right."""
        if self.found.is_live:
            return ""
        best, pairs = self.found.best, self.found.contest.pairs
        won = sum(pair.winner == self.found.contest.best for pair in pairs)
        if won:
            won_in = counted(won, "pair")
            return f"{best} was preferred in both orders in {won_in}. How often that is right was not measured."
        if all(pair.is_same for pair in pairs):
            return f"All answers say the same; {best} stands for them."
        if all(pair.is_same or pair.is_missing for pair in pairs):
            return f"No comparison could be read. {best} is shown because it was drawn first."
        return f"No answer was preferred in both orders. {best} is shown because it was drawn first."

    @property
    def rows(self) -> list[PairRow]:
        return list(self._rows())

    def _rows(self) -> Iterator[PairRow]:
        slots = self.found.slots
        for pair in self.found.contest.pairs:
            named = slots[pair.holder], slots[pair.challenger]
            preferred = tuple(slots[reply] if reply else "" for reply in pair.replies)
            yield PairRow(named, preferred, slots[pair.winner] if pair.winner else "", _word(pair))


def _word(pair: Pair) -> str:
    if pair.is_same:
        return "same text, so nothing to compare"
    if pair.winner:
        return "preferred in both orders"
    return "tie: a reply is missing" if pair.is_missing else "tie: the preference changed with the order"


def page_of_contest(run: RunSnapshot) -> ContestPage | None:
    """Return the newest contest of a run, ``None`` for none."""
    found = contest_of(run)
    return ContestPage(found, found.calls[0].label) if found else None
