"""A shared run: what a person without an account sees from a link. Read only, and not for search engines."""

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
from apps.site_url import site_url
from apps.web.formats import counted, joined
from apps.web.run.page import RunPage
from apps.web.run.views import exported, layout_of, page_context, shows_all

DONE = {
    AnswerKind.FUSED: "compared and fused",
    AnswerKind.CLOSEST: "compared; the one closest to the others is shown",
    AnswerKind.ONLY: "one of them shown as it is",
}
"""Words for the use that was made of the answers, by the kind of the run's own."""


@gzip_page
@never_cache
@require_safe
def share(request: HttpRequest, code: str) -> HttpResponse:
    """Render the whole run as it was when it was shared; a revoked link is as unknown as a wrong one."""
    if request.method == "HEAD":  # open pages ask again and again whether the link still holds
        find_shared(code)
        return unlisted(HttpResponse())
    snapshot = find_shared(code)
    page = RunPage(snapshot, timezone.now(), layout=layout_of(request, "answer"), shows_all=shows_all(request))
    context = page_context(page) | {
        "description": _describe(snapshot),
        "code": code,
        "base_url": site_url(request),
    }
    return unlisted(render(request, "run/page.html", context))


@never_cache
@require_safe
def export_share(_request: HttpRequest, code: str, form: str) -> HttpResponse:
    """Serve the shared run as a file."""
    return unlisted(exported(find_shared(code), form))


def find_shared(code: str) -> RunSnapshot:
    """Return the frozen run of a link. Raise ``Http404`` for a revoked link as for a wrong one."""
    try:
        return RunSnapshot.model_validate(queries.find_share(code).snapshot)
    except Share.DoesNotExist:
        raise Http404("There is no such shared run.") from None


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
