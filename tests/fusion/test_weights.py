"""Weights are log-odds of measured rates: drawn to the overall rate where little was measured, capped by family."""

from math import log

import pytest

from apps.fusion.values import Calibration, MemberRecord
from apps.fusion.weights import is_dictated, log_odds, rate_of, weights_of


@pytest.mark.parametrize(
    "record, rate",
    [
        (MemberRecord(model="m", correct=0, items=0), 1 / 2),
        (MemberRecord(model="m", correct=180, items=200), 181 / 202),
        # Ten items are worth little beside an overall rate of 91/102.
        (MemberRecord(model="m", correct=2, items=10, overall_correct=90, overall_items=100), (2 + 20 * 91 / 102) / 30),
        (MemberRecord(model="m", correct=5, items=50, overall_correct=90, overall_items=100), 6 / 52),
        (MemberRecord(model="m", correct=200, items=200), 201 / 202),
    ],
)
def test_rate_is_laplaces_and_drawn_to_the_overall_one_below_fifty_items(record, rate):
    assert rate_of(record) == pytest.approx(rate)


@pytest.mark.parametrize("rate, weight", [(0.9, log(9)), (0.5, 0), (0.2, 0)])
def test_weight_is_the_log_odds_and_never_below_zero(rate, weight):
    assert log_odds(rate) == pytest.approx(weight)


def test_family_weighs_no_more_than_its_best_member():
    records = [("x/big", 190, "x"), ("x/small", 150, "x"), ("y/big", 190, "y"), ("z/bad", 20, "")]
    calibration = Calibration(
        members=tuple(MemberRecord(model=m, correct=c, items=200, family=f) for m, c, f in records)
    )

    weights = weights_of(calibration)

    assert weights["x/big"] + weights["x/small"] == pytest.approx(weights["y/big"])
    assert weights["x/big"] > weights["x/small"] > weights["z/bad"] == 0


@pytest.mark.parametrize(
    "weights, expected",
    [({"a": 3, "b": 1, "c": 1}, True), ({"a": 2, "b": 1, "c": 1}, False), ({"a": 1}, False), ({}, False)],
)
def test_one_member_dictates_when_it_outweighs_all_others(weights, expected):
    assert is_dictated(weights) is expected


def test_record_with_more_right_than_asked_is_refused():
    with pytest.raises(ValueError, match="more often"):
        MemberRecord(model="m", correct=3, items=2)
