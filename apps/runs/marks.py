"""The marks that people set on their runs: title, note, tags, star, archive, bin; on one or on many, and back again."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import MarkKind
from apps.runs.lifecycle import marks
from apps.runs.lifecycle.search_rows import index_own_runs
from apps.runs.models import BulkChange, Run
from apps.runs.reading import access
from apps.runs.reading.searching.conditions import conditions_of
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import bounded, matching_rows

LONGEST_TAG, MOST_TAGS = 50, 20
LONGEST_TITLE, LONGEST_NOTE = 200, 5_000
MOST_RUNS = 100_000
"""Runs that one change takes."""
OPPOSITE = {
    MarkKind.TAG: MarkKind.UNTAG,
    MarkKind.STAR: MarkKind.UNSTAR,
    MarkKind.ARCHIVE: MarkKind.UNARCHIVE,
    MarkKind.BIN: MarkKind.RESTORE,
}
OPPOSITE |= {back: there for there, back in OPPOSITE.items()}
OF_THREADS = (MarkKind.ARCHIVE, MarkKind.UNARCHIVE, MarkKind.BIN)
"""Marks that a row of the history sets on all turns of its thread."""


class BadMark(Refusal):
    """A mark that cannot be set."""


def clean_tag(text: str) -> str:
    """Return a tag as it is stored: lower case, words parted by a hyphen. Raises :class:`BadMark`."""
    tag = "-".join(text.lower().replace('"', " ").replace(",", " ").replace("\x00", "").split())
    if not tag or len(tag) > LONGEST_TAG:
        raise BadMark(f"A tag has 1 to {LONGEST_TAG} characters.", "tag")
    return tag


def change_marks(
    user: User, kind: MarkKind, tag: str = "", public_ids: Collection[str] = (), *, with_threads: bool = False
) -> BulkChange:
    """Set a mark on chosen runs of a person, as many as :data:`marks.PART` at once. Raises :class:`BadMark`."""
    editable = access.binned_by(user) if kind is MarkKind.RESTORE else access.editable_by(user)
    chosen = editable.filter(public_id__in=public_ids)
    if with_threads and kind in OF_THREADS:
        threads = [thread for thread in chosen.values_list("thread", flat=True) if thread]
        chosen = editable.filter(Q(public_id__in=public_ids) | Q(thread__in=threads))
    return _begin(user, kind, tag, list(chosen.order_by("-pk").values_list("pk", flat=True)[: MOST_RUNS + 1]))


def change_marks_of_search(user: User, kind: MarkKind, query: RunQuery, tag: str = "") -> BulkChange:
    """Set a mark on everything that a query finds. Raises :class:`BadMark` and ``SearchTooSlow``."""
    index_own_runs(user)
    conditions = conditions_of(query, user)
    keys: list[int] = []
    if not conditions.is_empty:
        with bounded():
            newest = matching_rows(user, query, conditions).order_by("-created_at", "-run")
            keys = list(newest.values_list("run", flat=True)[: MOST_RUNS + 1])
    return _begin(user, kind, tag, keys)


def undo(user: User, change_id: int) -> BulkChange:
    """Set back what a change has changed; twice is once, and what it has not come to stays as it is.

    Raises ``BulkChange.DoesNotExist``.
    """
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change_id, owner=user, undo_of=None)
        if BulkChange.objects.filter(undo_of=change).exists():
            return change.undo
        change.waiting = []
        change.save(update_fields=["waiting"])
        keys, kind = change.changed, OPPOSITE[change.kind]
        back = BulkChange.objects.create(
            owner=user, kind=kind, tag=change.tag, waiting=keys, total=len(keys), undo_of=change
        )
    return marks.carry_on(back.pk)


def edit_run(run: Run, title: str, note: str, tags: Iterable[str]) -> None:
    """Write a run's title, note and tags anew. Raises :class:`BadMark`."""
    title, note = title.replace("\x00", "").strip(), note.replace("\x00", "").strip()
    wanted = list(dict.fromkeys(clean_tag(tag) for tag in tags if tag.strip()))
    if not title or len(title) > LONGEST_TITLE:
        raise BadMark(f"A title has 1 to {LONGEST_TITLE} characters.", "title")
    if len(note) > LONGEST_NOTE:
        raise BadMark(f"A note has at most {LONGEST_NOTE:,} characters.", "note")
    if len(wanted) > MOST_TAGS:
        raise BadMark(f"A run has at most {MOST_TAGS} tags.", "tags")
    Run.objects.filter(pk=run.pk).update(title=title, note=note, tags=wanted, needs_indexing=True)


def _begin(user: User, kind: MarkKind, tag: str, keys: list[int]) -> BulkChange:
    if len(keys) > MOST_RUNS:
        raise BadMark(f"At most {MOST_RUNS:,} runs are changed at once. Add a word or a day to the search.", "q")
    tag = clean_tag(tag) if kind in (MarkKind.TAG, MarkKind.UNTAG) else ""
    change = BulkChange.objects.create(owner=user, kind=kind, tag=tag, waiting=keys, total=len(keys))
    return marks.carry_on(change.pk)
