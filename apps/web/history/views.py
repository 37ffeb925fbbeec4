"""The list of past runs: newest first, searched and paged by the address."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from apps.runs.reading import queries
from apps.web.requests import SignedInRequest, plain_text


@login_required
@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def runs(request: SignedInRequest) -> HttpResponse:
    """List a page of runs; htmx asks for the list alone (a search) or for more rows (``Older``)."""
    search, before = plain_text(request.GET.get("q", "")).strip(), request.GET.get("before", "")
    try:
        page, is_too_slow = queries.history(request.user, search=search, before=before), False
    except queries.SearchTooSlow:
        page, is_too_slow = queries.HistoryPage([], ""), True
    context = {
        "is_too_slow": is_too_slow,
        "runs": page.runs,
        "search": search,
        "is_first": not before,
        "older_url": _older_url(search, page.next_cursor),
    }
    parts = {"older": "history/rows.html", "history": "history/list.html"}
    return render(request, parts.get(request.htmx.target or "", "history/page.html"), context)


def _older_url(search: str, cursor: str) -> str:
    if not cursor:
        return ""
    query = {"q": search, "before": cursor} if search else {"before": cursor}
    return f"{reverse('web:runs')}?{urlencode(query)}"
