"""A shared run: what a person without an account sees from a link. Read only, and not for search engines.

A link that is revoked, that has expired, whose run is deleted, and one that never was: all get the same answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.fusion.vocabulary import AnswerKind, VoteResult
from apps.markdown.plain import plain_words
from apps.runs import sharing
from apps.runs.models import Share
from apps.runs.reading import queries
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot
from apps.site_url import site_url
from apps.web.formats import counted, joined
from apps.web.run.page import RunPage
from apps.web.run.preview import draw_preview
from apps.web.run.thread_views import exported_thread
from apps.web.run.turns import page_of_shared_thread
from apps.web.run.versions import versions_in
from apps.web.run.views import exported, layout_of, named_fragments, page_context, shows_all, view_of

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
PREVIEW_KEPT_S = 3600


def for_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the share whose code its address has. Where there is none (any more) it is not found.

    Who is not signed in is led to the login where the link is for signed-in people.
    """

    @wraps(view)
    def found(request: HttpRequest, code: str, **arguments: Any) -> HttpResponse:
        try:
            # Open pages ask by HEAD, again and again, whether the link still holds.
            share = (queries.look_at_share if request.method == "HEAD" else queries.find_share)(code)
            if share.for_members and not request.user.is_authenticated:
                return unlisted(redirect_to_login(request.get_full_path()))
            return unlisted(view(request, share, **arguments))
        except Share.DoesNotExist:  # also one that is revoked meanwhile
            raise Http404("There is no such shared run.") from None

    return found


@gzip_page
@never_cache
@require_safe
@for_link
def share(request: HttpRequest, share: Share) -> HttpResponse:
    """Render the run or thread as it was when it was shared, or a live run as it is."""
    if request.method == "HEAD":
        return HttpResponse()
    _count_view(request, share)
    return render(request, "run/page.html", _context(request, share))


@gzip_page
@never_cache
@require_safe
@for_link
def embed_share(request: HttpRequest, share: Share) -> HttpResponse:
    """Render the page for a frame in one of the sites that the share names, and in no other."""
    if not share.embed_origins:
        raise Share.DoesNotExist
    _count_view(request, share)
    response = render(request, "run/embed.html", _context(request, share) | {"is_embedded": True})
    response._csp_replace = {"frame-ancestors": share.embed_origins}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True
    return response


@gzip_page
@never_cache
@require_safe
@for_link
def share_fragments(request: HttpRequest, share: Share, names: str) -> HttpResponse:
    """Render parts of the page of a run that was at work when the page was drawn."""
    context = _context(request, share)
    fragments = named_fragments(context["run"], names.split("+"))
    response = render(request, "run/fragments.html", context | {"fragments": fragments})
    response["FusionWeb-Fragments"] = "true"
    return response


@never_cache
@require_safe
@for_link
def export_share(_request: HttpRequest, share: Share, form: str) -> HttpResponse:
    """Serve the shared run or thread as a file."""
    if form == "json" and not share.allows_json:
        raise Share.DoesNotExist
    shared = sharing.read_share(share)
    return exported_thread(shared, form) if isinstance(shared, ThreadSnapshot) else exported(shared, form)


@require_safe
@for_link
def share_preview(_request: HttpRequest, share: Share) -> HttpResponse:
    """Serve the picture that messengers show beside the link."""
    first = turns_of(share)[0]
    response = HttpResponse(draw_preview(first), content_type="image/png")
    response["Cache-Control"] = f"private, max-age={PREVIEW_KEPT_S}"
    return response


def turns_of(share: Share) -> tuple[RunSnapshot, ...]:
    """Return the copies that a link leads to: those of a thread, or the one."""
    shared = sharing.read_share(share)
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


def _context(request: HttpRequest, share: Share) -> dict[str, Any]:
    shared = sharing.read_share(share)
    context: dict[str, Any] = {"code": share.code, "share": share, "base_url": site_url(request)}
    if isinstance(shared, ThreadSnapshot):
        number = wanted_turn(request, shared)
        first = shared.first_message_of(number - 1)
        context["thread"] = page_of_shared_thread(shared, number, request.path)
        context["description"] = f"{counted(len(shared.turns), 'turn')}. {_describe(shared.turns[0])}"
        snapshot = shared.turns[number - 1]
    else:
        first, snapshot = 0, shared
        context["description"] = _describe(shared)
    page = RunPage(
        snapshot,
        timezone.now(),
        layout=layout_of(request, "answer"),
        view=view_of(request),
        shows_all=shows_all(request),
        first_message=first,
        wanted=versions_in(request),
    )
    # The socket tells of the newest turn alone, and so does a page that shows it.
    if snapshot.is_live and snapshot.id == share.run.public_id:
        context["fragments_url"] = reverse("web:share_fragments", args=[share.code, "NAMES"])
        context["socket_url"] = f"/ws/shares/{share.code}/"
    return page_context(page) | context


def _describe(run: RunSnapshot) -> str:
    """Say in a sentence or two, without marks, what the link leads to: for the preview that messengers show."""
    models = joined([column.newest.label for column in run.columns])
    if run.is_live:
        return f"{counted(len(run.columns), 'answer')} by {models}, at work."
    done = DONE.get(run.answer_kind, "none of them usable") if run.answer_kind else "none of them usable"
    if run.ballot and run.ballot.result is VoteResult.FIELDS and run.answer_kind is AnswerKind.VOTED:
        done = "counted field by field; the winners are shown"
    start = Truncator(plain_words(run.answer.text)).chars(160) if run.answer else ""
    return f"{counted(len(run.columns), 'answer')} by {models}, {done}. {start}".strip()


def _count_view(request: HttpRequest, share: Share) -> None:
    """Count the opening of a link by anybody but the person whose run it is."""
    if request.method == "GET" and request.user.pk != share.run.owner_id:
        sharing.count_view(share)
