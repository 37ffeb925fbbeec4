"""Reading runs, each for somebody: what a person may not see does not exist for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.recipes.warnings import references_of
from apps.fusion.vocabulary import Status
from apps.runs.models import UNFINISHED, Call, Run, Share
from apps.runs.reading import access
from apps.runs.reading.history_pages import (
    LARGEST_ID,
    BadCursor,
    HistoryPage,
    after,
    attach_facts,
    attach_labels,
    cursor_of,
    in_lists,
    read_cursor,
)
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import SearchTooSlow, search_runs

__all__ = ["LARGEST_ID", "BadCursor", "BadQuery", "HistoryPage", "SearchTooSlow", "attach_labels", "cursor_of"]

RECENT_RUNS = 10
"""Runs whose models count as asked recently."""
MOST_NEW = 50
"""Runs that are added to a list at once."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the runs of a list; ``None`` or '' is no condition. Times are those of creation."""

    status: Status | None = None
    preset: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def lookups(self) -> dict[str, Any]:
        wanted = {
            "status": self.status,
            "preset": self.preset,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        return {name: value for name, value in wanted.items() if value}


def find_run(user: User, public_id: str) -> Run:
    """Return a run that a person may read; raises ``Run.DoesNotExist`` for any other."""
    return access.visible_to(user).select_related("parent").get(public_id=public_id)


def find_editable_run(user: User, public_id: str) -> Run:
    """Return a run that a person may change; raises ``Run.DoesNotExist`` for any other."""
    return access.editable_by(user).select_related("parent").get(public_id=public_id)


def find_call(user: User, call_id: int) -> Call:
    """Return a call of a run that a person may read, with the run; raises ``Call.DoesNotExist``."""
    call = Call.objects.get(pk=call_id, run__in=access.visible_to(user))
    call.run = access.visible_to(user).get(pk=call.run_id)
    return call


def find_editable_call(user: User, call_id: int) -> Call:
    """Return a call of a run that a person may change, with the run; raises ``Call.DoesNotExist``."""
    call = Call.objects.get(pk=call_id, run__in=access.editable_by(user))
    call.run = access.editable_by(user).get(pk=call.run_id)
    return call


def find_editable_share(user: User, **lookup: Any) -> Share:
    """Return a share of a run that a person may change, with the run; raises ``Share.DoesNotExist``."""
    share = Share.objects.get(run__in=access.editable_by(user), **lookup)
    share.run = access.editable_by(user).get(pk=share.run_id)
    return share


def find_share(code: str) -> Share:
    """Return a share that can be read now, with its run; raises ``Share.DoesNotExist``."""
    return Share.objects.open().select_related("run").get(code=code)


def look_at_share(code: str) -> Share:
    """Return the same with what says who may read what, for those that ask every few seconds whether it still opens.

    Neither the copy nor the run's conversation is fetched, which may be megabytes.
    """
    few = "code", "for_members", "shown", "run__public_id"
    return Share.objects.open().select_related("run").only(*few).get(code=code)


def shares_of(user: User) -> QuerySet[Share]:
    """Return the open links to runs that a person may change, the newest first, without what they show.

    Each has a ``title``: that of its run, or of the first turn of its thread.
    """
    runs = access.editable_by(user)
    turns = Run.objects.filter(owner=OuterRef("run__owner"), thread=OuterRef("thread")).exclude(thread="")
    shares = Share.objects.open().filter(run__in=runs).select_related("run").defer("snapshot").order_by("-pk")
    first = Subquery(turns.order_by("pk").values("title")[:1])
    return shares.annotate(title=Coalesce(first, "run__title"))


def history(user: User, search: str = "", before: str = "", size: int = 50) -> HistoryPage:
    """Return a page of the threads that a person may read, each by its newest turn.

    With a ``search`` it is the newest turn that fits the query. Raises :class:`BadQuery` and :class:`SearchTooSlow`.
    """
    if search.strip():
        return search_runs(user, RunQuery.parse(search, timezone.localdate()), before, size, by_thread=True)
    runs = in_lists(access.visible_to(user)).filter(is_archived=False)
    # A subquery with LIMIT is never made into a join, so only turns of threads that are met are looked up.
    turns = Run.objects.filter(owner=OuterRef("owner"), thread=OuterRef("thread"), binned_at=None, is_archived=False)
    newest = turns.order_by("-pk").values("pk")[:1]
    runs = runs.filter(Q(thread=None) | Q(pk=Subquery(newest)))
    found = list(runs.filter(after(before)).order_by("-created_at", "-id")[: size + 1])
    page = found[:size]
    attach_facts(page)
    return HistoryPage(page, cursor_of(page[-1]) if len(found) > size else "")


def changes(user: User, public_ids: Collection[str], newest: str) -> tuple[list[Run], list[Run]]:
    """Return those of the named runs that have ended, and the runs that are newer than a cursor, newest first.

    Of both only what a person may read, and at most a page; '' as the cursor stands for no newer ones.
    """
    runs = in_lists(access.visible_to(user)).order_by("-created_at", "-id")
    ended = list(runs.filter(public_id__in=public_ids).exclude(status__in=UNFINISHED)) if public_ids else []
    newer, moment = [], read_cursor(newest)
    if moment:
        created_at, pk = moment
        newer = list(runs.filter(Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=pk))[:MOST_NEW])
    attach_facts([*ended, *newer])
    return ended, newer


def recently_asked(user: User, runs: int = RECENT_RUNS) -> list[str]:
    """Return the models on the panels of a person's last runs, judges and writers too, the latest first; one query."""
    recipes = user.runs.order_by("-created_at", "-id").values_list("recipe", flat=True)[:runs]
    models = (reference for recipe in recipes for reference in references_of(recipe))
    return list(dict.fromkeys(models))


def filtered(user: User, wanted: Filters, cursor: str = "", size: int = 50) -> HistoryPage:
    """Return the runs that a person may read and that fit, newest first; raises :class:`BadCursor`."""
    if cursor and read_cursor(cursor) is None:
        raise BadCursor
    runs = in_lists(access.visible_to(user)).order_by("-created_at", "-id")
    for name, value in wanted.lookups.items():
        runs = runs.filter(**{name: value})
    if wanted.model:
        runs = runs.filter(Exists(Call.objects.filter(run=OuterRef("pk"), model=wanted.model)))
    found = list(runs.filter(after(cursor))[: size + 1])
    return HistoryPage(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
