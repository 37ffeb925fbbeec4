"""The view model of the tree of forks: a run below those that it was made from, and above those made from it."""

from dataclasses import dataclass
from typing import Self

from apps.runs.models import Run
from apps.runs.reading.forks import ForkTree

EXACTLY = "run again exactly"


@dataclass(frozen=True, slots=True)
class ForkNode:
    """A run in the tree, what changed with it, and the runs that were made from it. ``more`` of them are not shown."""

    run: Run
    changes: tuple[str, ...] = ()
    is_current: bool = False
    forks: tuple[Self, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class ForksPage:
    """The first of a run's origins with all below it. ``before`` says of what that one was made, where it was.

    ``share_url`` leads to the link by which that was read, '' if there is none, or none that is open.
    """

    root: ForkNode
    before: str
    share_url: str


def forks_page(tree: ForkTree) -> ForksPage | None:
    """Return the tree of a run; ``None`` for one that is no fork and has none."""
    if tree.is_alone:
        return None
    shown = _node(tree, tree.run, tuple(_node(tree, fork) for fork in tree.forks), tree.more_forks)
    beside = sorted([shown, *(_node(tree, run) for run in tree.siblings)], key=lambda node: node.run.pk)
    more = tree.more_siblings
    for origin in reversed(tree.origins):
        beside, more = [_node(tree, origin, tuple(beside), more)], 0
    return ForksPage(beside[0], _before(tree), tree.share.get_absolute_url() if tree.share else "")


def _before(tree: ForkTree) -> str:
    if tree.is_cut:
        return "Made from earlier runs."
    if tree.is_of_share:
        closed = "" if tree.share else " The link is closed."
        return f"Made from a run of somebody else’s, as their link showed it.{closed}"
    return "Made from a run that is deleted." if tree.is_orphan else ""


def _node(tree: ForkTree, run: Run, forks: tuple[ForkNode, ...] = (), more: int = 0) -> ForkNode:
    is_fork = run.forked_from_id is not None
    changes = tuple(change.in_words(tree.names) for change in run.changes) or ((EXACTLY,) if is_fork else ())
    return ForkNode(run, changes, run.pk == tree.run.pk, forks, more)
