"""Searches that people keep under a name, for the page and for programs."""

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.fusion.refusal import Refusal
from apps.runs.models import SavedSearch
from apps.runs.reading.searching.run_query import RunQuery

LONGEST_NAME, MOST_SAVED = 60, 100


class BadSearch(Refusal):
    """A search that cannot be kept so; ``field`` says what to change."""


def save_search(user: User, name: str, query: RunQuery, *, is_pinned: bool = True) -> SavedSearch:
    """Keep a search under a name, its own text without one; one of the same name is replaced.

    Raises :class:`BadSearch`.
    """
    name = _clean(name) or query.text[:LONGEST_NAME]
    if not query.terms:
        raise BadSearch("There is no search to save.", "query")
    if SavedSearch.objects.filter(owner=user).exclude(name=name).count() >= MOST_SAVED:
        raise BadSearch(f"{MOST_SAVED} searches are saved. Delete one that you no longer need.", "name")
    values = {"query": query.text, "by_relevance": query.by_relevance, "is_pinned": is_pinned}
    return SavedSearch.objects.update_or_create(owner=user, name=name, defaults=values)[0]


def change_search(
    search: SavedSearch, *, name: str | None = None, query: RunQuery | None = None, is_pinned: bool | None = None
) -> None:
    """Change what is given of a search. Raises :class:`BadSearch` for an empty name and for one that is taken."""
    if name is not None:
        search.name = _clean(name)
        if not search.name:
            raise BadSearch(f"A name has 1 to {LONGEST_NAME} characters.", "name")
    if query is not None:
        if not query.terms:
            raise BadSearch("There is no search to save.", "query")
        search.query, search.by_relevance = query.text, query.by_relevance
    if is_pinned is not None:
        search.is_pinned = is_pinned
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError:
        raise BadSearch(f"Another search is called “{search.name}”.", "name") from None


def _clean(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:LONGEST_NAME]
