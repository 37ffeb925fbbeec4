"""The fold with the form's settings: its line says what is set, and it stands open where something in it is wrong."""

from typing import Any

import pytest
from django.test import Client

from apps.catalogue.models import Model
from apps.web.compose.drafts import Draft
from apps.web.compose.settings_fold import settings_line
from apps.web.compose.slots import SlotDraft
from tests.web.compose.test_home import form

TWO = (SlotDraft(model="a/one"), SlotDraft(model="a/two"))
MODELS = {"a/one": Model(name="lab/one", reference="a/one", label="Lab: One"), "a/two": Model(name="two", label="Two")}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "Fuse · judge: Auto · writer: Auto"),
        ({"judge": "builtin/overlap", "writer": "a/one"}, "Fuse · judge: word overlap · writer: One"),
        ({"judge": "gone/big", "writer": "a/two"}, "Fuse · judge: big · writer: Two"),
        ({"slots": TWO[:1], "web": "4", "answer_check": "yes"}, "One model, asked alone · web look-ups"),
        ({"slots": ()}, "Fuse"),
        ({"strategy": "route"}, "Auto · judge: Auto · writer: Auto"),
        ({"strategy": "vote", "answer_kind": "number"}, "Vote · judge: Auto · writer: Auto · numbers only"),
        (
            {"web": "4", "answer_check": "yes", "peer_review": "yes"},
            "Fuse · judge: Auto · writer: Auto · web look-ups · answer checked · reviewed by the panel",
        ),
        (
            {"quorum": "1", "grace_s": "30", "hard_limit_s": "90", "max_cost": "0.50", "cache_ttl": "60"},
            "Fuse · judge: Auto · writer: Auto · goes on after 1 answer · grace 30 s · limit 90 s · cap $0.50"
            " · answers reused",
        ),
        (
            {"quorum": "x", "grace_s": "auto"},
            "Fuse · judge: Auto · writer: Auto · goes on after x answers · grace as measured",
        ),
    ],
)
def test_line_says_what_is_set(fields: dict[str, Any], line: str) -> None:
    assert settings_line(Draft(**{"slots": TWO, **fields}), MODELS) == line


def is_open(client: Client, address: str = "/", **sent: Any) -> bool:
    page = (client.post(address, form(**sent)) if sent else client.get(address)).content.decode()
    return 'id="settings" open' in page


@pytest.mark.usefixtures("local")
def test_fold_stands_open_as_it_was_left_and_where_something_in_it_is_wrong(as_alice: Client) -> None:
    found = [
        is_open(as_alice),
        is_open(as_alice, prompt=""),  # what is wrong is not in it
        is_open(as_alice, max_cost="much"),
        is_open(as_alice, edit="strategy:vote"),
        is_open(as_alice, "/setup/", edit="add"),
    ]
    as_alice.cookies["form-settings"] = "open"

    assert (found, is_open(as_alice, "/setup/", edit="add")) == ([False, False, True, True, False], True)
