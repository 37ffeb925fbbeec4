"""Daphne with bounded request bodies and masked paths: `python -m fusionweb.web_server` takes Daphne's options.

Daphne spools a body of any size before the application sees the request, so the application cannot refuse one by its
size. Here a body over ``BODY_LIMIT`` is refused with 413: at its header if it declares its length, else (RFC 9112,
chunked) with the chunk that passes the limit. Nothing of it is kept from then on.
"""

import os
import sys
from typing import NoReturn

import orjson
from daphne import cli, http_protocol
from django.conf import settings
from twisted.internet import reactor
from twisted.web.http import H2_ENABLED

from fusionweb.access_log import MaskedAccessLog
from fusionweb.long_lived import keep_out_of_collections

LINGER_S = 2.0
"""For so long what still comes is thrown away: a connection closed at once would take the 413 from its client."""


class BoundedRequest(http_protocol.WebRequest):
    """A request whose body may be refused while it arrives."""

    is_refused = False
    received = 0

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
        error = {"message": sentence, "type": "invalid_request_error", "param": None, "code": "request_too_large"}
        body = orjson.dumps({"error": error}).decode()
        head = "HTTP/1.1 413 Content Too Large", "Content-Type: application/json", "Connection: close"
        answer = "\r\n".join((*head, f"Content-Length: {len(body)}", "", body))
        transport = self.channel.transport
        transport.write(answer.encode())
        reactor.callLater(LINGER_S, transport.abortConnection)  # type: ignore[arg-type]  # interfaces know no self


def main() -> NoReturn:
    """Run Daphne's command line with bounded requests and masked paths, and end when it is told to."""
    assert not H2_ENABLED, "HTTP/2 requests would pass the limit"
    http_protocol.WebRequest = BoundedRequest  # what Daphne's factory gives every connection
    cli.AccessLogGenerator = MaskedAccessLog
    reactor.callWhenRunning(keep_out_of_collections)
    cli.CommandLineInterface.entrypoint()
    # The loop has ended. A request that was under way waits for it in a thread, and Python would wait for that thread.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
