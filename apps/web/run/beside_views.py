"""The buttons that ask beside the analysis of a run: its order is checked, another model judges, the panel reviews."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.catalogue.queries import available_models
from apps.catalogue.recipes.estimates import RunEstimate
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.refusal import Refusal
from apps.runs import second_opinions
from apps.runs.models import Run
from apps.runs.starting import InvalidRun
from apps.web.requests import SignedInRequest, plain_text
from apps.web.run.again_views import price_in_words
from apps.web.run.views import FRAGMENTS, for_editor, render_changed_parts, render_refusal

PLAIN = "text/plain; charset=utf-8"


@require_POST
@for_editor
def check_order(request: SignedInRequest, run: Run) -> HttpResponse:
    """Let the judge read the answers in other orders."""
    try:
        second_opinions.check_order(run, request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@for_editor
@never_cache
@require_safe
def order_check_price(request: SignedInRequest, run: Run) -> HttpResponse:
    """Say what an order check is likely to cost, or why it cannot be made."""
    return price_of(lambda: second_opinions.estimate_order_check(run, request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@for_editor
@never_cache
def second_judge(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the form, with the models that may be asked, or ask the one that was chosen."""
    if request.method != "POST":
        first = run.calls.filter(pk=run.analysis_call_id or 0).first()
        models = [one for one in available_models(request.user) if first is None or one.reference != first.model]
        context = {
            "run": {"id": run.public_id},
            "models": models,
            "labels": {model.reference: model.label for model in models},
        }
        return render(request, "run/second_judge_form.html", context)
    try:
        second_opinions.ask_second_judge(run, plain_text(request.POST.get("judge", "")), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@require_POST
@for_editor
def second_judge_price(request: SignedInRequest, run: Run) -> HttpResponse:
    """Say what a second judge is likely to cost, or why it cannot be asked."""
    model = plain_text(request.POST.get("judge", ""))
    return price_of(lambda: second_opinions.estimate_second_judge(run, model, request.user))


@for_editor
@never_cache
@require_safe
def review_price(_request: SignedInRequest, run: Run) -> HttpResponse:
    """Say what a peer review is likely to cost, or why it cannot be asked for."""
    return price_of(lambda: second_opinions.estimate_review(run))


def price_of(estimate: Callable[[], RunEstimate]) -> HttpResponse:
    """Say what an estimate comes to, or why what it is of cannot be asked for."""
    try:
        said = price_in_words(estimate())
    except Refusal as error:
        said = error.sentence
    return HttpResponse(said, content_type=PLAIN)


@require_POST
@for_editor
def review(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask the panel for a review of its answers."""
    try:
        second_opinions.review_answers(run)
    except InvalidRun as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, ["header", "agreement", "bill"], is_live=True)
