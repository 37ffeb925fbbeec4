"""The address that a request came from, as failed sign-ins are counted by it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str | None:
    """Return the visitor's address, for IPv6 the first of its /64 network; ``None`` where the connection has none.

    Behind a proxy it is the last public address of ``X-Forwarded-For``: whatever stands left of it may be invented, and
    right of it are proxies on private networks. Where all are private, the visitor is on the same network: the last.
    What is no address says nothing, nor does what stands left of it.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.BEHIND_PROXY else []
    address = _visitor(forwarded) or _parsed(request.META.get("REMOTE_ADDR", ""))
    # One visitor may use every address of a /64, so a count of single ones would never add up.
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False)[0])
    return str(address) if address else None


def _visitor(forwarded: list[str]) -> Address | None:
    last = None
    for text in reversed(forwarded):
        address = _parsed(text)
        if address is None or address.is_global:
            return address or last
        last = last or address
    return last


def _parsed(text: str) -> Address | None:
    """Return an address, with or without a port, ``None`` for what is none; one mapped from IPv4 counts as that one."""
    host = text.strip().removeprefix("[").partition("]")[0]
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
