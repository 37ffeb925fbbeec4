"""What a recipe should cost, and which of its models cannot take the prompt, before anything is sent. Reads prices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.queries import available_models, models_called
from apps.fusion import cost
from apps.fusion.cost import Expected, Lengths
from apps.fusion.tokens import IMAGE_TOKENS, count_tokens
from apps.fusion.values import Message, Parameters, Price, Recipe
from apps.fusion.vocabulary import Builtin, Role

Habits = Mapping[tuple[str, Role], Lengths]
"""How long the answers of a model (by reference) usually are in a role; a pair is absent where too few are known."""
HabitsOf = Callable[[Iterable[tuple[str, Role]]], Habits]

FREE = Price(input=Decimal(0), output=Decimal(0))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is likely to cost in USD before it starts; ``None`` and incomplete where a price is unknown."""

    calls: int
    low: Decimal | None
    high: Decimal | None
    is_complete: bool


def estimate(
    recipe: Recipe,
    messages: Sequence[Message],
    habits_of: HabitsOf | None = None,
    models: Sequence[Model] | None = None,
) -> Estimate:
    """The likely cost of a recipe for a conversation. ``habits_of`` looks up how long the models usually write.

    ``models`` are the recipe's, if they were looked up already.
    """
    pairs = pairs_of(recipe)
    habits = habits_of(pairs) if habits_of else {}
    prices = _prices((reference for reference, _ in pairs), models)

    def expected(reference: str, role: Role, parameters: Parameters) -> Expected:
        usual = habits.get((reference, role))
        return Expected(price=prices.get(reference), max_tokens=parameters.max_tokens, usual=usual)

    likely = cost.estimate(
        prompt_tokens(messages),
        [expected(spec.model, Role.PANEL, spec.parameters) for spec in recipe.panel],
        expected(recipe.judge, Role.JUDGE, recipe.judge_parameters),
        expected(recipe.writer, Role.SYNTHESIS, recipe.writer_parameters),
    )
    is_unknown = not likely.complete and not likely.high
    low, high = (None, None) if is_unknown else (likely.low, likely.high)
    return Estimate(_count_of_calls(recipe), low, high, likely.complete)


def estimate_of_one(model: Model, messages: Sequence[Message], habits_of: HabitsOf) -> cost.Estimate:
    """What one call to a model should cost for a conversation, in USD."""
    usual = habits_of([(model.reference, Role.PANEL)]).get((model.reference, Role.PANEL))
    return cost.estimate_of_one(prompt_tokens(messages), Expected(price=model.price, usual=usual))


def baselines(user: User) -> list[Model]:
    """Return the models that a person could have asked instead, the dearest first: those with a known price."""
    priced = [model for model in available_models(user) if cost.is_known(model.price) and not cost.is_free(model.price)]
    return sorted(priced, key=lambda model: (-(model.price_output or 0), -(model.price_input or 0), model.reference))


def prompt_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens a conversation has, images included."""
    return sum(count_tokens(message.text) + IMAGE_TOKENS * len(message.images) for message in messages)


def pairs_of(recipe: Recipe) -> list[tuple[str, Role]]:
    """The models of a recipe, each with the role in which it is asked."""
    panel = [(spec.model, Role.PANEL) for spec in recipe.panel]
    return [*panel, (recipe.judge, Role.JUDGE), (recipe.writer, Role.SYNTHESIS)]


def context_warnings(recipe: Recipe, messages: Sequence[Message]) -> list[str]:
    """Which slots cannot take the prompt, a sentence each; the run is not forbidden, the count being a rough one."""
    tokens = prompt_tokens(messages)
    models = models_called(spec.model for spec in recipe.panel)
    return [
        f"{spec.slot} cannot take this prompt: it has about {tokens:,} tokens, and the context of {model.label} has "
        f"{model.context_length:,}."
        for spec in recipe.panel
        if (model := models.get(spec.model)) and model.context_length is not None and tokens > model.context_length
    ]


def cap_warnings(recipe: Recipe, *, is_capped: bool) -> list[str]:
    """What a cap does not hold: models without a price. ``is_capped``: there is a cap, the recipe's or another."""
    if not is_capped:
        return []
    prices = _prices(reference for reference, _ in pairs_of(recipe))
    unpriced = sorted({reference for reference, price in prices.items() if not cost.is_known(price)})
    labels = models_called(unpriced)
    return [f"The price of {labels[name].label} is unknown: no cap can hold it." for name in unpriced if name in labels]


def is_free(recipe: Recipe) -> bool:
    """Whether every model of a recipe costs nothing."""
    return all(cost.is_free(price) for price in _prices(reference for reference, _ in pairs_of(recipe)).values())


def _count_of_calls(recipe: Recipe) -> int:
    referees = [reference for reference in (recipe.judge, recipe.writer) if reference not in list(Builtin)]
    return len(recipe.panel) + (len(referees) if len(recipe.panel) > 1 else 0)


def _prices(references: Iterable[str], models: Sequence[Model] | None = None) -> dict[str, Price | None]:
    """The price of each reference; ``None`` for a model that is not connected."""
    asked = set(references)
    known = models_called(asked) if models is None else {model.reference: model for model in models}
    return {ref: FREE if ref in list(Builtin) else known[ref].price if ref in known else None for ref in asked}
