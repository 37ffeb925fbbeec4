"""An address fills the form of a new run and runs nothing; what it names and nobody knows is said beside its field."""

import pytest
from django.test import Client

from apps.catalogue.models import Preset
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL
from tests.web.compose.test_home import HOME, UNKNOWN, panel_of


@pytest.mark.parametrize(
    "query, panel, preset",
    [
        (f"models={SMOL}", [SMOL], ""),
        (f"models={SMOL},%20{SMOL},{GEMMA}", [SMOL, SMOL, GEMMA], ""),
        ("models=,", [SMOL, SMOL, GEMMA], "local"),
        ("preset=local", [SMOL, SMOL, GEMMA], "local"),
        (f"preset=local&models={GEMMA}", [GEMMA], ""),
    ],
)
def test_address_prefills_the_form(as_alice: Client, local: Preset, query: str, panel: list[str], preset: str) -> None:
    response = as_alice.get(f"{HOME}?prompt=How+high%3F&{query}")

    assert response.context["draft"].prompt == "How high?"
    assert panel_of(response) == panel
    assert response.context["draft"].preset == preset
    assert response.context["problems"] == {}


def test_address_names_strategy_judge_and_writer_and_runs_nothing(as_alice: Client, local: Preset) -> None:
    response = as_alice.get(f"{HOME}?preset=local&strategy=vote&judge={GEMMA}&writer={GEMMA}&prompt=Why%3F")

    draft = response.context["draft"]
    assert (draft.strategy, draft.judge, draft.writer) == ("vote", GEMMA, GEMMA)
    assert (draft.preset, panel_of(response), Run.objects.count()) == ("", [SMOL, SMOL, GEMMA], 0)
    assert "data-copy-setup" in response.content.decode()


@pytest.mark.parametrize(
    "query, field, sentence",
    [
        ("models=x/gone", "panel", f"A: {UNKNOWN}"),
        ("models=x/%00gone", "panel", f"A: {UNKNOWN}"),
        ("models=" + ",".join([SMOL] * 9), "panel", "A panel has at most 8 models. Remove one."),
        ("judge=x/gone", "judge", UNKNOWN),
        ("writer=x/gone", "writer", UNKNOWN),
        ("preset=gone", "preset", "There is no preset “gone” now. Choose one of these, or Custom."),
    ],
)
def test_address_with_unknown_names_says_so(
    as_alice: Client, local: Preset, query: str, field: str, sentence: str
) -> None:
    response = as_alice.get(f"{HOME}?{query}")

    assert response.status_code == 200
    assert response.context["problems"] == {field: sentence}
