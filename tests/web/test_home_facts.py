"""The facts next to Run: calls, cost, receivers and warnings, before any money is spent."""

import re

import pytest
from django.test import Client

from apps.catalogue.models import Model, Preset
from apps.providers.resilience import Circuit, CircuitState
from apps.web import forecast
from tests.factories import GEMMA, SMOL, make_hosted_models
from tests.web.test_home import facts, form


def test_facts_of_local_models_say_free_and_here(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/estimate/", form())

    assert facts(response) == (
        "3 calls and word overlap, free, on this machine . Your prompt stays on this machine. "
        "The writer also sits on the panel (A)."
    )


def test_facts_of_hosted_models_name_the_price_and_the_companies(as_alice: Client, local: Preset) -> None:
    anvil, birch, _ = (model.reference for model in make_hosted_models())

    response = as_alice.post("/estimate/", form(model=[anvil, birch, SMOL]))

    assert re.match(r"4 calls and word overlap, about \$[\d.]+–[\d.]+ \.", facts(response))
    assert "goes to Anvil (through Router) and Birch (through Router), and to models on this machine." in facts(
        response
    )


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


def test_facts_of_an_incomplete_form_wait(as_alice: Client, local: Preset) -> None:
    response = as_alice.post("/estimate/", form(model=[]))

    assert facts(response) == "The panel is empty. Add at least one model."


@pytest.mark.parametrize(
    "fallback, sentence",
    [
        ("", "A: local/smollm2-135m is failing now; without a fallback its column may fail."),
        (GEMMA, "A: local/smollm2-135m is failing now; local/gemma3-270m answers in its place."),
    ],
)
def test_facts_name_a_model_whose_circuit_is_open(
    as_alice: Client, local: Preset, monkeypatch: pytest.MonkeyPatch, fallback: str, sentence: str
) -> None:
    def circuit_of(references: list[str]) -> dict[str, Circuit]:
        states = {SMOL: CircuitState.OPEN}
        return {name: Circuit(state=states.get(name, CircuitState.CLOSED)) for name in references}

    monkeypatch.setattr(forecast, "circuit_of", circuit_of)

    assert sentence in facts(as_alice.post("/estimate/", form(fallback=[fallback])))


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
def test_question_for_one_fact_is_told_from_others(prompt: str, is_short: bool) -> None:
    assert forecast.is_checkable(prompt) == is_short
