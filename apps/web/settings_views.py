"""The settings page: a person's API keys, and the caps on what their runs may cost."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.runs import spending
from apps.web.requests import SignedInRequest
from apps.web.settings_forms import CapsForm, KeyForm


@never_cache
@login_required
@require_safe
def settings(request: SignedInRequest) -> HttpResponse:
    """The page as it opens."""
    return _page(request)


@never_cache
@login_required
@require_POST
def create_key(request: SignedInRequest) -> HttpResponse:
    """Make a key; its secret is on the page that answers, and on no other."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, key_form=form, status=400)
    scopes = [Scope(scope) for scope in form.cleaned_data["scopes"]]
    key, secret = api_keys.make_key(request.user, form.cleaned_data["name"], scopes, **form.limits)
    return _page(request, new_key=key, secret=secret)


@login_required
@require_POST
def revoke_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    """Close a key at once."""
    key = ApiKey.objects.filter(pk=key_id, owner=request.user).first()
    if key is None:
        raise Http404("There is no such key.")
    api_keys.revoke(key)
    messages.success(request, f"The key “{key.name}” is revoked.")
    return redirect("web:settings")


@login_required
@require_POST
def save_caps(request: SignedInRequest) -> HttpResponse:
    """Set or lift the caps."""
    form = CapsForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _page(request, caps_form=form, status=400)
    form.save()
    messages.success(request, "The caps are saved.")
    return redirect("web:settings")


def _page(request: SignedInRequest, status: int = 200, **context: Any) -> HttpResponse:
    """``context`` replaces what the page shows anyway: a form with problems, a new key."""
    shown = {
        "key_form": KeyForm(),
        "caps_form": CapsForm(instance=request.user),
        "keys": request.user.api_keys.filter(revoked_at__isnull=True),
        "spent_today": spending.spent_by(request.user, spending.start_of_day()),
        "spent_this_month": spending.spent_by(request.user, spending.start_of_month()),
        "base_url": f"{request.scheme}://{request.get_host()}/v1",
    }
    return render(request, "settings/page.html", shown | context, status=status)
