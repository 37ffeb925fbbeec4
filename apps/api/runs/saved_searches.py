"""Saved searches, by programs: the same as above the list of runs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status as Answered
from pydantic import Field

from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.numbers import IN_DIGITS
from apps.api.runs.searches import parse
from apps.api.schemas import Document, Open, with_errors
from apps.api.strict import Strict
from apps.runs import saved_searches
from apps.runs.models import SavedSearch
from apps.runs.reading import queries
from apps.runs.reading.searching.run_query import LONGEST_QUERY
from apps.runs.saved_searches import LONGEST_NAME, BadSearch

router = Router(tags=["Runs"])

SearchId = Annotated[int, Path(ge=1, le=queries.LARGEST_ID), IN_DIGITS]
Name = Annotated[str, Field(max_length=LONGEST_NAME, examples=["Dear and split"])]
QueryText = Annotated[str, Field(max_length=LONGEST_QUERY, examples=["has:contradiction cost>0.05"])]
Sort = Literal["newest", "best"]


class SaveSearch(Strict):
    """A search to be kept."""

    query: QueryText
    """The search, as `q` takes it."""
    name: Name = ""
    """Its name, the search itself if empty; a search of the same name is replaced."""
    sort: Sort = "newest"
    """The order of what it finds."""
    pinned: bool = True
    """Whether it stands above the list of runs."""


class ChangeSearch(Strict):
    """Changes of a search; what is left out stays."""

    query: QueryText | None = None
    """The search."""
    name: Name | None = None
    """Its name."""
    sort: Sort | None = None
    """The order of what it finds."""
    pinned: bool | None = None
    """Whether it stands above the list of runs."""


class SavedSearchDocument(Open):
    """A search under a name."""

    id: int
    """By which it is changed and deleted."""
    name: str
    """Its name."""
    query: str
    """The search, as `q` takes it."""
    sort: Sort
    """The order of what it finds."""
    pinned: bool
    """Whether it stands above the list of runs."""
    created_at: datetime
    """When it was saved first."""


class SavedSearchList(Document):
    """All saved searches, pinned ones first, then by their names."""

    data: list[SavedSearchDocument]
    """The searches."""


@router.get("/searches", auth=may_read, response=with_errors({200: SavedSearchList}), summary="List saved searches")
def list_searches(request: HttpRequest) -> Any:
    """Read your saved searches; `GET /runs?q=…` carries one out."""
    return {"data": [_document(one) for one in SavedSearch.objects.filter(owner=owner_of(request))]}


@router.post("/searches", auth=may_run, response=with_errors({201: SavedSearchDocument}), summary="Save a search")
def save_search(request: HttpRequest, body: SaveSearch) -> Any:
    """Keep a search under a name."""
    query = parse(body.query, by_relevance=body.sort == "best", param="query")
    try:
        saved = saved_searches.save_search(owner_of(request), body.name, query, is_pinned=body.pinned)
    except BadSearch as error:
        raise _refused(error) from None
    return Answered(201, _document(saved))


@router.patch(
    "/searches/{search_id}",
    auth=may_run,
    response=with_errors({200: SavedSearchDocument}),
    summary="Change a saved search",
)
def change_search(request: HttpRequest, search_id: SearchId, body: ChangeSearch) -> Any:
    """Rename a search, pin it, or change what it looks for."""
    search = _find(request, search_id)
    query = None
    if body.query is not None or body.sort is not None:
        text = search.query if body.query is None else body.query
        is_best = search.by_relevance if body.sort is None else body.sort == "best"
        query = parse(text, by_relevance=is_best, param="query")
    try:
        saved_searches.change_search(search, name=body.name, query=query, is_pinned=body.pinned)
    except BadSearch as error:
        raise _refused(error) from None
    return _document(search)


@router.delete(
    "/searches/{search_id}", auth=may_run, response=with_errors({204: None}), summary="Delete a saved search"
)
def delete_search(request: HttpRequest, search_id: SearchId) -> Any:
    """Drop a search; the runs that it finds stay."""
    _find(request, search_id).delete()
    return Answered(204, None)


def _find(request: HttpRequest, search_id: int) -> SavedSearch:
    try:
        return SavedSearch.objects.get(owner=owner_of(request), pk=search_id)
    except SavedSearch.DoesNotExist:
        raise not_found("saved search") from None


def _refused(error: BadSearch) -> ApiError:
    return ApiError(400, "invalid_parameter", error.sentence, error.field)


def _document(search: SavedSearch) -> dict[str, Any]:
    return {
        "id": search.pk,
        "name": search.name,
        "query": search.query,
        "sort": "best" if search.by_relevance else "newest",
        "pinned": search.is_pinned,
        "created_at": search.created_at,
    }
