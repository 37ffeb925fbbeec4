"""The facts next to Run: calls, cost, receivers and warnings, before any money is spent."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.fusion import checkable
from apps.fusion.tokens import IMAGE_TOKENS
from apps.fusion.values import Message
from apps.providers.resilience import Circuit, CircuitState
from apps.web.compose import forecast
from tests.factories import GEMMA, SMOL, make_hosted_models, make_model, make_provider, make_run
from tests.web.compose.test_home import facts, form

ANVIL = "router/anvil-1"
EARLIER: list[tuple[Any, tuple[str, ...]]] = [
    ("user", ("data:image/png;base64,AA==",)),
    ("assistant", ()),
    ("user", ()),
]
"""A conversation whose first question has an image."""


def test_facts_of_local_models_say_free_and_here(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/estimate/", form())

    assert facts(response) == (
        "3 calls and word overlap, free, on this machine . Your prompt stays on this machine. "
        "The writer is on the panel too (A)."
    )


@pytest.mark.parametrize("edit, count", [("preset:local", 0), ("custom", 1)])
def test_sites_own_local_preset_is_not_warned_of(as_alice: Client, local: Preset, edit: str, count: int) -> None:
    response = as_alice.post("/setup/", form(edit=edit))

    assert response.content.decode().count('class="warning"') == count


def test_facts_of_hosted_models_name_the_price_and_the_companies(as_alice: Client, local: Preset) -> None:
    anvil, birch, _ = (model.reference for model in make_hosted_models())

    response = as_alice.post("/estimate/", form(model=[anvil, birch, SMOL]))

    assert re.match(r"4 calls and word overlap, about \$[\d.]+–[\d.]+ \.", facts(response))
    assert "goes to Anvil (through Router) and Birch (through Router), and to models on this machine." in facts(
        response
    )


@pytest.mark.parametrize("name", ["follow", "from"])
def test_facts_reckon_with_the_images_of_earlier_turns(as_alice: Client, alice: User, local: Preset, name: str) -> None:
    make_hosted_models()
    Model.objects.update(supports_vision=False)
    turns = [Message(role=role, text="Which?", images=images) for role, images in EARLIER]
    run = make_run(alice, messages=turns)
    sent = form(model=[ANVIL, "router/birch-1"], judge=ANVIL, writer=ANVIL)

    alone, after = (as_alice.post("/estimate/", sent | more) for more in ({}, {name: run.public_id}))

    assert "A and B cannot see images and receive the text alone." in facts(after)
    assert "cannot see images" not in facts(alone)
    more = after.context["forecast"].estimate.low - alone.context["forecast"].estimate.low
    assert more > 2 * IMAGE_TOKENS * Decimal(3) / 1_000_000


def test_facts_with_an_unknown_price_never_say_nought(as_alice: Client, local: Preset) -> None:
    make_hosted_models()
    Model.objects.filter(provider__slug="router").update(price_input=None, price_output=None)

    response = as_alice.post(
        "/estimate/", form(model=["router/anvil-1"] * 2, judge="router/birch-1", writer="router/cedar-1")
    )

    assert facts(response).startswith("4 calls, cost unknown .")


def test_facts_under_a_cap_name_the_models_that_it_cannot_hold(as_alice: Client, alice, local: Preset) -> None:
    make_hosted_models()
    Model.objects.filter(reference="router/birch-1").update(price_output=None)
    sent = form(model=["router/anvil-1", "router/birch-1"], judge="router/anvil-1", writer="router/cedar-1")
    sentence = "The price of Birch 1 is unknown: no cap can hold it."

    without = facts(as_alice.post("/estimate/", sent))
    alice.cap_per_day = 1
    alice.save()

    assert sentence not in without
    assert sentence in facts(as_alice.post("/estimate/", sent))


def test_facts_name_the_slots_that_cannot_take_the_prompt(as_alice: Client, local: Preset) -> None:
    Model.objects.filter(reference=SMOL).update(context_length=100)

    response = as_alice.post("/estimate/", form(prompt="word" * 101))

    assert "A cannot take this prompt: it has about 101 tokens, and the context of" in facts(response)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"model": []}, "The panel is empty. Add at least one model."),
        (
            {"quorum": "3"},
            "The quorum is a whole number from 1 to 2, the models of the panel, or empty to wait for all.",
        ),
        ({"quorum": "2", "model": [SMOL]}, "The quorum of one model is 1. Leave it empty."),
    ],
)
def test_facts_of_a_form_that_cannot_run_say_why(
    as_alice: Client, local: Preset, change: dict[str, Any], sentence: str
) -> None:
    assert facts(as_alice.post("/estimate/", form(**change))) == sentence


@pytest.mark.parametrize(
    "down, changes, sentences",
    [
        ([SMOL], {"writer": GEMMA}, [f"A: {SMOL} is failing now; without a fallback its column may fail."]),
        (
            [SMOL],
            {"fallback": [GEMMA], "writer": GEMMA},
            [f"A: {SMOL} is failing now; {GEMMA} answers in its place."],
        ),
        (
            [SMOL, ANVIL],
            {"fallback": [ANVIL], "writer": GEMMA},
            [f"A: {SMOL} and its fallback, {ANVIL}, are failing now; its column may fail."],
        ),
        ([ANVIL], {"fallback": [ANVIL]}, [f"A: its fallback, {ANVIL}, is failing now."]),
        (
            [ANVIL],
            {"judge": ANVIL},
            [f"The judge, {ANVIL}, is failing now; word overlap may have to compare in its place."],
        ),
        (
            [ANVIL],
            {"writer": ANVIL},
            [f"The writer, {ANVIL}, is failing now; the closest answer may have to do in its place."],
        ),
        ([ANVIL], {"model": [SMOL], "judge": ANVIL, "writer": ANVIL}, []),
    ],
)
def test_facts_name_models_whose_circuit_is_open(
    as_alice: Client,
    local: Preset,
    monkeypatch: pytest.MonkeyPatch,
    down: list[str],
    changes: dict[str, object],
    sentences: list[str],
) -> None:
    def circuit_of(references: list[str]) -> dict[str, Circuit]:
        states = dict.fromkeys(down, CircuitState.OPEN)
        return {name: Circuit(state=states.get(name, CircuitState.CLOSED)) for name in references}

    monkeypatch.setattr(forecast, "circuit_of", circuit_of)
    make_hosted_models()

    response = as_alice.post("/setup/", form(edit="refresh", **changes))

    assert [text for text in response.context["forecast"].warnings if "failing now" in text] == sentences


def test_facts_name_settings_that_judge_writer_and_fallback_do_not_take(as_alice: Client, local: Preset) -> None:
    model = make_model(make_provider("openai", "OpenAI"), "o3", label="o3", maker="OpenAI", family="o")
    taken = {"model": [SMOL, GEMMA], "temperature": ["0.2", ""], "fallback": [model.reference]}

    response = as_alice.post("/estimate/", form(**taken, judge=model.reference))

    assert "A’s fallback: temperature will not be sent; o3 does not take it." in facts(response)
    assert "Judge:" not in facts(response)


@pytest.mark.parametrize(
    "prompt, is_short",
    [
        ("In what year was the Golden Gate Bridge opened?", True),
        ("How many people live in Iceland?", True),
        ("How should we split a monolith?", False),
        ("Who should lead the project, and why?", False),
        ("When did the war begin? And what were its causes?", False),
    ],
)
def test_request_for_one_fact_differs_from_others(prompt: str, is_short: bool) -> None:
    assert checkable.is_checkable(prompt) == is_short
