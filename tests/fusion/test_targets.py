"""Runs held against targets: what counts for each, and what is not known."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from apps.fusion.targets import RunFigures, Tally, Targets, hold_against

RUNS = [
    RunFigures(seconds=19.9, cost=Decimal("0.05"), is_good=True),
    RunFigures(seconds=20.0, cost=None, is_good=None),
    RunFigures(seconds=20.1, cost=Decimal("0.06"), is_good=False),
    RunFigures(seconds=None, cost=Decimal(0), is_good=True),
]


def test_each_target_counts_the_runs_of_which_it_is_known():
    record = hold_against(Targets(seconds=20, cost=Decimal("0.05"), accuracy=0.66), RUNS)

    assert (record.runs, record.unpriced) == (4, 1)
    assert (record.seconds, record.cost, record.accuracy) == (Tally(2, 4), Tally(2, 3), Tally(2, 3))
    assert record.is_accurate is True
    assert hold_against(Targets(accuracy=0.67), RUNS).is_accurate is False


def test_target_that_is_not_set_has_no_tally_and_no_runs_meet_nothing():
    assert hold_against(Targets(seconds=1), RUNS).cost is None
    empty = hold_against(Targets(accuracy=0.5), [])
    assert (empty.runs, empty.accuracy, empty.is_accurate) == (0, Tally(0, 0), None)


@pytest.mark.parametrize("bad", [{}, {"seconds": 0}, {"cost": -1}, {"accuracy": 1.1}, {"accuracy": 0}])
def test_bad_targets_are_refused(bad):
    with pytest.raises(ValidationError):
        Targets(**bad)
