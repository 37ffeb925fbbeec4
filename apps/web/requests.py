"""The request as views behind ``login_required`` get it: for types only."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import User


class SignedInRequest(HttpRequest):
    """Somebody is signed in, and ``htmx`` says whether and how htmx asked."""

    user: User
    htmx: HtmxDetails
