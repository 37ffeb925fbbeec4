"""The fold with the form's settings: its line says what is set, and it stands open where something in it is wrong."""

from typing import Any

import pytest
from django.test import Client

from apps.catalogue.models import Model
from apps.web.compose.drafts import RUN_SETTINGS, Draft
from apps.web.compose.settings_fold import settings_line
from apps.web.compose.slots import SlotDraft
from apps.web.compose.weights import BY_ACCURACY
from tests.web.compose.test_home import form

TWO = (SlotDraft(model="a/one"), SlotDraft(model="a/two"))
MODELS = {"a/one": Model(name="lab/one", reference="a/one", label="Lab: One"), "a/two": Model(name="two", label="Two")}
DIGITS = "9" * 5_000
"""More than Python reads as a number."""


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
        ({"quorum": DIGITS}, f"Fuse · judge: Auto · writer: Auto · goes on after {'9' * 39}… answers"),
        ({"quorum": "٣" * 5_000}, f"Fuse · judge: Auto · writer: Auto · goes on after {'٣' * 39}… answers"),
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


@pytest.mark.usefixtures("local", "valkey_url")
def test_form_with_any_text_in_place_of_numbers_is_kept_shown_and_refused(as_alice: Client) -> None:
    numbers = dict.fromkeys(
        (*RUN_SETTINGS, "cache_ttl", "threshold", "weights", "web", "template_values"), DIGITS
    )  # fmt: skip
    sent = form(**numbers, template=f"x:{DIGITS}", weigh_by=f"{BY_ACCURACY}x@{DIGITS}", strategy="weighted")

    assert as_alice.post("/draft/", sent).status_code == 204
    assert as_alice.get("/").status_code == 200
    assert as_alice.post("/", sent).status_code == 400
