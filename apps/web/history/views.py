"""The list of runs: newest first, searched and paged by the address; what is live in it moves by itself."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from apps.accounts.models import User
from apps.runs.models import BulkChange, Run, SavedSearch
from apps.runs.reading import queries
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import Found, search_runs
from apps.runs.reading.searching.tags import tags_of
from apps.web.history.baseline import find_baseline
from apps.web.history.columns import USUAL, attach_columns, choose_columns, column_context, columns_of, in_order
from apps.web.history.marks_views import status_of
from apps.web.history.search_views import address_of
from apps.web.requests import SignedInRequest, plain_text

LARGEST_POLL = 100
"""Runs that one request asks after."""
LIVE_S, IDLE_S = 3, 15
"""Seconds between two looks at a list: while something in it is live, and otherwise."""
PAGE, PAGE_WITH_SNIPPETS = 50, 30
"""Runs of a page; of one that shows where words were found, whose rows take three lines each."""
MOST_PAGES = 5
"""Pages of a list that is drawn anew with all that its reader has called up."""
RECENT_CHANGE_S = 120
"""Seconds for which a reload of the page still offers to undo the last change."""
BEST = "best"
"""The order of a list by relevance, as it stands in its address."""


@gzip_page
@login_required
@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def runs(request: SignedInRequest) -> HttpResponse:
    """List a page of runs; htmx asks for the list alone (a search) or for more rows (``Older``)."""
    search, before = plain_text(request.GET.get("q", "")).strip(), request.GET.get("before", "")
    is_best = request.GET.get("sort") == BEST
    columns, wanted_base = columns_of(request.user), request.GET.get("base", "")
    base = find_baseline(request.user, wanted_base)
    address = partial(address_of, by_relevance=is_best, base=base.public_id if base else "")
    context: dict[str, Any] = {"search": search, "is_first": not before, "is_best": is_best, "poll": _poll_of([], "")}
    context |= column_context(columns) | {"base": base, "has_no_such_base": bool(wanted_base and not base)}
    try:
        query = RunQuery.parse(search, timezone.localdate(), by_relevance=is_best)
        if query.terms:
            size = _size(request, PAGE_WITH_SNIPPETS if query.words else PAGE)
            found = search_runs(request.user, query, before, size, by_thread=True)
            context |= _of_search(found, query) | {"poll": _poll(found.runs, "", columns, base)}
        else:
            page = queries.history(request.user, before=before, size=_size(request, PAGE))
            newest = queries.cursor_of(page.runs[0]) if page.runs and not before else ""
            context |= {"runs": page.runs, "next_cursor": page.next_cursor}
            context["poll"] = _poll(page.runs, newest, columns, base)
        attach_columns(request.user, context["runs"], columns, base)
    except BadQuery as error:
        context["fault"] = error
        context["suggestion_url"] = address(error.suggestion) if error.suggestion else ""
    except queries.SearchTooSlow:
        context["is_too_slow"] = True
    older = context.get("next_cursor", "")
    context["older_url"] = address(search, older) if older else ""
    context["export_query"] = f"?{urlencode({'q': search})}"
    context["own_url"] = address(search, before)
    context["unbased_url"] = address(search, base="")
    context["orders"] = [
        (address(search, by_relevance=by_relevance), word, is_best is by_relevance)
        for by_relevance, word in ((False, "Newest"), (True, "Best match"))
    ]
    if not request.htmx.target:
        context |= _around(request.user)
    parts = {"older": "history/rows.html", "history": "history/list.html"}
    return render(request, parts.get(request.htmx.target or "", "history/page.html"), context)


def _size(request: SignedInRequest, page: int) -> int:
    """Return how many runs to list: those of a page, or the ``rows`` that a list had before it is drawn anew."""
    rows = request.GET.get("rows", "")
    return max(page, min(int(rows), MOST_PAGES * page)) if rows.isdecimal() and len(rows) < 5 else page


def _around(user: User) -> dict[str, Any]:
    """Return what stands around the list: saved searches, tags, and the last change while it can be thought of."""
    recent = timezone.now() - timedelta(seconds=RECENT_CHANGE_S)
    last = BulkChange.objects.filter(Q(created_at__gt=recent) | Q(ended_at=None), owner=user).order_by("-pk").first()
    searches = SavedSearch.objects.filter(owner=user)
    saved = [(one, address_of(one.query, by_relevance=one.by_relevance)) for one in searches]
    pinned = [pair for pair in saved if pair[0].is_pinned]
    return {"saved": saved, "pinned": pinned, "tags": tags_of(user), **(status_of(last) if last else {})}


def _of_search(found: Found, query: RunQuery) -> dict[str, Any]:
    """Return what the list says of a search; what it finds is not added to while it is read."""
    for run in found.runs:
        run.snippets = found.snippets.get(run.pk, [])
    total = found.total or 0
    return {
        "runs": found.runs,
        "next_cursor": found.next_cursor,
        "found": found,
        "counted": f"{found.most_counted:,}+" if total > found.most_counted else f"{total:,}",
        "can_rank": bool(query.words),
    }


@login_required
@require_POST
def columns(request: SignedInRequest) -> HttpResponse:
    """Keep the columns that a person has chosen; htmx then asks for the list anew, and stays where the reader is."""
    choose_columns(request.user, USUAL if "reset" in request.POST else request.POST.getlist("column"))
    if not request.htmx:
        text, base = (plain_text(request.POST.get(name, "")) for name in ("q", "base"))
        return HttpResponseRedirect(address_of(text, by_relevance=request.POST.get("sort") == BEST, base=base))
    if "reset" in request.POST:
        response = render(request, "history/columns.html", column_context(USUAL))
    else:
        response = HttpResponse(status=204)
    response["HX-Trigger"] = "historyChanged"
    return response


@login_required
@require_safe
@never_cache
def changes(request: SignedInRequest) -> HttpResponse:
    """For htmx: render the rows of runs that have ended since, and of new ones, each to be put in its place.

    They have the columns of the list that asks, which may be older than what its reader has chosen since, and its
    baseline.
    """
    live = request.GET.get("live", "").split(",")[:LARGEST_POLL]
    newest = request.GET.get("newest", "")
    columns = in_order(request.GET.get("columns", "").split(","))
    base = find_baseline(request.user, request.GET.get("base", ""))
    ended, newer = queries.changes(request.user, [public_id for public_id in live if public_id.isalnum()], newest)
    over = {run.public_id for run in ended}
    going_on = [public_id for public_id in live if public_id and public_id not in over]
    going_on += [run.public_id for run in newer if not run.is_final]
    poll = _poll_of(going_on, queries.cursor_of(newer[0]) if newer else newest, columns, base)
    attach_columns(request.user, [*ended, *newer], columns, base)
    context = {"ended": ended, "newer": newer, "poll": poll, "base": base} | column_context(columns)
    response = render(request, "history/changes.html", context)
    response["FusionWeb-Fragments"] = "true"
    return response


def _poll(runs: Sequence[Run], newest: str, columns: Sequence[str], base: Run | None) -> dict[str, object]:
    live = [run.public_id for run in runs if not run.is_final]
    return _poll_of(live[:LARGEST_POLL], newest, columns, base)


def _poll_of(
    live: Sequence[str], newest: str, columns: Sequence[str] = (), base: Run | None = None
) -> dict[str, object]:
    """Return where and how often a list asks for changes; an empty address if nothing in it can change."""
    if not live and not newest:
        return {"url": ""}
    asked = {"live": ",".join(live), "newest": newest, "columns": ",".join(columns)}
    query = urlencode(asked | ({"base": base.public_id} if base else {}), safe=",")
    return {"url": f"{reverse('web:history_changes')}?{query}", "seconds": LIVE_S if live else IDLE_S}
