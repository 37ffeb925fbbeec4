"""Searches of a program: the query of the page, and its faults as refusals."""

from django.utils import timezone

from apps.accounts.models import User
from apps.api.errors import ApiError
from apps.runs.reading.history_pages import decode_cursor
from apps.runs.reading.queries import BadCursor
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import Found, SearchTooSlow, search_runs


def parse(text: str, *, by_relevance: bool = False, param: str = "q") -> RunQuery:
    """Return a query; a wrong one is refused with the place of the fault and what is near."""
    try:
        return RunQuery.parse(text, timezone.localdate(), by_relevance=by_relevance)
    except BadQuery as error:
        refusal = ApiError(400, "invalid_query", error.sentence, param)
        refusal.extra = {"column": error.column, "length": error.length, "suggestion": error.suggestion or None}
        raise refusal from error


def search(user: User, text: str, cursor: str, limit: int, *, by_relevance: bool = False) -> Found:
    """Return a page of what a query finds. Raises :class:`BadCursor`."""
    query = parse(text, by_relevance=by_relevance)
    if cursor and not decode_cursor(cursor):
        raise BadCursor
    try:
        return search_runs(user, query, cursor, limit)
    except SearchTooSlow as error:
        raise ApiError(400, "search_too_broad", error.sentence, "q") from None
