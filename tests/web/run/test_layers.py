"""Layers on their pages: offered with their calls, a stop for each layer, and one column with both answers."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.values import LayersSettings
from apps.fusion.vocabulary import Role
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import facts, form
from tests.web.run.test_page import page_of
from tests.web.run_factories import make_call, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def test_page_has_a_stop_for_each_layer_and_a_take_for_each_answer(alice: User) -> None:
    own = LayersSettings(judge=GEMMA, writer=SMOL)
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA).model_copy(update={"settings": own}), status="running")
    first = tuple(make_call(run, slot=slot, stage="panel", text=f"First {slot}").pk for slot in "AB")
    make_call(run, slot="A", stage="layer-2", take=2, inputs=first, text="Second A")
    make_live_call(run, "B", Role.PANEL, stage="layer-2", take=2, inputs=first)

    page = page_of(run)

    assert [(stop.name, stop.dot, stop.text) for stop in page.rail] == [
        ("Layer 1", "done", "2 of 2"),
        ("Layer 2", "live", "1 of 2"),
        ("Judge", "wait", ""),
        ("Answer", "wait", ""),
    ]
    assert [take.text for take in page.run.columns[0].takes] == ["First A", "Second A"]
    assert page.can_fuse_now


def test_form_offers_it_with_its_calls(as_alice: Client) -> None:
    make_hosted_models()
    names = {"model": ["router/anvil-1", "router/birch-1"], "temperature": ["", ""], "kept": ["", ""]}

    told = facts(as_alice.post("/estimate/", form(**names, strategy="layers", judge="router/anvil-1")))

    assert told.startswith("6 calls, about $")
