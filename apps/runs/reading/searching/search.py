"""Searching runs, each for somebody: a page of what a query finds, how many there are, and where the words stand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.postgres.search import SearchQueryCombinable, SearchRank
from django.db import OperationalError, connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from psycopg.errors import QueryCanceled

from apps.accounts.models import User
from apps.runs.lifecycle.search_rows import index_own_runs
from apps.runs.models import Run, SearchRow
from apps.runs.reading import access
from apps.runs.reading.history_pages import (
    HistoryPage,
    after,
    attach_facts,
    cursor_of,
    decode_cursor,
    encode_cursor,
    in_lists,
)
from apps.runs.reading.searching.conditions import Conditions, conditions_of
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.snippets import Snippet, snippets_of

MOST_RANKED = 500
"""The newest runs that match, of which the best come first in a search by relevance."""
MOST_COUNTED, MOST_OF_PHRASE = 1_000, 200
"""Runs that are counted. For a phrase the words of each run are read, as the index does not have their places."""
NEWEST_FIRST = ("-created_at", "-run")
CUSTOM_PLANS = "SET LOCAL plan_cache_mode = force_custom_plan"
RANKED = "rank "
"""The beginning of a cursor of ranked results; the number of those before it follows."""


class SearchTooSlow(Exception):
    """The search was given up: it would have kept the database busy for longer than ``HISTORY_SEARCH_TIMEOUT``."""

    sentence = "The search is too broad and was given up: add a word or a day."


@dataclass(slots=True)
class Found(HistoryPage):
    """A page of what a search found. ``total`` is ``None`` beyond the first page, at most ``most_counted`` + 1.

    ``snippets`` are those of a run by its key. ``is_partial``: many runs of the reader still wait for their search row.
    """

    snippets: dict[int, list[Snippet]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    total: int | None = None
    is_partial: bool = False
    most_counted: int = MOST_COUNTED


def search_runs(user: User, query: RunQuery, cursor: str = "", size: int = 50, *, by_thread: bool = False) -> Found:
    """Return a page of the runs that a person may read and that fit.

    With ``by_thread`` only the newest turn of each thread that fits. Raises :class:`SearchTooSlow`.
    """
    is_partial = index_own_runs(user)
    conditions = conditions_of(query, user)
    if conditions.is_empty:
        return Found([], "", ignored=conditions.ignored, total=0, is_partial=is_partial)
    rows = matching_rows(user, query, conditions, by_thread=by_thread)
    most_counted = MOST_OF_PHRASE if conditions.has_phrase else MOST_COUNTED
    with bounded():
        if query.by_relevance and conditions.ranked_by is not None:
            keys, next_cursor = _ranked(rows, conditions.ranked_by, cursor, size)
            page = _runs_of(user, keys)
            total = None if cursor else rows.order_by(*NEWEST_FIRST)[: most_counted + 1].count()
        else:
            keys = _newest(rows, cursor, size, most_counted)
            page = _runs_of(user, keys[:size])
            next_cursor = cursor_of(page[-1]) if page and len(keys) > size else ""
            total = None if cursor else len(keys)
        snippets = snippets_of(page, query, conditions.stems)
    attach_facts(page)
    return Found(page, next_cursor, snippets, conditions.ignored, total, is_partial, most_counted)


def matching_rows(
    user: User, query: RunQuery, conditions: Conditions, *, by_thread: bool = False
) -> QuerySet[SearchRow]:
    """Return the search rows of the runs that a person may read and that fit, without an order.

    Archived runs fit only if the query says something of that.
    """
    rows = access.search_rows_visible_to(user).filter(conditions.where)
    if not query.says("is", "archived"):
        rows = rows.exclude(facets__contains=["is:archived"])
    if not by_thread:
        return rows
    # A subquery with LIMIT is never made into a join, so only turns of threads that are met are searched again.
    newest = rows.filter(thread=OuterRef("thread")).order_by("-run").values("run")[:1]
    return rows.filter(Q(thread=None) | Q(run=Subquery(newest)))


def _runs_of(user: User, keys: Sequence[int]) -> list[Run]:
    """Return the runs of these keys in their order, without those that were deleted meanwhile."""
    runs = in_lists(access.visible_to(user)).in_bulk(keys)
    return [runs[key] for key in keys if key in runs]


def _newest(rows: QuerySet[SearchRow], cursor: str, size: int, most_counted: int) -> list[int]:
    """Return the keys of the newest that match: of a page and one more, with the first page all that are counted."""
    most = size if cursor else max(size, most_counted)
    newest = rows.filter(after(cursor)).order_by(*NEWEST_FIRST)
    return list(newest.values_list("run", flat=True)[: most + 1])


def _ranked(rows: QuerySet[SearchRow], words: SearchQueryCombinable, cursor: str, size: int) -> tuple[list[int], str]:
    """Return the best of the newest that match: to rank all would read every one of them."""
    place = decode_cursor(cursor).removeprefix(RANKED)
    start = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
    newest = rows.order_by(*NEWEST_FIRST)[:MOST_RANKED]
    rank = SearchRank(F("words"), words)
    ranked = SearchRow.objects.filter(run__in=newest.values("run")).annotate(rank=rank)
    keys = list(ranked.order_by("-rank", "-created_at", "-run").values_list("run", flat=True)[start : start + size + 1])
    next_cursor = encode_cursor(f"{RANKED}{start + size}") if len(keys) > size else ""
    return keys[:size], next_cursor


@contextmanager
def bounded() -> Iterator[None]:
    """Plan each statement in the block for its own words, and let PostgreSQL cancel what takes too long.

    A plan that was made for any words is 10 to 50 times slower with common ones. Raises :class:`SearchTooSlow`.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            limit_ms = round(settings.HISTORY_SEARCH_TIMEOUT * 1000)
            cursor.execute(f"{CUSTOM_PLANS}; SET LOCAL statement_timeout = {limit_ms:d}")
            yield
            # The transaction may be somebody else's.
            cursor.execute("SET LOCAL plan_cache_mode = DEFAULT; SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
