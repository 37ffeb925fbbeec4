"""The page of a thread: its turns under each other, the newest one whole, and a field to go on with it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.fusion.vocabulary import EarlierAnswers, MarkKind
from apps.runs import actions, marks
from apps.runs.models import Run
from apps.runs.reading import queries, threads
from apps.runs.reading.export import export_thread_json, export_thread_markdown
from apps.runs.reading.forks import fork_tree
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot, take_thread_snapshot
from apps.runs.reading.threads import Thread
from apps.runs.sharing import BadShare
from apps.runs.starting import InvalidRun
from apps.web.by_address import found_by
from apps.web.compose import drafts
from apps.web.compose.files import AttachedFiles, attached_files, read_files
from apps.web.compose.forecast import forecast
from apps.web.compose.form import FormChoices
from apps.web.compose.resolved import ResolvedDraft, context_after, resolve_draft
from apps.web.compose.views import start_resolved
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest
from apps.web.run.forks import forks_page
from apps.web.run.share_form import shown_in, terms_in
from apps.web.run.turns import card_of_run, page_of_thread, place_of
from apps.web.run.views import context_of, for_reader

EXPORTS = {"md": ("text/markdown", export_thread_markdown), "json": ("application/json", export_thread_json)}


for_thread_reader = found_by(threads.find_thread, "thread_id", "thread")
for_thread_editor = found_by(threads.find_editable_thread, "thread_id", "thread")
"""Decorators of views whose address names a thread."""


@gzip_page
@for_thread_reader
@never_cache
@require_safe
def thread(request: SignedInRequest, thread: Thread) -> HttpResponse:
    """Render all turns, the newest with everything. A run that is alone has a page already."""
    if not thread.newest.ancestors:
        return redirect(thread.newest)
    forks = forks_page(fork_tree(thread.newest, request.user))
    return render(request, "run/page.html", _thread_context(request, thread) | {"forks": forks})


@for_thread_reader
@never_cache
@require_safe
def thread_state(_request: SignedInRequest, thread: Thread) -> HttpResponse:
    """Name the newest turn, for pages that were opened before it was asked."""
    return JsonResponse({"newest": thread.newest.public_id})


@for_thread_reader
@require_safe
def export_thread(_request: SignedInRequest, thread: Thread, form: str) -> HttpResponse:
    """Serve the thread as a file."""
    return exported_thread(take_thread_snapshot(thread), form)


def exported_thread(snapshot: ThreadSnapshot, form: str) -> HttpResponse:
    """Return a thread as a file of the form ``md`` or ``json``."""
    kind, write = EXPORTS[form]
    headers = {"Content-Disposition": f'attachment; filename="fusionweb-thread-{snapshot.id}.{form}"'}
    return HttpResponse(write(snapshot), content_type=f"{kind}; charset=utf-8", headers=headers)


@require_POST
@for_thread_editor
def share_thread(request: SignedInRequest, thread: Thread) -> HttpResponse:
    """Make a link to all turns for people without an account."""
    try:
        actions.share_thread(thread, shown_in(request), terms_in(request))
    except BadShare as error:
        if request.htmx:
            return trigger_client_event(HttpResponse(status=204), "message", {"text": error.sentence, "level": "error"})
        messages.error(request, error.sentence)
    return render_bar(request, thread)


def render_bar(request: SignedInRequest, thread: Thread) -> HttpResponse:
    """Answer a press in the thread's bar: the bar for htmx, else the page anew."""
    if not request.htmx:
        return redirect(thread.newest.get_turn_url())
    return render(request, "run/thread_bar.html", _thread_context(request, thread) | {"is_open": True})


@require_POST
@for_thread_editor
def delete_thread(request: SignedInRequest, thread: Thread) -> HttpResponse:
    """Put the turns that it does not share into the bin; the history follows, which offers to undo it."""
    marks.change_marks(request.user, MarkKind.BIN, public_ids=[turn.public_id for turn in thread.own_turns])
    return go_to(request, "web:runs")


# ---------------------------------------------------------------- single turns


@for_reader
@never_cache
@require_safe
def turn(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the card of an earlier turn, which asks for itself again while it is at work."""
    place = place_of(run)
    queries.attach_labels([run])
    outdated = run.pk in threads.find_thread(request.user, run.thread_id).outdated
    card = card_of_run(run, place.number if place else 1, is_live=run.is_live(), is_outdated=outdated)
    return render(request, "run/turn.html", {"turn": card})


@gzip_page
@for_reader
@never_cache
@require_safe
def turn_answers(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the answers of a turn's columns, when somebody opens them."""
    return render(
        request, "run/turn_answers.html", {"run": take_snapshot(run), "can_go_on": run.can_edit and run.is_final}
    )


@require_POST
@for_reader
def follow_up(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask the next turn with the settings of this one, and go to it; or show what is wrong beside the text."""
    resolved = _resolved(request, run, read_files(request))
    if resolved.recipe and not resolved.problems:
        try:
            return redirect(start_resolved(request.user, resolved).get_turn_url())
        except InvalidRun as error:
            resolved = resolved.with_problems({error.field: error.sentence})
    found = threads.thread_up_to(run, request.user)
    context = _thread_context(request, found) if run.ancestors else context_of(request, run)
    trouble = next(iter(resolved.problems.values()))
    parts = {"draft": resolved.draft, "trouble": trouble, "attached": resolved.attached.shown}
    return render(request, "run/page.html", context | parts, status=400)


@require_POST
@for_reader
def follow_up_estimate(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render what the next turn would take, with the turns before it."""
    resolved = _resolved(request, run, attached_files(request.user, request.POST))
    problems = [sentence for field, sentence in resolved.problems.items() if field != "prompt"]
    parts = {
        "forecast": forecast(resolved, has_cap=FormChoices(request.user).has_cap),
        "trouble": next(iter(problems), ""),
    }
    return render(request, "run/go_on_facts.html", parts)


def _resolved(request: HttpRequest, run: Run, attached: AttachedFiles) -> ResolvedDraft:
    """Return the next turn as it was typed, with the settings of a run."""
    choices = FormChoices(request.user)  # type: ignore[arg-type]  # somebody is signed in
    draft = replace(
        drafts.draft_of_run(run, is_edit=False),
        prompt=request.POST.get("prompt", "").replace("\r\n", "\n"),
        earlier_answers=request.POST.get("earlier_answers", "") or EarlierAnswers.FUSED,
    )
    draft = drafts.match_preset(draft, choices.presets_for(draft))
    return resolve_draft(draft, choices, context_after(run), attached=attached)


def _thread_context(request: SignedInRequest, thread: Thread) -> dict[str, Any]:
    return context_of(request, thread.newest) | {"thread": page_of_thread(thread, request.user)}
