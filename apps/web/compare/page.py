"""The view model of the page that compares runs: figures with signs, and words for what is gone and new. Pure."""

from dataclasses import dataclass
from urllib.parse import urlencode

from apps.fusion.judging.findings_diff import FindingsDiff
from apps.fusion.vocabulary import FindingKind
from apps.runs.reading.run_comparison import Figure, RunComparison, TextRow
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.differences import MINUS, difference_of, figure_in_words

TITLES = {"agreement": "Agreement", "cost": "Cost", "duration_s": "Time"}
KINDS = {
    FindingKind.CONTRADICTION: "contradiction",
    FindingKind.CONSENSUS: "consensus",
    FindingKind.UNIQUE_INSIGHT: "seen by one model only",
    FindingKind.PARTIAL_COVERAGE: "partial coverage",
    FindingKind.BLIND_SPOT: "blind spot",
}


@dataclass(frozen=True, slots=True)
class Side:
    """A run of the page. ``figures`` are titles, values, and the difference with its class (``better``, ``worse``)."""

    run: RunSnapshot
    letter: str
    is_base: bool
    as_base: str
    figures: tuple[tuple[str, str, str, str], ...]
    changes: tuple[str, ...]
    findings: FindingsDiff

    @property
    def has_findings(self) -> bool:
        return bool(self.findings.gone or self.findings.new or self.findings.stayed)

    @property
    def told_findings(self) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
        """Return what is gone, new and stayed: a sign, a title, and the kind and wording of each."""
        found = self.findings
        lists = ((MINUS, "gone", found.gone), ("+", "new", found.new), ("=", "stayed", [b for _, b in found.stayed]))
        return tuple((sign, title, tuple((KINDS[one.kind], one.text) for one in many)) for sign, title, many in lists)


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The whole page; ``rows`` are texts with whether each is drawn as changes, ``toggled`` the other choice."""

    sides: tuple[Side, ...]
    rows: tuple[TextRow, ...]
    base: int
    only_differences: bool
    toggled: str

    @property
    def others(self) -> tuple[Side, ...]:
        return tuple(side for side in self.sides if not side.is_base)

    @property
    def base_side(self) -> Side:
        return self.sides[self.base]

    @property
    def compared_texts(self) -> list[tuple[TextRow, str | None, list[tuple[Side, str | None]]]]:
        """Return the rows with the baseline's text and the others'."""
        others = [(at, side) for at, side in enumerate(self.sides) if not side.is_base]
        return [(row, row.texts[self.base], [(side, row.texts[at]) for at, side in others]) for row in self.rows]


def compare_page(found: RunComparison, path: str, *, only_differences: bool) -> ComparePage:
    """Return what the page at ``path`` shows."""
    ids = ",".join(run.id for run in found.runs)

    def address(base: str, only: bool) -> str:
        given = {"runs": ids, "base": base} | ({"only": "differences"} if only else {})
        return f"{path}?{urlencode(given, safe=',')}"

    names = {name: label for run in found.runs for name, label in run.labels.items()}
    sides = tuple(
        Side(
            run=run,
            letter=str(at + 1),
            is_base=at == found.base,
            as_base=address(run.id, only_differences),
            figures=tuple(_told(figure, is_base=at == found.base) for figure in found.figures(run)),
            changes=tuple(change.in_words(names) for change in found.changes(run)),
            findings=found.findings(run),
        )
        for at, run in enumerate(found.runs)
    )
    rows = tuple(row for row in found.texts if not (only_differences and row.is_same))
    return ComparePage(sides, rows, found.base, only_differences, address(found.baseline.id, not only_differences))


def _told(figure: Figure, *, is_base: bool) -> tuple[str, str, str, str]:
    value = "unknown" if figure.value is None else figure_in_words(figure.name, figure.value)
    return TITLES[figure.name], value, *(("", "") if is_base else difference_of(figure))
