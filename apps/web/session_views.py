"""Signing in, by password or by a one-time link, and out."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.login_links import user_for_link
from apps.accounts.sign_ins import seconds_locked

BACKEND = "django.contrib.auth.backends.ModelBackend"

password_login = LoginView.as_view(template_name="session/login.html", redirect_authenticated_user=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Ask before a one-time link signs in its user, then do so; a used or old link says what to do.

    A link that signed in by itself would let whoever sends one make a person work in the sender's account unawares.
    """
    user = user_for_link(pk, token)
    if user and request.method == "POST":
        login(request, user, backend=BACKEND)
        messages.success(request, f"Signed in as {user.get_username()}.")
        return redirect("web:home")
    if user:
        return render(request, "session/login_link.html", {"name": user.get_username()})
    if request.user.is_authenticated:
        return redirect("web:home")
    return render(request, "session/dead_link.html", status=403)


def locked_out(request: HttpRequest, _refused: HttpResponse, credentials: Mapping[str, Any] | None) -> HttpResponse:
    """Return the page for too many failed sign-ins of an account or an address, with the wait."""
    seconds = seconds_locked(request, (credentials or {}).get("username") or "")
    response = render(request, "session/locked.html", {"minutes": ceil(seconds / 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
