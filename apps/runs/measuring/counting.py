"""The options of commands that say which final answers count: a kind, or the labels of a list."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from apps.fusion.strategy_settings import problem_of_labels
from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import CountedKind
from apps.runs.measuring.replay_recipes import Counting


def add_counting(parser: CommandParser) -> None:
    """Add the options ``--answer-kind`` and ``--labels``."""
    parser.add_argument(
        "--answer-kind", choices=[str(kind) for kind in CountedKind], help="Count final answers of this kind alone."
    )
    parser.add_argument("--labels", default="", help="Count these labels alone, with commas between.")


def counting_of(options: Mapping[str, Any]) -> Counting:
    """Return what the options of a command count; raises ``ValueError`` for labels that fit no such vote."""
    labels = tuple(label.strip() for label in options["labels"].split(",") if label.strip())
    default = CountedKind.LABEL if labels else CountedKind.AUTO
    kind = CountedKind(options["answer_kind"]) if options["answer_kind"] else default
    if problem := problem_of_labels(kind, labels):
        raise ValueError(problem)
    fields = options.get("fields")
    return Counting(kind, labels, NoMajority(fields) if fields else None)
