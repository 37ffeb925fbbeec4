"""The pages that show a run's answers side by side, for its readers and for whoever has the link of a share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.runs.models import Run, Share
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot
from apps.runs.sharing import read_share
from apps.web.requests import SignedInRequest
from apps.web.run.compared import ComparedPage, Wanted, wanted_in
from apps.web.run.share_views import for_link, wanted_turn
from apps.web.run.versions import number_in
from apps.web.run.views import for_reader


@gzip_page
@for_reader
@never_cache
@require_safe
def run_compared(request: SignedInRequest, run: Run, view: str) -> HttpResponse:
    """Render a view of the answers of a run; those of columns that have not ended are not in it."""
    page = ComparedPage(take_snapshot(run), view, run.get_absolute_url(), _wanted(request))
    return render(request, "run/compared/page.html", {"page": page, "run": page.run})


@gzip_page
@never_cache
@require_safe
@for_link
def share_compared(request: HttpRequest, share: Share, view: str) -> HttpResponse:
    """Render a view of the answers of a shared run, or of the turn of a shared thread that the address names."""
    shared, code = read_share(share), share.code
    turn = ""
    if isinstance(shared, ThreadSnapshot):
        number = wanted_turn(request, shared)
        shared, turn = shared.turns[number - 1], str(number)
    page = ComparedPage(shared, view, reverse("web:share", args=[code]), _wanted(request, turn))
    return render(request, "run/compared/page.html", {"page": page, "run": page.run, "code": code})


def _wanted(request: HttpRequest, turn: str = "") -> Wanted:
    pair = (number_in(request, "left"), number_in(request, "right"))
    return wanted_in(request.GET.get("only", ""), request.GET.get("base", ""), turn, pair)
