"""The Models page for everybody who is signed in: the list, its search, a model's test."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from apps.accounts.models import User
from apps.catalogue import actions
from apps.catalogue.access import visible_models
from apps.catalogue.connecting.checks import cost_of_test
from apps.catalogue.models import Model
from apps.fusion.cost import is_free
from apps.runs.spending import caps, ledger
from apps.web.catalogue import page
from apps.web.requests import SignedInRequest, plain_text

WAITING = 204
"""htmx swaps nothing and asks again."""
LONGEST_START = 100_000


@login_required
@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def models(request: SignedInRequest) -> HttpResponse:
    """List providers and models; htmx asks for the list alone (a search) or for more rows of one provider."""
    search, provider = (plain_text(request.GET.get(name, "")).strip()[:200] for name in ("q", "provider"))
    text = request.GET.get("start", "")
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    start = min(int(text), LONGEST_START) if is_number else 0
    found = page.groups(request.user, search, provider, start)
    if provider and not found and not search:
        raise Http404("There is no such provider.")
    context = {"groups": found, "search": search, "provider": provider}
    return render(request, _template(request), context)


@login_required
@require_POST
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a worker to call a model for one token; the page then polls for the result."""
    model = find_model(visible_models(request.user), pk)
    try:
        _check_caps(request.user, model)
        if actions.ask_test(request.user, model):
            ledger.book(request.user, cost_of_test(model) or Decimal(0))
    except actions.TestRefused as refusal:
        return _refused(request, model, refusal.sentence)
    if not request.htmx:
        return redirect(model_url(model))
    return render(request, "catalogue/test.html", {"row": page.row(model)})


@login_required
@never_cache
@require_safe
def test_state(request: SignedInRequest, pk: int) -> HttpResponse:
    """For htmx: render the result of a test once it is there."""
    row = page.row(find_model(visible_models(request.user), pk))
    if row.is_testing:
        return HttpResponse(status=WAITING)
    return render(request, "catalogue/test.html", {"row": row})


def find_model(models: QuerySet[Model], pk: int) -> Model:
    """Return the one of these models with this number; raises ``Http404``."""
    model = models.filter(pk=pk).first()
    if model is None:
        raise Http404("There is no such model.")
    return model


def model_url(model: Model) -> str:
    """Return the address of the Models page with this model in sight."""
    return page.search_url(model.name, model.provider.slug)


def _check_caps(user: User, model: Model) -> None:
    cap = caps.used_up(user, None)
    if cap and not is_free(model.price):
        raise actions.TestRefused(f"Nothing is left to spend, not even on a test. {cap.sentence}")


def _refused(request: SignedInRequest, model: Model, sentence: str) -> HttpResponse:
    """Show a sentence as a message beside the unchanged page."""
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "message", {"text": sentence, "level": "error"})
    messages.error(request, sentence)
    return redirect(model_url(model))


def _template(request: SignedInRequest) -> str:
    target = request.htmx.target or ""
    if target.startswith("more-"):
        return "catalogue/more.html"
    return "catalogue/list.html" if target == "models" else "catalogue/page.html"
