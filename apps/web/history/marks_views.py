"""Marks of runs, set on rows, selections and whole searches, with their undo; the bin; and the details of a run."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import MarkKind
from apps.runs import marks
from apps.runs.lifecycle.deletion import BIN_DAYS
from apps.runs.models import BulkChange, Run
from apps.runs.reading import access, queries
from apps.runs.reading.history_pages import in_lists
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import SearchTooSlow
from apps.web.requests import SignedInRequest, plain_text

SHOWN_IN_BIN = 200
OF_ROWS = (MarkKind.STAR, MarkKind.UNSTAR, MarkKind.BIN, MarkKind.RESTORE)
"""Marks with a button on each row, which is called after them."""
SENTENCES = {
    MarkKind.TAG: "tagged “{tag}”",
    MarkKind.UNTAG: "no longer tagged “{tag}”",
    MarkKind.STAR: "starred",
    MarkKind.UNSTAR: "no longer starred",
    MarkKind.ARCHIVE: "archived",
    MarkKind.UNARCHIVE: "back in the list",
    MarkKind.BIN: f"in the bin for {BIN_DAYS} days",
    MarkKind.RESTORE: "back from the bin",
}


@login_required
@require_POST
def set_marks(request: SignedInRequest) -> HttpResponse:
    """Set a mark: of a row by its button, of a selection, or of everything that a search finds."""
    try:
        change = _changed(request)
    except Refusal as error:
        return _status(request, error=error.sentence)
    except SearchTooSlow:
        return _status(request, error="This search is too broad. Add a word or a day, or select runs one by one.")
    return _status(request, change)


def _changed(request: SignedInRequest) -> BulkChange:
    posted, user = request.POST, request.user
    for kind in OF_ROWS:
        if kind in posted:  # the button of a row
            return marks.change_marks(user, kind, public_ids=[plain_text(posted[kind])], with_threads=True)
    if posted.get("kind") not in list(MarkKind):
        raise marks.BadMark("Choose what to do with the runs.", "kind")
    kind = MarkKind(posted["kind"])
    tag = plain_text(posted.get("tag", ""))
    if posted.get("scope") == "search":
        query = RunQuery.parse(plain_text(posted.get("q", "")), timezone.localdate())
        return marks.change_marks_of_search(user, kind, query, tag)
    chosen = [plain_text(public_id) for public_id in posted.getlist("run")]
    return marks.change_marks(user, kind, tag, chosen, with_threads=True)


@login_required
@require_GET
@never_cache
def change(request: SignedInRequest, change_id: int) -> HttpResponse:
    """Render how far a change has come."""
    return _status(request, _find(request, change_id))


@login_required
@require_POST
def undo(request: SignedInRequest, change_id: int) -> HttpResponse:
    """Set back what a change has changed."""
    try:
        back = marks.undo(request.user, change_id)
    except BulkChange.DoesNotExist:
        raise Http404("There is no such change.") from None
    return _status(request, back)


@login_required
@require_GET
@never_cache
def bin_page(request: SignedInRequest) -> HttpResponse:
    """List the runs in the bin, those that were deleted last first."""
    runs = in_lists(access.binned_by(request.user)).order_by("-binned_at", "-pk")[:SHOWN_IN_BIN]
    return render(request, "history/bin.html", {"runs": runs, "days": BIN_DAYS, "most": SHOWN_IN_BIN})


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def details(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show and write the title, the note and the tags of a run."""
    try:
        run = queries.find_editable_run(request.user, public_id)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None
    fields: dict[str, Any] = {"title": run.title, "note": run.note, "tags": ", ".join(run.tags)}
    if request.method == "POST":
        fields = {name: plain_text(request.POST.get(name, "")) for name in fields}
        try:
            marks.edit_run(run, fields["title"], fields["note"], fields["tags"].split(","))
        except marks.BadMark as error:
            context = {"run": run, "fields": fields, "fault": error}
            return render(request, "history/details.html", context, status=422)
        messages.success(request, "The details are saved.")
        return HttpResponseRedirect(run.get_absolute_url())
    return render(request, "history/details.html", {"run": run, "fields": fields})


def sentence_of(change: BulkChange) -> str:
    """Return what a change has done, with the number of runs."""
    word = SENTENCES[change.kind].format(tag=change.tag)
    if not change.total:
        return "No run was chosen."
    if not change.changed and not change.waiting:
        return "Nothing had to change."
    if change.total == 1:
        return f"The run is {word}."
    return f"{len(change.changed):,} runs are {word}."


def status_of(change: BulkChange) -> dict[str, Any]:
    """Return what the line above a list says of a change."""
    can_undo = change.undo_of_id is None and bool(change.changed) and change.kind in marks.OPPOSITE
    return {"change": change, "sentence": sentence_of(change), "can_undo": can_undo}


def _find(request: SignedInRequest, change_id: int) -> BulkChange:
    try:
        return BulkChange.objects.get(pk=change_id, owner=request.user)
    except BulkChange.DoesNotExist:
        raise Http404("There is no such change.") from None


def _status(request: HttpRequest, change: BulkChange | None = None, error: str = "") -> HttpResponse:
    """Render the line above the list; without a script, go back to the list."""
    if not getattr(request, "htmx", None):
        if error:
            messages.error(request, error)
        elif change:
            messages.success(request, sentence_of(change))
        return HttpResponseRedirect(reverse("web:runs"))
    context = {"error": error} | (status_of(change) if change else {})
    response = render(request, "history/marked.html", context)
    if change and (change.changed or change.ended_at):
        response["HX-Trigger"] = "historyChanged"
    return response
