"""The example prompts: one press runs it where that is free and stays on this machine; else it fills the box."""

from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.catalogue.models import Model, Preset, Provider
from apps.catalogue.recipes.resolve import EXAMPLE_PROMPTS
from apps.runs.models import Run
from tests.web.compose.test_home import preset_form

EXAMPLE = EXAMPLE_PROMPTS[1]


@pytest.fixture
def paid(local: Preset) -> str:
    """Return the reference of a model elsewhere that costs money."""
    provider = Provider.objects.create(slug="far", name="Far", base_url="https://far.example/v1")
    price = {"price_input": Decimal(1), "price_output": Decimal(2)}
    return Model.objects.create(provider=provider, name="one", reference="far/one", label="One", **price).reference


def said_above_the_examples(response: HttpResponse) -> tuple[bool, bool]:
    """Return whether the page says that a press runs an example, and whether a script may fill it in."""
    page = response.content.decode()
    return "Press a question to run it; it is free:" in page, "data-fill" in page


def test_press_runs_the_example_and_not_what_was_typed(as_alice: Client, local: Preset) -> None:
    before = said_above_the_examples(as_alice.get("/"))

    response = as_alice.post("/", preset_form(local, prompt="half a tho", example=EXAMPLE))

    run = Run.objects.get()
    assert before == (True, False)
    assert response["Location"] == run.get_absolute_url()
    assert run.prompt == EXAMPLE


@pytest.mark.parametrize("role", ["judge", "writer"])
def test_press_fills_the_box_where_a_run_would_cost(as_alice: Client, local: Preset, paid: str, role: str) -> None:
    form = preset_form(local, **{"prompt": "", role: paid})

    response = as_alice.post("/", {**form, "example": EXAMPLE})

    assert not Run.objects.exists()
    assert (response.status_code, response.context["draft"].prompt) == (200, EXAMPLE)
    assert said_above_the_examples(as_alice.post("/setup/", form)) == (False, True)


def test_press_fills_the_box_where_a_price_is_unknown(as_alice: Client, local: Preset) -> None:
    Model.objects.filter(reference=local.writer).update(price_input=None, price_output=None)

    response = as_alice.post("/", preset_form(local, prompt="", example=EXAMPLE))

    assert not Run.objects.exists()
    assert response.context["draft"].prompt == EXAMPLE
