"""Requests that may only go to the public internet: what a name resolves to is checked and connected to in one."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpcore
import httpx
import pytest

from apps.outbound import clients
from apps.outbound.addresses import is_public, may_be_public, url_of
from apps.outbound.clients import PUBLIC_ONLY, PrivateAddress, client
from tests.upstream.certificate import self_signed

PUBLIC = "93.184.215.14"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Site:
    """A server on this machine: its port, the heads of the requests that reached it, and what holds an answer open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[str] = []
        self.held: asyncio.Event | None = None


@asynccontextmanager
async def site(answer: bytes = OK, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            here.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer)
            await writer.drain()
            if here.held:
                await here.held.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    serving: list[asyncio.Task[None] | None] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    here = Site(server.sockets[0].getsockname()[1])
    async with server:
        yield here
        await asyncio.gather(*[task for task in serving if task])


class NameServer:
    """Gives one answer after the other, and the last again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return list(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


class Network(httpcore.AsyncNetworkBackend):
    """Connects nowhere, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        raise httpcore.ConnectError("refused")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return the network below the check, in place of the real one."""
    network = Network()
    made = clients._Pinned
    monkeypatch.setattr(clients, "_Pinned", lambda _, resolve: made(network, resolve))
    return network


async def get(url: str, name_server: NameServer, *, public_only: bool = True) -> httpx.Response:
    async with client(resolve=name_server) as sender:
        return await sender.send(sender.build_request("GET", url, extensions={PUBLIC_ONLY: public_only}))


async def test_name_that_is_rebound_after_its_check_reaches_nothing_inside(network: Network) -> None:
    name_server = NameServer([PUBLIC], ["127.0.0.1"])
    async with site() as inside:
        with pytest.raises(httpx.ConnectError):
            await get(f"http://rebound.test:{inside.port}/", name_server)
        with pytest.raises(PrivateAddress, match=r"rebound\.test is an address inside this network"):
            await get(f"http://rebound.test:{inside.port}/", name_server)

    assert inside.heads == []
    assert network.addresses == [PUBLIC]
    assert name_server.asked == ["rebound.test", "rebound.test"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["2002:7f00:1::"],
        ["64:ff9b::7f00:1"], ["fe80::1%eth0"], ["fd00::1"], ["0.0.0.0"], ["224.0.0.1"], [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
    ],
)  # fmt: skip
async def test_name_with_any_private_address_is_not_connected(network: Network, addresses: list[str]) -> None:
    with pytest.raises(PrivateAddress):
        await get("http://host.test/", NameServer(addresses))

    assert network.addresses == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "2130706433", "127.1", "localhost"])
async def test_private_address_in_a_url_is_not_connected(host: str) -> None:
    async with site() as inside, client() as sender:
        request = sender.build_request("GET", f"http://{host}:{inside.port}/", extensions={PUBLIC_ONLY: True})
        with pytest.raises(PrivateAddress):
            await sender.send(request)

    assert inside.heads == []


async def test_every_address_of_a_name_is_tried(network: Network) -> None:
    with pytest.raises(httpx.ConnectError, match="refused"):
        await get("http://host.test/", NameServer([PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]))

    assert network.addresses == [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


async def test_name_without_an_address_cannot_be_reached() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown host")

    async with client(resolve=unknown) as sender:
        with pytest.raises(httpx.ConnectError, match="unknown host"):
            await sender.get("http://host.test/", extensions={PUBLIC_ONLY: True})


async def test_name_server_that_is_silent_is_a_timeout() -> None:
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with client(resolve=silent, timeout=0.05) as sender:
        with pytest.raises(httpx.ConnectTimeout):
            await sender.get("http://host.test/", extensions={PUBLIC_ONLY: True})


async def test_host_and_certificate_are_those_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tls, certificate = self_signed("vendor.test")
    (tmp_path / "trusted.pem").write_bytes(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    monkeypatch.setattr(clients, "is_public", lambda address: address == "127.0.0.1")
    async with site(tls=tls) as vendor:
        answer = await get(f"https://vendor.test:{vendor.port}/v1", NameServer(["127.0.0.1"]))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            await get(f"https://other.test:{vendor.port}/v1", NameServer(["127.0.0.1"]))

    assert answer.text == "ok"
    [head] = vendor.heads
    assert f"host: vendor.test:{vendor.port}" in head.lower()


async def test_redirect_is_an_answer_and_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "is_public", lambda address: address == "127.0.0.1")
    async with site(REDIRECT) as vendor:
        answer = await get(f"http://vendor.test:{vendor.port}/", NameServer(["127.0.0.1"]))

    assert answer.status_code == 302


async def test_two_kinds_of_requests_share_no_connection() -> None:
    async with site() as inside, client() as sender:
        url = f"http://127.0.0.1:{inside.port}/"
        assert (await sender.get(url)).text == "ok"
        with pytest.raises(PrivateAddress):
            await sender.get(url, extensions={PUBLIC_ONLY: True})

    assert len(inside.heads) == 1


async def test_environment_gives_no_password_and_no_cookie_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with site() as inside, client() as sender:
        await sender.get(f"http://127.0.0.1:{inside.port}/")

    assert "authorization" not in inside.heads[0].lower()


@pytest.mark.parametrize(
    "host, expected",
    [
        ("vendor.example", True), ("a.b.vendor.example.", True), (PUBLIC, True), ("[2606:2800:21f::1]", True),
        ("xn--bcher-kva.example", True), ("home.arpa.example", True), ("localhost", False), ("LOCALHOST.", False),
        ("a.localhost", False), ("printer.local", False), ("vault.internal", False), ("db", False), ("", False),
        ("127.1", False), ("2130706433", False), ("0x7f.1", False), ("10.0.0.1", False), ("[::1]", False),
        ("router.home.arpa", False), ("[64:ff9b::7f00:1]", False),
    ],
)  # fmt: skip
def test_name_alone_says_whether_a_host_may_be_public(host: str, expected: bool) -> None:
    assert may_be_public(host) is expected


def test_text_that_is_no_address_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        is_public("host.example")


NO_HOSTS = ["https://xn--a/", "https://xn--ls8h.example/", "https://xn--/"]
"""Addresses whose hosts begin as encoded names do and are none, or have a sign that no name may have."""


@pytest.mark.parametrize("address", NO_HOSTS)
def test_address_whose_host_cannot_be_decoded_is_none(address: str) -> None:
    with pytest.raises(httpx.InvalidURL):
        url_of(address)


@pytest.mark.parametrize("address", NO_HOSTS)
async def test_redirect_to_a_host_that_is_none_is_a_failure_of_the_server(address: str) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n".encode()
    async with site(answer) as here, client() as http:
        with pytest.raises(httpx.RemoteProtocolError, match="location"):
            await http.get(f"http://127.0.0.1:{here.port}/")


async def test_text_that_came_right_before_a_break_is_read() -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlast\r\n"
    async with site(cut) as here, client() as http, http.stream("GET", f"http://127.0.0.1:{here.port}/") as answer:
        pieces = answer.aiter_raw()
        await asyncio.sleep(0.1)  # all has come, and the connection has gone
        last = await anext(pieces)
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)

    assert last == b"last"


async def test_user_and_password_in_an_address_are_sent_once() -> None:
    async with site() as here, client() as http:
        answer = await http.get(f"http://user:secret@127.0.0.1:{here.port}/path?q=a%2Fb")

    assert answer.text == "ok"
    [head] = here.heads
    assert head.startswith("GET /path?q=a%2Fb HTTP/1.1")
    assert head.lower().count("authorization: basic ") == 1


async def test_long_line_in_the_head_of_an_answer_is_read() -> None:
    line = b"x" * 30_000
    async with site(OK.replace(b"\r\n", b"\r\nX-Policy: " + line + b"\r\n", 1)) as here, client() as http:
        answer = await http.get(f"http://127.0.0.1:{here.port}/")

    assert answer.headers["x-policy"] == line.decode()


async def test_many_lines_in_the_head_of_an_answer_are_read() -> None:
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(300))
    async with site(OK.replace(b"\r\n", b"\r\n" + lines, 1)) as here, client() as http:
        answer = await http.get(f"http://127.0.0.1:{here.port}/")

    assert answer.headers["x-299"] == "y"


async def test_large_body_is_sent_whole() -> None:
    body, heads = b"x" * 5_000_000, []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        heads.append(await reader.readexactly(len(body)))
        writer.write(OK)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server, client() as http:
        answer = await http.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", content=body)

    assert (answer.text, heads[1] == body) == ("ok", True)
    assert b"content-length: 5000000" in heads[0].lower()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9\r\n", OK.replace(b"2\r", b"x\r"), OK[:20]])
async def test_answer_that_is_none_is_a_failure_of_httpx(answer: bytes) -> None:
    async with site(answer) as here, client() as http:
        with pytest.raises(httpx.TransportError):
            await http.get(f"http://127.0.0.1:{here.port}/")


async def test_silence_in_an_answer_is_a_timeout() -> None:
    async with site(OK[:-1]) as here, client(timeout=httpx.Timeout(10, read=0.2)) as http:
        here.held = asyncio.Event()
        with pytest.raises(httpx.ReadTimeout):
            await http.get(f"http://127.0.0.1:{here.port}/")
        here.held.set()
