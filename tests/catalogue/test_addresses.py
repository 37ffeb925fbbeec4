"""Base URLs that are accepted, and from whom."""

import socket

import pytest

from apps.catalogue.addresses import BadAddress, checked_base_url
from apps.catalogue.models import Provider
from apps.catalogue.queries import endpoint_of_provider
from apps.providers.errors import ProviderError

PUBLIC, PRIVATE = "93.184.215.14", "10.1.2.3"


@pytest.fixture
def resolve(monkeypatch):
    """Let every name resolve to the addresses given, as a name server would answer."""

    def to(*addresses):
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)

    return to


@pytest.mark.parametrize(
    "text, stored",
    [
        ("https://host.example/v1", "https://host.example/v1"),
        (" https://host.example/v1/ ", "https://host.example/v1"),
        ("HTTPS://Host.Example:8443/v1", "https://host.example:8443/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_administrator_may_enter_any_web_address(text, stored):
    assert checked_base_url(text, may_be_private=True) == stored


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("not a url", "Start with https:// (or http://), as in https://host.example/v1."),
        ("ftp://host.example", "Start with https:// (or http://), as in https://host.example/v1."),
        ("https://", "Start with https:// (or http://), as in https://host.example/v1."),
        (
            "https://host .example",
            "An address has no spaces, “\\” or invisible characters. "
            "Start with https:// (or http://), as in https://host.example/v1.",
        ),
    ],
)
def test_address_refusal_says_what_to_enter(text, sentence):
    with pytest.raises(BadAddress) as caught:
        checked_base_url(text, may_be_private=True)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host.example/v1",
        "ftp://host.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///v1",
        "https://user:secret@host.example",
        "https://user@host.example",
        "https://host.example/v1?key=1",
        "https://host.example/v1?",
        "https://host.example/v1#part",
        "https://host.example/v1#",
        "https://host .example",
        "https://host.example\n/v1",
        "https://host.example\\@evil.example",
        "https://host.example:port",
        "https://host.example:99999",
        "https://xn--a/v1",
        "https://xn--ls8h.example/v1",
        "https://" + "h" * 500,
        "https://host.example/" + "é" * 100,
    ],
)
def test_address_that_is_no_plain_web_address_is_refused_for_everybody(text):
    with pytest.raises(BadAddress):
        checked_base_url(text, may_be_private=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "localhost",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[fec0::1]",
        "[5f00::1]",
    ],
)
def test_private_address_is_refused_unless_an_administrator_enters_it(host):
    with pytest.raises(BadAddress):
        checked_base_url(f"http://{host}/v1", may_be_private=False)


@pytest.fixture
def resolved(monkeypatch):
    """Return the list of the names that are looked up, each of them public."""
    names = []

    def look_up(name, *_, **__):
        names.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


def test_address_check_resolves_the_name_that_the_client_resolves(resolved):
    checked_base_url("http://fa\u00df.example", may_be_private=False)

    assert resolved == ["xn--fa-hia.example"]


@pytest.mark.parametrize("host", [PUBLIC, "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
def test_public_address_is_accepted_from_everybody(host):
    assert checked_base_url(f"https://{host}/v1", may_be_private=False) == f"https://{host}/v1"


def test_name_counts_as_private_if_any_of_its_addresses_is(resolve):
    resolve(PUBLIC, PRIVATE)

    with pytest.raises(BadAddress, match="inside this network"):
        checked_base_url("https://host.example/v1", may_be_private=False)


def test_name_that_does_not_resolve_is_refused(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(BadAddress, match="cannot be found"):
        checked_base_url("https://host.example/v1", may_be_private=False)


@pytest.mark.parametrize("only_public", [True, False])
def test_endpoint_says_whether_it_must_be_public(only_public):
    provider = Provider(slug="p", name="P", base_url="https://host.example/v1", only_public=only_public)

    assert endpoint_of_provider(provider).only_public is only_public


def test_host_that_cannot_be_public_is_not_asked():
    provider = Provider(slug="p", name="P", base_url="http://vault.internal/v1", only_public=True)

    with pytest.raises(ProviderError, match="inside this network"):
        endpoint_of_provider(provider)


def test_name_behind_a_proxy_is_not_resolved_here(resolved, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")

    assert checked_base_url("https://host.example/v1", may_be_private=False) == "https://host.example/v1"
    with pytest.raises(BadAddress, match="inside this network"):
        checked_base_url("https://vault.internal/v1", may_be_private=False)

    assert resolved == []
