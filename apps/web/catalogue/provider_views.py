"""The Models page for staff: add, change, refresh, connect and delete providers; settings of a model."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.catalogue import actions
from apps.catalogue.access import editable_models, editable_providers, visible_providers
from apps.catalogue.actions import Check, InvalidProvider
from apps.catalogue.connecting.checks import try_entry
from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS, vendor_called
from apps.catalogue.models import Provider
from apps.web.catalogue import page
from apps.web.catalogue.provider_forms import LimitsForm, ModelForm, ProviderForm, initial_of, initial_of_vendor
from apps.web.catalogue.rows import row_of
from apps.web.catalogue.views import WAITING, find_model, model_url
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest

View = Callable[..., HttpResponse]
TRIED_FIELDS = ("api_key", "base_url", "model_names")
"""The fields of a form that trying can find wrong."""


def for_staff(view: View) -> View:
    """Let only staff use a view: anybody else who is signed in gets a 403."""

    @wraps(view)
    @login_required
    def allowed(request: SignedInRequest, *args: Any, **arguments: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **arguments)

    return allowed


def with_provider(view: View) -> View:
    """Give a view for staff the provider of its address; one of a team that they do not belong to is none."""

    @wraps(view)
    @for_staff
    def found(request: SignedInRequest, slug: str) -> HttpResponse:
        return view(request, _found(editable_providers(request.user), slug))

    return found


@sensitive_post_parameters("api_key", "headers")
@sensitive_variables()
@for_staff
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new provider; ``?vendor=`` fills in a known one. A POST adds it."""
    vendor = vendor_called(request.GET.get("vendor", ""))
    form = ProviderForm(request.POST or None, initial=initial_of_vendor(vendor) if vendor else {})
    context = {"form": form, "vendors": KNOWN_VENDORS, "vendor": vendor}
    return _kept(request, form, lambda check: actions.add_provider(request.user, form.entry(), check), context)


@sensitive_post_parameters("api_key", "headers")
@sensitive_variables()
@with_provider
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, provider: Provider) -> HttpResponse:
    """Render the form of a provider; only the limits of one that the environment configures. A POST saves it."""
    if provider.is_from_environment:
        return _change_limits(request, provider)
    form = ProviderForm(request.POST or None, initial=initial_of(provider), has_secrets=bool(provider.secrets))
    context = {"form": form, "provider": provider}
    return _kept(
        request, form, lambda check: actions.change_provider(request.user, provider, form.entry(), check), context
    )


def _change_limits(request: SignedInRequest, provider: Provider) -> HttpResponse:
    form = LimitsForm(request.POST or None, initial=initial_of(provider))
    if provider.slug == "local":
        del form.fields["model_names"]  # those of this machine are named by a setting
    if form.is_valid():
        actions.set_limits(provider, form.limits(), form.cleaned_data.get("model_names", ()))
        return _to_models(request, f"{provider.name} is saved.", provider)
    return _form_page(request, {"form": form, "provider": provider}, form)


def _kept(
    request: SignedInRequest, form: ProviderForm, save: Callable[[Check | None], Provider], context: dict[str, Any]
) -> HttpResponse:
    """Try what was entered and save it, or show the form with what is wrong; ``untried`` saves it without trying."""
    if form.is_valid():
        try:
            provider = save(None if "untried" in request.POST else try_entry)
            return _to_models(request, f"{provider.name} is saved; its models are being listed.", provider)
        except InvalidProvider as error:
            form.add_error(error.field, error.sentence)
            context["may_save_untried"] = error.field in TRIED_FIELDS
    return _form_page(request, context, form)


def _form_page(request: SignedInRequest, context: dict[str, Any], form: LimitsForm) -> HttpResponse:
    for name in list(form.errors)[:1]:
        if name in form.fields:
            form.fields[name].widget.attrs["autofocus"] = True
    context["has_lost_key"] = bool(request.POST.get("api_key") or request.POST.get("headers"))
    return render(request, "catalogue/provider_form.html", context, status=400 if form.is_bound else 200)


@with_provider
@require_POST
def refresh(request: SignedInRequest, provider: Provider) -> HttpResponse:
    """Ask a worker to fetch the list of models; the page then polls for the result."""
    actions.ask_refresh(provider)
    return _card(request, provider) if request.htmx else redirect(card_url(provider))


@login_required
@never_cache
@require_safe
def refresh_state(request: SignedInRequest, slug: str) -> HttpResponse:
    """For htmx: render a provider's card once its list is there."""
    provider = _found(visible_providers(request.user), slug)
    if actions.is_waiting(provider.refresh_asked_at):
        return HttpResponse(status=WAITING)
    return trigger_client_event(_card(request, provider), "listed")  # the table then asks for its models


@with_provider
@require_POST
def set_connected(request: SignedInRequest, provider: Provider) -> HttpResponse:
    """Connect or disconnect a provider (``connected`` is yes or no); not one of the environment's."""
    _refuse_environment(provider)
    actions.set_connected(provider, request.POST.get("connected") == "yes")
    state = "connected" if provider.is_connected else "disconnected; its models are no longer offered"
    return _to_models(request, f"{provider.name} is {state}.", provider)


@with_provider
@require_POST
def delete(request: SignedInRequest, provider: Provider) -> HttpResponse:
    """Remove a provider that was entered here, with its key."""
    _refuse_environment(provider)
    actions.delete_provider(provider)
    return _to_models(request, f"{provider.name} is deleted, with its key. Old runs keep their answers.")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def model_settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """Render the timeouts and prices of a model; a POST saves them."""
    model = find_model(editable_models(request.user), pk)
    form = ModelForm(request.POST or None, instance=model)
    if form.is_valid():
        form.save()
        messages.success(request, f"{model.label} is saved.")
        return redirect(model_url(model))
    context = {"form": form, "row": row_of(model, request.user)}
    return render(request, "catalogue/model_form.html", context, status=400 if form.is_bound else 200)


def _found(providers: QuerySet[Provider], slug: str) -> Provider:
    provider = providers.filter(slug=slug).first()
    if provider is None:
        raise Http404("There is no such provider.")
    return provider


def _refuse_environment(provider: Provider) -> None:
    if provider.is_from_environment:
        raise PermissionDenied("This provider is configured by the environment.")


def _card(request: SignedInRequest, provider: Provider) -> HttpResponse:
    return render(request, "catalogue/provider.html", {"card": page.cards(request.user, provider.slug)[0]})


def card_url(provider: Provider) -> str:
    """Return the address of the Models page with a provider's card in sight, which the page marks."""
    return f"{reverse('web:models')}#provider-{provider.slug}"


def _to_models(request: SignedInRequest, sentence: str, provider: Provider | None = None) -> HttpResponse:
    messages.success(request, sentence)
    return go_to(request, card_url(provider) if provider else "web:models")
