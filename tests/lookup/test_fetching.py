"""Documents of the web: what may be asked for, where redirects may lead, and that nothing is read without an end."""

import asyncio
import tracemalloc
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from apps.fusion.lookups import LookupFailure, LookupFault
from apps.lookup import fetching
from apps.lookup.fetching import Document, FetchRules, Limits, check_host, fetch_document
from apps.outbound import clients
from tests.lookup.kept import rules_for
from tests.lookup.web import Answer, FakeWeb, bomb
from tests.outbound.test_clients import NameServer

MB = 2**20


async def fetch(web: FakeWeb, path: str, rules: FetchRules | None = None, **options: Any) -> Document:
    async with clients.client(proxy="") as client:
        return await fetch_document(client, web.url(path), rules or rules_for(web), **options)


async def fault_of(asking: Awaitable[Document]) -> tuple[LookupFailure, str]:
    with pytest.raises(LookupFault) as caught:
        await asking
    return caught.value.code, caught.value.sentence


async def test_document_with_its_type_and_address(web: FakeWeb) -> None:
    found = await fetch(web, "/article")

    assert (found.status, found.media_type, found.charset) == (200, "text/html", "utf-8")
    assert found.final_url == web.url("/article")
    assert b"Keeping pears" in found.body


async def test_request_says_who_asks_and_takes_no_cookie_along(web: FakeWeb) -> None:
    rules = replace(rules_for(web), user_agent="FusionWeb (+https://fusion.example)")
    async with clients.client(proxy="") as client:
        for path in ("/cookie", "/article"):
            await fetch_document(client, web.url(path), rules)

    first, second = web.asked
    assert first.headers["user-agent"] == second.headers["user-agent"] == "FusionWeb (+https://fusion.example)"
    assert first.headers["accept"].startswith("text/html, ")
    assert "cookie" not in second.headers
    assert "referer" not in second.headers


async def test_packed_page_is_unpacked_once(web: FakeWeb) -> None:
    assert (await fetch(web, "/packed")).body == (await fetch(web, "/article")).body


async def test_redirect_is_followed_to_its_end(web: FakeWeb) -> None:
    found = await fetch(web, "/to-article")

    assert (found.url, found.final_url) == (web.url("/to-article"), web.url("/article"))


@pytest.mark.parametrize(
    "path, code, sentence",
    [
        ("/to-loopback", LookupFailure.URL_NOT_ALLOWED, "Port 1 is not opened, only 80 and 443."),
        (
            "/to-metadata",
            LookupFailure.URL_NOT_ALLOWED,
            "169.254.169.254 is an address inside this network. Only an administrator may enter one.",
        ),
        (
            "/to-file",
            LookupFailure.URL_NOT_ALLOWED,
            "Only web addresses can be opened; they begin with https:// or http://.",
        ),
        ("/to-user", LookupFailure.URL_NOT_ALLOWED, "The address carries a user name or password; leave it out."),
        ("/round", LookupFailure.URL_NOT_ACCESSIBLE, "127.0.0.1 redirects more than 3 times in a row."),
        ("/missing", LookupFailure.URL_NOT_ACCESSIBLE, "127.0.0.1 has no such page (404)."),
        ("/broken", LookupFailure.URL_NOT_ACCESSIBLE, "127.0.0.1 has a fault of its own (500)."),
        ("/busy", LookupFailure.RATE_LIMITED, "127.0.0.1 takes no more requests for now (429)."),
        ("/large", LookupFailure.CONTENT_TOO_LARGE, "The page at 127.0.0.1 is larger than 2 MiB."),
        ("/large-told", LookupFailure.CONTENT_TOO_LARGE, "The page at 127.0.0.1 is larger than 2 MiB."),
        (
            "/twice-packed",
            LookupFailure.URL_NOT_ACCESSIBLE,
            "127.0.0.1 packs the page in a way that cannot be read.",
        ),
        (
            "/cut",
            LookupFailure.URL_NOT_ACCESSIBLE,
            "127.0.0.1 broke off while it sent the page (RemoteProtocolError).",
        ),
        (
            "/picture.png",
            LookupFailure.UNSUPPORTED_CONTENT_TYPE,
            "127.0.0.1 sent image/png. Only web pages, plain text, JSON and PDF are read.",
        ),
    ],
)
async def test_page_that_is_not_to_be_had(web: FakeWeb, path: str, code: LookupFailure, sentence: str) -> None:
    assert await fault_of(fetch(web, path)) == (code, sentence)


async def test_bomb_is_not_unpacked_to_its_end(web: FakeWeb) -> None:
    packed = bomb()
    web.page("/bomb", Answer(packed, headers={"Content-Encoding": "gzip"}))

    tracemalloc.start()
    try:
        code, _ = await fault_of(fetch(web, "/bomb"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert code is LookupFailure.CONTENT_TOO_LARGE
    assert len(packed) < MB
    assert peak < 20 * MB


async def test_page_that_drips_is_given_up(web: FakeWeb) -> None:
    rules = rules_for(web, Limits(connect_s=30, read_s=30, total_s=0.5))

    code, sentence = await fault_of(fetch(web, "/drip", rules))

    assert (code, sentence) == (LookupFailure.TIMEOUT, "127.0.0.1 did not send the page within 0.5 s.")


async def test_silent_page_is_given_up(web: FakeWeb) -> None:
    web.gate.clear()
    rules = rules_for(web, Limits(connect_s=30, read_s=0.2, total_s=60))

    code, sentence = await fault_of(fetch(web, "/article", rules))

    assert (code, sentence) == (LookupFailure.TIMEOUT, "127.0.0.1 did not answer in time.")


async def test_host_that_is_away_is_named() -> None:
    rules = FetchRules(allowed_hosts=frozenset({"127.0.0.1:1"}))
    async with clients.client(proxy="") as client:
        code, sentence = await fault_of(fetch_document(client, "http://127.0.0.1:1/", rules))

    assert (code, sentence) == (LookupFailure.URL_NOT_ACCESSIBLE, "127.0.0.1 cannot be reached (ConnectError).")


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://2130706433/"])
async def test_address_inside_is_not_connected(address: str) -> None:
    async with clients.client(proxy="") as client:
        code, _ = await fault_of(fetch_document(client, address, FetchRules()))

    assert code is LookupFailure.URL_NOT_ALLOWED


async def test_name_that_is_rebound_is_not_connected(web: FakeWeb) -> None:
    async with clients.client(proxy="", resolve=NameServer(["127.0.0.1"])) as client:
        code, sentence = await fault_of(fetch_document(client, "http://pears.example/article", FetchRules()))

    assert code is LookupFailure.URL_NOT_ALLOWED
    assert sentence.startswith("pears.example is an address inside this network.")
    assert web.asked == []


@pytest.mark.parametrize(
    "address, allowed, is_open",
    [
        ("https://a.example/", [], True), ("http://a.example:80/", [], True), ("http://a.example:443/", [], True),
        ("http://a.example:8080/", [], False), ("https://a.example:22/", [], False),
        ("http://a.example:8080/", ["a.example:8080"], True), ("http://a.example:8081/", ["a.example:8080"], False),
        ("http://a.example:8081/", ["a.example"], True), ("http://b.example:8080/", ["a.example:8080"], False),
        ("http://A.example/", ["a.example:80"], True),
    ],
)  # fmt: skip
def test_ports_are_those_of_the_web_or_allowed(address: str, allowed: list[str], is_open: bool) -> None:
    def check() -> None:
        check_host(httpx.URL(address), FetchRules(allowed_hosts=frozenset(allowed)))

    if is_open:
        check()
    else:
        with pytest.raises(LookupFault):
            check()


def test_proxy_is_not_asked_for_names_inside() -> None:
    with pytest.raises(LookupFault, match=r"printer\.local is an address inside this network"):
        check_host(httpx.URL("http://printer.local/"), FetchRules(is_proxied=True))


@pytest.mark.parametrize(
    "start, location, sentence",
    [
        ("https://a.example/", "http://a.example/b", "a.example redirects to an address without encryption"),
        ("http://a.example/", "http://wiki.inside/b", "a.example redirects to wiki.inside, which no page outside"),
    ],
)
async def test_redirect_must_not_lead_to_less_safety(start: str, location: str, sentence: str) -> None:
    code, said = await fault_of(redirected(start, location))

    assert code is LookupFailure.URL_NOT_ALLOWED
    assert said.startswith(sentence)


@pytest.mark.parametrize(
    "start, location", [("http://a.example/", "https://a.example/b"), ("http://wiki.inside/", "http://wiki.inside/b")]
)
async def test_redirect_to_as_much_safety_is_followed(start: str, location: str) -> None:
    assert (await redirected(start, location)).final_url == location


async def redirected(start: str, location: str) -> Document:
    """Ask for ``start``, which redirects to ``location``; ``wiki.inside`` is a host that an administrator allows."""

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == start:
            return httpx.Response(302, headers={"Location": location})
        return httpx.Response(200, headers={"Content-Type": "text/plain"}, text="here")

    rules = FetchRules(allowed_hosts=frozenset({"wiki.inside"}))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await fetch_document(client, start, rules)


async def test_document_says_how_to_ask_for_it_again(web: FakeWeb) -> None:
    told = {"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"}
    web.page("/pears", Answer(b"<p>Pears</p>", headers=told))

    first = await fetch(web, "/pears")
    again = await fetch(web, "/pears", validators=first.validators)

    assert first.validators == {"If-None-Match": '"v1"', "If-Modified-Since": told["Last-Modified"]}
    assert (again.status, again.body) == (304, b"")
    assert web.asked[1].headers["if-modified-since"] == told["Last-Modified"]


async def test_document_whose_sign_is_beyond_ascii_is_asked_for_as_if_it_had_none() -> None:
    headers = [(b"Content-Type", b"text/plain"), (b"ETag", '"né"'.encode()), (b"Last-Modified", b"today")]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, text="here"))
    async with httpx.AsyncClient(transport=transport) as client:
        first = await fetch_document(client, "https://a.example/", FetchRules())
        again = await fetch_document(client, "https://a.example/", FetchRules(), validators=first.validators)

    assert first.validators == {"If-Modified-Since": "today"}
    assert again.body == b"here"


async def test_pdf_may_be_larger_than_a_page(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_TEXT_BYTES", 1_000)
    monkeypatch.setattr(fetching, "MAX_PDF_BYTES", 5_000)
    web.page("/small.pdf", Answer(b"x" * 5_000, "application/pdf"))
    web.page("/big.pdf", Answer(b"x" * 5_001, "application/pdf"))

    assert len((await fetch(web, "/small.pdf")).body) == 5_000
    assert (await fault_of(fetch(web, "/big.pdf")))[0] is LookupFailure.CONTENT_TOO_LARGE


async def test_cancelled_fetch_closes_its_connection(web: FakeWeb) -> None:
    asking = asyncio.create_task(fetch(web, "/drip"))
    await web.is_asked()

    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
