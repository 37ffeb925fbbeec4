"""Every behaviour of a vendor in every dialect, against the live upstream; and that the documentation says the same."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS, KnownVendor
from apps.fusion.vocabulary import FailureCode
from apps.providers import deadlines
from apps.providers.base import Endpoint
from apps.providers.dialects import Dialect
from apps.providers.errors import ProviderError
from tests.providers.asking import KEY, Answer, ask, endpoint_at, request_to
from tests.providers.behaviour_table import ROWS, USAGE, markdown
from tests.providers.outcomes import ANY, Answered, Failed, Row
from tests.upstream import Upstream

PAGE = Path("docs/providers.md")
NO_HOST = "vendor.invalid"
DIALECTS = list(Dialect)


@pytest.fixture(scope="module")
def guarded_upstream() -> Iterator[Upstream]:
    """One behind a certificate that nobody trusts."""
    server = Upstream().start(tls=True)
    yield server
    server.stop()


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name service knows no ``NO_HOST``."""
    resolve = socket.getaddrinfo

    def resolve_known(host: object, *args: object, **more: object) -> object:
        if host in (NO_HOST, NO_HOST.encode()):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_known)


@pytest.fixture
def places(upstream: Upstream, guarded_upstream: Upstream, no_names: None) -> dict[str, Endpoint]:
    urls = {"upstream": upstream.url, "tls": guarded_upstream.url, "dns": f"https://{NO_HOST}/v1"}
    return {place: endpoint_at(url) for place, url in {**urls, "nowhere": "http://127.0.0.1:9/v1"}.items()}


@pytest.mark.usefixtures("steady_time")
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
async def test_behaviour(
    upstream: Upstream,
    places: dict[str, Endpoint],
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    row: Row,
    dialect: Dialect,
) -> None:
    monkeypatch.setattr(deadlines, "LINGER_S", 0.3)
    model, answer = f"{row.behaviour}-{dialect}", Answer()
    upstream.script(model, row.behaviour, **{"usage": USAGE, **row.options})
    request = request_to(model, row.prompt, timeouts=row.timeouts, parameters=row.parameters)
    request = replace(request, messages=(*row.earlier, *request.messages))

    failure = None
    try:
        await ask(client, places[row.place], request, into=answer, dialect=dialect)
    except ProviderError as error:
        failure = error

    match row.outcome_of(dialect):
        case Answered() as expected:
            assert_answered(answer, failure, expected)
            entry = upstream.wait_for(model, ended=True)[-1]
            assert answer.end is not None
            assert (answer.end.upstream_id, entry["dialect"]) == (f"up-{entry['id']}", dialect)
            sent = row.options.get("text", "") if "text" in row.options and answer.reasoning else answer.text
            assert (entry["text"], entry["closed_early"]) == (sent, False)
        case Failed() as expected:
            assert failure is not None
            assert_failed(answer, failure, expected)


def assert_answered(answer: Answer, failure: ProviderError | None, expected: Answered) -> None:
    assert failure is None
    assert answer.end is not None
    assert (answer.text, answer.reasoning) == (expected.text, expected.reasoning)
    assert (answer.end.finish_reason, answer.end.usage, answer.end.cost) == (expected.reason, expected.usage, None)
    assert answer.end.dropped == expected.dropped


def assert_failed(answer: Answer, failure: ProviderError, expected: Failed) -> None:
    said = (failure.code, failure.permanent, failure.status)
    assert said == (expected.code, expected.permanent, expected.status)
    assert failure.requests == expected.requests
    assert answer.end is None
    assert answer.text == expected.text if expected.text is not ANY else answer.text
    assert (failure.told.usage if failure.told else None) == expected.usage
    low, high = expected.wait or (None, None)
    assert failure.retry_after is None if low is None else low <= (failure.retry_after or 0) <= high
    assert KEY not in f"{failure} {failure!r}"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_key_does_not_follow_a_redirect(upstream: Upstream, dialect: Dialect) -> None:
    elsewhere = Upstream().start()
    model = f"moved-{dialect}"
    upstream.script(model, "redirect", location=elsewhere.url.replace("127.0.0.1", "localhost"))

    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        with pytest.raises(ProviderError) as caught:
            await ask(client, endpoint_at(upstream.url), request_to(model), dialect=dialect)
    followed = elsewhere.ledger()
    elsewhere.stop()

    assert caught.value.sentence == "Acme redirects to localhost; the key was not sent there. Correct the base URL."
    assert (followed, len(upstream.ledger(model))) == ([], 1)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_key_is_revoked_in_the_middle(upstream: Upstream, client: httpx.AsyncClient, dialect: Dialect) -> None:
    model = f"revoked-{dialect}"
    upstream.script(model, "revoked", text="Yes.")

    first = await ask(client, endpoint_at(upstream.url), request_to(model), dialect=dialect)
    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to(model), dialect=dialect)

    assert (first.text, caught.value.code, caught.value.permanent) == ("Yes.", FailureCode.AUTHENTICATION, True)


@pytest.mark.parametrize(
    "dialect, header, value",
    [
        (Dialect.OPENAI, "authorization", f"Bearer {KEY}"),
        (Dialect.ANTHROPIC, "x-api-key", KEY),
        (Dialect.GEMINI, "x-goog-api-key", KEY),
    ],
)
async def test_key_and_depth_travel_as_headers(
    upstream: Upstream, client: httpx.AsyncClient, dialect: Dialect, header: str, value: str
) -> None:
    model = f"headers-{dialect}"

    await ask(client, endpoint_at(upstream.url), request_to(model, depth=2), dialect=dialect)

    headers = upstream.ledger(model)[0]["headers"]
    assert (headers[header], headers["x-fusion-depth"]) == (value, "2")
    assert [name for name, text in headers.items() if KEY in text] == [header]


async def test_flaky_upstream_fails_at_its_rate_and_the_same_each_time(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    runs = []
    for _ in range(2):
        upstream.script("chancy", "flaky", rate=0.5, seed=7, failures=["500", "cut-mid"])
        for _ in range(12):
            try:
                await ask(client, endpoint_at(upstream.url), request_to("chancy"))
            except ProviderError:
                continue
        runs.append([entry["behaviour"] for entry in upstream.ledger("chancy")][-12:])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {"ok", "500", "cut-mid"}


async def test_provider_goes_down_and_comes_back(upstream: Upstream, client: httpx.AsyncClient) -> None:
    one, other = endpoint_at(upstream.url_of("one")), endpoint_at(upstream.url_of("other"))
    upstream.down("one")

    with pytest.raises(ProviderError) as caught:
        await ask(client, one, request_to("here"))
    while_down = await ask(client, other, request_to("here"))
    upstream.up("one")
    after = await ask(client, one, request_to("here"))

    assert caught.value.code == FailureCode.CONNECTION
    assert while_down.text == after.text != ""
    assert [(entry["provider"], entry["behaviour"]) for entry in upstream.ledger("here")] == [
        *[("one", "down"), ("other", "here"), ("one", "here")],
    ]


def test_table_stands_in_the_documentation() -> None:
    page = PAGE.read_text()

    table = page.partition("<!-- behaviours -->\n")[2].partition("\n<!-- end -->")[0]

    assert table == markdown()


@pytest.mark.parametrize("vendor", KNOWN_VENDORS, ids=lambda vendor: vendor.name)
def test_vendor_stands_in_the_documentation(vendor: KnownVendor) -> None:
    rows = PAGE.read_text().partition("## Vendors")[2].partition("## Parameters")[0]
    names = " or ".join(f"`{name}`" for name in vendor.api_key_envs)
    dialect = {Dialect.OPENAI: "OpenAI", Dialect.ANTHROPIC: "Anthropic", Dialect.GEMINI: "Gemini"}[vendor.dialect]

    assert f"| {vendor.name} | {dialect} | `{vendor.base_url}` | {names} |" in rows.splitlines()
