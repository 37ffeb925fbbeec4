"""The buttons that ask judges beside the analysis of a run: its order is checked. The analysis stays what it is."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.refusal import Refusal
from apps.runs import beside
from apps.runs.actions import InvalidRun
from apps.runs.models import Run
from apps.web.requests import SignedInRequest
from apps.web.run.again_views import price_in_words
from apps.web.run.views import FRAGMENTS, for_editor, render_changed_parts, render_refusal

PLAIN = "text/plain; charset=utf-8"


@require_POST
@for_editor
def check_order(request: SignedInRequest, run: Run) -> HttpResponse:
    """Let the judge read the answers in other orders."""
    try:
        beside.check_order(run, request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@for_editor
@never_cache
@require_safe
def order_check_price(_request: SignedInRequest, run: Run) -> HttpResponse:
    """Say what an order check is likely to cost, or why it cannot be made."""
    try:
        said = price_in_words(beside.estimate_order_check(run))
    except Refusal as error:
        said = error.sentence
    return HttpResponse(said, content_type=PLAIN)
