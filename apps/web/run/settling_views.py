"""Settlements on the run page, beside the rulings: asked for, waited for, and accepted, edited or dropped."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.annotations.rulings import BadRuling
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.vocabulary import DecisionKind
from apps.runs import settling
from apps.runs.models import Call, Run
from apps.runs.reading.settlements import settlements_of
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from apps.web.requests import SignedInRequest, plain_text
from apps.web.run.beside_views import price_of
from apps.web.run.ruling_views import render_rulings
from apps.web.run.views import for_editor, render_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@for_editor
@never_cache
def settle(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the form for one point, with the models that can look it up, or ask the one that was chosen."""
    if request.method != "POST":
        return _form(request, run, plain_text(request.GET.get("finding", "")))
    try:
        settling.settle(run, *_wanted(request), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return _rendered(request, run) if request.htmx else redirect(run)


@require_POST
@for_editor
def price(request: SignedInRequest, run: Run) -> HttpResponse:
    """Say what the look-up is likely to cost, or why it cannot be asked for."""
    return price_of(lambda: settling.estimate_settlement(run, *_wanted(request), request.user))


@for_editor
@never_cache
@require_safe
def settlements(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the settlements as they stand; fetched again while one is at work."""
    return _rendered(request, run)


@require_POST
@for_editor
def decide(request: SignedInRequest, run: Run, call_id: int) -> HttpResponse:
    """Accept or drop what a settlement proposes, and render the rulings with it."""
    kind = plain_text(request.POST.get("decision", ""))
    if kind not in list(DecisionKind):
        raise Http404("There is no such decision.")
    try:
        settling.decide(run, request.user, call_id, DecisionKind(kind), plain_text(request.POST.get("text", "")))
    except Call.DoesNotExist:
        raise Http404("The run has no such settlement.") from None
    except (InvalidRun, BadRuling) as error:
        return render_refusal(request, run, error)
    return render_rulings(request, run) if request.htmx else redirect(run)


def _form(request: SignedInRequest, run: Run, wanted: str) -> HttpResponse:
    analysis = take_snapshot(run).analysis
    finding = next((one for one in (analysis.findings if analysis else ()) if one.id == wanted), None)
    if finding is None:
        raise Http404("There is no such finding.")
    models = settling.models_that_settle(request.user)
    context = {
        "run": {"id": run.public_id},
        "finding": finding,
        "models": models,
        "labels": {model.reference: model.label for model in models},
        "search_is_on": settling.search_is_on(),
    }
    return render(request, "run/settle_form.html", context)


def _rendered(request: SignedInRequest, run: Run) -> HttpResponse:
    return render(
        request,
        "run/settlements.html",
        {"run": {"id": run.public_id, "analysis_call": run.analysis_call_id}, "settlements": settlements_of(run)},
    )


def _wanted(request: SignedInRequest) -> tuple[str, str]:
    """Return the finding and the model that a form names."""
    return plain_text(request.POST.get("finding", "")), plain_text(request.POST.get("model", ""))
