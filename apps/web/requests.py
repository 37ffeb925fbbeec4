"""The request as views behind ``login_required`` get it, and its texts."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import User


class SignedInRequest(HttpRequest):
    """Somebody is signed in, and ``htmx`` says whether and how htmx asked."""

    user: User
    htmx: HtmxDetails


def plain_text(text: str) -> str:
    """Return a text from a request with plain line ends and without NUL, which PostgreSQL cannot store."""
    return text.replace("\r\n", "\n").replace("\x00", "")


def call_id(text: str) -> int | None:
    """Return the id of a call that a form has; ``None`` for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
