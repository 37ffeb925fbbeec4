"""The columns of the list of runs: which there are, and which of them a person sees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.reading.history_columns import attach_makers, attach_ratings
from apps.web.history.baseline import attach_differences


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be chosen; ``style`` is the class of its cells."""

    name: str
    title: str
    style: str
    is_usual: bool = True


PROMPT = "prompt"
"""The column that is always there, as it leads to the run."""
STAR = "star"
"""A column without a heading of its own: its button stands with the others of the row."""
COLUMNS = (
    Column("status", "Status", "status"),
    Column("preset", "Preset", "preset"),
    Column("panel", "Panel", "models"),
    Column("strategy", "Strategy", "strategy", is_usual=False),
    Column("agreement", "Agreement", "agree"),
    Column("grounding", "Grounding", "grounding r", is_usual=False),
    Column("rating", "Rating", "rated", is_usual=False),
    Column("tags", "Tags", "tags", is_usual=False),
    Column("by", "Made by", "by", is_usual=False),
    Column("cost", "Cost", "cost r"),
    Column("duration", "Time", "time r"),
    Column("when", "When", "when r"),
    Column(STAR, "Star", STAR),
)
"""In the order in which they stand."""
USUAL = tuple(column.name for column in COLUMNS if column.is_usual)


def columns_of(user: User) -> tuple[str, ...]:
    """Return the names of the columns that a person has chosen, in their order; the usual ones unless they have."""
    return in_order(user.history_columns) if user.history_columns else USUAL


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """Return those of these names that are columns, each once and in the order of the list."""
    return tuple(column.name for column in COLUMNS if column.name in names)


def choose_columns(user: User, names: Collection[str]) -> None:
    """Keep the columns that a person has chosen, on whichever device they look next."""
    chosen = in_order(names)
    user.history_columns = [] if chosen == USUAL else [PROMPT, *chosen]
    user.save(update_fields=["history_columns"])


def column_context(names: Sequence[str]) -> dict[str, Any]:
    """Return what the templates of the list ask of its columns."""
    headings = [column for column in COLUMNS if column.name in names and column.name != STAR]
    return {
        "columns": names,
        "headings": headings,
        "has_usual_columns": tuple(names) == USUAL,
        "span": len(headings) + 3,  # the box, the prompt and the buttons
        "choices": COLUMNS,
    }


def attach_columns(user: User, runs: Sequence[Run], names: Sequence[str], base: Run | None) -> None:
    """Give the runs of a list what their columns show beside their own: a query or two for each such column."""
    attach_differences(runs, base)
    if "rating" in names:
        attach_ratings(user, runs)
    if "by" in names:
        attach_makers(runs)
