"""The page of a file: its text with its lines or pages, and the passages of it that answers cite."""

from itertools import chain

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.fusion.prompting.files import numbered_files
from apps.runs.models import Run, Share
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.runs.reading.threads import Thread
from apps.web.requests import SignedInRequest
from apps.web.run.files import FilePage, page_of_file
from apps.web.run.share_views import for_link, turns_of
from apps.web.run.thread_views import for_thread_reader
from apps.web.run.views import for_reader


@gzip_page
@for_reader
@never_cache
@require_safe
def run_file(request: SignedInRequest, run: Run, number: int) -> HttpResponse:
    """Render a file of a run's prompt, by its number among the run's sources."""
    page = _page(request, (take_snapshot(run),), number)
    return render(request, "run/file.html", {"page": page, "back": run.get_turn_url()})


@for_thread_reader
@never_cache
@require_safe
def thread_file(request: SignedInRequest, thread: Thread, number: int) -> HttpResponse:
    """Go to a file of a thread's newest turn, with the passage that is asked for."""
    query = request.GET.urlencode()
    return redirect(f"{thread.newest.get_absolute_url()}files/{number}/{f'?{query}' if query else ''}")


@gzip_page
@never_cache
@require_safe
@for_link
def share_file(request: HttpRequest, share: Share, number: int) -> HttpResponse:
    """Render a file of a shared run or thread."""
    page = _page(request, turns_of(share), number)
    return render(request, "run/file.html", {"page": page, "back": share.get_absolute_url(), "code": share.code})


def _page(request: HttpRequest, turns: tuple[RunSnapshot, ...], number: int) -> FilePage:
    """Return a file of turns that follow each other; raise ``Http404``. Its number is the same in all of them."""
    file = numbered_files([*chain.from_iterable(turn.messages for turn in turns)]).get(number)
    if file is None:
        raise Http404("There is no such file.")
    cited = [one for turn in turns for call in turn.calls for one in call.citations if one.number == number]
    return page_of_file(file, cited, _place(request, "start"), _place(request, "end"))


def _place(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
