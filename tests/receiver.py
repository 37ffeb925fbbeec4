"""A program's own server, which is told of the ends of runs: real HTTP, answers as a test wishes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Keeps what it is sent: headers and body of each request. ``answers`` are statuses, the last one for all later."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers or (204,))
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook?of=fusion"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]


@contextmanager
def receiver(*answers: int, drips: bool = False) -> Iterator[Receiver]:
    """Run a receiver on a port of this machine; one that ``drips`` never comes to the end of its headers."""
    here, is_over = Receiver(*answers), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            here.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(here.answers.pop(0) if len(here.answers) > 1 else here.answers[0])
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.flush_headers()
            while drips and not is_over.wait(0.05):
                with suppress(ConnectionError):
                    self.wfile.write(b"x-drop: 1\r\n")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
