"""The pages of batches: the list, the form of a new one, a batch with its progress and rows, its results as files."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.batches import actions
from apps.batches.actions import MOST_REPETITIONS, InvalidBatch, create_batch, find_batch, find_editable_batch
from apps.batches.checking import change_checks
from apps.batches.models import Batch, BatchDelivery, BatchState
from apps.batches.reading import PAGE_ROWS, batches_of, counts_of, estimate_batch, is_live, rows_of, spreads_of
from apps.batches.results import KINDS, result_lines
from apps.catalogue.recipes.presets import choosable_presets
from apps.fusion.value_tables import MOST_ROWS
from apps.runs.lifecycle.webhooks import send_again
from apps.runs.models import DeliveryStatus
from apps.runs.reading.bulk_export import in_pieces
from apps.web.batches.batch_forms import TEXTS, BatchForm, read_form, version_of
from apps.web.batches.rows import checked_words, progress_words, shown_rows, told_words
from apps.web.by_address import found_by
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, plain_text

LIVE_S = 2
"""Seconds between two looks at a batch that is at work."""

PLAIN = {
    "start": actions.start_batch,
    "resume": actions.start_batch,
    "pause": actions.pause_batch,
    "retry": actions.retry_failed,
    "cancel": actions.cancel_batch,
}
"""The buttons that need nothing but the batch."""

for_reader = found_by(find_batch, "batch_id", "batch")
for_editor = found_by(find_editable_batch, "batch_id", "batch")


@login_required
@require_safe
def batches(request: SignedInRequest) -> HttpResponse:
    """List the batches that a person may read, newest first."""
    before = _number(request.GET.get("before", ""))
    found = batches_of(request.user, before)
    counts = counts_of(found)
    context = {
        "batches": [(batch, counts[batch.pk]) for batch in found],
        "older": batches_of(request.user, found[-1].pk, 1) and found[-1].pk if found else None,
    }
    return render(request, "batches/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new batch; a POST makes it, and nothing runs before it is started."""
    if request.method != "POST":
        version = version_of(request.user, request.GET.get("template", ""))
        return _render_form(request, BatchForm(dict.fromkeys(TEXTS, ""), version))
    form, wanted = read_form(request)
    if wanted is not None:
        try:
            return redirect(create_batch(request.user, wanted))
        except InvalidBatch as error:
            form.refuse(error)
    return _render_form(request, form, status=400)


@for_reader
@never_cache
@require_safe
def batch(request: SignedInRequest, batch: Batch) -> HttpResponse:
    """Render a batch; htmx asks for what moves alone while it is at work."""
    template = "batches/live.html" if request.htmx.target == "batch" else "batches/batch.html"
    response = render(request, template, _context(request, batch))
    if request.htmx:
        response["FusionWeb-Fragments"] = "true"
    return response


@for_editor
@require_POST
def act(request: SignedInRequest, batch: Batch) -> HttpResponse:
    """Start, pause, resume, retry, repeat, cancel or delete a batch, set its cap or checks, or tell of its end again.

    ``do`` says which.
    """
    do = request.POST.get("do", "")
    if do == "checks":
        return _change_checks(request, batch)
    try:
        match do:
            case "start" | "resume" | "pause" | "retry" | "cancel":
                PLAIN[do](batch)
            case "cap":
                actions.set_cap(batch, _amount(request.POST.get("max_cost", "")))
            case "again":
                return go_to(request, actions.repeat_batch(batch))
            case "tell":
                _tell_again(request, batch)
            case "delete":
                actions.delete_batch(batch)
                messages.success(request, f"The batch “{batch.name}” is deleted. Its runs stay in the history.")
                return go_to(request, "web:batches")
    except InvalidBatch as error:
        messages.error(request, error.sentence)
    return go_to(request, batch)


@for_editor
@require_POST
def send_webhook_again(request: SignedInRequest, batch: Batch) -> HttpResponse:
    """Deliver the message of a batch once more, for the list on the Settings page."""
    _tell_again(request, batch)
    return redirect("web:settings")


@for_reader
@require_safe
def results(_request: SignedInRequest, batch: Batch, file: str) -> StreamingHttpResponse:
    """Serve all rows with their answers as a file, written while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch.public_id}.{file}"'}
    return StreamingHttpResponse(in_pieces(result_lines(batch, file)), content_type=KINDS[file], headers=headers)


def _delivery_of(batch: Batch) -> BatchDelivery | None:
    return getattr(batch, "webhook", None)


def _tell_again(request: SignedInRequest, batch: Batch) -> None:
    """Deliver the message of a batch once more."""
    delivery = _delivery_of(batch)
    if delivery is None:
        raise Http404("There is no such message.")
    send_again(delivery)
    messages.success(request, f"The message about “{delivery.title[:60]}” is sent again.")


def _change_checks(request: SignedInRequest, batch: Batch) -> HttpResponse:
    """Put other output checks in place of those of a batch; the form comes back with what is wrong."""
    text = plain_text(request.POST.get("checks", ""))
    try:
        change_checks(batch, text)
    except InvalidBatch as error:
        context = _context(request, batch) | {"checks": text, "problems": {"checks": error.sentence}}
        return render(request, "batches/batch.html", context, status=400)
    messages.success(request, "The output checks are saved.")
    return go_to(request, batch)


def _context(request: SignedInRequest, batch: Batch) -> dict[str, Any]:
    after, only = _number(request.GET.get("after", "")) or 0, request.GET.get("only", "")
    rows = rows_of(batch, after, PAGE_ROWS + 1, only)
    counts = counts_of([batch])[batch.pk]
    delivery, is_over = (
        _delivery_of(batch),
        batch.state in (BatchState.DONE, BatchState.CANCELLED) and not counts.running,
    )
    is_told = delivery is None or delivery.status is not DeliveryStatus.WAITING or bool(delivery.attempts)
    return {
        "batch": batch,
        "delivery": delivery,
        "told": told_words(delivery, is_over=is_over) if delivery else "",
        "counts": counts,
        "progress": progress_words(counts),
        "checked": checked_words(counts),
        "passed": f"{counts.passed} of {counts.passed + counts.not_passed} passed",
        "state": str(batch.state),
        "is_live": is_live(batch, counts) or (is_over and not is_told),
        "every_s": LIVE_S,
        "checks": batch.checks,
        "estimate": estimate_batch(batch) if batch.state is BatchState.READY else None,
        "rows": shown_rows(rows[:PAGE_ROWS], spreads_of(batch, [row.line for row in rows[:PAGE_ROWS]])),
        "more": rows[PAGE_ROWS - 1].number if len(rows) > PAGE_ROWS else None,
        "after": after,
        "only": only if only == "failed" else "",
        "own_url": request.get_full_path() if request.method != "POST" else batch.get_absolute_url(),
    }


def _render_form(request: SignedInRequest, form: BatchForm, status: int = 200) -> HttpResponse:
    context = {
        "texts": form.texts,
        "problems": form.problems,
        "version": form.version,
        "presets": choosable_presets(request.user),
        "most_rows": MOST_ROWS,
        "most_repetitions": MOST_REPETITIONS,
    }
    return render(request, "batches/new.html", context, status=status)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().removeprefix("$")) if text.strip() else None
    except InvalidOperation:
        raise InvalidBatch("Enter an amount in USD, such as 2.50.", "max_cost") from None
