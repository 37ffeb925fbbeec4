"""HTTP clients that keep to public addresses where a request asks for that, and go through the environment's proxies.

A name that is checked first and resolved again for the connection can be another address by then. Here it is resolved
once: every address that the name server gives must be public, and the connection goes to one of them. The name stays in
the Host header, in SNI and in the check of the certificate. The two kinds of requests share no connection.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore
import httpx

from apps.outbound import proxies
from apps.outbound.addresses import PRIVATE, is_public

PUBLIC_ONLY = "fusionweb.public_only"
"""The extension of a request, true or false, that says whether it may only go to the public internet."""
MOST_TRIED = 4
"""Addresses of one name that are tried, one after the other."""

Backend = httpcore.AsyncNetworkBackend
Resolve = Callable[[str, int], Awaitable[list[str]]]


class PrivateAddress(httpx.ConnectError):
    """A request to the public internet only whose host has an address inside this network; nothing was connected."""

    def __init__(self, host: str) -> None:
        super().__init__(PRIVATE.format(host))


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, each once. Raises ``OSError`` if it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def client(
    *,
    limits: httpx.Limits = httpx.Limits(max_connections=100, max_keepalive_connections=20),  # noqa: B008 - immutable
    wrap: Callable[[Backend], Backend] = lambda backend: backend,
    resolve: Resolve = resolve,
    proxy: str | None = None,
    **options: Any,
) -> httpx.AsyncClient:
    """Return a client that follows no redirect and asks no ``.netrc``; ``options`` are httpx's.

    ``wrap`` is put around the network of requests that go out directly. Where the environment names a proxy for an
    address, that proxy resolves the name, so there ``PUBLIC_ONLY`` holds nothing up: see
    :func:`apps.outbound.addresses.may_be_public`. ``proxy`` takes the place of the environment's for all addresses, ''
    is none at all. Raises ``httpx.ConnectError`` (:class:`PrivateAddress`) on sending.
    """
    verify = httpx.create_ssl_context()
    transport = _Direct(verify, limits, wrap, resolve)
    if proxy is None:
        mounts = dict(proxies.mounts(verify))
    else:
        mounts = {"all://": httpx.AsyncHTTPTransport(proxy=proxy, verify=verify)} if proxy else {}
    return _Client(transport=transport, mounts=mounts, trust_env=False, follow_redirects=False, **options)


class _Client(httpx.AsyncClient):
    """Its failures are httpx's own, also where an answer redirects to a host that is none."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return await super().send(request, **options)
        except UnicodeError as error:  # as of a location that is not followed, and read all the same
            raise httpx.RemoteProtocolError(f"Invalid location: {error}", request=request) from None


class _Direct(httpx.AsyncBaseTransport):
    """Requests without a proxy: to anywhere, or to public addresses only, by their extension."""

    def __init__(self, verify: Any, limits: httpx.Limits, wrap: Callable[[Backend], Backend], resolve: Resolve) -> None:
        self._anywhere = _transport(verify, limits, wrap)
        self._public = _transport(verify, limits, lambda backend: wrap(_Pinned(backend, resolve)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        chosen = self._public if request.extensions.get(PUBLIC_ONLY) else self._anywhere
        return await chosen.handle_async_request(request)

    async def aclose(self) -> None:
        await self._anywhere.aclose()
        await self._public.aclose()


def _transport(verify: Any, limits: httpx.Limits, wrap: Callable[[Backend], Backend]) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)
    # httpx does not pass a network backend on to its pool, which takes one.
    transport._pool._network_backend = wrap(transport._pool._network_backend)
    return transport


class _Pinned(Backend):
    """A network that resolves a name once, and connects to what it was resolved to."""

    def __init__(self, backend: Backend, resolve: Resolve) -> None:
        self._backend = backend
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} was not found in time") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        if not all(map(is_public, addresses)):
            raise PrivateAddress(host)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:MOST_TRIED]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise PrivateAddress(path)

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)
