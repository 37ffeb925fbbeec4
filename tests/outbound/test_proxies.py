"""Clients behind proxies: a variable that is not understood is named and keeps nothing from starting."""

import httpx
import pytest

from apps.outbound import clients, proxies
from apps.providers import batched_reads

NAMES = [f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO")]
PROXY = "http://127.0.0.1:3128"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("NO_PROXY", "::1/128", "NO_PROXY is not understood where it says ::1/128;"),
        ("NO_PROXY", "localhost,[::1],fd00::/8", "NO_PROXY is not understood where it says [::1], fd00::/8;"),
        ("HTTPS_PROXY", "gopher://127.0.0.1:1080", "HTTPS_PROXY is not understood;"),
        ("ALL_PROXY", "socks9://127.0.0.1:1080", "ALL_PROXY is not understood;"),
    ],
)
async def test_what_is_not_understood_is_named_and_left_out(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, value: str, said: str
) -> None:
    environment.setenv("HTTP_PROXY", PROXY)
    environment.setenv(name, value)
    with pytest.raises((httpx.InvalidURL, ValueError)):
        httpx.AsyncClient()

    async with clients.client(timeout=3), batched_reads.client(0.04):
        [problem] = proxies.problems()

    assert problem.startswith(said)
    assert caplog.messages == [problem, problem]


async def test_socks_is_spoken_or_left_out(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    async with clients.client():
        problems = proxies.problems()

    assert [problem.partition(" ")[0] for problem in problems] in ([], ["ALL_PROXY"])


@pytest.mark.parametrize(
    "url, is_proxied",
    [
        ("http://[::1]/", False),
        ("http://a.example.com/", False),
        ("http://vendor.test/", True),
        ("http://localhost/", False),
    ],
)
async def test_what_is_understood_still_counts(environment: pytest.MonkeyPatch, url: str, is_proxied: bool) -> None:
    environment.setenv("HTTP_PROXY", PROXY)
    environment.setenv("NO_PROXY", "::1/128,example.com,localhost")

    async with clients.client() as client:
        transport = client._transport_for_url(httpx.URL(url))

    assert (transport is not client._transport) is is_proxied


def test_an_understood_environment_has_no_problems(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", PROXY)
    environment.setenv("NO_PROXY", "localhost,127.0.0.1,::1,.example.com")

    assert proxies.problems() == []
