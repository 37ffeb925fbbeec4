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
from django_htmx.http import push_url, trigger_client_event

from apps.accounts.models import User
from apps.catalogue import actions
from apps.catalogue.access import visible_models
from apps.catalogue.connecting.checks import cost_of_test
from apps.catalogue.models import Model
from apps.catalogue.preferences import set_hidden, set_starred
from apps.fusion.cost import is_free
from apps.runs.spending import caps, ledger
from apps.web.catalogue import page
from apps.web.catalogue.filters import Wanted
from apps.web.catalogue.rows import row_of
from apps.web.requests import SignedInRequest

WAITING = 204
"""htmx swaps nothing and asks again."""


@login_required
@require_safe
@vary_on_headers("HX-Request", "HX-Target", "HX-Trigger")
def models(request: SignedInRequest) -> HttpResponse:
    """List providers and models; htmx asks for the models alone (a filter, an order) or for more rows.

    The table asks for itself when a provider's list has come: its filters then offer the new makers, too.
    """
    wanted = Wanted.of(request.GET)
    target = request.htmx.target or ""
    template = {"models": "table", "more": "rows"}.get(target, "page")
    # Cards first: if a list comes between the two, its card says that it waits, and the page asks again. The other way
    # round it would say that it is done, above a table without its models.
    cards = page.cards(request.user) if template == "page" else []
    shown = page.listing(request.user, wanted)
    if template == "page" and wanted.provider not in {"", *(card.provider.slug for card in cards)}:
        raise Http404("There is no such provider.")
    context = {
        "wanted": wanted,
        "listing": shown,
        "columns": columns(wanted),
        "cards": cards,
        "is_listed_anew": request.htmx.trigger == "models",
    }
    response = render(request, f"catalogue/{template}.html", context)
    if template == "table" and (request.htmx.current_url_abs_path or "").partition("#")[0] != wanted.url:
        push_url(response, wanted.url)  # without the filters that are empty
    return response


def columns(wanted: Wanted) -> list[dict[str, str]]:
    """Return the columns that put the models in order: title, class, address, and what a screen reader is told."""
    titles = {"name": "Model", "provider": "Provider", "context": "Context", "input": "In", "output": "Out"}
    known = {**titles, "speed": "First token, 7 days"}
    hints = {"input": "USD per million tokens that are sent", "output": "USD per million tokens that are written"}
    states = {order: "ascending" for order in known if wanted.sort == order}
    states |= {order: "descending" for order in known if wanted.sort == f"-{order}"}
    return [
        {
            "order": order,
            "title": title,
            "hint": hints.get(order, ""),
            "url": wanted.sorted_by(order).url,
            "state": states.get(order, "none"),
        }
        for order, title in known.items()
    ]


@login_required
@require_POST
def prefer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Star or hide a model for the person, or undo it (``do`` is star, unstar, hide or show); htmx gets its row."""
    model = find_model(visible_models(request.user), pk)
    do = request.POST.get("do", "")
    if do in ("star", "unstar"):
        set_starred(request.user, model, do == "star")
    elif do in ("hide", "show"):
        set_hidden(request.user, model, do == "hide")
    if not request.htmx:
        return redirect(model_url(model))
    return render(request, "catalogue/row.html", {"row": row_of(model, request.user)})


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
    return render(request, "catalogue/test.html", {"row": row_of(model, request.user)})


@login_required
@never_cache
@require_safe
def test_state(request: SignedInRequest, pk: int) -> HttpResponse:
    """For htmx: render the result of a test once it is there."""
    row = row_of(find_model(visible_models(request.user), pk), request.user)
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
    return Wanted(q=model.name, provider=model.provider.slug).url


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
