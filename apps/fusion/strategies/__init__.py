"""Strategies: values whose pure functions lead a run from its state to its next step. One file a strategy."""

from collections.abc import Mapping

from apps.fusion.state import RunState
from apps.fusion.strategies.best_of import BEST_OF
from apps.fusion.strategies.cascade import CASCADE
from apps.fusion.strategies.critique import CRITIQUE
from apps.fusion.strategies.early_exit import EARLY_EXIT
from apps.fusion.strategies.fuse import FUSE
from apps.fusion.strategies.layers import LAYERS
from apps.fusion.strategies.single import SINGLE
from apps.fusion.strategies.steps import Start
from apps.fusion.strategies.strategy import Strategy
from apps.fusion.strategies.verify import VERIFY
from apps.fusion.strategies.vote import VOTE
from apps.fusion.strategies.weighted import WEIGHTED
from apps.fusion.tools import ToolSet
from apps.fusion.values import CallSpec, PlannedCall, Recipe
from apps.fusion.vocabulary import Role, StrategyName

STRATEGIES: Mapping[StrategyName, Strategy] = {
    strategy.name: strategy
    for strategy in (FUSE, SINGLE, VOTE, CASCADE, WEIGHTED, EARLY_EXIT, BEST_OF, CRITIQUE, LAYERS, VERIFY)
}


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
