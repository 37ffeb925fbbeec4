"""Bodies of requests: refused by their size before anybody keeps them, whether the size is declared or not."""

import http.client
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psutil
import pytest
from django.conf import settings

from tests.site import Site

PIECE = b"x" * 1_000_000
HUGE = 400


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@contextmanager
def connected_to(site: Site) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as connection:
        yield connection


def send(site: Site, path: str, count: int, headers: dict[str, str]) -> int:
    """POST so many megabytes, and go on while the server takes them; the status of the answer."""
    is_chunked = "Transfer-Encoding" in headers
    with connected_to(site) as connection:
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # it was refused and cut off
            for _ in range(count):
                connection.send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if is_chunked else PIECE)
            if is_chunked:
                connection.send(b"0\r\n\r\n")
        with closing(connection.getresponse()) as answer:
            return answer.status


@pytest.mark.parametrize("path", ["/login/", "/v1/chat/completions"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["declared", "chunked"])
def test_huge_body_is_refused_and_not_kept(site, path, is_chunked):
    process = psutil.Process(site.process.pid)
    while children := process.children():
        process = children[0]
    before = process.memory_info().rss
    headers = {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(HUGE * len(PIECE))}

    status = send(site, path, HUGE, headers)

    assert status == 413
    assert process.memory_info().rss - before < 60_000_000


def test_declared_size_is_refused_before_the_body_comes(site):
    with connected_to(site) as connection:
        connection.putrequest("POST", "/v1/chat/completions")
        connection.putheader("Content-Length", str(settings.BODY_LIMIT + 1))
        connection.endheaders()

        with closing(connection.getresponse()) as answer:
            assert (answer.status, b"Send less" in answer.read()) == (413, True)


@pytest.mark.parametrize("is_chunked", [False, True], ids=["declared", "chunked"])
def test_body_below_the_limit_reaches_the_application(site, is_chunked):
    headers = {"Transfer-Encoding": "chunked"} if is_chunked else {"Content-Length": str(20 * len(PIECE))}

    assert send(site, "/v1/chat/completions", 20, headers) == 401


def test_form_that_cannot_be_read_is_answered_by_the_application(site):
    headers = {"Content-Type": "multipart/form-data; boundary=part"}
    with connected_to(site) as connection:
        connection.request("POST", "/v1/files", b"--part--\r\n", headers)

        with closing(connection.getresponse()) as answer:
            assert (answer.status, answer.getheader("Content-Type")) == (401, "application/json")
