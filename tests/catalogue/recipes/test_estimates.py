"""Estimates of a recipe's cost, and warnings about the context of its models, before anything is sent."""

import tracemalloc
from dataclasses import replace
from decimal import Decimal

import pytest

from apps.catalogue.models import Model, Provider
from apps.catalogue.recipes import estimates
from apps.catalogue.recipes.resolve import models_of
from apps.fusion.cost import Lengths
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.prompting.guidance import guidance_text
from apps.fusion.tools import Tool, ToolMode, ToolSet
from apps.fusion.values import Message, PromptVariant
from apps.fusion.vocabulary import Builtin, Role
from tests.factories import (
    SMOL,
    make_hosted_models,
    make_local_models,
    make_model,
    make_provider,
    make_recipe,
    make_user,
)

ANVIL, BIRCH, CEDAR = "router/anvil-1", "router/birch-1", "router/cedar-1"
ASKED = [Message(role="user", text="word" * 1000)]


@pytest.fixture
def hosted(db):
    make_local_models()
    return make_hosted_models()


def test_estimate_of_a_recipe_counts_its_calls_and_prices(hosted):
    recipe = make_recipe(ANVIL, BIRCH, writer=CEDAR)

    expected = estimates.estimate(recipe, ASKED, models_of(recipe))

    panel = (1000 * 3 + 100 * 15) + (1000 * 1 + 100 * 5)
    writer = (1000 + 200 + 600 + 100) * 2 + 100 * 12
    assert (expected.calls, expected.low) == (3, Decimal(panel + writer) / 1_000_000)
    assert expected.is_complete


def test_estimate_counts_what_judge_and_writer_are_told(hosted):
    plain = make_recipe(ANVIL, BIRCH, judge=CEDAR, writer=CEDAR)
    told = plain.model_copy(
        update={
            "criteria": "word" * 100,
            "settings": plain.settings.model_copy(update={"writer_instructions": "word" * 500}),
        }
    )

    more = estimates.estimate(told, ASKED, models_of(told)).low - estimates.estimate(plain, ASKED, models_of(plain)).low

    frame = len(guidance_text((), "x")) // 4
    assert Decimal((600 + frame - 5) * 2) / 1_000_000 <= more <= Decimal((600 + frame + 5) * 2) / 1_000_000


@pytest.mark.parametrize("mode, readers", [(ToolMode.WRITER, 2), (ToolMode.PANEL_FIRST, 2 + 3 + 1)])
def test_estimate_counts_the_clients_tools_for_those_who_are_told_of_them(hosted, mode, readers):
    recipe = make_recipe(ANVIL, BIRCH, writer=CEDAR)
    tool = Tool(name="weather", description="word" * 1000)
    defined = estimates.tool_tokens([tool.model_dump(exclude_none=True)])

    plain = estimates.estimate(recipe, ASKED, models_of(recipe))
    more = estimates.estimate(recipe, ASKED, models_of(recipe), tools=ToolSet(tools=(tool,), mode=mode))

    assert defined > 1000
    assert more.low - plain.low == Decimal(defined * readers) / 1_000_000


def test_estimate_rests_on_what_a_model_usually_writes(hosted):
    recipe = make_recipe(ANVIL)
    lengths = {(ANVIL, Role.PANEL): Lengths(low=200, high=400)}

    expected = estimates.estimate(recipe, ASKED, models_of(recipe), lambda _: lengths)

    assert expected.low == Decimal(1000 * 3 + 200 * 15) / 1_000_000
    assert expected.high == Decimal(1000 * 3 + 400 * 15) / 1_000_000


def test_estimate_counts_each_columns_own_prompt_for_it_alone(hosted):
    recipe = make_recipe(ANVIL, BIRCH, writer=CEDAR)
    variant = PromptVariant(name="long", system="word" * 500, prompt="word" * 100 + "{{prompt}}")
    panel = (recipe.panel[0], recipe.panel[1].model_copy(update={"variant": variant}))
    own = recipe.model_copy(update={"panel": panel})

    shared, expected = (estimates.estimate(one, ASKED, models_of(recipe)) for one in (recipe, own))

    assert expected.low - shared.low == Decimal(600) / 1_000_000
    Model.objects.filter(reference__in=[ANVIL, BIRCH]).update(context_length=1_300)
    assert [one[:26] for one in estimates.context_warnings(own, ASKED, models_of(own))] == [
        "B cannot take this prompt:"
    ]


def test_estimate_without_prices_is_unknown(hosted):
    make_model(make_provider("dark", "Dark"), "x")
    recipe = make_recipe("dark/x")

    expected = estimates.estimate(recipe, ASKED, models_of(recipe))

    assert (expected.low, expected.high, expected.is_complete) == (None, None, False)


def test_images_are_counted_roughly():
    message = Message(role="user", text="word", images=("data:image/png;base64,AA", "data:image/png;base64,AB"))

    assert estimates.prompt_tokens([message]) == 2001


def test_context_warnings_name_the_slots_that_cannot_take_the_prompt(hosted):
    make_model(make_provider("near", "Near"), "tiny", context_length=900)
    make_model(make_provider("far", "Far"), "fits", context_length=1000)
    recipe = make_recipe("near/tiny", "far/fits", ANVIL)

    warnings = estimates.context_warnings(recipe, ASKED, models_of(recipe))

    assert warnings == ["A cannot take this prompt: it has about 1,000 tokens, and the context of tiny has 900."]


@pytest.mark.parametrize(
    "is_capped, warnings", [(False, []), (True, ["The price of x is unknown: no cap can hold it."])]
)
def test_cap_warnings_name_models_without_a_price(hosted, is_capped, warnings):
    make_model(make_provider("dark", "Dark"), "x", price_input=1)
    recipe = make_recipe("dark/x", ANVIL)

    assert estimates.cap_warnings(recipe, models_of(recipe), is_capped=is_capped) == warnings


def test_baselines_are_priced_models_dearest_first(hosted):
    make_model(make_provider("dark", "Dark"), "x")

    assert [model.reference for model in estimates.baselines(make_user("alice"))] == [ANVIL, CEDAR, BIRCH]


@pytest.mark.parametrize("models, free", [([SMOL], True), ([SMOL, ANVIL], False)])
def test_recipe_of_local_models_is_free(hosted, models, free):
    recipe = make_recipe(*models, judge=Builtin.OVERLAP)

    assert estimates.is_free(recipe, models_of(recipe)) == free


def test_estimate_counts_what_the_vendors_own_search_costs(hosted):
    recipe = make_recipe(ANVIL, BIRCH, writer=CEDAR).model_copy(update={"web": LookupSettings(max_tool_calls=4)})
    before = estimates.estimate(recipe, ASKED, models_of(recipe))
    Model.objects.filter(reference=ANVIL).update(search="native")
    Provider.objects.update(dialect="anthropic")

    after = estimates.estimate(recipe, ASKED, models_of(recipe))

    # The site has no engine, so only that vendor's searches cost something: a cent each.
    assert (after.low, after.high, after.is_complete) == (before.low, before.high + Decimal("0.04"), True)
    pages_alone = recipe.model_copy(update={"web": LookupSettings(max_tool_calls=4, search=False)})
    assert estimates.estimate(pages_alone, ASKED, models_of(recipe)) == before


def test_estimate_says_that_the_price_of_a_vendors_search_is_unknown(hosted):
    recipe = make_recipe(ANVIL, BIRCH, writer=CEDAR).model_copy(update={"web": LookupSettings(max_tool_calls=4)})
    before = estimates.estimate(recipe, ASKED, models_of(recipe))
    Model.objects.filter(reference=ANVIL).update(search="native")

    after = estimates.estimate(recipe, ASKED, models_of(recipe))

    assert (before.is_complete, after) == (True, replace(before, is_complete=False))


def test_estimate_fills_no_question_in(hosted):
    # Filled in, the question would be four thousand million characters long.
    recipe = make_recipe(ANVIL, BIRCH)
    variant = PromptVariant(name="often", prompt="{{prompt}}" * 20_000)
    recipe = recipe.model_copy(update={"panel": (recipe.panel[0].model_copy(update={"variant": variant}),)})
    Model.objects.update(context_length=100_000)
    asked = [Message(role="user", text="word" * 50_000)]

    tracemalloc.start()
    found = estimates.estimate(recipe, asked, models_of(recipe))
    warned = estimates.context_warnings(recipe, asked, models_of(recipe))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 100_000_000
    assert found.low >= 20_000 * 50_000 * 3 / Decimal(1_000_000)
    assert "it has about 1,000,000,000 tokens" in warned[0]
