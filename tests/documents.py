"""The parts of documents that follow from the code: `make docs` writes them (``python -m tests.documents``)."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from apps.fusion import blind_votes, calibration, exits, ratings, strategy_settings, vocabulary
from apps.fusion.strategies import STRATEGIES
from tests.fusion.strategies.playing import recipe_for

DOCS = Path(__file__).resolve().parents[1] / "docs"
MODULES = (vocabulary, ratings, blind_votes, calibration, strategy_settings, exits)
WORDS = {name: value for module in MODULES for name, value in vars(module).items()}
ENUMS = [
    enum for enum in WORDS.values() if isinstance(enum, type) and issubclass(enum, StrEnum) and enum is not StrEnum
]

HEAD = "|---|---|---|---|\n"
"""Of the first table of four columns on the page of strategies; after its rows come those that nobody chooses."""


def with_words(page: str) -> str:
    """Return the vocabulary with the words of each enum in its row."""
    for enum in ENUMS:
        page = re.sub(rf"(?m)^\| {enum.__name__} \| .* \|$", f"| {enum.__name__} | {', '.join(enum)} |", page)
    return page


def with_strategies(page: str) -> str:
    """Return the page of strategies with a row for each that can be chosen, in the words of the form."""
    rows = [
        f"| `{name}` | {one.option.does} | {_calls(name)} | {one.option.note} |\n"
        for name, one in STRATEGIES.items()
        if one.option
    ]
    start = page.index(HEAD) + len(HEAD)
    return page[:start] + "".join(rows) + page[page.index("| `single` |", start) :]


def _calls(name: vocabulary.StrategyName) -> str:
    """Return how many calls a strategy plans for a panel of three models."""
    strategy = STRATEGIES[name]
    planned = strategy.planned_calls(recipe_for(name))
    fewest, most = sum(call.fewest for call in planned), sum(call.most for call in planned)
    if fewest == most:
        return str(most)
    return f"{fewest}, {most} if {strategy.when_more}" if strategy.when_more else f"{fewest} to {most}"


PAGES: Mapping[str, Callable[[str], str]] = {"vocabulary.md": with_words, "strategies.md": with_strategies}


def main() -> None:
    """Write them into their pages."""
    for name, written in PAGES.items():
        page = DOCS / name
        page.write_text(written(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
