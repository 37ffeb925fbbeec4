"""Daphne with bounded request bodies, masked paths and an end: `python -m fusionweb.web_server` takes its options.

Daphne spools a body of any size before the application sees the request, so the application cannot refuse one by its
size. Here a body over ``BODY_LIMIT`` is refused with 413: at its header if it declares its length, else (RFC 9112,
chunked) with the chunk that passes the limit. Nothing of it is kept from then on.

Daphne that is told to stop waits for as long as a request does: of the API, minutes. Here requests have a moment to
end. Those that still wait are answered 503, and streams are cut, both as if their clients had hung up.
"""

import asyncio
import os
import sys
from typing import Any, NoReturn

import orjson
from daphne import cli, http_protocol
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.web.http import H2_ENABLED

from fusionweb.access_log import MaskedAccessLog
from fusionweb.long_lived import keep_out_of_collections

LINGER_S = 2.0
"""For so long what still comes is thrown away: a connection closed at once would take the 413 from its client."""
GRACE_S = 3.0
"""For so long requests under way may end when the server is told to stop."""
CLOSING_S = 5.0
"""For so long the applications of those that were cut have then: they stop runs whose answer nobody gets."""


class BoundedRequest(http_protocol.WebRequest):
    """A request whose body may be refused while it arrives. Forms are read by the application alone."""

    is_refused = False
    received = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, parsePOSTFormSubmission=False, **options)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Take the declared length of the body in bytes; ``None`` for a chunked one."""
        super().gotLength(0 if length is not None and length > settings.BODY_LIMIT else length)
        if length is not None and length > settings.BODY_LIMIT:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a piece of the body, unless it is refused."""
        self.received += len(data)
        if not self.is_refused and self.received > settings.BODY_LIMIT:
            self._refuse()
        if not self.is_refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand the whole request to the application, unless it is refused."""
        if not self.is_refused:
            super().requestReceived(command, path, version)

    def _refuse(self) -> None:
        """Answer 413 past the application, whose turn has not come, and close the connection soon."""
        self.is_refused = True
        sentence = f"The request is larger than {settings.BODY_LIMIT:,} bytes. Send less."
        body = envelope("invalid_request_error", "request_too_large", sentence)
        head = "HTTP/1.1 413 Content Too Large", "Content-Type: application/json", "Connection: close"
        answer = "\r\n".join((*head, f"Content-Length: {len(body)}", "", "")).encode() + body
        transport = self.channel.transport
        transport.write(answer)
        reactor.callLater(LINGER_S, transport.abortConnection)  # type: ignore[arg-type]  # interfaces know no self

    def cut(self) -> None:
        """End before the application does, which is told that the client has hung up."""
        if self._response_started:
            self.channel.transport.loseConnection()  # without its end, no client takes it for a whole answer
            return
        body = envelope("unavailable_error", "stopping", "The site is stopping. Ask again in a moment.")
        head = {"content-type": "application/json", "retry-after": "5", "connection": "close"}
        headers = [(name.encode(), value.encode()) for name, value in head.items()]
        self.handle_reply({"type": "http.response.start", "status": 503, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": body})


class EndingServer(Server):
    """A server that ends a moment after it is told to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        """Keep the port, to let nobody in any more at the end."""
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> "Deferred[None]":
        """Return what Twisted waits for before it closes all connections."""
        for socket in self.connections:
            if not isinstance(socket, BoundedRequest) and (application := self._application_of(socket)):
                application.cancel()
        return Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for port in self.ports:
            port.stopListening()
        await self._wait(GRACE_S)
        for request in list(self.connections):
            if isinstance(request, BoundedRequest) and self._application_of(request):
                request.cut()
        await self._wait(CLOSING_S)

    async def _wait(self, seconds: float) -> None:
        """Wait until all applications have ended, at most for some seconds."""
        if at_work := [one for one in map(self._application_of, self.connections) if one]:
            await asyncio.wait(at_work, timeout=seconds)

    def _application_of(self, connection: object) -> "asyncio.Future[None] | None":
        """Return the application of a connection, ``None`` if there is none any more."""
        application: asyncio.Future[None] | None = self.connections[connection].get("application_instance")
        return application if application and not application.done() else None


def envelope(kind: str, code: str, sentence: str) -> bytes:
    """Return a refusal in the form that the API gives its own."""
    return orjson.dumps({"error": {"message": sentence, "type": kind, "param": None, "code": code}})


def main() -> NoReturn:
    """Run Daphne's command line with bounded requests and masked paths, and end when it is told to."""
    assert not H2_ENABLED, "HTTP/2 requests would pass the limit"
    http_protocol.WebRequest = BoundedRequest  # what Daphne's factory gives every connection
    cli.AccessLogGenerator, cli.CommandLineInterface.server_class = MaskedAccessLog, EndingServer
    reactor.callWhenRunning(keep_out_of_collections)
    cli.CommandLineInterface.entrypoint()
    # The loop has ended. A request that was under way waits for it in a thread, and Python would wait for that thread.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
