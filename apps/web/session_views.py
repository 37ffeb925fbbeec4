"""Signing in, by password or by a one-time link, and out."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.login_links import user_for_link

BACKEND = "django.contrib.auth.backends.ModelBackend"

password_login = LoginView.as_view(template_name="session/login.html", redirect_authenticated_user=True)


@never_cache
@require_GET
def login_link(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Sign in the user of a one-time link; a used or old link says what to do, unless one is signed in already."""
    user = user_for_link(pk, token)
    if user:
        login(request, user, backend=BACKEND)
        messages.success(request, f"Signed in as {user.get_username()}.")
        return redirect("web:home")
    if request.user.is_authenticated:
        return redirect("web:home")
    return render(request, "session/dead_link.html", status=403)
