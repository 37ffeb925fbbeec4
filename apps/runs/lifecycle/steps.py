"""The next step of a run, asked of its strategy: also where that breaks."""

import logging
from collections.abc import Iterable

from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.endings import break_off
from apps.fusion.strategies.steps import Step
from apps.runs.lifecycle.rows_to_events import state_of, with_sources
from apps.runs.models import Call, Run

log = logging.getLogger(__name__)


def step_of(run: Run, calls: Iterable[Call]) -> Step:
    """Return what a run needs next; where its strategy breaks on what the calls brought, the way to its end."""
    state = with_sources(state_of(run, calls), run)
    try:
        return strategy_of(run.recipe).next_step(state)
    except Exception:  # the boundary of a run: what was answered is kept, and not asked and paid for once more
        log.exception("The strategy of run %s broke", run.pk)
        return break_off(state)
