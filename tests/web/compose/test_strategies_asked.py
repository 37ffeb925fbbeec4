"""The form shows a picker for those whom a strategy asks, and no other; what was chosen stays for the next."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.strategies import STRATEGIES
from apps.fusion.vocabulary import StrategyName
from apps.web.compose.strategies import STRATEGY_CHOICES
from tests.factories import GEMMA, SMOL
from tests.fusion.strategies.playing import recipe_for
from tests.web.compose.test_home import form

OFFERED = [choice for choice in STRATEGY_CHOICES if choice.name in STRATEGIES]


@pytest.mark.parametrize("choice", OFFERED, ids=lambda choice: choice.name)
def test_pickers_are_those_of_the_models_that_are_planned(choice) -> None:
    # A cascade plans no judge and no writer, and goes to them where its last stage gives nothing and no vote decides.
    falls_back = choice.name == StrategyName.CASCADE
    calls = STRATEGIES[choice.name].planned_calls(recipe_for(choice.name))
    planned = {call.model for call in calls if call.most or falls_back}

    assert {name for name in ("judge", "writer") if f"x/{name}" in planned} == {
        name for name in ("judge", "writer") if getattr(choice.option, f"asks_{name}")
    }


@pytest.mark.parametrize(
    ("strategy", "pickers", "checks"),
    [("fuse", (True, True), True), ("best_of", (True, False), False), ("critique", (False, False), False)],
    ids=["fuse", "best_of", "critique"],
)
def test_form_keeps_what_a_strategy_does_not_ask(
    as_alice: Client, alice: User, local: Preset, strategy: str, pickers: tuple[bool, bool], checks: bool
) -> None:
    values = form(edit="refresh", strategy=strategy, answer_check="yes", judge=GEMMA, writer=SMOL)

    page = as_alice.post("/setup/", values).content.decode()

    assert tuple(f'<label class="label" for="{name}">' in page for name in ("judge", "writer")) == pickers
    assert ("Check the fused answer" in page) is checks
    draft = as_alice.post("/setup/", values | {"edit": "strategy:fuse"}).context["draft"]
    assert (draft.strategy, draft.judge, draft.writer, draft.answer_check) == ("fuse", GEMMA, SMOL, "yes")


def test_writer_is_shown_where_it_compares_in_place_of_words(as_alice: Client, local: Preset) -> None:
    page = as_alice.post("/setup/", form(edit="refresh", strategy="best_of")).content.decode()

    assert '<label class="label" for="writer">' in page
    assert "Word overlap prefers no answer, so the writer compares them." in page
    assert "Check the fused answer" not in page
