"""The address that a request came from, as failed sign-ins are counted by it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str | None:
    """Return the visitor's address, for IPv6 the first of its /64 network; ``None`` where the connection has none.

    Behind a proxy it is the last public address of ``X-Forwarded-For``: whatever stands left of it may be invented, and
    right of it are proxies on private networks. Where all are private, the visitor is on the same network: the last.
    """
    connected = _parsed([request.META.get("REMOTE_ADDR", "")])
    forwarded = _parsed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")) if settings.BEHIND_PROXY else []
    public = [address for address in forwarded if address.is_global]
    for address in (public or forwarded or connected)[-1:]:
        # One visitor may use every address of a /64, so a count of single ones would never add up.
        return str(IPv6Network((address, 64), strict=False)[0] if isinstance(address, IPv6Address) else address)
    return None


def _parsed(texts: list[str]) -> list[Address]:
    """Return the texts that are addresses; one that IPv6 maps from IPv4 counts as that one."""
    found: list[Address] = []
    for text in texts:
        try:
            address = ip_address(text.strip().partition("%")[0])
        except ValueError:
            continue
        found.append(getattr(address, "ipv4_mapped", None) or address)
    return found
