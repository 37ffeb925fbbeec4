"""The view model of the pages that show a run's answers side by side: aligned, whole, and as changes to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from apps.fusion.comparing.rows import Row, Rows
from apps.fusion.vocabulary import SLOTS, AnswerKind, FindingKind, RowKind
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.compared import aligned_rows, compared_answers
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted
from apps.web.run.aligned_table import draw_rows
from apps.web.run.versions import readable_answers

TITLES = {"aligned": "Aligned", "whole": "Who said what", "changes": "Changes"}
"""The views by the word in their address, with their names on the page."""
ANSWER = "answer"
"""The base of the changes that is no column: the fused answer."""
MOST_BASES = {ANSWER, *SLOTS}


@dataclass(frozen=True)
class Wanted:
    """The choices in an address beside its view. ``turn`` is that of a shared thread, from 1; '' elsewhere.

    ``pair`` are the calls of two fused answers, in place of those of the columns.
    """

    only_differences: bool = False
    base: str = ""
    turn: str = ""
    pair: tuple[int, ...] = ()


@dataclass(frozen=True)
class ComparedPage:
    """The answers of a run, or of a frozen copy, whose own page is at ``address``."""

    run: RunSnapshot
    view: str
    address: str
    wanted: Wanted = Wanted()

    @cached_property
    def answers(self) -> dict[str, CallSnapshot]:
        if self.is_of_fused:
            return {str(at): self.fused[call] for at, call in enumerate(self.wanted.pair, 1)}
        return dict(sorted(compared_answers(self.run).items()))

    @property
    def columns(self) -> list[tuple[str, CallSnapshot]]:
        return list(self.answers.items())

    @cached_property
    def fused(self) -> dict[int, CallSnapshot]:
        """Return the fused answers by their calls, oldest first."""
        return {take.call.id: take.call for take in readable_answers(self.run)}

    @cached_property
    def is_of_fused(self) -> bool:
        """Return whether two fused answers of this run are asked for."""
        return self.view == "whole" and len(self.wanted.pair) == 2 and set(self.wanted.pair) <= self.fused.keys()

    @property
    def sides(self) -> list[tuple[str, str, int]]:
        """Return the two sides of fused answers: their word in the address, their label, and the call that is there."""
        left, right = self.wanted.pair
        return [("left", "Left", left), ("right", "Right", right)]

    @property
    def is_enough(self) -> bool:
        """Return whether there are two answers to compare."""
        return len(self.answers) > 1

    @property
    def title(self) -> str:
        return "Fused answers side by side" if self.is_of_fused else TITLES[self.view]

    @property
    def back(self) -> str:
        """Return the address of the run's own page, at what is compared."""
        return f"{self._own_page}#{'answer' if self.is_of_fused else 'panel'}"

    @property
    def _own_page(self) -> str:
        return f"{self.address}?turn={self.wanted.turn}" if self.wanted.turn else self.address

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Return each view's title and address, and whether it is this one."""
        current = "" if self.is_of_fused else self.view
        return [(title, self._address(view), view == current) for view, title in TITLES.items()]

    @property
    def toggled(self) -> str:
        """Return the address of this view with what all answers share, or without."""
        address = self._address(self.view, only="" if self.wanted.only_differences else "differences")
        if not self.is_of_fused:
            return address
        left, right = self.wanted.pair
        return f"{address}{'&' if '?' in address else '?'}left={left}&right={right}"

    def _address(self, view: str, only: str | None = None) -> str:
        if only is None:
            only = "differences" if self.wanted.only_differences else ""
        query = {"turn": self.wanted.turn, "only": only if view != "changes" else ""}
        query["base"] = self.wanted.base if view == self.view else ""
        given = urlencode({name: value for name, value in query.items() if value})
        return f"{self.address}{view}/{'?' if given else ''}{given}"

    @cached_property
    def rows(self) -> Rows:
        return aligned_rows(self.run, self.answers)

    # ---------------------------------------------------------------- aligned

    @cached_property
    def shown_rows(self) -> SafeString:
        """Return the rows as HTML; without those that are the same in all answers, where only differences count."""
        rows = [row for row in self.rows.rows if not (self.wanted.only_differences and self._is_common(row))]
        return draw_rows(rows, self.answers, self._own_page)

    @property
    def tally(self) -> str:
        """Say how many rows there are of each kind."""
        words = {
            RowKind.SAME: "same", RowKind.REWORDED: "reworded", RowKind.NUMBERS: "with numbers that differ",
            RowKind.OPPOSED: "contradicting", RowKind.ALONE: "in one answer alone",
        }  # fmt: skip
        counts = {kind: sum(row.kind is kind for row in self.rows.rows) for kind in RowKind}
        said = [f"{count} {words[kind]}" for kind, count in counts.items() if count]
        return f"{counted(len(self.rows.rows), 'row')}: {', '.join(said)}" if said else "No rows"

    def _is_common(self, row: Row) -> bool:
        return row.kind is RowKind.SAME and len(row.cells) == len(self.answers)

    # ---------------------------------------------------------------- whole

    @cached_property
    def spans(self) -> dict[str, str]:
        """Return for each slot its passages: ``common:0-40 alone:41-90``, in characters of its answer."""
        found: dict[str, list[tuple[int, int, str]]] = {slot: [] for slot in self.answers}
        for row in self.rows.rows:
            differs = row.kind in (RowKind.NUMBERS, RowKind.OPPOSED)
            shared = "common" if len(row.cells) == len(self.answers) else "shared"
            word = "contradicted" if differs else "alone" if row.kind is RowKind.ALONE else shared
            for cell in row.cells:
                found[cell.slot].append((cell.start, cell.end, word))
        for slot, start, end in self._contradicted:
            touched = [one for one in found[slot] if start < one[1] and one[0] < end]
            rest = [one for one in found[slot] if one not in touched]
            passages = [(first, last) for first, last, _ in touched] or [(start, end)]
            found[slot] = [*rest, *((first, last, "contradicted") for first, last in passages)]
        return {
            slot: " ".join(f"{word}:{start}-{end}" for start, end, word in sorted(spans))
            for slot, spans in found.items()
        }

    @property
    def _contradicted(self) -> list[tuple[str, int, int]]:
        """Return the verified quotes of the contradictions that the judge found."""
        analysis = self.run.analysis
        evidence = [
            item
            for finding in (analysis.findings if analysis else ())
            if finding.kind is FindingKind.CONTRADICTION
            for item in finding.evidence
        ]
        return [
            (item.slot, *item.span) for item in evidence if item.span and item.verified and item.slot in self.answers
        ]

    @property
    def marked(self) -> list[tuple[str, CallSnapshot, str]]:
        """Return each slot's answer with its passages."""
        return [(slot, call, self.spans[slot]) for slot, call in self.answers.items()]

    # ---------------------------------------------------------------- changes

    @property
    def bases(self) -> Mapping[str, str]:
        """Return what the others may be compared with, by its word in the address; the fused answer comes first."""
        fused = {ANSWER: "the fused answer"} if self._fused else {}
        return fused | {slot: f"{slot}: {call.name}" for slot, call in self.answers.items()}

    @property
    def base(self) -> str:
        """Return the base that is asked for, else the first."""
        bases = list(self.bases)
        return self.wanted.base if self.wanted.base in bases else bases[0] if bases else ""

    @property
    def base_name(self) -> str:
        return self.bases[self.base]

    @property
    def base_text(self) -> str:
        call = self._fused if self.base == ANSWER else self.answers.get(self.base)
        return call.text if call else ""

    @property
    def others(self) -> list[tuple[str, CallSnapshot]]:
        return [(slot, call) for slot, call in self.answers.items() if slot != self.base]

    @property
    def _fused(self) -> CallSnapshot | None:
        return self.run.answer if self.run.answer_kind is AnswerKind.FUSED else None


def wanted_in(only: str, base: str, turn: str = "", pair: tuple[int, ...] = ()) -> Wanted:
    """Return what these words of an address ask for; nonsense asks for nothing."""
    return Wanted(only == "differences", base if base in MOST_BASES else "", turn, pair if all(pair) else ())
