"""Decide which base URLs may be requested, so that users cannot use the server to look into its own network.

A name is resolved when it is entered and again before every request (``queries.endpoint_of``), so that a name which
later points into this network is refused. Between that check and the connection the HTTP client resolves once more: a
name server that changes its answer within that moment is not caught. Redirects are never followed.
"""

import ipaddress
import socket

import httpx

LONGEST = 500
"""Characters, as the database holds them."""
ASSIGNED_IPV6 = ipaddress.ip_network("2000::/3")
"""Global unicast, by the registry of IANA. What lies outside may lead into this network, whatever it is called."""
EXAMPLE = "Start with https:// (or http://), as in https://host.example/v1."


class BadAddress(ValueError):
    """A base URL that is not accepted; the message is for the person who entered it."""


def checked_base_url(text: str, *, may_be_private: bool) -> str:
    """Return the base URL without a slash at its end. Raise :class:`BadAddress` if it may not be requested."""
    url = _parsed(text.strip())
    if url.scheme not in ("http", "https") or not url.host:
        raise BadAddress(EXAMPLE)
    if url.port is not None and not 0 < url.port < 65_536:
        raise BadAddress("A port is a number from 1 to 65535.")
    # Addresses are shown on pages and in lists, so none may carry a password.
    if url.userinfo:
        raise BadAddress("Leave user name and password out of the address; put the key into its own field.")
    if url.query or url.fragment or "?" in text or "#" in text:
        raise BadAddress("Leave out what follows the path: an address has no “?” and no “#” here.")
    if not may_be_private:
        check_public(asked_host(url))
    return str(url).rstrip("/")


def asked_host(url: httpx.URL) -> str:
    """Return the host as the HTTP client looks it up; Python's resolver spells some names differently."""
    return url.raw_host.decode("ascii")


def check_public(host: str) -> None:
    """Raise :class:`BadAddress` unless every address of ``host`` is on the public internet."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadAddress(f"The host {host} cannot be found. Check the address.") from None
    if not all(_is_public(str(row[4][0])) for row in found):
        raise BadAddress(f"{host} is an address inside this network. Only an administrator may enter one.")


def _parsed(text: str) -> httpx.URL:
    if len(text) > LONGEST:
        raise BadAddress(f"The address is longer than {LONGEST} characters.")
    if not text.lower().startswith(("https://", "http://")):
        raise BadAddress(EXAMPLE)
    if any(character.isspace() or not character.isprintable() for character in text) or "\\" in text:
        raise BadAddress(f"An address has no spaces, “\\” or invisible characters. {EXAMPLE}")
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise BadAddress(EXAMPLE) from None


def _is_public(address: str) -> bool:
    """Return whether an address is on the public internet.

    IPv6 that carries IPv4 (mapped, 6to4, NAT64) counts as that.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if carried:
            return _is_public(str(carried))
        if ip not in ASSIGNED_IPV6:
            return False
    return ip.is_global and not ip.is_multicast
