"""Saved searches: keep one under a name, rename it, pin it above the list, drop it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.runs import saved_searches
from apps.runs.models import SavedSearch
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.saved_searches import BadSearch
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, plain_text


@login_required
@require_POST
def save_search(request: SignedInRequest) -> HttpResponse:
    """Keep a search under a name; one of the same name is replaced."""
    text, by_relevance = plain_text(request.POST.get("q", "")).strip(), request.POST.get("sort") == "best"
    try:
        query = RunQuery.parse(text, timezone.localdate(), by_relevance=by_relevance)
        search = saved_searches.save_search(request.user, plain_text(request.POST.get("name", "")), query)
    except BadQuery as error:
        messages.error(request, error.sentence)
        return HttpResponseRedirect(reverse("web:runs"))
    except BadSearch as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"The search is saved as “{search.name}”.")
    return HttpResponseRedirect(address_of(query.text, by_relevance=by_relevance))


@login_required
@require_POST
def pin_search(request: SignedInRequest, search_id: int) -> HttpResponse:
    """Pin a search, or unpin it."""
    search = get_object_or_404(SavedSearch, owner=request.user, pk=search_id)
    saved_searches.change_search(search, is_pinned=not search.is_pinned)
    return HttpResponseRedirect(reverse("web:runs"))


@login_required
@require_POST
def rename_search(request: SignedInRequest, search_id: int) -> HttpResponse:
    """Give a search another name."""
    search = get_object_or_404(SavedSearch, owner=request.user, pk=search_id)
    try:
        saved_searches.change_search(search, name=plain_text(request.POST.get("name", "")))
    except BadSearch as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, f"The search is called “{search.name}” now.")
    return HttpResponseRedirect(reverse("web:runs"))


@login_required
@require_POST
def delete_search(request: SignedInRequest, search_id: int) -> HttpResponse:
    """Drop a search; the runs that it finds stay."""
    get_object_or_404(SavedSearch, owner=request.user, pk=search_id).delete()
    return go_to(request, "web:runs")


def address_of(text: str, cursor: str = "", *, by_relevance: bool = False, base: str = "") -> str:
    """Return the address of a search, with the run that its rows are compared with."""
    query = {"q": text, "sort": "best" if by_relevance else "", "base": base, "before": cursor}
    given = {name: value for name, value in query.items() if value}
    return reverse("web:runs", query=given) if given else reverse("web:runs")
