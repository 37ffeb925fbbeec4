"""The Web page for staff: which engine models search with, and a search to try it."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalogue.lookup.site import environment_engine, site_engine
from apps.catalogue.models import SearchSettings
from apps.catalogue.secrets import UnreadableSecrets, unseal
from apps.fusion.lookups import LookupFault, SearchResults
from apps.lookup import engines
from apps.lookup.client import NOT_CONFIGURED
from apps.lookup.engines.base import Engine
from apps.outbound import clients
from apps.runs.spending import ledger
from apps.web.catalogue.provider_views import for_staff
from apps.web.catalogue.web_forms import TrialForm, WebForm
from apps.web.requests import SignedInRequest

RESULTS = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """A search that was tried: its results and seconds, or a sentence that says why there are none."""

    results: SearchResults | None = None
    seconds: float = 0.0
    sentence: str = ""


@sensitive_post_parameters("api_key")
@sensitive_variables()
@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def web(request: SignedInRequest) -> HttpResponse:
    """Render the Web page; a POST saves its form."""
    form = WebForm(request.POST or None, stored=_stored())
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. Try a search to see whether the engine answers.")
        return redirect("web:web_search")
    for name in list(form.errors)[:1]:
        form.fields[name].widget.attrs["autofocus"] = True
    return _page(request, form, status=400 if form.is_bound else 200)


@for_staff
@require_POST
def try_search(request: SignedInRequest) -> HttpResponse:
    """Ask the engine, not the cache, and show what came, or why nothing did; htmx gets that part alone."""
    trial_form = TrialForm(request.POST)
    engine = site_engine(SearchSettings.objects.first())
    if not trial_form.is_valid():
        trial = Trial(sentence="Enter a few words to search for.")
    elif engine is None:
        trial = Trial(sentence=NOT_CONFIGURED)
    else:
        trial = asyncio.run(_try(engine, trial_form.cleaned_data["query"]))
        if trial.results and trial.results.cost:
            ledger.book(request.user, trial.results.cost)
    if request.htmx:
        return render(request, "catalogue/web_trial.html", {"trial": trial})
    return _page(request, WebForm(stored=_stored()), trial=trial, trial_form=trial_form)


async def _try(engine: Engine, query: str) -> Trial:
    began = time.monotonic()
    async with clients.client() as client:
        try:
            found = await engines.search(client, engine, query, max_results=RESULTS)
        except LookupFault as fault:
            return Trial(sentence=fault.sentence)
    if not found.hits:
        return Trial(sentence=f"{engine.label} answered, and found nothing for these words.")
    return Trial(found, time.monotonic() - began)


def _page(request: SignedInRequest, form: WebForm, status: int = 200, **context: Any) -> HttpResponse:
    row = SearchSettings.objects.first()
    engine = site_engine(row)
    context = {
        "form": form,
        "trial_form": TrialForm(initial={"query": "Conference pear storage"}),
        "engine": engine,
        "is_from_environment": engine is not None and engine == environment_engine(),
        "has_lost_key": row is not None and _is_unreadable(row),
        "had_key": bool(request.POST.get("api_key")),
        "allowed_hosts": settings.FETCH_ALLOWED_HOSTS,
        "has_proxy": bool(settings.FETCH_PROXY),
        **context,
    }
    return render(request, "catalogue/web.html", context, status=status)


def _stored() -> SearchSettings:
    return SearchSettings.objects.first() or SearchSettings()


def _is_unreadable(row: SearchSettings) -> bool:
    try:
        unseal(row.secrets)
    except UnreadableSecrets:
        return True
    return False
