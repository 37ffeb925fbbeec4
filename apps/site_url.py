"""The address under which others reach the site."""

from django.conf import settings
from django.http import HttpRequest


def site_url(request: HttpRequest) -> str:
    """Return where the site is, without a slash at the end: as ``SITE_URL`` says, else as it was asked."""
    return settings.SITE_URL.rstrip("/") or f"{request.scheme}://{request.get_host()}"
