"""Strategies: values whose pure functions lead a run from its state to its next step. One file a strategy."""

from collections.abc import Mapping
from importlib import import_module

from apps.fusion.state import RunState
from apps.fusion.strategies.steps import Start
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.tools import ToolSet
from apps.fusion.values import CallSpec, PlannedCall, Recipe
from apps.fusion.vocabulary import Role, StrategyName

STRATEGIES: Mapping[StrategyName, Strategy] = {
    name: getattr(import_module(f"{__name__}.{name}"), name.upper()) for name in StrategyName
}
"""By their words: each is the name of a file here, and in capitals the name of its value."""


def strategy_of(recipe: Recipe) -> Strategy:
    """Return the strategy that a recipe names."""
    return STRATEGIES[recipe.strategy]


def tools_for(recipe: Recipe, role: Role, tools: ToolSet | None) -> ToolSet | None:
    """Return the client's tools if calls of this role may ask for them: the one that answers, and no other."""
    if tools is None or not tools.tools:
        return None
    return tools if role == strategy_of(recipe).answer_stage.role else None


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the calls that a recipe means to make, in the order of its stages."""
    return strategy_of(recipe).planned_calls(recipe)


def first_calls(recipe: Recipe) -> tuple[CallSpec, ...]:
    """Return the calls that a new run begins with; raises ``TypeError`` for a strategy that begins with none."""
    step = strategy_of(recipe).next_step(RunState(id="", recipe=recipe))
    if not isinstance(step, Start):
        raise TypeError(f"The strategy {recipe.strategy} begins without a call.")
    return step.calls
