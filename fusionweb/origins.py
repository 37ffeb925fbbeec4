"""Let only pages of the socket's own host and port, and of CSRF_TRUSTED_ORIGINS, open it."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host
from django.utils.http import is_same_domain

DEFAULT_PORTS = {"http": 80, "https": 443}
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
"""Hosts that Django allows while DEBUG is on and ALLOWED_HOSTS is empty."""


class OwnOrigin:
    """Denies sockets to pages of other sites, which would open them with the visitor's cookie.

    Channels' own check looks at the host alone, so that another site on another port of it would pass.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"origin", b"host")}
        is_own = is_own_origin(headers.get(b"origin", ""), headers.get(b"host", ""))
        application = self.application if is_own else WebsocketDenier()
        return await application(scope, receive, send)


def is_own_origin(origin: str, host: str) -> bool:
    """Return whether a page of ``origin`` (as ``https://fusion.example``) may open a socket on ``host``."""
    try:
        page, site = urlsplit(origin), urlsplit(f"//{host}")
        ports = page.port, site.port
    except ValueError:
        return False
    if page.scheme not in DEFAULT_PORTS or not page.hostname:
        return False
    default = DEFAULT_PORTS[page.scheme]
    is_same = (page.hostname, ports[0] or default) == (site.hostname, ports[1] or default)
    return (is_same and _is_allowed(site)) or any(
        _is_trusted(page, urlsplit(one)) for one in settings.CSRF_TRUSTED_ORIGINS
    )


def _is_allowed(site: SplitResult) -> bool:
    """Return whether the site answers to that host; else any name that leads to its address would do."""
    hosts = settings.ALLOWED_HOSTS or (LOCAL_HOSTS if settings.DEBUG else [])
    name = site.hostname or ""
    return validate_host(f"[{name}]" if ":" in name else name, hosts)


def _is_trusted(page: SplitResult, trusted: SplitResult) -> bool:
    """Return whether an origin is meant by an entry of the setting; ``*.`` stands for any subdomain."""
    is_same = page.netloc == trusted.netloc or is_same_domain(page.netloc, trusted.netloc.removeprefix("*"))
    return page.scheme == trusted.scheme and is_same
