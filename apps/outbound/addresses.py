"""Addresses that are on the public internet, and those that lead into this network."""

import ipaddress

import httpx

ASSIGNED_IPV6 = ipaddress.ip_network("2000::/3")
"""Global unicast, by the registry of IANA. What lies outside may lead into this network, whatever it is called."""
ONLY_ADMINISTRATORS = "Only an administrator may enter one."
PRIVATE = f"{{}} is an address inside this network. {ONLY_ADMINISTRATORS}"
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")
"""The ends of names that no public name server answers (RFC 6761, 6762, 8375; ``internal`` by ICANN's resolution)."""


def url_of(text: str) -> httpx.URL:
    """Return an address. Raises ``httpx.InvalidURL``, also for a host that begins with "xn--" and is none.

    httpx would raise another error whenever the host is asked for: also of names with signs that IDNA 2008 forbids,
    such as a picture.
    """
    url = httpx.URL(text)
    try:
        _ = url.host
    except UnicodeError as error:
        raise httpx.InvalidURL(str(error)) from None
    return url


def asked_host(url: httpx.URL) -> str:
    """Return the host as the HTTP client looks it up; Python's resolver spells some names differently."""
    return url.raw_host.decode("ascii")


def is_public(address: str) -> bool:
    """Return whether an address is on the public internet.

    IPv6 that carries IPv4 (mapped, 6to4, NAT64) counts as that. Raises ``ValueError`` for what is no address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if carried:
            return is_public(str(carried))
        if ip not in ASSIGNED_IPV6:
            return False
    return ip.is_global and not ip.is_multicast


def may_be_public(host: str) -> bool:
    """Return whether a host may be a public one, by its name alone: for names that somebody else will resolve."""
    try:
        return is_public(host.strip("[]"))
    except ValueError:
        pass
    labels = host.lower().rstrip(".").split(".")
    # "127.1" and "0x7f000001" are addresses to a resolver; no public name ends in a number.
    if len(labels) < 2 or labels[-1][:1].isdigit():
        return False
    return not any(labels[-end.count(".") - 1 :] == end.split(".") for end in LOCAL_NAMES)
