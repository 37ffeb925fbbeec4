"""The view model of the agreement section: matrix, contradictions, quotes in context of an analysis. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from apps.fusion.judging.agreement import sides
from apps.fusion.judging.analysis import Analysis, Assessment, Evidence, Finding, wire
from apps.fusion.judging.findings import Grounding
from apps.fusion.vocabulary import AnalysisStatus, FindingKind, QuoteState
from apps.runs.reading.call_snapshot import CallSnapshot, Column
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import decimals

SHOWN = 5
"""Findings of a kind that are shown before "Show all"."""
UNFOLDED = 3
"""Answers whose quotes are all shown at once; of more, the quotes under a finding are a count that opens."""
MOST_UNFOLDED = 15
"""Quotes of an analysis that are all shown at once, also of few answers."""
CONTEXT = 200
"""Characters before and after a quote that open in place."""

_LINK_TARGET = re.compile(r"\]\([^()\s\[\]]{0,2000}\)")


@dataclass(frozen=True, slots=True)
class Quote:
    """A slot's words with what stands around them. ``source`` is the exact text of the answer, ``nth`` counts from 0
    how often the same words stood before; ``call`` is the take that the judge read."""

    slot: str
    stance: str
    text: str
    state: QuoteState
    call: int | None = None
    source: str = ""
    nth: int = 0
    before: str = ""
    after: str = ""
    is_outlier: bool = False

    @property
    def needle(self) -> str:
        """Return the text to look for in the rendered answer: the source without link targets."""
        return _LINK_TARGET.sub("]", self.source)


@dataclass(frozen=True, slots=True)
class InOrders:
    """In how many of so many orders of the answers a finding came up."""

    times: int
    orders: int

    @property
    def is_stable(self) -> bool:
        return self.times == self.orders


@dataclass(frozen=True, slots=True)
class Point:
    """A finding with the letters that hold it and their quotes; ``id`` is the finding's, unique in its analysis."""

    id: str
    text: str
    slots: tuple[str, ...]
    quotes: tuple[Quote, ...]
    is_grounded: bool = True
    folds: bool = False
    """Whether the quotes are shown on demand."""
    is_of_all: bool = False
    """Whether so many answers hold it, and none does not, that their number says it better than their letters."""
    in_orders: InOrders | None = None

    @property
    def is_named_by_quotes(self) -> bool:
        """Return whether the quotes in sight name every slot already."""
        return not self.folds and {quote.slot for quote in self.quotes if quote.text} == set(self.slots)

    @property
    def is_own_words(self) -> bool:
        """Return whether the finding is nothing but its only quote, as with word overlap: it is then shown once."""
        one = self.quotes[0] if len(self.quotes) == 1 else None
        return one is not None and one.text == self.text and one.state is QuoteState.VERIFIED


@dataclass(frozen=True, slots=True)
class Stance:
    """A side that one or more slots take in a contradiction, in the words of the first, with the quotes of all."""

    words: str
    slots: tuple[str, ...]
    quotes: tuple[Quote, ...]
    is_outlier: bool
    folds: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A topic with the stances on it, in the order of their first slots, and the slots that take no side."""

    id: str
    topic: str
    stances: tuple[Stance, ...]
    silent: tuple[str, ...]
    is_grounded: bool = True
    in_orders: InOrders | None = None

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the letters that take a side."""
        return tuple(sorted({slot for stance in self.stances for slot in stance.slots}))

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return tuple(quote for stance in self.stances for quote in stance.quotes)


@dataclass(frozen=True, slots=True)
class Shown:
    """The findings of a kind that the page shows, and the number of all of them."""

    kind: FindingKind
    items: tuple[Point | Contradiction, ...]
    total: int

    @property
    def has_more(self) -> bool:
        return len(self.items) < self.total


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the matrix: ``text`` is the share of ``items`` on the same side, ``level`` its tenths for colour."""

    text: str
    title: str
    level: int | None = None
    items: str = ""


@dataclass(frozen=True, slots=True)
class Rating:
    """One criterion with each slot's assessment, ``None`` where the judge gave none."""

    criterion: str
    cells: tuple[tuple[str, Assessment | None], ...]


@dataclass(frozen=True)
class AgreementPage:
    """An analysis beside the run whose answers it is about; with ``shows_all`` no findings are left for later."""

    run: RunSnapshot
    analysis: Analysis
    shows_all: bool = False

    @cached_property
    def answers(self) -> dict[str, CallSnapshot]:
        """Return the take of each slot that the judge read."""
        read = set(self.run.judge.inputs) if self.run.judge else set()
        return {take.slot: take for column in self.run.columns for take in column.takes if take.id in read}

    @property
    def columns(self) -> list[Column]:
        """Return the columns that the judge read; all, if that is not known."""
        return [column for column in self.run.columns if column.slot in self.answers] or list(self.run.columns)

    @property
    def slots(self) -> list[str]:
        return [column.slot for column in self.columns]

    @property
    def score(self) -> float | None:
        return self.analysis.agreement.score

    @property
    def is_unknown(self) -> bool:
        """Return whether answers take sides and there is no figure all the same: the reply was not read to its end.

        Sides of which no quote was found make no figure in any case.
        """
        found = [finding for finding in self.analysis.findings if finding.is_grounded]
        return self.score is None and any(len(sides(finding)) > 1 for finding in found)

    @property
    def is_thin(self) -> bool:
        """Return whether the figure rests on a single item, and so says little, however high or low it is."""
        return self.analysis.agreement.items == 1

    @property
    def status(self) -> AnalysisStatus:
        return self.analysis.status

    @cached_property
    def rows(self) -> list[tuple[str, list[tuple[str, Cell]]]]:
        """Return the matrix, model by model."""
        return [(row, [(column, self._cell(row, column)) for column in self.slots]) for row in self.slots]

    def _cell(self, row: str, column: str) -> Cell:
        if row == column:
            return Cell("·", "the same answer")
        pair = next((p for p in self.analysis.agreement.pairs if {p.a, p.b} == {row, column}), None)
        if pair is None or not pair.items:
            return Cell("–", f"No consensus and no contradiction has both {row} and {column}")
        share = pair.share
        title = f"{row} and {column}: the same side on {pair.same} of {pair.items}"
        text = "1" if share == 1 else decimals(share, 2).removeprefix("0")
        return Cell(text, title, round(share * 10), f"{pair.same}/{pair.items}")

    @cached_property
    def bottom_lines(self) -> list[Point]:
        """Return who concludes what, most slots first; nothing if only one answer has a conclusion."""
        lines = self.analysis.bottom_lines
        if sum(len(line.evidence) for line in lines) < 2:
            return []
        return [
            Point(
                f"bottom-line-{number}",
                line.text,
                tuple(one.slot for one in line.evidence),
                tuple(self._quote(one, False) for one in line.evidence),
            )
            for number, line in enumerate(lines, 1)
        ]

    @property
    def without_bottom_line(self) -> list[str]:
        """Return the slots from whose answers no single conclusion was read."""
        concluding = {slot for line in self.bottom_lines for slot in line.slots}
        return [slot for slot in self.slots if slot not in concluding]

    @cached_property
    def contradictions(self) -> Shown:
        return self._shown(FindingKind.CONTRADICTION)

    @property
    def consensus(self) -> Shown:
        return self._shown(FindingKind.CONSENSUS)

    @property
    def unique_insights(self) -> Shown:
        return self._shown(FindingKind.UNIQUE_INSIGHT)

    @property
    def partial_coverage(self) -> Shown:
        return self._shown(FindingKind.PARTIAL_COVERAGE)

    @property
    def blind_spots(self) -> Shown:
        return self._shown(FindingKind.BLIND_SPOT)

    def rest(self, kind: FindingKind) -> list[Point | Contradiction]:
        """Return the findings of a kind that "Show all" adds."""
        return [self._item(finding) for finding in self._of(kind)[SHOWN:]]

    @property
    def outliers(self) -> list[tuple[str, str]]:
        """Return the slots that stand alone, with the topic."""
        topics = {finding.id: _words(finding) for finding in self.analysis.findings}
        return [(outlier.slot, topics.get(outlier.finding, "")) for outlier in self.analysis.outliers]

    @cached_property
    def ratings(self) -> list[Rating]:
        """Return the judge's opinion: a row per criterion, in the order in which the judge named them."""
        criteria = dict.fromkeys(assessment.criterion for assessment in self.analysis.assessments)
        found = {(item.criterion, item.slot): item for item in self.analysis.assessments}
        return [Rating(name, tuple((slot, found.get((name, slot))) for slot in self.slots)) for name in criteria]

    @property
    def grounding(self) -> Grounding:
        return self.analysis.grounding

    @property
    def letters(self) -> list[tuple[str, str]]:
        """Return the letters that the judge saw, each with the slot that it stood for."""
        return sorted(self.analysis.letters.items())

    def _of(self, kind: FindingKind) -> list[Finding]:
        """Return the findings of a kind; those without a verified quote come last."""
        found = [finding for finding in self.analysis.findings if finding.kind is kind]
        return sorted(found, key=lambda finding: not finding.is_grounded)

    def _shown(self, kind: FindingKind) -> Shown:
        found = self._of(kind)
        items = tuple(self._item(finding) for finding in (found if self.shows_all else found[:SHOWN]))
        return Shown(kind, items, len(found))

    def _item(self, finding: Finding) -> Point | Contradiction:
        if finding.kind is FindingKind.CONTRADICTION:
            return self._contradiction(finding)
        slots = sorted({item.slot for item in finding.evidence})
        quotes = tuple(self._quotes(finding))
        is_of_all = len(slots) == len(self.slots) > UNFOLDED
        return Point(
            finding.id,
            _words(finding),
            tuple(slots),
            quotes,
            finding.is_grounded,
            self._folds(quotes),
            is_of_all,
            self._in_orders(finding),
        )

    def _in_orders(self, finding: Finding) -> InOrders | None:
        figure = self.analysis.stability
        return InOrders(figure.found.get(finding.id, 1), figure.orders) if figure else None

    def _contradiction(self, finding: Finding) -> Contradiction:
        quotes = self._quotes(
            finding, alone={item.slot for item in self.analysis.outliers if item.finding == finding.id}
        )
        sides: dict[str, list[Quote]] = {}
        for quote in sorted(quotes, key=lambda quote: quote.slot):
            # Without a stance the quote itself is what the slot says.
            sides.setdefault(_side(quote.stance or quote.text), []).append(quote)
        stances = tuple(
            Stance(
                _as_code(same[0].stance) if finding.pointer else same[0].stance,
                tuple(dict.fromkeys(quote.slot for quote in same)),
                tuple(same),
                any(quote.is_outlier for quote in same),
                self._folds(same),
            )
            for same in sides.values()
        )
        spoken = {quote.slot for quote in quotes}
        silent = tuple(slot for slot in self.slots if slot not in spoken)
        topic, is_grounded = _words(finding), finding.is_grounded
        return Contradiction(finding.id, topic, stances, silent, is_grounded, self._in_orders(finding))

    def _folds(self, quotes: Iterable[Quote]) -> bool:
        are_many = len(self.slots) > UNFOLDED or self.analysis.grounding.quotes > MOST_UNFOLDED
        return are_many and sum(bool(quote.text) for quote in quotes) > 1

    def _quotes(self, finding: Finding, alone: Iterable[str] = ()) -> list[Quote]:
        return [self._quote(item, item.slot in alone) for item in finding.evidence]

    def _quote(self, item: Evidence, is_outlier: bool) -> Quote:
        return quote_in(self.answers.get(item.slot), item, is_outlier)


def _words(finding: Finding) -> str:
    """Return the words of a finding in Markdown; of a field of JSON as code."""
    return _as_code(finding.text) if finding.pointer else finding.text


def _as_code(text: str) -> str:
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    edge = " " * (text.startswith("`") or text.endswith("`"))
    return f"{marks}{edge}{text}{edge}{marks}" if text else ""


def quote_in(answer: CallSnapshot | None, item: Evidence, is_outlier: bool = False) -> Quote:
    """Return a quote with what stands around it in the text of its call."""
    if item.state is QuoteState.UNVERIFIED or not (item.span and answer):
        return Quote(item.slot, item.stance, item.quote, QuoteState.UNVERIFIED, is_outlier=is_outlier)
    start, end = item.span
    source = answer.text[start:end]
    before, after = answer.text[max(0, start - CONTEXT) : start], answer.text[end : end + CONTEXT]
    # The context is cut at a word, unless it is one long word.
    if start > CONTEXT:
        before = f"… {before.partition(' ')[2] or before}"
    if len(answer.text) > end + CONTEXT:
        after = f"{after.rpartition(' ')[0] or after} …"
    return Quote(
        slot=item.slot,
        stance=item.stance,
        text=item.quote,
        state=item.state,
        call=answer.id,
        source=source,
        nth=answer.text.count(source, 0, start) if source else 0,
        before=before,
        after=after,
        is_outlier=is_outlier,
    )


def _side(words: str) -> str:
    """Return what two stances share when only case, blanks or the full stop at their end differ."""
    return " ".join(words.casefold().split()).rstrip(".")


def parsed_json(analysis: Analysis) -> str:
    """Return what was parsed of a judge's reply as JSON, to be read beside it."""
    return json.dumps(wire(analysis), indent=2, ensure_ascii=False)
