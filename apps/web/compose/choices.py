"""The models that every model field of a page offers, as JSON: fetched once by a page, and ranked in the browser."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.catalogue.models import Model
from apps.catalogue.preferences import NONE, Preference, preferences_of
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.warnings import ON_THIS_MACHINE
from apps.providers.resilience import Circuit, CircuitState
from apps.runs.execution.circuits import circuit_of
from apps.runs.reading.model_health import Health, health
from apps.runs.reading.queries import recently_asked
from apps.web.formats import counted, duration, money, tokens_short
from apps.web.requests import SignedInRequest

ROUTED_LABEL = re.compile(r"[^:]{1,40}: (?=\S)")
"""The maker that a router puts before a model's name, as in “Meta: Llama 4”."""
MANY_FAILED = 0.1
"""The share of failed calls from which a model counts as failing."""


@login_required
@never_cache
@require_safe
def choices(request: SignedInRequest) -> HttpResponse:
    """Return the models that the person can choose from, by maker and name, with what helps to choose.

    Hidden ones are counted and left out. ``recent`` is 0 for the model that was asked last, ``null`` if it was not.
    """
    models, preferences = available_models(request.user), preferences_of(request.user)
    shown = [model for model in models if not preferences.get(model.pk, NONE).is_hidden]
    measured, recent = health(), recently_asked(request.user)
    circuits = circuit_of([model.reference for model in shown])
    rows = [
        _row(model, preferences.get(model.pk, NONE), measured, circuits, recent) for model in sorted(shown, key=_place)
    ]
    return JsonResponse({"models": rows, "hidden": len(models) - len(shown)})


def short_label(model: Model) -> str:
    """Return a model's name for people, without the maker before it that a router's list has."""
    return ROUTED_LABEL.sub("", model.label, count=1) if "/" in model.name else model.label


def _place(model: Model) -> tuple[str, str]:
    return ((model.maker or model.provider.name).casefold(), short_label(model).casefold())


def _row(
    model: Model,
    preference: Preference,
    measured: Mapping[str, Health],
    circuits: Mapping[str, Circuit],
    recent: list[str],
) -> dict[str, Any]:
    state, state_word = _state(measured.get(model.reference), circuits[model.reference])
    return {
        "reference": model.reference,
        "label": short_label(model),
        "maker": model.maker or model.provider.name,
        "provider": model.provider.name,
        "price": _price(model),
        "context": tokens_short(model.context_length) if model.context_length else "",
        "sees_images": model.supports_vision is True,
        "thinks": model.supports_reasoning is True,
        "is_local": model.provider.slug in ON_THIS_MACHINE,
        "is_starred": preference.is_starred,
        "recent": recent.index(model.reference) if model.reference in recent else None,
        "state": state,
        "state_word": state_word,
    }


def _price(model: Model) -> str:
    """Return the price of a million tokens in and out; '' if it is unknown."""
    if model.price_input is None and model.price_output is None:
        return ""
    if not model.price_input and not model.price_output:
        return "free"
    return f"{money(model.price_input)} in · {money(model.price_output)} out"


def _state(health: Health | None, circuit: Circuit) -> tuple[str, str]:
    """Return the class of a model's dot by our own calls of a week, and its words; '' for one that was not asked."""
    if circuit.state is not CircuitState.CLOSED:
        return "bad", "not asked now"
    if health is None:
        return "", ""
    if health.error_rate >= MANY_FAILED:
        return "warn", f"{health.failed} of {counted(health.calls, 'call')} failed"
    return "done", f"{duration(health.p50_s)} to the first token" if health.p50_s is not None else "answers"
