"""Several presses on the form's buttons in one request: no answer came in between."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import CriteriaSet, Preset
from tests.factories import GEMMA, SMOL
from tests.web.compose.test_form_settings import criteria
from tests.web.compose.test_home import form, panel_of


@pytest.mark.parametrize(
    "edits, panel",
    [
        (["add", "add"], 5),
        (["remove:A", "remove:B"], [GEMMA]),
        (["remove:B", "remove:A"], [GEMMA]),
        (["remove:A", "remove:A"], [SMOL, GEMMA]),
        (["triple:A", "remove:C"], [SMOL, SMOL, SMOL, SMOL]),
        (["remove:A", "triple:C"], [SMOL, GEMMA, GEMMA, GEMMA]),
        (["add", "preset:local"], 3),
        (["preset:local", "add"], 4),
    ],
)
def test_presses_count_in_their_order_on_the_slots_that_were_shown(
    as_alice: Client, local: Preset, edits: list[str], panel: list[str] | int
) -> None:
    response = as_alice.post("/setup/", form(model=[SMOL, SMOL, GEMMA], edit=edits))

    shown = panel_of(response)
    assert (len(shown) if isinstance(panel, int) else shown) == panel


def test_presses_on_kept_texts_all_count(as_alice: Client, alice: User, local: Preset) -> None:
    brief, long, third = (
        CriteriaSet.objects.create(owner=alice, team=alice.personal_team, name=name, text=f"is {name}")
        for name in ("brief", "long", "third")
    )

    response = criteria(as_alice, [f"delete:{long.pk}", f"use:{brief.pk}", f"delete:{third.pk}"])

    assert response.context["draft"].criteria == "is brief"
    assert [kept.name for kept in response.context["criteria_sets"]] == ["brief"]


def test_texts_are_deleted_from_a_page_that_asks_where_no_script_did(as_alice: Client, alice: User) -> None:
    kept = CriteriaSet.objects.create(owner=alice, team=alice.personal_team, name="Law", text="names the risk")

    answer = as_alice.post("/criteria/", {"edit": f"delete:{kept.pk}"})

    assert (answer.status_code, answer.url) == (302, "/")
    assert not CriteriaSet.objects.exists()
