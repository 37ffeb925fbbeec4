"""Weights are log-odds of measured rates, prices or by hand; a calibration is void for what it did not measure."""

from math import log

import pytest

from apps.fusion.calibration import CountingRule
from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    MemberRecord,
    Parameters,
    Price,
    Recipe,
    SlotSpec,
    WeightedSettings,
)
from apps.fusion.vocabulary import SLOTS, WeightBasis
from apps.fusion.weights import (
    Weighing,
    blocs_of,
    is_dictated,
    log_odds,
    panel_fingerprint,
    prompt_fingerprint,
    rate_of,
    under_prompt,
    void_reason,
    weighing_of,
    weights_by_cost,
    weights_of,
)


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


def calibration(*records, **values):
    members = tuple(MemberRecord(model=m, correct=c, items=200, family=f) for m, c, f in records)
    return Calibration(members=members, items=200, **values)


MIXED = [("x/A", 190, "x"), ("x/B", 150, "x"), ("x/C", 20, "")]
RULES = {
    CountingRule.WEIGHTED: lambda big, small: (big, small, 0),
    CountingRule.MAJORITY: lambda _big, _small: (1, 1, 1),
    CountingRule.SINGLE: lambda big, small: (1 + big + small, small, 0),
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_says_what_the_weights_are(rule):
    big, small = (log_odds(rate_of(record)) for record in calibration(*MIXED).members[:2])

    weights = weights_of(calibration(*MIXED, rule=rule))

    assert tuple(weights.values()) == pytest.approx(RULES[rule](big, small))


def test_members_at_chance_weigh_the_same():
    assert weights_of(calibration(("x/A", 90, ""), ("x/B", 20, ""))) == {"x/A": 1, "x/B": 1}


def test_members_of_a_family_weigh_together_as_much_as_the_heaviest():
    weighing = Weighing(families={"A": "x", "B": "x"})

    assert weighing.together({"A": 2, "B": 1, "C": 1.5}) == 3.5
    assert weighing.together({"B": 1}) == 1


def test_families_count_only_where_there_are_several():
    """Members of one maker alone would weigh as one, whatever they say, and decide nothing."""
    one_family = calibration(("x/A", 190, "x"), ("x/B", 180, "x"), ("x/C", 180, "x"))

    assert weighing_of(recipe(weighted(calibration=one_family))).families == {}
    assert blocs_of(one_family) == {}
    assert blocs_of(calibration(*MIXED)) == {"x/A": "x", "x/B": "x", "x/C": "x/C"}


@pytest.mark.parametrize(
    "prices, expected",
    [
        ({"A": 10, "B": 5, "C": None}, {"A": 1, "B": 0.5, "C": 0.5}),
        ({"A": 10, "B": 0}, {"A": 1, "B": 1}),
        ({"A": None, "B": 0}, {"A": 1, "B": 1}),
    ],
)
def test_weights_by_cost_are_in_the_ratio_of_the_prices(prices, expected):
    assert weights_by_cost({slot: Price(output=price) for slot, price in prices.items()}) == expected


def recipe(settings=None, size=3, **parameters):
    panel = [SlotSpec(slot=s, model=f"x/{s}", parameters=Parameters(**parameters)) for s in SLOTS[:size]]
    return Recipe(settings=settings or weighted(), panel=tuple(panel))


def weighted(**values):
    return WeightedSettings(judge="x/j", writer="x/w", **values)


def test_weighing_of_a_recipe_is_by_slot_with_the_families_of_the_models():
    weighing = weighing_of(recipe(weighted(calibration=calibration(*MIXED))))

    assert weighing.basis is WeightBasis.ACCURACY
    assert (list(weighing.weights), weighing.families) == (["A", "B", "C"], {"A": "x", "B": "x", "C": "x/C"})
    assert weighing.doubt == "A weighs more than all the others together, so its answer wins."
    # In a cascade it may not even be asked.
    stages = CascadeSettings(judge="x/j", writer="x/w", stages=(("B", "C"), ("A",)), calibration=calibration(*MIXED))
    assert weighing_of(recipe(stages)).doubt == ""


FEW = Calibration(
    members=(MemberRecord(model="x/A", correct=30, items=40), MemberRecord(model="x/B", correct=30, items=40))
)
DOUBTS = {
    "nothing measured": (weighted(), "equal", "No accuracy was measured for this panel, so all votes weigh the same."),
    "few items": (
        weighted(calibration=FEW),
        "accuracy",
        "The weights rest on 40 labelled items; fewer than 200 say little.",
    ),
    "another panel": (
        weighted(calibration=calibration(*MIXED, panel="0123", name="Sums")),
        "equal",
        "The calibration “Sums” was made for other models, parameters or prompts than this panel’s, "
        "so it is not applied.",
    ),
    "other models": (
        weighted(calibration=calibration(("y/A", 190, ""))),
        "equal",
        "The calibration measured no model of this panel, so it is not applied.",
    ),
    "by hand": (weighted(weigh_by="hand", weights={"A": 2, "B": 1}), "hand", ""),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_doubt_about_the_weights_is_told(case):
    settings, basis, doubt = DOUBTS[case]

    weighing = weighing_of(recipe(settings))

    assert (weighing.basis, weighing.doubt) == (basis, doubt)


def test_calibration_holds_for_its_panel_in_any_order_and_no_other():
    same, hot = recipe(), recipe(temperature=1)
    made = calibration(*MIXED, panel=panel_fingerprint(reversed(same.panel)))

    assert void_reason(made, same) == ""
    assert "other models, parameters or prompts" in void_reason(made, hot)
    assert "other models, parameters or prompts" in void_reason(made, recipe(size=2))


def test_calibration_holds_under_its_system_prompt_and_no_other():
    made = calibration(*MIXED, panel="0123", prompt=prompt_fingerprint("Be brief."))

    assert under_prompt(made, "Be brief. ").void == ""
    assert under_prompt(made, "Be long.").void.endswith("another system prompt, so it is not applied.")
    assert under_prompt(under_prompt(made, "Be long."), "Be brief.").void == ""
    assert under_prompt(calibration(*MIXED), "Be long.").void == ""


@pytest.mark.parametrize("by", ["cost", "hand"])
def test_weights_by_cost_and_by_hand_have_to_be_given(by):
    with pytest.raises(ValueError, match="need a weight above 0"):
        weighted(weigh_by=by, weights={"A": 0})


def test_weight_of_a_slot_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="does not have"):
        recipe(weighted(weigh_by="hand", weights={"D": 1}))


@pytest.mark.parametrize(
    "weights, expected",
    [({"a": 3, "b": 1, "c": 1}, True), ({"a": 2, "b": 1, "c": 1}, False), ({"a": 1}, False), ({}, False)],
)
def test_one_member_dictates_when_it_outweighs_all_others(weights, expected):
    assert is_dictated(weights) is expected


def test_record_with_more_right_than_asked_is_refused():
    with pytest.raises(ValueError, match="more often"):
        MemberRecord(model="m", correct=3, items=2)


@pytest.mark.parametrize(
    ("made_with", "counts", "is_void"),
    [
        ({}, {}, False),
        ({}, {"answer_kind": "number"}, False),
        ({"counts": "number"}, {"answer_kind": "number"}, False),
        ({"counts": "number"}, {"answer_kind": "choice"}, True),
        ({"counts": "label", "labels": ("spam", "ham")}, {"answer_kind": "label", "labels": ("Ham", "Spam")}, False),
        ({"counts": "label", "labels": ("spam", "ham")}, {"answer_kind": "label", "labels": ("spam", "eggs")}, True),
        ({}, {"answer_kind": "label", "labels": ("spam", "ham")}, True),
        ({}, {"answer_kind": "meaning"}, True),
        ({"counts": "meaning"}, {"answer_kind": "meaning"}, False),
        ({"counts": "meaning"}, {}, True),
    ],
)
def test_calibration_is_void_where_other_final_answers_count(made_with, counts, is_void):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in "AB")
    measured = calibration(("x/A", 150, ""), ("x/B", 120, ""), panel=panel_fingerprint(panel), **made_with)
    settings = WeightedSettings(judge="x/j", writer="x/w", calibration=measured, **counts)

    assert bool(void_reason(measured, Recipe(settings=settings, panel=panel))) == is_void
