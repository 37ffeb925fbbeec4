"""The ceiling of a panel, and panels that grow by the member that adds most for its price."""

from decimal import Decimal

import numpy as np
import pytest
import scipy

from apps.fusion.ceiling import DELTA, Ceiling, advise, ceiling_of
from apps.fusion.certificates import LabelledItem


def items(*rows):
    """Return items from strings of the members that are right on each."""
    return [LabelledItem({}, frozenset(row)) for row in rows]


def test_ceiling_counts_items_that_all_members_get_wrong():
    found = ceiling_of(items(*["AB"] * 500, *["A"] * 64, *["B"] * 17, *[""] * 19), "AB")

    assert (found.n, found.all_wrong, found.best, found.best_right) == (600, 19, "A", 564)
    assert found.share == pytest.approx(581 / 600)
    assert found.headroom == pytest.approx(17 / 600)
    assert found.headroom_bound == pytest.approx(scipy.stats.beta.ppf(0.95, 18, 583))


@pytest.mark.parametrize("all_wrong", [0.0, 0.03, 0.2])
def test_bound_on_the_headroom_is_broken_as_rarely_as_it_says(all_wrong):
    draws, n = np.random.default_rng(5), 200
    chances = {"": all_wrong, "ABC": 0.8 - all_wrong, "AB": 0.03, "A": 0.1, "B": 0.03, "C": 0.04}
    truth = 1 - all_wrong - sum(chance for right, chance in chances.items() if "A" in right)

    broken = 0
    for counts in draws.multinomial(n, list(chances.values()), size=600):
        of = dict(zip(chances, counts.tolist(), strict=True))
        right = [sum(count for who, count in of.items() if member in who) for member in "ABC"]
        broken += Ceiling(n, of[""], "A", max(right)).headroom_bound < truth

    assert broken / 600 < DELTA + 0.02


def test_ceiling_needs_items_and_a_panel():
    with pytest.raises(ValueError, match="needs labelled items"):
        ceiling_of([], "A")


TEN = items(*["A"] * 6, "B", "BC", "C", "CD")


@pytest.mark.parametrize(
    ("costs", "options", "expected"),
    [
        # C adds three of ten, B two, of which one is C's too.
        ({"A": 1, "B": 1, "C": 1, "D": 1}, {}, ["A", "AC", "ACB"]),
        # Three times as dear, C adds less for its price.
        ({"A": 1, "B": 1, "C": 3, "D": 1}, {}, ["A", "AB", "ABD", "ABDC"]),
        ({"A": 1, "B": 1, "C": 1, "D": 1}, {"most": 2}, ["A", "AC"]),
        ({"A": 1, "B": 1, "C": 5, "D": 5}, {"budget": Decimal(2)}, ["A", "AB"]),
        ({"A": 9, "B": 1, "C": 1, "D": 1}, {"budget": Decimal(2)}, ["C", "CB"]),
        ({"A": 9}, {"budget": Decimal(2)}, []),
    ],
)
def test_advice_adds_the_member_with_most_headroom_per_dollar(costs, options, expected):
    prices = {model: Decimal(price) for model, price in costs.items()}

    assert ["".join(one.panel) for one in advise(TEN, "ABCD", prices, **options)] == expected


def test_advice_stops_where_another_member_adds_less_than_a_point():
    many = items(*["AB"] * 995, *["A"] * 3, *["B"] * 2)

    assert [one.panel for one in advise(many, "AB", {})] == [("A",)]


def test_advice_tells_what_a_question_costs():
    (first, second, *_) = advise(TEN, "ABCD", {model: Decimal(2) for model in "ABCD"})

    assert (first.cost, second.cost, second.ceiling.all_wrong) == (2, 4, 1)
