"""Ratings on the run page: a thumb at each answer, then reasons and a comment, which are kept as they are filled in."""

from contextlib import suppress

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from apps.annotations.models import Rating
from apps.annotations.ratings import BadRating, RatingRequest
from apps.fusion.ratings import RatingReason, Thumb, fitting
from apps.runs import rating
from apps.runs.models import Call, Run
from apps.runs.reading.annotations import RatingSnapshot, rating_by
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.web.requests import SignedInRequest, call_id, plain_text
from apps.web.run.ruling_views import render_state
from apps.web.run.views import for_reader, render_changed_parts, render_refusal


@require_POST
@for_reader
def rate(request: SignedInRequest, run: Run) -> HttpResponse:
    """Set, change or remove the reader's rating of an answer.

    A thumb keeps the reasons that go with it; ``details`` says that the form has reasons and a comment of its own.
    """
    call, thumb = call_id(request.POST.get("call", "")) or 0, request.POST.get("thumb", "")
    snapshot = take_snapshot(run)
    known = rating_by(request.user.pk, snapshot.ratings, call)
    has_details = "details" in request.POST
    try:
        if thumb in list(Thumb):
            rating.rate(run, request.user, call, _wanted(request, Thumb(thumb), known, has_details=has_details))
        else:
            with suppress(Rating.DoesNotExist):  # another press has removed it
                rating.unrate(run, request.user, call)
    except Call.DoesNotExist:
        return render_refusal(request, run, BadRating("The run has no such answer. Reload the page."))
    except BadRating as error:
        if has_details and request.htmx:
            return render_state(error.sentence, is_error=True)
        return render_refusal(request, run, error)
    if has_details and request.htmx:
        return render_state("Saved.")
    return render_changed_parts(request, run, _parts_of(snapshot, call))


def _wanted(
    request: SignedInRequest, thumb: Thumb, known: RatingSnapshot | None, *, has_details: bool
) -> RatingRequest:
    if not has_details:
        return RatingRequest(thumb, fitting(thumb, known.reasons if known else ()), known.comment if known else "")
    given = [RatingReason(one) for one in request.POST.getlist("reason") if one in list(RatingReason)]
    return RatingRequest(thumb, fitting(thumb, given), plain_text(request.POST.get("comment", "")))


def _parts_of(run: RunSnapshot, call: int) -> list[str]:
    """Return the parts of the page that show an answer: one of the panel may be the run's answer as well."""
    columns = [f"column-{column.slot}" for column in run.columns if call in [take.id for take in column.takes]]
    is_answer = run.answer is not None and run.answer.id == call
    return [*(["answer"] if is_answer or not columns else []), *columns]
