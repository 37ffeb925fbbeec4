"""The way from a press to another page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from apps.web.requests import SignedInRequest


def go_to(request: SignedInRequest, to: Any) -> HttpResponse:
    """Redirect as ``redirect`` does; a press that htmx sends makes the browser load the page itself.

    htmx would follow a redirect, and put that page into this one, under this address and without running its scripts.
    """
    return HttpResponseClientRedirect(resolve_url(to)) if request.htmx else redirect(to)
