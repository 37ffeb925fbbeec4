"""Self-fusion in the form: one press puts a model on the panel three times, alike but for chance."""

from django.test import Client

from apps.catalogue.models import Preset
from tests.factories import GEMMA, SMOL
from tests.web.compose.test_home import form


def test_model_is_fused_with_itself_in_place_of_the_panel(as_alice: Client, local: Preset) -> None:
    response = as_alice.post(
        "/setup/", form(edit="self:B", strategy="vote", temperature=["0.2", "0.3"], seed=["5", "6"])
    )

    draft = response.context["draft"]
    assert [(slot.model, slot.settings.temperature, slot.settings.seed) for slot in draft.slots] == [
        (GEMMA, "0.7", "")
    ] * 3
    assert (draft.strategy, draft.preset) == ("fuse", "")
    assert [slot.model for slot in as_alice.post("/setup/", form(edit="self:H")).context["draft"].slots] == [
        SMOL,
        GEMMA,
    ]
