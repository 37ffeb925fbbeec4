"""Strategies: pure functions from a run's state to its next step."""

from collections.abc import Callable

from apps.fusion.state import RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.steps import Step

STRATEGIES: dict[str, Callable[[RunState], Step]] = {"fuse": fuse.next_step}
