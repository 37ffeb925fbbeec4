"""Decide which base URLs may be entered, so that users cannot use the server to look into its own network.

A name is resolved when it is entered, so that the person hears of it at once; each request resolves it again for its
connection, and goes to public addresses only (:mod:`apps.outbound.clients`). Redirects are never followed.
"""

import socket

import httpx

from apps.outbound.addresses import PRIVATE, asked_host, is_public, may_be_public, url_of
from apps.outbound.proxies import is_proxied

LONGEST = 500
"""Characters, as the database holds them."""
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
    if len(str(url)) > LONGEST:  # of signs that are written as six
        raise BadAddress(f"The address is longer than {LONGEST} characters.")
    # Addresses are shown on pages and in lists, so none may carry a password.
    if url.userinfo:
        raise BadAddress("Leave user name and password out of the address; put the key into its own field.")
    if url.query or url.fragment or "?" in text or "#" in text:
        raise BadAddress("Leave out what follows the path: an address has no “?” and no “#” here.")
    if not may_be_private:
        # A proxy resolves the name in a network of its own, where this server may know no public name at all.
        check = check_name if is_proxied(url) else check_public
        check(asked_host(url))
    return str(url).rstrip("/")


def check_public(host: str) -> None:
    """Raise :class:`BadAddress` unless every address of ``host`` is on the public internet."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadAddress(f"The host {host} cannot be found. Check the address.") from None
    if not all(is_public(str(row[4][0])) for row in found):
        raise BadAddress(PRIVATE.format(host))


def check_name(host: str) -> None:
    """Raise :class:`BadAddress` if ``host`` cannot be public whatever it resolves to, such as "localhost"."""
    if not may_be_public(host):
        raise BadAddress(PRIVATE.format(host))


def _parsed(text: str) -> httpx.URL:
    if len(text) > LONGEST:
        raise BadAddress(f"The address is longer than {LONGEST} characters.")
    if not text.lower().startswith(("https://", "http://")):
        raise BadAddress(EXAMPLE)
    if any(character.isspace() or not character.isprintable() for character in text) or "\\" in text:
        raise BadAddress(f"An address has no spaces, “\\” or invisible characters. {EXAMPLE}")
    try:
        return url_of(text)
    except httpx.InvalidURL:
        raise BadAddress(EXAMPLE) from None
