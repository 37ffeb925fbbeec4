"""Advice on panels: what is known of them, whom to add and to drop, and panels in place of today's."""

from decimal import Decimal

import pytest

from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.ceiling import Labels, ceiling_of
from apps.fusion.certificates import LabelledItem
from apps.fusion.panel_advice import advise_panel, propose_panel, shared_pool


def labels(*rows, known="ABCD"):
    """Return labels from strings of the models that are right on each item."""
    return Labels({model: model in row for model in known} for row in rows)


HUNDREDS = labels(*["AB"] * 140, *["A"] * 20, *["C"] * 20, *["CD"] * 10, *[""] * 10)
COSTS = {model: Decimal(cost) for model, cost in zip("ABCD", ("0.04", "0.01", "0.02", "0.002"), strict=True)}


def test_bit_sets_count_as_the_items_do():
    rows = ["A", "AB", "", "C", "BC", "ABC", ""]
    items = [LabelledItem({}, frozenset(row)) for row in rows]
    for panel in ("A", "AB", "BC", "ABC"):
        assert labels(*rows).ceiling(panel) == ceiling_of(items, panel)
        right = [any(model in row for model in panel) for row in rows]
        assert labels(*rows).ceiling(panel).all_wrong == right.count(False)


def test_items_count_where_all_models_are_known():
    found = Labels([{"A": True}, {"A": False, "B": True}, {"A": False, "B": False}, {"B": True}])

    assert (found.shared("A"), found.shared("AB"), found.shared("AX"), found.shared("")) == (3, 2, 0, 0)
    assert (found.ceiling("A").n, found.ceiling("A", "B").n, found.ceiling("AB").all_wrong) == (3, 2, 1)
    with pytest.raises(ValueError, match="needs labelled items"):
        found.ceiling("AX")


def test_too_few_items_say_how_many_are_missing():
    few = labels(*["AB"] * 163)

    advice = advise_panel(few, "AB", "CD", COSTS)

    assert (advice.items, advice.missing, advice.ceiling, advice.additions) == (163, ENOUGH_ITEMS - 163, None, ())
    assert propose_panel(few, "AB", "ABCD", COSTS, 3) is None


def test_advice_names_whom_to_add_and_whom_to_drop_per_dollar():
    advice = advise_panel(HUNDREDS, "AB", "ABCD", COSTS)

    assert (advice.items, advice.cost) == (200, Decimal("0.05"))
    assert advice.ceiling is not None
    assert (advice.ceiling.share, advice.ceiling.best, round(advice.ceiling.headroom, 9)) == (0.8, "A", 0)
    # C adds 15 points for 2 cents; D 5 for a tenth of that, which is more per dollar.
    assert [(one.model, round(one.gain, 9)) for one in advice.additions] == [("D", 0.05), ("C", 0.15)]
    # Without B nothing is lost; without A ten points are.
    assert [(one.model, one.gain, one.cost) for one in advice.removals] == [("B", 0, Decimal("0.01"))]


def test_panel_of_one_model_three_times_is_one_member():
    advice = advise_panel(HUNDREDS, "AAA", "AB", COSTS)

    assert (advice.panel, advice.cost, advice.removals) == (("A",), Decimal("0.04"), ())


def test_unknown_cost_ranks_as_the_dearest_and_is_said():
    advice = advise_panel(HUNDREDS, "AB", "CD", {"A": Decimal("0.04"), "C": Decimal("0.02")})

    assert (advice.cost, [(one.model, one.cost) for one in advice.additions]) == (
        None,
        [("C", Decimal("0.02")), ("D", None)],
    )


def test_proposal_grows_on_the_items_that_todays_panel_shares():
    found = propose_panel(HUNDREDS, "AB", "ABCD", COSTS, 3)
    cheap = propose_panel(HUNDREDS, "AB", "ABCD", COSTS, 3, budget=Decimal("0.03"))

    assert found is not None
    assert cheap is not None
    assert (found.panel, found.ceiling.share, found.cost) == (("A", "D", "C"), 0.95, Decimal("0.062"))
    # A alone is over the budget; D adds most per dollar, and C has no room then.
    assert (cheap.panel, cheap.ceiling.share, cheap.cost) == (("B", "D"), 0.75, Decimal("0.012"))


def test_pool_leaves_out_models_with_too_few_items_in_common():
    many = [{"A": True, "B": True}] * 200 + [{"A": True, "C": True}] * 150

    assert shared_pool(Labels(many), "B", "ABC") == ["B", "A"]
    assert shared_pool(Labels(many), "", "BC") == ["B"]
