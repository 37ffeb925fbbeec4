"""The findings that a run page leaves for later, fetched when somebody presses "Show all"."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.fusion.vocabulary import FindingKind
from apps.runs.models import Run, Share
from apps.runs.reading.snapshot import take_snapshot
from apps.web.requests import SignedInRequest
from apps.web.run.page import RunPage
from apps.web.run.share_views import for_link, turns_of
from apps.web.run.views import for_reader


@gzip_page
@for_reader
@never_cache
@require_safe
def run_findings(request: SignedInRequest, run: Run, judge: int, kind: str) -> HttpResponse:
    """Render the rest of a kind of findings of a run."""
    page = RunPage(take_snapshot(run), timezone.now(), reader=request.user, can_edit=run.can_edit)
    return _rest(request, page, judge, kind)


@gzip_page
@never_cache
@require_safe
@for_link
def share_findings(request: HttpRequest, share: Share, judge: int, kind: str) -> HttpResponse:
    """Render the rest of a kind of findings of a shared run."""
    turns = turns_of(share)
    turn = next((turn for turn in turns if turn.judge and turn.judge.id == judge), turns[-1])
    return _rest(request, RunPage(turn, timezone.now()), judge, kind)


def _rest(request: HttpRequest, page: RunPage, judge: int, kind: str) -> HttpResponse:
    counts = page.run.judge
    if page.agreement is None or counts is None or counts.id != judge or kind not in list(FindingKind):
        raise Http404("There are no such findings.")
    rest = page.agreement.rest(FindingKind(kind))
    return render(request, "run/rest.html", {"kind": kind, "rest": rest, "run": page.run})
