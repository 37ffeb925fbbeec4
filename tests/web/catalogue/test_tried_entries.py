"""Entries of providers are tried before they are stored: what is wrong stands at its field, and nothing is kept."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pydantic import SecretStr

from apps.catalogue import actions
from apps.catalogue.models import Provider
from apps.catalogue.secrets import Secrets, seal, unseal
from apps.providers import openai_compatible
from apps.providers.vendor_quirks import ANY
from tests.upstream import Upstream

ADD, CHANGE = "/models/providers/add", "/models/providers/mine/"
KEY = "sk-entered-by-hand-1234567890"
LISTED = {"data": [{"id": "one"}]}
WRONG_KEY = {"error": {"message": "Incorrect API key provided."}}
NOWHERE = "http://127.0.0.1:1/v1"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_send", lambda *_: True)


def form(upstream: Upstream, **values: Any) -> dict[str, Any]:
    return {"name": "Mine", "dialect": "openai", "base_url": upstream.url, "api_key": KEY, **values}


@pytest.mark.parametrize(
    "status, body, values, field, words",
    [
        (401, WRONG_KEY, {}, "api_key", "Mine did not accept the key."),
        (403, WRONG_KEY, {}, "api_key", "Mine"),
        (404, {}, {}, "base_url", "needs their names below"),
        (200, "<html>Hello</html>", {}, "base_url", "Mine"),
        (200, LISTED, {"base_url": NOWHERE}, "base_url", "Mine"),
    ],
)
def test_entry_that_fails_is_refused_at_its_field(
    as_root: Client, upstream: Upstream, status: int, body: Any, values: dict[str, Any], field: str, words: str
) -> None:
    upstream.serve("/v1/models", body, status)

    response = as_root.post(ADD, form(upstream, **values))

    errors = response.context["form"].errors
    assert (response.status_code, list(errors)) == (400, [field])
    assert words in errors[field][0]
    assert KEY not in response.content.decode()
    assert "Save without trying" in response.content.decode()
    assert Provider.objects.count() == 0


@pytest.mark.parametrize("status", [200, 402, 429, 503])
def test_entry_that_works_or_may_work_later_is_stored(as_root: Client, upstream: Upstream, status: int) -> None:
    upstream.serve("/v1/models", LISTED, status)

    response = as_root.post(ADD, form(upstream))

    assert response.url == "/models/#provider-mine"
    assert unseal(Provider.objects.get().secrets).api_key.get_secret_value() == KEY


def test_wrong_key_is_stored_where_somebody_insists(as_root: Client, upstream: Upstream) -> None:
    upstream.serve("/v1/models", WRONG_KEY, 401)

    as_root.post(ADD, form(upstream, untried="yes"))

    assert Provider.objects.get().name == "Mine"


def test_list_that_is_open_to_all_does_not_prove_the_key(
    as_root: Client, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_compatible, "vendor_of", lambda _: replace(ANY, key_path="/key"))
    upstream.serve("/v1/models", LISTED)
    upstream.serve("/v1/key", WRONG_KEY, 401)
    refused = as_root.post(ADD, form(upstream))
    upstream.serve("/v1/key", {"data": {"label": "sk"}})

    as_root.post(ADD, form(upstream))

    assert list(refused.context["form"].errors) == ["api_key"]
    assert Provider.objects.count() == 1


@pytest.mark.parametrize("behaviour, field", [("ok", ""), ("401", "api_key"), ("404", "model_names")])
def test_names_by_hand_are_tried_with_one_token(
    as_root: Client, upstream: Upstream, behaviour: str, field: str
) -> None:
    upstream.serve("/v1/models", {}, 404)
    upstream.script("gpt-tiny", behaviour)

    response = as_root.post(ADD, form(upstream, model_names="gpt-tiny\nother"))

    assert (list(response.context["form"].errors) if field else []) == ([field] if field else [])
    assert Provider.objects.count() == (0 if field else 1)
    assert [request["body"]["max_tokens"] for request in upstream.ledger("gpt-tiny")] == [1]


def test_private_address_is_refused_before_anything_is_asked(as_staff: Client, upstream: Upstream) -> None:
    response = as_staff.post(ADD, form(upstream, model_names="gpt-tiny"))

    assert list(response.context["form"].errors) == ["base_url"]
    assert upstream.ledger("gpt-tiny") == []


def test_change_is_tried_with_the_stored_key_and_limits_alone_are_not(as_root: Client, upstream: Upstream) -> None:
    sealed = seal(Secrets(SecretStr(KEY)))
    Provider.objects.create(slug="mine", name="Mine", base_url=upstream.url, is_from_environment=False, secrets=sealed)
    upstream.serve("/v1/models", WRONG_KEY, 401)

    limited = as_root.post(CHANGE, form(upstream, api_key="", max_streams="3"))
    refused = as_root.post(CHANGE, form(upstream, api_key="sk-another"))

    provider = Provider.objects.get()
    assert (limited.status_code, list(refused.context["form"].errors)) == (302, ["api_key"])
    assert (provider.max_streams, unseal(provider.secrets).api_key.get_secret_value()) == (3, KEY)
