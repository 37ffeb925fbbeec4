"""The proxies that the environment names, as far as it can be understood.

A variable that the HTTP library does not understand (an IPv6 network in ``NO_PROXY``, an address without a scheme that
it knows) would keep the site from starting. What is understood of the others still counts.
"""

import ipaddress
import logging
from collections.abc import Iterator
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

log = logging.getLogger(__name__)

SCHEMES = ("http", "https", "all")
NOT_UNDERSTOOD = (httpx.InvalidURL, ImportError, ValueError)


def mounts(verify: Any) -> Iterator[tuple[str, httpx.AsyncHTTPTransport | None]]:
    """Yield httpx's URL patterns and the transport for each, ``None`` for no proxy; ``verify`` is an SSL context.

    A variable that cannot be understood is named in the log and left out, and requests go on without it.
    """
    proxies = getproxies()
    if not proxies:
        return
    for problem in problems():
        log.warning(problem)
    if "*" in _bypassed(proxies):
        return
    for scheme in SCHEMES:
        if (url := proxies.get(scheme)) and _is_proxy(url):
            yield f"{scheme}://", httpx.AsyncHTTPTransport(proxy=_url(url), verify=verify)
    for host in _bypassed(proxies):
        if pattern := _pattern(host):
            yield pattern, None


def is_proxied(url: httpx.URL) -> bool:
    """Return whether requests to an address go through a proxy, which then resolves its name."""
    proxies = getproxies()
    named = [proxies.get(scheme, "") for scheme in (url.scheme, "all")]
    return any(proxy and _is_proxy(proxy) for proxy in named) and not proxy_bypass(url.host)


def problems() -> list[str]:
    """Return a sentence for each variable of the environment that is not understood, none if all are."""
    try:
        httpx.HTTPTransport(verify=False).close()
        httpx.Client().close()
    except NOT_UNDERSTOOD:
        proxies = getproxies()
        unused = [f"{scheme.upper()}_PROXY" for scheme in SCHEMES if not _is_proxy(proxies.get(scheme, ""))]
        found = [f"{name} is not understood; requests go on without that proxy. Correct it." for name in unused]
        if unclear := [host for host in _bypassed(proxies) if not _is_pattern(host)]:
            hosts = ", ".join(unclear)[:200]
            found.append(f"NO_PROXY is not understood where it says {hosts}; what is clear of it is used. Correct it.")
        return found
    return []


def _bypassed(proxies: dict[str, str]) -> list[str]:
    return [host.strip() for host in proxies.get("no", "").split(",") if host.strip()]


def _is_proxy(url: str) -> bool:
    """Return whether httpx takes a proxy's address; '' is none, which is well."""
    if not url:
        return True
    try:
        httpx.HTTPTransport(proxy=_url(url), verify=False).close()
    except NOT_UNDERSTOOD:
        return False
    return True


def _url(url: str) -> str:
    return url if "://" in url else f"http://{url}"


def _is_pattern(host: str) -> bool:
    """Return whether httpx itself understands an entry of ``NO_PROXY``."""
    try:
        bare = host.partition("/")[0]
        is_ipv6 = ":" in bare and "://" not in host
        httpx.Client(mounts={f"all://[{host}]" if is_ipv6 else f"all://{host}": None}, trust_env=False).close()
        if is_ipv6:
            ipaddress.IPv6Address(bare)
    except NOT_UNDERSTOOD:
        return False
    return True


def _pattern(host: str) -> str:
    """Return httpx's pattern for an entry of ``NO_PROXY``, '' for one that it has none for."""
    try:
        network = ipaddress.ip_network(host.strip("[]"), strict=False)
    except ValueError:
        # The star is httpx's way to cover the subdomains as well, which NO_PROXY means by a name.
        if _is_pattern(f"*{host}") and host.lower() != "localhost":
            return f"all://*{host}"
        return f"all://{host}" if _is_pattern(host) else ""
    if network.num_addresses > 1:
        return ""
    address = network.network_address
    return f"all://[{address}]" if address.version == 6 else f"all://{address}"
