"""Estimates of a recipe before anything is sent: its cost, and the models that cannot take the prompt. Reads prices."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.accounts.models import User
from apps.catalogue.lookup.site import web_settings
from apps.catalogue.models import Model
from apps.catalogue.native_search import price_of_native_search
from apps.catalogue.queries import available_models
from apps.fusion import cost
from apps.fusion.cost import Expected, Lengths
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.prompting.files import with_files
from apps.fusion.prompting.guidance import guidance_of_recipe, guidance_text
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.prompting.turns import OwnAnswers
from apps.fusion.prompting.variants import added_by, column_messages, without_prompt
from apps.fusion.strategies import planned_calls, tools_for
from apps.fusion.tokens import IMAGE_TOKENS, count_tokens
from apps.fusion.tools import ToolMode, ToolSet
from apps.fusion.values import CallSpec, Guidance, Message, Price, Recipe
from apps.fusion.vocabulary import LOOKING_UP, Builtin, Role

Habits = Mapping[tuple[str, Role], Lengths]
"""Usual lengths of a model's answers, by its reference and role; a pair is absent where too few are known."""
HabitsOf = Callable[[Iterable[tuple[str, Role]]], Habits]

FREE = Price(input=Decimal(0), output=Decimal(0))


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """The likely cost of a run in USD before it starts; ``None`` and incomplete where a price is unknown."""

    calls: int
    low: Decimal | None
    high: Decimal | None
    is_complete: bool


def estimate(
    recipe: Recipe,
    messages: Sequence[Message],
    models: Mapping[str, Model],
    habits_of: HabitsOf | None = None,
    own: OwnAnswers | None = None,
    tools: ToolSet | None = None,
) -> RunEstimate:
    """Return the likely cost of a recipe for a conversation, from the calls that its strategy plans.

    ``models`` are the recipe's by reference; the price of one that is missing is unknown.
    ``habits_of`` looks up how long the models usually write. ``own`` are the earlier answers of columns that go on with
    their own, ``tools`` the client's, which only the calls that answer are sent, or the panel too, in words.
    Each column's own prompt counts for that column.
    """
    planned = planned_calls(recipe)
    defined = tool_tokens([tool.model_dump(exclude_none=True) for tool in tools.tools]) if tools else 0
    in_words = {Role.PANEL} if tools and tools.mode is ToolMode.PANEL_FIRST else set()
    habits = habits_of((call.model, call.role) for call in planned) if habits_of else {}
    prices = _prices((call.model for call in planned), models)
    tokens = prompt_tokens(messages)
    columns = _column_tokens(recipe, messages, own or {})
    site = _lookups_of(recipe.web)
    expected = [
        Expected(
            price=prices[call.model],
            max_tokens=call.parameters.max_tokens,
            usual=habits.get((call.model, call.role)),
            prompt_tokens=(
                columns[call.slot]
                if call.role is Role.PANEL and call.slot in columns
                else tokens + guidance_tokens(guidance_of_recipe(recipe, call.role))
            )
            + (defined if call.role in in_words or tools_for(recipe, call.role, tools) else 0),
            lookups=_lookups_by(models.get(call.model), call.role, recipe.web, site),
        )
        for call in planned
    ]
    likely = cost.estimate(tokens, list(zip(planned, expected, strict=True)))
    is_unknown = not likely.complete and not likely.high
    low, high = (None, None) if is_unknown else (likely.low, likely.high)
    calls = sum(call.expected for call in planned if not call.is_builtin)
    return RunEstimate(round(calls), low, high, likely.complete)


def _lookups_of(web: LookupSettings | None) -> cost.Lookups | None:
    """Return what calls may look up by these settings, and what a search costs here; ``None`` for nothing."""
    if web is None:
        return None
    engine = web_settings().engine if web.search else None
    return cost.Lookups(steps=web.max_tool_calls, price=engine.price_per_1000 / 1_000 if engine else Decimal(0))


def _lookups_by(
    model: Model | None, role: Role, web: LookupSettings | None, site: cost.Lookups | None
) -> cost.Lookups | None:
    """Return what a call may look up where ``site`` is what the site's engine costs; its vendor's search may differ."""
    if web is None or site is None or model is None or role not in LOOKING_UP:
        return None
    if not (web.search and model.searches_natively) or role is Role.JUDGE:
        return site
    return site.model_copy(update={"price": price_of_native_search(model)})


def estimate_of_one(model: Model, messages: Sequence[Message], habits_of: HabitsOf) -> cost.Estimate:
    """Return what one call to a model should cost for a conversation, in USD."""
    usual = habits_of([(model.reference, Role.PANEL)]).get((model.reference, Role.PANEL))
    return cost.estimate_of_one(prompt_tokens(messages), Expected(price=model.price, usual=usual))


def estimate_calls(
    specs: Sequence[CallSpec],
    messages: Sequence[Message],
    read: int,
    models: Mapping[str, Model],
    habits_of: HabitsOf,
) -> RunEstimate:
    """Return the likely cost of calls of a judge or writers that each read the conversation and ``read`` more tokens.

    ``models`` are theirs by reference.
    """
    habits = habits_of((spec.model, spec.role) for spec in specs)
    prices = _prices((spec.model for spec in specs), models)
    prompt = prompt_tokens(messages) + read + cost.INSTRUCTIONS
    web = LookupSettings() if any(spec.role is Role.SETTLEMENT for spec in specs) else None
    site = _lookups_of(web)
    likely = [
        cost.estimate_of_one(
            prompt,
            Expected(
                price=prices[spec.model],
                max_tokens=spec.parameters.max_tokens,
                usual=habits.get((spec.model, spec.role)),
                lookups=_lookups_by(models.get(spec.model), spec.role, web, site)
                if spec.role is Role.SETTLEMENT
                else None,
            ),
        )
        for spec in specs
    ]
    low, high = sum((one.low for one in likely), Decimal(0)), sum((one.high for one in likely), Decimal(0))
    is_complete = all(one.complete for one in likely)
    is_unknown = not is_complete and not high
    asked = sum(spec.model not in list(Builtin) for spec in specs)
    return RunEstimate(asked, None if is_unknown else low, None if is_unknown else high, is_complete)


def baselines(user: User) -> list[Model]:
    """Return the models that a person could have asked instead, the dearest first: those with a known price."""
    priced = [model for model in available_models(user) if cost.is_known(model.price) and not cost.is_free(model.price)]
    return sorted(priced, key=lambda model: (-(model.price_output or 0), -(model.price_input or 0), model.reference))


def prompt_tokens(messages: Sequence[Message]) -> int:
    """Return the approximate number of tokens of a conversation, files and images included."""
    read = as_text(with_files(messages))
    return sum(count_tokens(message.text) + IMAGE_TOKENS * len(message.images) for message in read)


def tool_tokens(definitions: Sequence[Any]) -> int:
    """Return the approximate number of tokens that definitions of tools, as they are sent, add to a prompt."""
    return count_tokens(json.dumps(definitions, ensure_ascii=False)) if definitions else 0


def guidance_tokens(guidance: Guidance) -> int:
    """Return the approximate number of tokens that a person's own words add to the prompt of a judge or writer."""
    return count_tokens(guidance_text((), guidance.instructions, guidance.rulings) + guidance.criteria)


def context_warnings(
    recipe: Recipe, messages: Sequence[Message], models: Mapping[str, Model], own: OwnAnswers | None = None
) -> list[str]:
    """Return which slots cannot take the prompt, a sentence each. The count is a rough one: nothing is forbidden."""
    shared, found = prompt_tokens(messages), []
    columns = _column_tokens(recipe, messages, own or {})
    for spec in recipe.panel:
        tokens = columns.get(spec.slot, shared)
        model = models.get(spec.model)
        if model and model.context_length is not None and tokens > model.context_length:
            found.append(
                f"{spec.slot} cannot take this prompt: it has about {tokens:,} tokens, and the context of "
                f"{model.label} has {model.context_length:,}."
            )
    return found


def _column_tokens(recipe: Recipe, messages: Sequence[Message], own: OwnAnswers) -> dict[str, int]:
    """Return the tokens of the columns whose conversation is their own; the others are sent the shared one.

    A prompt may name the question thousands of times, and is estimated before anybody checks it: it is not filled in.
    """
    found = {}
    for spec in recipe.panel:
        variant = spec.variant
        if variant or spec.slot in own:
            shared = column_messages(messages, variant and without_prompt(variant), own.get(spec.slot, ()))
            added = added_by(variant, messages, count_tokens) if variant else 0
            found[spec.slot] = prompt_tokens(shared) + added
    return found


def cap_warnings(recipe: Recipe, models: Mapping[str, Model], *, is_capped: bool) -> list[str]:
    """Return what a cap does not hold: models without a price. ``is_capped``: there is a cap, anybody's."""
    if not is_capped:
        return []
    prices = _prices((call.model for call in planned_calls(recipe)), models)
    unpriced = sorted(reference for reference, price in prices.items() if not cost.is_known(price))
    return [f"The price of {models[name].label} is unknown: no cap can hold it." for name in unpriced if name in models]


def is_free(recipe: Recipe, models: Mapping[str, Model]) -> bool:
    """Return whether every model of a recipe costs nothing; one that is missing in ``models`` may cost something."""
    prices = _prices((call.model for call in planned_calls(recipe)), models)
    return all(cost.is_free(price) for price in prices.values())


def _prices(references: Iterable[str], models: Mapping[str, Model]) -> dict[str, Price | None]:
    """Return the price of each reference; ``None`` for a model that is missing in ``models``."""
    return {
        reference: FREE if reference in list(Builtin) else models[reference].price if reference in models else None
        for reference in references
    }
