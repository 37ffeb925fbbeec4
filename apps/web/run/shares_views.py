"""The page of all links of a person, and closing one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from apps.runs import actions
from apps.runs.models import Share
from apps.runs.reading import queries, threads
from apps.site_url import site_url
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest
from apps.web.run.thread_views import render_bar
from apps.web.run.views import render_changed_parts

PAGE = 50
"""Links of a page."""


@gzip_page
@login_required
@never_cache
@require_safe
def my_shares(request: SignedInRequest) -> HttpResponse:
    """List the open links of a person, the newest first: what each shows, to whom, until when, how often read."""
    found = queries.shares_of(request.user)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    shares = list(found[: PAGE + 1])
    older = shares[PAGE - 1].pk if len(shares) > PAGE else None
    parts = {"shares": shares[:PAGE], "older": older, "is_first": not before, "base_url": site_url(request)}
    return render(request, "shares/page.html", parts)


@require_POST
@login_required
def revoke(request: SignedInRequest, share_id: int) -> HttpResponse:
    """Close a link to a run or to a thread at once."""
    try:
        share = queries.find_editable_share(request.user, pk=share_id)
    except Share.DoesNotExist:
        raise Http404("There is no such link.") from None
    actions.revoke_share(share)
    if "of_all" in request.POST:  # pressed on the page of all links
        return go_to(request, "web:shares")
    if share.thread:
        return render_bar(request, threads.find_thread(request.user, share.thread))
    return render_changed_parts(request, share.run, ["header"])
