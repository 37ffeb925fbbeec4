"""Providers on the Models page: who may manage them, what is accepted, and that no key is ever seen again."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import SecretStr

from apps.accounts.models import User
from apps.catalogue import actions
from apps.catalogue.models import Provider
from apps.catalogue.secrets import Secrets, seal, unseal
from apps.web.catalogue import page as models_page
from apps.web.catalogue import provider_views
from tests.calls import create_call
from tests.factories import make_model, make_provider, make_run

MODELS = "/models/"
ADD = "/models/providers/add"
KEY = "sk-entered-by-hand-1234567890"
PUBLIC = "https://93.184.215.14/v1"
"""An address that needs no name server."""


@pytest.fixture(autouse=True)
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entries pass as if they had been tried: the addresses of these tests are on another machine."""
    monkeypatch.setattr(provider_views, "try_entry", lambda _: None)


@pytest.fixture
def entered(db: None) -> Provider:
    """Create a provider that was entered on the page, with a key."""
    secrets = seal(Secrets(SecretStr(KEY), {"x-account": "acct-9876543210"}))
    return Provider.objects.create(
        slug="mine", name="Mine", base_url=PUBLIC, is_from_environment=False, secrets=secrets, only_public=True
    )


def form(**values: Any) -> dict[str, Any]:
    return {"name": "Mine", "dialect": "openai", "base_url": PUBLIC, "api_key": KEY, **values}


@pytest.mark.parametrize(
    "method, address",
    [
        ("get", ADD),
        ("post", ADD),
        ("get", "/models/providers/mine/"),
        ("post", "/models/providers/mine/"),
        ("post", "/models/providers/mine/refresh/"),
        ("post", "/models/providers/mine/connected/"),
        ("post", "/models/providers/mine/delete/"),
        ("get", "/models/1/"),
        ("post", "/models/1/"),
    ],
)
def test_user_without_staff_rights_changes_nothing(
    as_charlie: Client, client: Client, entered: Provider, method: str, address: str
) -> None:
    assert getattr(as_charlie, method)(address, form(name="Other")).status_code == 403
    assert getattr(client, method)(address).status_code == 302
    assert list(Provider.objects.values_list("name", "is_connected")) == [("Mine", True)]


def test_everybody_sees_providers_but_only_staff_the_buttons(
    as_charlie: Client, as_staff: Client, entered: Provider
) -> None:
    pages = [person.get(MODELS).content.decode() for person in (as_charlie, as_staff)]

    assert ["Mine" in page for page in pages] == [True, True]
    for address in (ADD, "/models/providers/mine/delete/", "/models/providers/mine/refresh/"):
        assert [address in page for page in pages] == [False, True]


def test_provider_is_added_with_its_key_sealed(as_staff: Client) -> None:
    response = as_staff.post(
        ADD, form(headers="X-Account: acct-9876543210\n", requests_per_minute="60", max_streams="4")
    )

    provider = Provider.objects.get()
    assert response.url == f"{MODELS}#provider-mine"
    assert (provider.slug, provider.is_from_environment, provider.only_public) == ("mine", False, True)
    assert (provider.requests_per_minute, provider.max_streams) == (60, 4)
    assert unseal(provider.secrets) == Secrets(SecretStr(KEY), {"X-Account": "acct-9876543210"})
    assert KEY not in str(list(Provider.objects.values()))
    assert provider.refresh_asked_at is not None


@pytest.mark.parametrize("address", [MODELS, "/models/providers/mine/", "/models/?provider=mine"])
def test_stored_secret_is_on_no_page(as_root: Client, entered: Provider, address: str) -> None:
    page = as_root.get(address).content.decode()

    assert [part for part in (KEY, "acct-9876543210", "x-account", entered.secrets) if part in page] == []


@pytest.mark.parametrize(
    "values, field",
    [
        ({"name": ""}, "name"),
        ({"dialect": "klingon"}, "dialect"),
        ({"base_url": "ftp://host.example"}, "base_url"),
        ({"base_url": "http://127.0.0.1:11434/v1"}, "base_url"),
        ({"base_url": "http://169.254.169.254/latest"}, "base_url"),
        ({"base_url": "https://user:pw@93.184.215.14"}, "base_url"),
        ({"api_key": "sk-Ünicode"}, "api_key"),
        ({"api_key": "sk two words"}, "api_key"),
        ({"headers": "no colon"}, "headers"),
        ({"headers": "Host: other.example"}, "headers"),
        ({"headers": "X-Über: 1"}, "headers"),
        ({"requests_per_minute": "0"}, "requests_per_minute"),
        ({"max_streams": "-1"}, "max_streams"),
    ],
)
def test_entry_that_is_wrong_is_said_at_its_field(as_staff: Client, values: dict[str, Any], field: str) -> None:
    response = as_staff.post(ADD, form(**values))

    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert KEY not in response.content.decode()
    assert Provider.objects.count() == 0


def test_administrator_may_enter_a_private_address(as_root: Client) -> None:
    as_root.post(ADD, form(base_url="http://127.0.0.1:11434/v1"))

    provider = Provider.objects.get()
    assert (provider.base_url, provider.only_public) == ("http://127.0.0.1:11434/v1", False)


@pytest.mark.parametrize(
    "base_url, name",
    [
        ("https://api.groq.com/openai/v1", "Groq"),
        ("https://API.mistral.ai", "Mistral"),
        ("https://[", ""),
        (PUBLIC, ""),
    ],
)
def test_name_is_the_vendors_where_the_address_tells_it(
    as_staff: Client, monkeypatch: pytest.MonkeyPatch, base_url: str, name: str
) -> None:
    monkeypatch.setattr(actions, "checked_base_url", lambda text, **_: text)  # there is no name server here

    response = as_staff.post(ADD, form(base_url=base_url, name=""))

    assert list(Provider.objects.values_list("name", flat=True)) == ([name] if name else [])
    assert name or response.context["form"].errors["name"] == ["Give the provider a name."]


def test_vendor_fills_the_form(as_staff: Client) -> None:
    page = as_staff.get(f"{ADD}?vendor=anthropic")

    assert page.context["form"].initial == {
        "name": "Anthropic",
        "dialect": "anthropic",
        "base_url": "https://api.anthropic.com/v1",
    }


@pytest.mark.parametrize(
    "name, slug",
    [("Local", "local-2"), ("Ollama", "ollama-2"), ("???", "provider"), ("Mine", "mine-2"), ("Äpfel", "apfel")],
)
def test_name_that_is_taken_gets_a_number(as_staff: Client, entered: Provider, name: str, slug: str) -> None:
    as_staff.post(ADD, form(name=name))

    assert Provider.objects.exclude(pk=entered.pk).get().slug == slug


def test_provider_that_the_environment_left_behind_is_taken_over_with_its_models(as_staff: Client) -> None:
    left = make_provider("anthropic", "Anthropic", is_connected=False, api_key_env="ANTHROPIC_API_KEY")
    make_model(left, "claude-9")

    as_staff.post(ADD, form(name="Anthropic"))

    taken = Provider.objects.get()
    assert (taken.pk, taken.is_from_environment, taken.api_key_env, taken.is_connected) == (left.pk, False, "", True)


def test_change_with_empty_fields_keeps_the_key(as_staff: Client, entered: Provider) -> None:
    as_staff.post("/models/providers/mine/", form(name="Renamed", api_key="", headers=""))

    entered.refresh_from_db()
    assert (entered.name, entered.slug) == ("Renamed", "mine")
    assert unseal(entered.secrets).api_key.get_secret_value() == KEY


def test_key_is_not_sent_to_another_host_unless_it_is_entered_again(as_staff: Client, entered: Provider) -> None:
    elsewhere = "https://93.184.215.15/v1"

    refused = as_staff.post("/models/providers/mine/", form(base_url=elsewhere, api_key=""))
    entered.refresh_from_db()
    kept = entered.base_url
    as_staff.post("/models/providers/mine/", form(base_url=elsewhere, api_key="sk-another"))
    entered.refresh_from_db()

    assert (list(refused.context["form"].errors), kept) == (["api_key"], PUBLIC)
    assert (entered.base_url, unseal(entered.secrets)) == (elsewhere, Secrets(SecretStr("sk-another")))


def test_stored_secrets_can_be_removed(as_staff: Client, entered: Provider) -> None:
    as_staff.post("/models/providers/mine/", form(api_key="", remove_secrets="on"))

    entered.refresh_from_db()
    assert entered.secrets == ""


def test_page_with_an_unreadable_key_works_and_takes_a_new_one(as_staff: Client, entered: Provider) -> None:
    Provider.objects.update(secrets="sealed under another key")

    before = as_staff.get(MODELS).content.decode()
    as_staff.post("/models/providers/mine/", form())
    after = as_staff.get(MODELS).content.decode()

    assert ["The key cannot be decrypted" in page for page in (before, after)] == [True, False]


def test_provider_of_the_environment_can_change_its_limits_only(as_root: Client) -> None:
    make_provider("groq", "Groq", api_key_env="GROQ_API_KEY")

    page = as_root.get("/models/providers/groq/")
    as_root.post("/models/providers/groq/", form(name="Other", requests_per_minute="30", max_streams=""))
    refused = [as_root.post(f"/models/providers/groq/{what}/").status_code for what in ("delete", "connected")]

    kept = Provider.objects.get()
    assert b"GROQ_API_KEY" in page.content
    assert (kept.name, kept.secrets, kept.requests_per_minute, kept.max_streams) == ("Groq", "", 30, None)
    assert refused == [403, 403]


def test_disconnected_provider_is_kept_and_can_be_connected_again(as_staff: Client, entered: Provider) -> None:
    states = []
    for connected in ("no", "yes"):
        as_staff.post("/models/providers/mine/connected/", {"connected": connected})
        entered.refresh_from_db()
        states.append((entered.is_connected, bool(entered.secrets)))

    assert states == [(False, True), (True, True)]


def test_deleted_provider_takes_its_key_along_and_leaves_runs(
    as_staff: Client, as_alice: Client, alice: User, local: Any, entered: Provider
) -> None:
    make_model(entered, "one")
    run = make_run(alice)
    call = create_call(run, slot="A", model="mine/one", status="done", text="Here.", html="<p>Here.</p>")

    as_staff.post("/models/providers/mine/delete/")

    call.refresh_from_db()
    assert (Provider.objects.filter(slug="mine").exists(), call.model) == (False, "mine/one")
    assert "mine/one" in as_alice.get(run.get_absolute_url()).content.decode()


def test_refresh_is_awaited_and_brings_the_whole_card(as_staff: Client, entered: Provider) -> None:
    htmx = {"HX-Request": "true"}

    pressed = as_staff.post("/models/providers/mine/refresh/", headers=htmx)
    waiting = as_staff.get("/models/providers/mine/state/", headers=htmx)
    make_model(entered, "fresh")
    Provider.objects.update(refresh_asked_at=None, refreshed_at=timezone.now())
    done = as_staff.get("/models/providers/mine/state/", headers=htmx)

    assert (b"Listing its models" in pressed.content, waiting.status_code) == (True, 204)
    assert done.context["card"].offered == 1
    assert done.headers["HX-Trigger"] == '{"listed": {}}'


def test_list_that_comes_while_the_page_is_made_is_on_it_or_asked_for(
    as_staff: Client, entered: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.ask_refresh(entered)

    def coming_after(read: Callable[..., Any]) -> Callable[..., Any]:
        def first(*args: Any) -> Any:
            found = read(*args)
            if Provider.objects.filter(refresh_asked_at__isnull=False).update(refresh_asked_at=None):
                make_model(entered, "fresh")
            return found

        return first

    for part in ("cards", "listing"):
        monkeypatch.setattr(models_page, part, coming_after(getattr(models_page, part)))
    response = as_staff.get(MODELS)

    is_asked_for = response.context["cards"][0].is_refreshing
    assert is_asked_for or response.context["listing"].rows


@pytest.mark.parametrize("proxy", ["", "http://proxy.test:3128"])
@pytest.mark.parametrize("only_public", [True, False])
def test_provider_behind_a_proxy_says_who_resolves_its_name(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch, proxy: str, only_public: bool
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    if proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    make_provider("acme", only_public=only_public)
    Provider.objects.update(base_url="https://vendor.example/v1")

    page = html.unescape(as_alice.get(MODELS).content.decode())

    assert ("reached through this server's proxy, which resolves the name" in page) is bool(proxy)
    assert ("so addresses are checked by name only" in page) is (bool(proxy) and only_public)
