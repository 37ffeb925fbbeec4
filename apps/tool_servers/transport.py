"""The HTTP client for tool servers: pinned to public addresses, bounded in bytes, without redirects and proxies.

The protocol's package talks through ``httpx2``, so :mod:`apps.outbound.clients`, which is httpx's, is done again here.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from apps.outbound.addresses import PRIVATE, is_public
from apps.outbound.clients import MOST_TRIED, resolve
from apps.tool_servers.values import ServerAddress, ToolServerError

MOST_BYTES = 1_000_000
"""Of one answer, on the wire, where it is not compressed."""
TOO_LARGE = f"It answered with more than {MOST_BYTES:,} bytes."
CONNECT_S, READ_S = 5.0, 30.0


@dataclass
class Exchange:
    """The troubles of the requests to a server: the package passes on little of them.

    ``fault`` is the bound that was met, ``refused`` the status of the newest answer if it was a refusal.
    """

    fault: ToolServerError | None = None
    refused: int | None = None

    def fail(self, sentence: str) -> ToolServerError:
        """Return the failure that a bound is, noted."""
        self.fault = ToolServerError(sentence)
        return self.fault


def client_for(server: ServerAddress, exchange: Exchange) -> httpx2.AsyncClient:
    """Return a client for one server; close it. Its requests raise :class:`ToolServerError` beyond the bounds."""
    token = server.token.get_secret_value()
    ours = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {token}"} if token else {})}
    headers = httpx2.Headers({"User-Agent": "FusionWeb"})
    # Names differ in case alone, and the later one counts: what a person entered first, then what must be so.
    headers.update(server.headers)
    headers.update(ours)
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    if server.only_public:
        # httpx2 does not pass a network backend on to its pool, which takes one.
        pool: Any = transport._pool
        pool._network_backend = _Pinned(pool._network_backend, exchange)
    return httpx2.AsyncClient(
        transport=_Bounded(transport, exchange),
        headers=headers,
        timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
        trust_env=False,
        follow_redirects=False,
    )


class _Pinned(httpcore2.AsyncNetworkBackend):
    """A network that resolves a name once, and connects to what it was resolved to, if all of it is public."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend, exchange: Exchange) -> None:
        self._backend = backend
        self._exchange = exchange

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's own
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            addresses = await resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        if not all(map(is_public, addresses)):
            raise self._exchange.fail(PRIVATE.format(host))
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses[:MOST_TRIED]:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise self._exchange.fail(PRIVATE.format(path))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Bounded(httpx2.AsyncBaseTransport):
    """Passes answers on up to a number of bytes; a compressed one, which was not asked for, could hold any number."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, exchange: Exchange) -> None:
        self._transport = transport
        self._exchange = exchange

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        self._exchange.refused = response.status_code if response.status_code >= 400 else None
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise self._exchange.fail("It answered compressed, which was not asked for.")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._exchange)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MOST_BYTES:
                raise self._exchange.fail(TOO_LARGE)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
