"""System prompts of presets in the API: sent where a request brings none, and the default is the person's own."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.recipes.presets import choose_default, create_preset
from apps.runs.models import Run
from tests.api.test_spending import make_key
from tests.factories import GEMMA, SMOL, make_recipe


@pytest.fixture
def program(spender: User) -> Client:
    create_preset(spender, "Brief", make_recipe(), "Be brief.")
    choose_default(spender, "brief")
    return make_key(spender)[1]


@pytest.mark.parametrize(
    "body, sent, preset",
    [
        ({}, "Be brief.", "brief"),
        ({"preset": "brief"}, "Be brief.", "brief"),
        ({"preset": "local"}, "", "local"),
        ({"preset": "brief", "writer": GEMMA}, "Be brief.", ""),
        ({"panel": [SMOL, GEMMA]}, "", ""),
        ({"model": SMOL}, "", ""),
        ({"messages": [{"role": "system", "text": "Be long."}]}, "Be long.", "brief"),
    ],
)
def test_prompt_of_the_preset_is_sent_unless_the_request_has_its_own(
    program: Client, body: dict[str, Any], sent: str, preset: str
) -> None:
    messages = [*body.get("messages", []), {"role": "user", "text": "Why?"}]

    answer = program.post("/api/v1/runs", {**body, "messages": messages}, content_type="application/json")

    assert answer.status_code == 201, answer.content
    run = Run.objects.get()
    assert [m.text for m in run.messages if m.role == "system"] == ([sent] if sent else [])
    assert run.preset == preset


def test_default_preset_is_listed_first(program: Client) -> None:
    listed = [one["id"] for one in program.get("/v1/models").json()["data"]]

    assert [name for name in listed if name.startswith("fusion/")] == ["fusion/brief", "fusion/local"]
