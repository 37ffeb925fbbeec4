"""Two to four runs against one of them, the baseline: set-up, figures, findings and texts. Pure, from snapshots."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from apps.accounts.models import User
from apps.fusion.changes import SetUp, SetUpChange, changes_between
from apps.fusion.judging.findings_diff import FindingsDiff, diff_findings
from apps.fusion.refusal import Refusal
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot

FEWEST, MOST = 2, 4
LESS_IS_BETTER = ("cost", "duration_s")
ANSWER, PROMPT, SYSTEM = "answer", "prompt", "system"


class NotComparable(Refusal):
    """These are no two to four runs."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a run, ``None`` where it is unknown, and how far it is from the baseline's."""

    name: str
    value: float | None
    delta: float | None

    @property
    def is_better(self) -> bool | None:
        """Return whether it is better than the baseline's, ``None`` where they are the same or one is unknown."""
        if not self.delta:
            return None
        return (self.delta < 0) == (self.name in LESS_IS_BETTER)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text that the runs have in common by its place: one for each run in their order, ``None`` where it has none."""

    key: str
    title: str
    texts: tuple[str | None, ...]

    @property
    def is_same(self) -> bool:
        return len(set(self.texts)) == 1


@dataclass(frozen=True)
class RunComparison:
    """Runs in the order in which they were named, against the one at ``base``."""

    runs: tuple[RunSnapshot, ...]
    base: int

    @property
    def baseline(self) -> RunSnapshot:
        return self.runs[self.base]

    def changes(self, run: RunSnapshot) -> tuple[SetUpChange, ...]:
        """Return what a run has otherwise in its set-up than the baseline."""
        return changes_between(*(SetUp(one.messages, one.recipe) for one in (self.baseline, run)))

    def findings(self, run: RunSnapshot) -> FindingsDiff:
        """Return which findings of the baseline a run has too."""
        return diff_findings(self.baseline.analysis, run.analysis)

    def figures(self, run: RunSnapshot) -> tuple[Figure, ...]:
        """Return agreement, cost (USD) and duration (seconds) of a run."""
        return tuple(_figure(name, value_of(run), value_of(self.baseline)) for name, value_of in FIGURES.items())

    @cached_property
    def texts(self) -> tuple[TextRow, ...]:
        """Return prompt, system prompt and answer, and the columns put together by their models and variants."""
        columns = [columns_by_model(run) for run in self.runs]
        order = [self.base, *(at for at in range(len(self.runs)) if at != self.base)]
        keys = list(dict.fromkeys(key for at in order for key in columns[at]))
        names = {key[:2]: call.name for one in columns for key, call in one.items()}
        rows = [
            TextRow(PROMPT, "Prompt", tuple(run.prompt for run in self.runs)),
            TextRow(SYSTEM, "System prompt", tuple(_system(run) for run in self.runs)),
            TextRow(ANSWER, "Answer", tuple(run.answer.text if run.answer else None for run in self.runs)),
        ]
        for at, key in enumerate(keys):
            found = [one.get(key) for one in columns]
            title = names[key[:2]] + (f" ({key[2]})" if key[2] > 1 else "")
            texts = tuple(call.text if call else None for call in found)
            rows.append(TextRow(f"column-{at}", title, texts))
        return tuple(row for row in rows if any(row.texts))


def row_figures(run: Run, base: Run) -> tuple[Figure, ...]:
    """Return the figures of a row of a list against a baseline's, from the columns of the runs alone."""
    values, of_base = (
        {
            "agreement": one.agreement,
            "cost": float(one.cost) if one.is_final and one.cost is not None and one.cost_is_complete else None,
            "duration_s": one.duration_s,
        }
        for one in (run, base)
    )
    return tuple(_figure(name, values[name], of_base[name]) for name in FIGURES)


def _figure(name: str, value: float | None, base: float | None) -> Figure:
    return Figure(name, value, None if value is None or base is None else value - base)


def _known_cost(run: RunSnapshot) -> float | None:
    return float(run.cost) if run.is_final and run.cost is not None and run.cost_is_complete else None


FIGURES: dict[str, Callable[[RunSnapshot], float | None]] = {
    "agreement": lambda run: run.analysis.agreement.score if run.analysis else None,
    "cost": _known_cost,
    "duration_s": lambda run: run.duration_s,
}


def compare_runs(user: User, ids: Sequence[str], base: str = "") -> RunComparison:
    """Return the comparison of runs that a person may read, by their public ids; the first is the baseline unless told.

    Raise ``Run.DoesNotExist`` for any other run, and :class:`NotComparable` for fewer than two or more than four.
    """
    ids = list(dict.fromkeys(ids))
    if not FEWEST <= len(ids) <= MOST:
        raise NotComparable(f"Choose {FEWEST} to {MOST} different runs to compare.", "runs")
    if base and base not in ids:
        raise NotComparable("The baseline is one of the runs that are compared.", "base")
    runs = tuple(take_snapshot(queries.find_run(user, public_id)) for public_id in ids)
    return RunComparison(runs, ids.index(base) if base else 0)


def columns_by_model(run: RunSnapshot) -> dict[tuple[str, str, int], CallSnapshot]:
    """Return the newest usable answer of each column, by its model, its variant and its place among those of both."""
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str, int], CallSnapshot] = {}
    for column in run.columns:
        model, variant = column.takes[0].model, column.takes[0].variant
        seen[model, variant] += 1
        if column.answer:
            found[model, variant, seen[model, variant]] = column.answer
    return found


def _system(run: RunSnapshot) -> str | None:
    return "\n".join(message.text for message in run.messages if message.role == "system") or None
