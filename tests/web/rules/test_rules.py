"""The page of routing rules, and what rules make of a run: ordered, tried, and named by the run that they chose."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset, SavedRule
from apps.catalogue.recipes.presets import create_preset
from apps.catalogue.recipes.rules import MOST_RULES, save_rule
from apps.fusion.routing import RoutingRule
from apps.fusion.vocabulary import StrategyName
from apps.runs import actions
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_recipe
from tests.web.compose.test_home import HOME, form, preset_form

PAGE = "/models/routes/"


def make_rule(owner: User, name: str, **values: Any) -> SavedRule:
    target = {} if {"model", "strategy", "preset"} & values.keys() else {"model": SMOL}
    condition = {} if {"words", "shorter_than", "has", "key", "tag"} & values.keys() else {"shorter_than": 500}
    return save_rule(owner, RoutingRule(name=name, **{**target, **condition, **values}))


def fields(**values: Any) -> dict[str, Any]:
    return {"name": "Short ones", "shorter_than": "200", "model": SMOL, **values}


def names(owner: User) -> list[str]:
    return [saved.value.name for saved in SavedRule.objects.filter(owner=owner)]


def test_rule_is_added_changed_and_deleted(as_alice: Client, alice: User, local: Preset) -> None:
    assert "No rules yet" in as_alice.get(PAGE).content.decode()
    assert as_alice.post(f"{PAGE}new/", fields(words="sql, select ,sql", has=["images"])).status_code == 302
    saved = SavedRule.objects.get()
    assert saved.value == RoutingRule(
        name="Short ones", shorter_than=200, words=("sql", "select"), has=("images",), model=SMOL
    )
    page = as_alice.get(PAGE).content.decode()
    assert (
        "A prompt that is shorter than 200 characters and comes with images and says “sql” or “select” goes to" in page
    )

    as_alice.post(f"{PAGE}{saved.pk}/", fields(model="", strategy="vote"))
    assert SavedRule.objects.get().value.strategy is StrategyName.VOTE
    as_alice.post(f"{PAGE}{saved.pk}/delete/")
    assert not SavedRule.objects.exists()


WRONG = [
    ({"name": ""}, "This field is required"),
    ({"shorter_than": ""}, "Give the rule a condition."),
    ({"model": ""}, "Choose a model, or a preset or strategy: one of them."),
    ({"preset": "local"}, "Choose a model, or a preset or strategy: one of them."),
    ({"model": "gone/model"}, "Select a valid choice"),
    ({"strategy": "weighted"}, "Select a valid choice"),
    ({"words": "x" * 61}, "Write at most 20 words"),
]


@pytest.mark.parametrize("values, sentence", WRONG)
def test_wrong_rule_is_not_saved_and_the_form_says_why(
    as_alice: Client, local: Preset, values: dict[str, Any], sentence: str
) -> None:
    response = as_alice.post(f"{PAGE}new/", fields(**values))

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not SavedRule.objects.exists()


def test_name_is_used_once_and_rules_are_not_without_end(as_alice: Client, alice: User, local: Preset) -> None:
    make_rule(alice, "Short ones")
    assert "already" in as_alice.post(f"{PAGE}new/", fields(name="short ONES")).content.decode()
    for number in range(1, MOST_RULES):
        make_rule(alice, f"Rule {number}")

    assert "Delete one first" in as_alice.post(f"{PAGE}new/", fields(name="More")).content.decode()


def test_rules_are_moved_by_one_place_and_stop_at_the_ends(as_alice: Client, alice: User, local: Preset) -> None:
    rules = [make_rule(alice, name) for name in ("a", "b", "c")]
    for pk, do in ((rules[2].pk, "up"), (rules[0].pk, "up"), (rules[1].pk, "down"), (rules[0].pk, "sideways")):
        as_alice.post(f"{PAGE}{pk}/move/", {"do": do})

    assert names(alice) == ["a", "c", "b"]


def test_trial_says_which_rule_chooses_and_why_the_others_do_not(as_alice: Client, alice: User, local: Preset) -> None:
    make_rule(alice, "Code", words=("python",))
    make_rule(alice, "Short", shorter_than=40)

    page = as_alice.post(PAGE, {"prompt": "How high is the Eiffel Tower?"}).content.decode()
    assert "Chosen by your rule “Short”: it is shorter than 40 characters." in page
    assert "it does not say “python”" in page
    assert not Run.objects.exists()

    page = as_alice.post(PAGE, {"prompt": "Tell me of the Eiffel Tower in Paris, at length."}).content.decode()
    assert "An open question: fuse." in page


def test_rule_whose_model_is_gone_is_passed_over_and_said_so(as_alice: Client, alice: User, local: Preset) -> None:
    make_rule(alice, "Gone")
    make_rule(alice, "Next", model=GEMMA)
    Model.objects.filter(reference=SMOL).update(is_available=False)

    page = as_alice.post(PAGE, {"prompt": "Why?"}).content.decode()

    assert "Your rule “Gone” was passed over: its model “local/smollm2-135m” is not connected." in page
    assert "Chosen by your rule “Next”" in page
    assert "cannot choose" in page


def test_rule_whose_strategy_needs_a_larger_panel_is_passed_over_and_said_so(
    as_alice: Client, alice: User, local: Preset
) -> None:
    create_preset(alice, "Pair", make_recipe(SMOL, GEMMA))
    make_rule(alice, "Cheap first", strategy="cascade")
    make_rule(alice, "The pair", preset="pair", strategy="cascade")
    make_rule(alice, "Count", strategy="vote")

    def route(*panel: str) -> tuple[str, str, str]:
        as_alice.post(HOME, form(model=list(panel), strategy="route", prompt="Why?"))
        recipe = Run.objects.latest("pk").recipe
        return recipe.strategy, recipe.route.by, recipe.route.reason

    assert route(SMOL, GEMMA, SMOL)[0] == "cascade"
    pair = "Your rule “The pair” was passed over: cascade needs 3 models, and the panel has 2."
    two = f"Your rule “Cheap first” was passed over: cascade needs 3 models, and the panel has 2. {pair} "
    assert route(SMOL, GEMMA) == (
        "vote",
        "rule",
        f"{two}Chosen by your rule “Count”: it is shorter than 500 characters.",
    )
    strategy, by, reason = route(SMOL)
    assert (strategy, by) == ("single", "form")
    assert "Your rule “Count” was passed over: vote needs 2 models, and the panel has 1. One model was" in reason


def test_list_costs_the_same_queries_for_few_and_many(
    as_alice: Client, alice: User, local: Preset, django_assert_max_num_queries: Any
) -> None:
    make_rule(alice, "one")
    with django_assert_max_num_queries(8) as few:
        as_alice.get(PAGE)
    for number in range(3):
        make_rule(alice, f"more {number}")

    with django_assert_max_num_queries(len(few)):
        as_alice.get(PAGE)


def test_form_shows_the_choice_before_the_run_and_the_run_names_its_rule(
    as_alice: Client, alice: User, local: Preset, charlie: User, as_charlie: Client
) -> None:
    make_rule(alice, "Short ones", shorter_than=100, model=GEMMA)
    typed = preset_form(local, strategy="route", prompt="Compare two ways to brew tea.")

    facts = as_alice.post("/estimate/", typed).content.decode()
    assert "Chosen by your rule “Short ones”: it is shorter than 100 characters." in facts
    assert "1 call," in facts
    as_alice.post(HOME, typed)

    run = Run.objects.get()
    assert [spec.model for spec in run.recipe.panel] == [GEMMA]
    assert run.recipe.strategy is StrategyName.SINGLE
    assert "Chosen by your rule “Short ones”" in as_alice.get(f"/runs/{run.public_id}/").content.decode()
    actions.cancel_run(run)
    run.refresh_from_db()
    copy = actions.share_run(run)
    assert "Short ones" not in str(copy.snapshot)
    # Nobody's questions go by another person's rules.
    assert "An open question: fuse." in as_charlie.post("/estimate/", typed).content.decode()


FORMS = [
    ("How high is the Eiffel Tower?", StrategyName.VOTE, "A short checkable question: vote."),
    ("Compare two ways to brew tea.", StrategyName.FUSE, "An open question: fuse."),
]


@pytest.mark.parametrize("prompt, strategy, reason", FORMS)
def test_question_without_a_rule_goes_by_its_form(
    as_alice: Client, local: Preset, prompt: str, strategy: StrategyName, reason: str
) -> None:
    as_alice.post(HOME, preset_form(local, strategy="route", prompt=prompt))

    recipe = Run.objects.get().recipe
    assert (recipe.strategy, recipe.route and recipe.route.reason) == (strategy, reason)
    assert len(recipe.panel) == len(local.panel)


def test_preset_that_routes_keeps_its_own_panel_and_routes_each_run(
    as_alice: Client, alice: User, local: Preset
) -> None:
    make_rule(alice, "Always", shorter_than=10_000, strategy="critique")
    response = as_alice.post(
        "/setup/", form(edit="save-preset", preset_name="My auto", strategy="route", model=[SMOL, GEMMA])
    )
    assert response.status_code == 200
    preset = Preset.objects.get(slug="my-auto")
    assert (preset.routes, preset.strategy, len(preset.panel)) == (True, StrategyName.FUSE, 2)

    chip = as_alice.post("/setup/", form(edit="preset:my-auto"))
    assert chip.context["draft"].strategy == "route"
    as_alice.post(HOME, preset_form(preset, strategy="route", prompt="Why?"))

    recipe = Run.objects.get().recipe
    assert (recipe.strategy, len(recipe.panel)) == (StrategyName.CRITIQUE, 2)


def test_rule_that_names_a_preset_asks_its_panel_with_its_strategy(
    as_alice: Client, alice: User, local: Preset
) -> None:
    create_preset(alice, "Pair", make_recipe(SMOL, GEMMA))
    make_rule(alice, "To the pair", preset="pair", strategy="vote")

    as_alice.post(HOME, preset_form(local, strategy="route", prompt="Why?", max_cost="0.5"))

    recipe = Run.objects.get().recipe
    assert ([spec.model for spec in recipe.panel], recipe.strategy) == ([SMOL, GEMMA], StrategyName.VOTE)
    assert float(recipe.max_cost or 0) == 0.5
