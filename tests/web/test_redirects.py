"""A press that ends on another page makes the browser load that page, by whichever way it was sent."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.batches.models import BatchState
from tests.access.world import World, make_world

PRESSES = {
    "batch_act": ("/batches/{batch}/do/", "/batches/"),
    "template_delete": ("/templates/{template}/delete/", "/templates/"),
    "preset_delete": ("/presets/{preset}/delete/", "/presets/"),
    "rule_delete": ("/models/routes/{rule}/delete/", "/models/routes/"),
    "calibration_delete": ("/calibrations/{calibration}/delete/", "/calibrations/"),
    "tool_server_delete": ("/models/tool-servers/{tool_server}/delete/", "/models/tool-servers/"),
    "search_delete": ("/history/searches/{search}/delete/", "/runs/"),
    "key_revoke": ("/settings/keys/{key}/revoke/", "/settings/"),
    "share_revoke": ("/shares/{share}/revoke/", "/shares/"),
}
"""The address of each form whose answer takes the place of the body, and of the page after it."""
FIELDS = {"do": "delete", "of_all": "1"}
FORM = re.compile(r"<form\b[^>]*hx-target=\"body\"[^>]*>")


@pytest.fixture
def world(alice: User) -> World:
    alice.is_staff = True
    alice.save()
    world = make_world(alice)
    world.batch.state = BatchState.DONE
    world.batch.save()
    return world


@pytest.mark.parametrize(("address", "after"), PRESSES.values(), ids=PRESSES)
def test_press_by_htmx_loads_the_page_that_a_plain_one_is_sent_to(
    as_alice: Client, world: World, address: str, after: str
) -> None:
    address = address.format(**world.names)

    response = as_alice.post(address, FIELDS, headers={"HX-Request": "true"})

    assert (response.status_code, response.headers.get("HX-Redirect")) == (200, after)


@pytest.mark.parametrize(("address", "after"), PRESSES.values(), ids=PRESSES)
def test_plain_press_is_redirected(as_alice: Client, world: World, address: str, after: str) -> None:
    response = as_alice.post(address.format(**world.names), FIELDS)

    assert (response.status_code, response.headers.get("Location")) == (302, after)


def test_each_form_that_would_put_a_page_into_this_one_is_pressed_here() -> None:
    forms = [
        form for file in Path(settings.BASE_DIR, "templates").rglob("*.html") for form in FORM.findall(file.read_text())
    ]

    whole = {re.search(r"hx-post=\"{% url 'web:(\w+)'", form)[1] for form in forms if 'hx-swap="none"' not in form}  # type: ignore[index]

    assert whole == PRESSES.keys()
