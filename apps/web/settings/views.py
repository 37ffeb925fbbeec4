"""The settings page: a person's name and preferences, API keys, and the caps on what their runs may cost."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import api_keys
from apps.accounts.access import editable_keys, visible_keys
from apps.accounts.api_keys import Scope, webhook_secret
from apps.accounts.models import User
from apps.batches.models import BatchDelivery
from apps.batches.webhooks import deliveries_of as deliveries_of_batches
from apps.catalogue.recipes.presets import choosable_presets
from apps.runs.lifecycle import webhooks
from apps.runs.models import WebhookDelivery
from apps.runs.reading.deliveries import deliveries_of
from apps.runs.spending import ledger
from apps.site_url import site_url
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest
from apps.web.settings.forms import CapsForm, KeyForm, PreferencesForm

NEW_KEY = "new_key"
"""Where a session keeps the name and secret of a key that was made and not shown yet."""
SHOWN_DELIVERIES = 20


@never_cache
@login_required
@require_safe
def settings(request: SignedInRequest) -> HttpResponse:
    """Render the page; after a key was made, with its secret, this once."""
    return _page(request, **request.session.pop(NEW_KEY, {}))


@never_cache
@login_required
@require_POST
@transaction.atomic
def create_key(request: SignedInRequest) -> HttpResponse:
    """Make a key; its secret waits in the session for the page that comes next, and is on no other.

    One form after another for a person, so that two at once do not both find a name free.
    """
    User.objects.select_for_update().get(pk=request.user.pk)
    form = KeyForm(request.POST, owner=request.user)
    if not form.is_valid():
        return _page(request, key_form=form, status=400)
    scopes = [Scope(scope) for scope in form.cleaned_data["scopes"]]
    key, secret = api_keys.make_key(request.user, form.cleaned_data["name"], scopes, **form.limits)
    request.session[NEW_KEY] = {"new_name": key.name, "secret": secret}
    return redirect("web:settings")


@login_required
@require_POST
def revoke_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    """Close a key at once."""
    key = editable_keys(request.user).filter(pk=key_id).first()
    if key is None:
        raise Http404("There is no such key.")
    api_keys.revoke(key)
    messages.success(request, f"The key “{key.name}” is revoked.")
    return go_to(request, "web:settings")


@login_required
@require_POST
def send_webhook_again(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Deliver the message of a run once more."""
    delivery = deliveries_of(request.user).filter(run__public_id=public_id).first()
    if delivery is None:
        raise Http404("There is no such message.")
    webhooks.send_again(delivery)
    messages.success(request, f"The message about “{delivery.run.title[:60]}” is sent again.")
    return redirect("web:settings")


@login_required
@require_POST
def save_preferences(request: SignedInRequest) -> HttpResponse:
    """Save the name, the way of dates and numbers, and what Enter does."""
    # On a row of its own: the page that says what is wrong keeps the name that is saved.
    form = PreferencesForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _page(request, preferences_form=form, status=400)
    form.instance.save(update_fields=form.Meta.fields)
    messages.success(request, "Your preferences are saved.")
    return redirect("web:settings")


@login_required
@require_POST
def save_caps(request: SignedInRequest) -> HttpResponse:
    """Set or lift the caps."""
    form = CapsForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _page(request, caps_form=form, status=400)
    form.instance.save(update_fields=form.Meta.fields)  # or a password that is changed meanwhile would be set back
    messages.success(request, "The caps are saved.")
    return redirect("web:settings")


def _page(request: SignedInRequest, status: int = 200, **context: Any) -> HttpResponse:
    """Render the page. ``context`` replaces parts of it: a form with problems, a new key."""
    shown = {
        "preferences_form": PreferencesForm(instance=request.user),
        "default_preset": choosable_presets(request.user).first(),
        "key_form": KeyForm(owner=request.user),
        "caps_form": CapsForm(instance=request.user),
        "keys": [(key, webhook_secret(key)) for key in visible_keys(request.user).filter(revoked_at__isnull=True)],
        "deliveries": _newest_deliveries(request.user),
        "spent_today": ledger.spent_by(request.user, ledger.start_of_day()),
        "spent_this_month": ledger.spent_by(request.user, ledger.start_of_month()),
        "base_url": f"{site_url(request)}/v1",
        "mcp_url": f"{site_url(request)}/mcp/",
    }
    return render(request, "settings/page.html", shown | context, status=status)


def _newest_deliveries(user: User) -> list[WebhookDelivery | BatchDelivery]:
    """Return the messages of runs and batches that have ended, those about the newest first."""
    found: list[WebhookDelivery | BatchDelivery] = [*deliveries_of(user)[:SHOWN_DELIVERIES]]
    found += deliveries_of_batches(user)[:SHOWN_DELIVERIES]
    return sorted(found, key=lambda one: one.subject.created_at, reverse=True)[:SHOWN_DELIVERIES]
