"""A run's page and its fragments, what can be pressed there, its exports."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import SLOTS, MarkKind
from apps.runs import actions, marks
from apps.runs.models import Call, Run
from apps.runs.reading import export, queries
from apps.runs.reading.bulk_export import FORMS, export_runs
from apps.runs.reading.call_snapshot import Column
from apps.runs.reading.forks import fork_tree
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.runs.sharing import BadShare
from apps.runs.starting import InvalidRun
from apps.site_url import site_url
from apps.web.by_address import found_by
from apps.web.compose.files import files_in_form
from apps.web.compose.saved_drafts import saved_draft
from apps.web.formats import money_range
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, call_id, plain_text
from apps.web.run.bill import remember_baseline, wanted_baseline
from apps.web.run.forks import forks_page
from apps.web.run.output_checks import output_checks_of
from apps.web.run.page import VIEWS, RunPage
from apps.web.run.share_form import shown_in, terms_in
from apps.web.run.turns import place_of
from apps.web.run.versions import versions_in

FRAGMENTS = ("header", "answer", "agreement", "panel-bar", "sources", "bill", "earlier-answers")
EXPORTS = {"md": ("text/markdown", export.export_markdown), "json": ("application/json", export.export_json)}


for_reader = found_by(queries.find_run, "public_id", "run")
for_editor = found_by(queries.find_editable_run, "public_id", "run")
for_reader_of_call = found_by(queries.find_call, "call_id", "call")
for_editor_of_call = found_by(queries.find_editable_call, "call_id", "call")
"""Decorators of views whose address names a run, or a call of one."""


# ---------------------------------------------------------------- reading


@gzip_page
@for_reader
@never_cache
@require_safe
def run(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the whole page, live or finished."""
    forks = forks_page(fork_tree(run, request.user))
    return render(request, "run/page.html", context_of(request, run) | {"forks": forks})


@gzip_page
@for_reader
@never_cache
@require_safe
def fragments(request: SignedInRequest, run: Run, names: str) -> HttpResponse:
    """Render parts of the page by name, joined by ``+``: header, answer, agreement, panel-bar, bill, column-A …"""
    return render_fragments(request, run, names.split("+"))


@for_reader
@require_safe
def export_run(request: SignedInRequest, run: Run, form: str) -> HttpResponse:
    """Serve the run as a file: a document of its own, or the lines that it has in a file of many."""
    if form in EXPORTS:
        return exported(take_snapshot(run), form)
    headers = {"Content-Disposition": f'attachment; filename="fusionweb-{run.public_id}.{form}"'}
    media = f"{FORMS[form][0]}; charset=utf-8"
    return HttpResponse("".join(export_runs(request.user, [run.pk], form)), content_type=media, headers=headers)


def exported(snapshot: RunSnapshot, form: str) -> HttpResponse:
    """Return a snapshot as a file of the form ``md`` or ``json``. Raise ``Http404`` for another."""
    kind, write = EXPORTS[form]
    headers = {"Content-Disposition": f'attachment; filename="fusionweb-{snapshot.id}.{form}"'}
    return HttpResponse(write(snapshot), content_type=f"{kind}; charset=utf-8", headers=headers)


def context_of(request: SignedInRequest, run: Run) -> dict[str, Any]:
    """Return what a reader's templates are drawn from; ``run`` comes from ``reading.access``, which sets its rights."""
    shares = queries.shares_of(request.user).filter(run=run.pk, thread="") if run.can_edit else ()
    page = RunPage(
        take_snapshot(run),
        timezone.now(),
        reader=request.user,
        can_edit=run.can_edit,
        layout=layout_of(request, "columns"),
        view=view_of(request),
        shares=tuple(shares),
        wanted_baseline=wanted_baseline(request),
        shows_all=shows_all(request),
        wake_at=run.wake_at,
        place=place_of(run),
        wanted=versions_in(request),
    )
    saved = saved_draft(request.user, run.thread_id)
    around = {
        "saved": saved,
        "attached": files_in_form(request, saved).shown,
        "most_files": settings.FILES_PER_PROMPT,
        "base_url": site_url(request),
        "output_checks": output_checks_of(run, page.run),
    }
    return page_context(page) | around


def page_context(page: RunPage) -> dict[str, Any]:
    """Return the context that all templates of a run need."""
    return {
        "page": page,
        "run": page.run,
        "now_epoch": f"{page.now.timestamp():.3f}",
        "estimate": money_range(page.run.estimate_low, page.run.estimate_high),
    }


def layout_of(request: HttpRequest, default: str) -> str:
    """Return the remembered order of the sections; the page's own script sets the cookie."""
    chosen = request.COOKIES.get("layout", default)
    return chosen if chosen in ("columns", "answer") else default


def view_of(request: HttpRequest) -> tuple[str, ...]:
    """Return the remembered view of the columns; the page's own script sets the cookie."""
    return tuple(name for name in request.COOKIES.get("columns", "").split(".") if name in VIEWS)


def shows_all(request: HttpRequest) -> bool:
    """Return whether a page without scripts was asked for all findings."""
    return request.GET.get("findings") == "all"


def render_fragments(request: SignedInRequest, run: Run, names: Iterable[str]) -> HttpResponse:
    """Render the named parts, each an element with an id that is on the page already."""
    context = context_of(request, run)
    fragments = named_fragments(context["run"], names)
    response = render(request, "run/fragments.html", context | {"fragments": fragments})
    response["FusionWeb-Fragments"] = "true"
    return response


def named_fragments(run: RunSnapshot, names: Iterable[str]) -> list[tuple[str, Column | None]]:
    """Return the parts of a page that there are among these names, each once, with its column if it is one."""
    columns = {f"column-{column.slot}": column for column in run.columns}
    return [(name, columns.get(name)) for name in dict.fromkeys(names) if name in FRAGMENTS or name in columns]


# ---------------------------------------------------------------- changing


def render_changed_parts(
    request: SignedInRequest, run: Run, names: Iterable[str], *, is_live: bool = False
) -> HttpResponse:
    """Answer a press: the changed parts for htmx (and "go on live"), else the page anew."""
    if not request.htmx:
        return redirect(run)
    run.refresh_from_db()
    response = render_fragments(request, run, names)
    return trigger_client_event(response, "run-live") if is_live else response


def render_refusal(request: SignedInRequest, run: Run, error: Refusal) -> HttpResponse:
    """Show the sentence of a refusal as a message beside the unchanged page."""
    if request.htmx:
        message = {"text": error.sentence, "level": "error"}
        return trigger_client_event(HttpResponse(status=204), "message", message)
    messages.error(request, error.sentence)
    return redirect(run)


@require_POST
@for_editor
def cancel(request: SignedInRequest, run: Run) -> HttpResponse:
    """Stop everything."""
    actions.cancel_run(run)
    return render_changed_parts(request, run, ["header"])


@require_POST
@for_editor
def fuse_now(request: SignedInRequest, run: Run) -> HttpResponse:
    """Go on without the columns that have not answered."""
    actions.fuse_now(run)
    return render_changed_parts(request, run, ["header", "panel-bar"])


@require_POST
@for_editor
def fuse_again(request: SignedInRequest, run: Run) -> HttpResponse:
    """Judge and fuse the chosen columns anew."""
    try:
        slots = [slot for slot in request.POST.getlist("slot") if slot in set(SLOTS)]
        takes = [take for given in request.POST.getlist("take") if (take := call_id(given)) is not None]
        actions.fuse_again(run, slots, takes)
    except InvalidRun as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@require_POST
@for_editor
def continue_run(request: SignedInRequest, run: Run) -> HttpResponse:
    """Let a run that a cap stopped go on, with the cap that was entered, if one was."""
    try:
        actions.continue_run(run, _amount(request.POST.get("max_cost", "")))
    except InvalidRun as error:
        return render_refusal(request, run, error)
    columns = [f"column-{slot.slot}" for slot in run.recipe.panel]
    return render_changed_parts(request, run, [*FRAGMENTS, *columns], is_live=True)


def _amount(text: str) -> Decimal | None:
    """Return the USD that a person entered; ``None`` for nothing. Raise :class:`InvalidRun` for no amount."""
    if not text.strip():
        return None
    try:
        return Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        raise InvalidRun("Enter an amount in dollars, such as 0.50.", "max_cost") from None


@require_POST
@for_reader
def compare(request: SignedInRequest, run: Run) -> HttpResponse:
    """Compare the bill with a call to another model; the choice is remembered."""
    response = render_changed_parts(request, run, ["bill"])
    remember_baseline(response, wanted_baseline(request), request.user)
    return response


@require_POST
@for_editor
def share(request: SignedInRequest, run: Run) -> HttpResponse:
    """Make a link for people without an account."""
    try:
        actions.share_run(run, shown_in(request), terms_in(request))
    except BadShare as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, ["header"])


@require_POST
@for_editor
def delete(request: SignedInRequest, run: Run) -> HttpResponse:
    """Put the run into the bin; the history follows, which offers to undo it."""
    marks.change_marks(request.user, MarkKind.BIN, public_ids=[run.public_id])
    return go_to(request, "web:runs")


@require_POST
@for_editor_of_call
def cancel_call(request: SignedInRequest, call: Call) -> HttpResponse:
    """Stop one column."""
    actions.cancel_call(call)
    return render_changed_parts(request, call.run, ["header", f"column-{call.slot}"])


@require_POST
@for_editor
def retry_failed(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask the models of all columns that failed again."""
    try:
        calls = actions.retry_failed(run)
    except InvalidRun as error:
        return render_refusal(request, run, error)
    columns = [f"column-{call.slot}" for call in calls]
    return render_changed_parts(request, run, ["header", "panel-bar", *columns], is_live=True)


@require_POST
@for_editor_of_call
def retry(request: SignedInRequest, call: Call) -> HttpResponse:
    """Ask a column's model again, or another that was chosen."""
    try:
        actions.retry_call(call, plain_text(request.POST.get("model", "")), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, call.run, error)
    return render_changed_parts(request, call.run, ["header", "panel-bar", f"column-{call.slot}"], is_live=True)
