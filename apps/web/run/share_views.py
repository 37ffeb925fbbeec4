"""A shared run: what a person without an account sees from a link. Read only, and not for search engines."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.fusion.vocabulary import AnswerKind
from apps.markdown.plain import plain_words
from apps.runs.models import Share
from apps.runs.reading import queries
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot
from apps.site_url import site_url
from apps.web.formats import counted, joined
from apps.web.run.page import RunPage
from apps.web.run.thread_views import exported_thread
from apps.web.run.turns import page_of_shared_thread
from apps.web.run.versions import versions_in
from apps.web.run.views import exported, layout_of, page_context, shows_all, view_of

DONE = {
    AnswerKind.FUSED: "compared and fused",
    AnswerKind.CLOSEST: "compared; the one closest to the others is shown",
    AnswerKind.ONLY: "one of them shown as it is",
    AnswerKind.AS_IS: "compared; one of them is shown as it is",
    AnswerKind.VOTED: "counted; one of those that most agree on is shown",
    AnswerKind.ESCALATED: "which differ; that of the last stage is shown",
    AnswerKind.REVISED: "reviewed; its revision is shown",
    AnswerKind.BEST: "compared in pairs; the best of them is shown",
}
"""Words for the use that was made of the answers, by the kind of the run's own."""


@gzip_page
@never_cache
@require_safe
def share(request: HttpRequest, code: str) -> HttpResponse:
    """Render the run or thread as it was when it was shared; a revoked link is as unknown as a wrong one."""
    found = _find(code)
    if request.method == "HEAD":  # open pages ask again and again whether the link still holds
        return unlisted(HttpResponse())
    shared = _frozen(found)
    context: dict[str, Any] = {"code": code, "base_url": site_url(request)}
    if isinstance(shared, ThreadSnapshot):
        number = wanted_turn(request, shared)
        first = shared.first_message_of(number - 1)
        context["thread"] = page_of_shared_thread(shared, number, request.path)
        context["description"] = f"{counted(len(shared.turns), 'turn')}. {_describe(shared.turns[0])}"
        snapshot = shared.turns[number - 1]
    else:
        first, snapshot = 0, shared
        context["description"] = _describe(shared)
    layout, all_findings = layout_of(request, "answer"), shows_all(request)
    page = RunPage(
        snapshot,
        timezone.now(),
        layout=layout,
        view=view_of(request),
        shows_all=all_findings,
        first_message=first,
        wanted=versions_in(request),
    )
    return unlisted(render(request, "run/page.html", page_context(page) | context))


@never_cache
@require_safe
def export_share(_request: HttpRequest, code: str, form: str) -> HttpResponse:
    """Serve the shared run or thread as a file."""
    shared = find_shared(code)
    return unlisted(exported_thread(shared, form) if isinstance(shared, ThreadSnapshot) else exported(shared, form))


def find_shared(code: str) -> RunSnapshot | ThreadSnapshot:
    """Return the frozen run or thread of a link. Raise ``Http404`` for a revoked link as for a wrong one."""
    return _frozen(_find(code))


def _find(code: str) -> Share:
    try:
        return queries.find_share(code)
    except Share.DoesNotExist:
        raise Http404("There is no such shared run.") from None


def _frozen(share: Share) -> RunSnapshot | ThreadSnapshot:
    kind: type[RunSnapshot | ThreadSnapshot] = ThreadSnapshot if share.thread else RunSnapshot
    return kind.model_validate(share.snapshot)


def shared_turns(code: str) -> tuple[RunSnapshot, ...]:
    """Return the frozen runs of a link: those of a thread, or the one. Raise ``Http404`` as above."""
    shared = find_shared(code)
    return shared.turns if isinstance(shared, ThreadSnapshot) else (shared,)


def wanted_turn(request: HttpRequest, thread: ThreadSnapshot) -> int:
    """Return the number of the turn to show whole: the one that the address names, else the last."""
    wanted = request.GET.get("turn", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
    return number if 0 < number <= len(thread.turns) else len(thread.turns)


def unlisted(response: HttpResponse) -> HttpResponse:
    """Mark a response whose address is a secret: no search engine keeps it, and no other site is told."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _describe(run: RunSnapshot) -> str:
    """Say in a sentence or two, without marks, what the link leads to: for the preview that messengers show."""
    models = joined([column.newest.label for column in run.columns])
    done = DONE.get(run.answer_kind, "none of them usable") if run.answer_kind else "none of them usable"
    start = Truncator(plain_words(run.answer.text)).chars(160) if run.answer else ""
    return f"{counted(len(run.columns), 'answer')} by {models}, {done}. {start}".strip()
