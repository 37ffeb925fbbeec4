"""The runs around a fork: those that it was made from, others of the same origin, and those that were made from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.catalogue.queries import models_called, models_seen_by
from apps.runs.models import Run, RunQuerySet, Share
from apps.runs.reading import access
from apps.runs.reading.history_pages import attach_flaws, in_lists

MOST_STEPS = 6
"""Origins of origins that are looked up; each takes a query."""
MOST_BESIDE = 12
"""Siblings, and forks, that are shown."""


@dataclass(frozen=True, slots=True)
class ForkTree:
    """A run among its relatives that its reader may read; each comes without its conversation.

    ``origins`` begin with the first one and end with the run's own. ``is_cut``: there are more of them. ``is_orphan``:
    the first of them, or the run itself, was made from a run that is deleted or not to be read; ``is_of_share``: from
    somebody else's, which was shared; ``share`` is the link to it while that is open. The newest of ``siblings`` and
    ``forks`` are there, the oldest of these first, and ``more_…`` counts the rest.
    """

    run: Run
    origins: tuple[Run, ...]
    siblings: tuple[Run, ...]
    forks: tuple[Run, ...]
    more_siblings: int
    more_forks: int
    is_cut: bool
    is_orphan: bool
    is_of_share: bool
    share: Share | None
    names: dict[str, str]

    @property
    def is_alone(self) -> bool:
        return not (self.origins or self.forks or self.is_orphan)


def fork_tree(run: Run, user: User) -> ForkTree:
    """Return a run's relatives; one query for a run without any, and two and one for each origin for others."""
    readable = in_lists(access.visible_to(user))
    origins: list[Run] = []
    while (first := origins[0] if origins else run).forked_from_id and len(origins) < MOST_STEPS:
        found = readable.filter(pk=first.forked_from_id).first()
        if found is None:
            break
        origins.insert(0, found)
    first = origins[0] if origins else run
    is_cut = len(origins) == MOST_STEPS and first.forked_from_id is not None
    is_of_share = first.forked_from_id is not None and access.of_others(user).filter(pk=first.forked_from_id).exists()
    beside = readable.filter(forked_from=origins[-1]).exclude(pk=run.pk) if origins else Run.objects.none()
    (siblings, more_siblings), (forks, more_forks) = _newest(beside), _newest(readable.filter(forked_from=run))
    attach_flaws([*origins, *siblings, *forks])
    return ForkTree(
        run=run,
        origins=tuple(origins),
        siblings=tuple(siblings),
        forks=tuple(forks),
        more_siblings=more_siblings,
        more_forks=more_forks,
        is_cut=is_cut,
        is_orphan=not is_cut and (first.forked_from_id is not None or bool(first.changes)),
        is_of_share=is_of_share,
        share=_open_share(first) if is_of_share else None,
        names=names_in([run, *origins, *siblings, *forks], user),
    )


def names_in(runs: Sequence[Run], user: User) -> dict[str, str]:
    """Return the names of the models that changes of these runs name, by reference; no query where nothing changed."""
    changes = [change for run in runs for change in run.changes]
    named = {value for change in changes for value in (change.before, change.after) if "/" in value}
    models = models_called(named) if named else {}
    if any(run.imported_at for run in runs):
        models = models_seen_by(user, models)
    return {reference: model.label for reference, model in models.items()}


def origin_id(run: Run) -> str | None:
    """Return the public id of the run that a run was made from, ``None`` for none; one query for a fork."""
    if run.forked_from_id is None:
        return None
    return Run.objects.filter(pk=run.forked_from_id).values_list("public_id", flat=True).first()


def _open_share(run: Run) -> Share | None:
    """Return the link by which the origin of a run was read, ``None`` if it leads nowhere any more."""
    if run.from_share_id is None:
        return None
    return Share.objects.open().only("code").filter(pk=run.from_share_id).first()


def _newest(runs: RunQuerySet) -> tuple[list[Run], int]:
    """Return the newest of some runs, oldest first, and how many more there are; a second query where there are."""
    found = list(runs.order_by("-created_at", "-pk")[: MOST_BESIDE + 1])
    more = runs.count() - MOST_BESIDE if len(found) > MOST_BESIDE else 0
    return found[:MOST_BESIDE][::-1], more
