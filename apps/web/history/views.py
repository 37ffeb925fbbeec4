"""The list of runs: newest first, searched and paged by the address; what is live in it moves by itself."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from apps.runs.models import Run
from apps.runs.reading import queries
from apps.web.requests import SignedInRequest, plain_text

LARGEST_POLL = 100
"""Runs that one request asks after."""
LIVE_S, IDLE_S = 3, 15
"""Seconds between two looks at a list: while something in it is live, and otherwise."""


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
        # What a search finds is not added to while it is read; what is live in it goes on.
        "poll": _poll(page.runs, queries.cursor_of(page.runs[0]) if page.runs and not search and not before else ""),
    }
    parts = {"older": "history/rows.html", "history": "history/list.html"}
    return render(request, parts.get(request.htmx.target or "", "history/page.html"), context)


@login_required
@require_safe
@never_cache
def changes(request: SignedInRequest) -> HttpResponse:
    """For htmx: render the rows of runs that have ended since, and of new ones, each to be put in its place."""
    live = request.GET.get("live", "").split(",")[:LARGEST_POLL]
    newest = request.GET.get("newest", "")
    ended, newer = queries.changes(request.user, [public_id for public_id in live if public_id.isalnum()], newest)
    over = {run.public_id for run in ended}
    going_on = [public_id for public_id in live if public_id and public_id not in over]
    going_on += [run.public_id for run in newer if not run.is_final]
    poll = _poll_of(going_on, queries.cursor_of(newer[0]) if newer else newest)
    response = render(request, "history/changes.html", {"ended": ended, "newer": newer, "poll": poll})
    response["FusionWeb-Fragments"] = "true"
    return response


def _poll(runs: Sequence[Run], newest: str) -> dict[str, object]:
    return _poll_of([run.public_id for run in runs if not run.is_final][:LARGEST_POLL], newest)


def _poll_of(live: Sequence[str], newest: str) -> dict[str, object]:
    """Return where and how often a list asks for changes; an empty address if nothing in it can change."""
    if not live and not newest:
        return {"url": ""}
    query = urlencode({"live": ",".join(live), "newest": newest}, safe=",")
    return {"url": f"{reverse('web:history_changes')}?{query}", "seconds": LIVE_S if live else IDLE_S}


def _older_url(search: str, cursor: str) -> str:
    if not cursor:
        return ""
    query = {"q": search, "before": cursor} if search else {"before": cursor}
    return f"{reverse('web:runs')}?{urlencode(query)}"
