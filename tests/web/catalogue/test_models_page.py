"""The Models page: what it says of providers and models, who may do what, and that it does not ask per row."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pydantic import SecretStr

from apps.accounts.models import User
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import Secrets, seal
from apps.providers.resilience import Circuit, CircuitState
from apps.runs.spending.ledger import spent_by, start_of_month
from apps.web.catalogue import page
from tests.calls import create_call
from tests.factories import make_model, make_provider, make_run

MODELS = "/models/"
ADD = "/models/providers/add"
KEY = "sk-entered-by-hand-1234567890"
JUST_NOW = timedelta(0)


def dated(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a table, made when the suite was collected, with its ages as moments before now."""
    now = timezone.now()
    return {name: now - value if isinstance(value, timedelta) else value for name, value in values.items()}


def names(response: HttpResponse) -> list[str]:
    return [row.model.name for row in response.context["listing"].rows]


def cells(response: HttpResponse) -> list[str]:
    """Return the text of the first model's cells, without parts that only a screen reader or a phone shows.

    The star, the provider and the buttons at the end, which every row has, are left out.
    """
    row = re.search(r'<tr class="model">(.*?)</tr>', response.content.decode(), re.DOTALL)
    assert row
    shown = re.sub(r'<span class="(unit|visually-hidden)">.*?</span>', "", row[1])
    found = [
        " ".join(re.sub("<[^>]+>", " ", text).split()) for text in re.findall(r"<t[dh].*?</t[dh]>", shown, re.DOTALL)
    ]
    return [found[1], *found[3:-1]]


def test_models_page_asks_a_stranger_to_log_in(client: Client) -> None:
    assert client.get(MODELS).url == "/login/?next=/models/"


def test_models_page_without_a_provider_tells_how_to_connect(as_alice: Client, as_root: Client) -> None:
    page, for_root = as_alice.get(MODELS).content.decode(), as_root.get(MODELS).content.decode()

    for name in ("OPENROUTER_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_HOST"):
        assert name in page
    assert [f"{ADD}?vendor=anthropic" in text for text in (page, for_root)] == [False, True]


@pytest.mark.parametrize(
    "values, expected",
    [
        ({}, ["one", "", "", "unknown", "", "", ""]),
        (
            {"label": "One", "maker": "Maker", "context_length": 200_000, "max_output": 64_000},
            ["One one · Maker", "200k 64k out", "", "unknown", "", "", ""],
        ),
        (
            {"supports_vision": True, "supports_reasoning": True, "supports_json_schema": True, "supports_tools": True},
            ["one", "", "images thinks calls tools JSON", "unknown", "", "", ""],
        ),
        (
            {"price_input": 3, "price_output": 15, "price_cached": "0.3", "price_source": "table"},
            ["one", "", "", "$0.300 cached $3.00 ≈", "$15.00", "", ""],
        ),
        (
            {"price_input": 0, "price_output": 0, "price_source": "provider"},
            ["one", "", "", "$0", "$0", "", ""],
        ),
        (
            {"price_input": 1, "price_output": 2, "price_source": "manual"},
            ["one", "", "", "$1.00 ✎", "$2.00", "", ""],
        ),
        (
            {"test_latency_s": 0.84, "tested_at": JUST_NOW},
            ["one", "", "", "unknown", "", "", "0.8 s"],
        ),
        ({"test_failure": "Up said: no."}, ["one", "", "", "unknown", "", "", "failed Up said: no."]),
        ({"test_asked_at": JUST_NOW}, ["one", "", "", "unknown", "", "", "Asking …"]),
    ],
)
def test_model_row_shows_only_what_is_known(as_alice: Client, values: dict[str, Any], expected: list[str]) -> None:
    make_model(make_provider(), "one", **dated(values))

    page = as_alice.get(MODELS)

    assert cells(page) == expected
    assert ('aria-label="Test ' in page.content.decode()) == ("test_asked_at" not in values)


def test_health_comes_from_our_own_calls_of_a_week(as_alice: Client, alice: User, local: Any) -> None:
    run = make_run(alice)
    rows = [("done", None, 0.5), ("done", None, 1.5), ("failed", "overloaded", None), ("failed", "cancelled", None)]
    for take, (status, code, ttft_s) in enumerate(rows, 1):
        create_call(
            run, slot="A", take=take, model="local/gemma3-270m", status=status, failure_code=code,
            ttft_s=ttft_s, ended_at=timezone.now(),
        )  # fmt: skip
    old = timezone.now() - timedelta(days=8)
    create_call(run, slot="B", model="local/gemma3-270m", status="done", ttft_s=9, ended_at=old)

    assert cells(as_alice.get(MODELS))[5] == "first token 1.0 s , 95 % within 1.4 s 1 of 3 calls failed"

    run.calls.filter(failure_code="overloaded").delete()
    assert cells(as_alice.get(MODELS))[5] == "first token 1.0 s , 95 % within 1.4 s 2 calls"
    run.calls.filter(ttft_s__isnull=False).delete()
    failed = {"status": "failed", "failure_code": "overloaded", "ended_at": timezone.now()}
    create_call(run, slot="C", model="local/gemma3-270m", **failed)
    assert cells(as_alice.get(MODELS))[5] == "1 of 1 call failed"


@pytest.mark.parametrize("state, words", [("closed", ""), ("open", "not asked now"), ("half_open", "being probed")])
def test_circuit_that_is_not_closed_is_shown(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch, state: str, words: str
) -> None:
    make_model(make_provider(), "one")
    circuit = Circuit(CircuitState(state), failures=5, requests=6)
    monkeypatch.setattr(page, "circuit_of", lambda references: dict.fromkeys(references, circuit))

    assert cells(as_alice.get(MODELS))[5] == words


def test_answer_of_a_fallback_counts_for_the_fallback(as_alice: Client, alice: User, local: Any) -> None:
    run = make_run(alice)
    create_call(
        run, slot="A", model="local/gemma3-270m", answered_by="local/smollm2-135m", status="done",
        ttft_s=2, ended_at=timezone.now(),
    )  # fmt: skip

    page = as_alice.get(MODELS)

    assert [(row.model.name, row.health is not None) for row in page.context["listing"].rows] == [
        ("smollm2-135m", True),
        ("gemma3-270m", False),
    ]


@pytest.mark.parametrize(
    "values, words",
    [
        ({"api_key_env": "GROQ_API_KEY"}, "key from the variable GROQ_API_KEY"),
        ({"is_from_environment": False, "secrets": seal(Secrets(SecretStr(KEY)))}, "key stored encrypted"),
        ({"is_from_environment": False}, "entered on this page, no key"),
        ({"refresh_failure": "Up said: no."}, "The models could not be listed."),
        ({"is_from_environment": False, "secrets": "sealed under another key"}, "The key cannot be decrypted"),
        ({"refresh_asked_at": JUST_NOW}, "Listing its models …"),
        ({"refresh_asked_at": timedelta(hours=1)}, "No worker took the refresh."),
        ({"is_connected": False, "is_from_environment": False}, "disconnected"),
    ],
)
def test_provider_says_how_it_stands(as_alice: Client, values: dict[str, Any], words: str) -> None:
    make_provider("up", "Up", **dated(values))

    assert words in as_alice.get(MODELS).content.decode()


@pytest.mark.parametrize(
    "values, state",
    [
        ({}, "connected"),
        ({"refresh_failure": "Up said: no."}, "cannot list"),
        ({"secrets": "sealed under another key"}, "needs its key"),
        ({"is_connected": False, "is_from_environment": False, "refresh_failure": "Up said: no."}, "disconnected"),
    ],
)
def test_word_beside_the_dot_is_how_a_provider_stands(as_alice: Client, values: dict[str, Any], state: str) -> None:
    make_provider("up", "Up", **values)

    page = as_alice.get(MODELS).content.decode()
    assert re.findall(r'aria-hidden="true"></span>([a-z ]+)</span>', page) == [state]


@pytest.mark.parametrize(
    "search, found",
    [
        ("", ["claude-9", "llama-9"]),
        ("claude", ["claude-9"]),
        ("META", ["llama-9"]),
        ("up 9", ["claude-9", "llama-9"]),
        ("claude meta", []),
        ("%", []),
        ("cla\x00ude", ["claude-9"]),
    ],
)
def test_models_search_has_an_address(as_alice: Client, search: str, found: list[str]) -> None:
    provider = make_provider("up", "Up")
    make_model(provider, "claude-9", maker="Anthropic")
    make_model(provider, "llama-9", maker="Meta")

    assert names(as_alice.get(MODELS, {"q": search})) == found


def test_next_page_links_lead_through_every_model_once(as_alice: Client) -> None:
    provider = make_provider("up", "Up")
    made = [make_model(provider, f"m{number:03}").name for number in range(120)]

    seen, address = [], f"{MODELS}?q=m"
    while address:
        response = as_alice.get(address)
        seen += names(response)
        address = response.context["listing"].more_url

    assert seen == made


@pytest.mark.parametrize("target, template", [("models", "table"), ("more", "rows"), ("", "page"), ("other", "page")])
def test_models_page_sends_htmx_only_the_part_it_replaces(as_alice: Client, target: str, template: str) -> None:
    make_model(make_provider("up", "Up"), "one")

    response = as_alice.get(MODELS, headers={"HX-Request": "true", "HX-Target": target} if target else {})

    assert response.templates[0].name == f"catalogue/{template}.html"


@pytest.mark.parametrize(
    "thinks, shown, said",
    [(False, "60", ""), (True, "300", ""), (None, "60", "300 with a reasoning effort.")],
)
def test_settings_show_the_time_that_calls_are_given(as_staff: Client, settings, thinks, shown: str, said: str) -> None:
    settings.FIRST_TOKEN_TIMEOUT = 60
    model = make_model(make_provider(), "one", supports_reasoning=thinks)

    field = as_staff.get(f"/models/{model.pk}/").context["form"].fields["first_token_s"]

    assert (field.widget.attrs["placeholder"], field.help_text) == (shown, said)


@pytest.mark.parametrize(
    "address", ["/models/?provider=none", "/models/7/test/state/", "/models/providers/none/state/"]
)
def test_unknown_model_or_provider_is_not_found(as_alice: Client, address: str) -> None:
    assert as_alice.get(address).status_code == 404


def test_newest_provider_comes_first_and_the_disconnected_last(as_alice: Client) -> None:
    for slug, is_connected in [("one", True), ("off", False), ("two", True)]:
        make_provider(slug, slug, is_connected=is_connected, is_from_environment=False)

    assert [card.provider.slug for card in as_alice.get(MODELS).context["cards"]] == ["two", "one", "off"]


def test_models_page_costs_the_same_queries_for_one_and_three_providers(as_alice: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_alice.get(MODELS)
        return len(queries)

    for number in range(20):
        make_model(make_provider() if number == 0 else Provider.objects.get(), f"m{number}")
    once = count()
    for slug in ("two", "three"):
        make_model(make_provider(slug, slug), "one")

    assert count() == once


def test_model_test_is_queued_once_and_awaited(as_alice: Client) -> None:
    model = make_model(make_provider(), "one")
    htmx = {"HX-Request": "true"}

    pressed = as_alice.post(f"/models/{model.pk}/test/", headers=htmx)
    waiting = as_alice.get(f"/models/{model.pk}/test/state/", headers=htmx)
    Model.objects.update(test_asked_at=None, tested_at=timezone.now(), test_latency_s=0.4)
    done = as_alice.get(f"/models/{model.pk}/test/state/", headers=htmx)

    assert b"Asking" in pressed.content
    assert (waiting.status_code, b"0.4 s" in done.content) == (204, True)


def test_model_test_without_a_script_leads_back_to_the_model(as_alice: Client) -> None:
    model = make_model(make_provider(), "one")

    assert as_alice.post(f"/models/{model.pk}/test/").url == "/models/?q=one&provider=local"


@pytest.mark.parametrize("price, cost", [(1_000, Decimal("0.008")), (0, 0), (None, 0)])
def test_model_test_counts_once_for_the_person_who_pressed(
    as_alice: Client, alice: User, price: int | None, cost: Decimal
) -> None:
    model = make_model(make_provider(), "one", price_input=price, price_output=price)

    for _ in range(2):  # the second while the first is under way
        as_alice.post(f"/models/{model.pk}/test/")

    assert spent_by(alice, start_of_month()) == cost


OFF = "This model is not offered now, so it cannot be tested."
HOT = "This model was tested less than a minute ago. Wait a little, then test it again."
SPENT = "Nothing is left to spend, not even on a test. Your daily cap is $0.00. The next day begins at 00:00 UTC."


@pytest.mark.parametrize(
    "who, cap, values, refusal",
    [
        ("as_alice", None, {"is_available": False}, OFF),
        ("as_alice", None, {"provider__is_connected": False}, OFF),
        ("as_staff", None, {"is_available": False}, ""),
        ("as_alice", None, {"tested_at": timedelta(seconds=50)}, HOT),
        ("as_staff", None, {"tested_at": timedelta(seconds=50)}, HOT),
        ("as_alice", None, {"tested_at": timedelta(seconds=61)}, ""),
        ("as_alice", None, {"test_asked_at": timedelta(seconds=5), "tested_at": timedelta(seconds=50)}, ""),
        ("as_alice", 0, {}, SPENT),
        ("as_alice", 0, {"price_input": 0, "price_output": 0}, ""),
    ],
)
def test_model_test_is_refused_with_a_sentence(
    request: pytest.FixtureRequest, alice: User, who: str, cap: int | None, values: dict[str, Any], refusal: str
) -> None:
    User.objects.filter(pk=alice.pk).update(cap_per_day=cap)
    values = dated(values)
    provider = make_provider(is_connected=values.pop("provider__is_connected", True))
    model = make_model(provider, "one", **values)
    client = request.getfixturevalue(who)

    by_script = client.post(f"/models/{model.pk}/test/", headers={"HX-Request": "true"})
    plain = client.post(f"/models/{model.pk}/test/", follow=True)

    said = json.loads(by_script.headers.get("HX-Trigger", "{}")).get("message", {}).get("text", "")
    model.refresh_from_db()
    assert (said, [str(message) for message in plain.context["messages"]]) == (refusal, [refusal] if refusal else [])
    assert (model.test_asked_at is None) == bool(refusal)
