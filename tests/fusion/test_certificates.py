"""Calibrations from labelled items: how votes count best is chosen by validation, and certificates hold as promised."""

import random

import pytest
import scipy

from apps.fusion.calibration import Calibration, CountingRule, MemberRecord
from apps.fusion.certificates import THRESHOLDS, LabelledItem, calibrate, certify_share, choose_rule, counter_of
from apps.fusion.weights import log_odds, rate_of


def item(right="", **answers):
    """Return an item whose members ``right`` (letters) are right, with the answers of all."""
    return LabelledItem(answers, frozenset(right))


def panel_items(n, rates, seed=0):
    """Return items on which each member is right at its rate, independently; wrong answers differ now and then."""
    rng = random.Random(seed)
    items = []
    for _ in range(n):
        answers = {name: "7" if rng.random() < rate else rng.choice("89") for name, rate in rates.items()}
        items.append(LabelledItem(answers, frozenset(name for name, said in answers.items() if said == "7")))
    return items


MEMBERS = {"A": (190, ""), "B": (150, "x"), "C": (150, "x"), "D": (150, "")}
MEASURED = Calibration(
    members=tuple(MemberRecord(model=m, correct=c, items=200, family=f) for m, (c, f) in MEMBERS.items())
)
STRONG, WEAK = log_odds(rate_of(MEASURED.members[0])), log_odds(rate_of(MEASURED.members[1]))
COUNTS = {
    "the heaviest wins": (item(A="7", B="8", C="9", D="8"), "A", {"7": STRONG, "8": 2 * WEAK, "9": WEAK}),
    "a family weighs once": (item(A=None, B="8", C="8", D="9"), "B", {"8": WEAK, "9": WEAK}),
    "no answer is no vote": (item(A=None, B=None, C=None, D="9"), "D", {"9": WEAK}),
    "nobody": (item(A=None, B=None, C=None, D=None), "", {}),
}


@pytest.mark.parametrize("case", COUNTS)
def test_votes_on_an_item_are_counted_by_weight(case):
    counted, winner, weights = COUNTS[case]
    whole = STRONG + 2 * WEAK

    count = counter_of(MEASURED)(counted)

    assert count.winner == winner
    assert count.shares == pytest.approx({answer: weight / whole for answer, weight in weights.items()})


@pytest.mark.parametrize(
    ("rates", "rule"),
    [
        ({"A": 0.8, "B": 0.8, "C": 0.8}, CountingRule.WEIGHTED),
        ({"A": 0.95, "B": 0.3, "C": 0.3}, CountingRule.WEIGHTED),
    ],
)
def test_weights_are_chosen_unless_another_rule_is_better_by_more_than_chance(rates, rule):
    assert choose_rule(panel_items(300, rates), list(rates), {}) is rule


def test_best_single_is_chosen_where_the_others_only_outvote_it():
    """Three who make the same mistakes have weights that look independent, and outvote the better one together."""
    rng = random.Random(1)
    items = []
    for _ in range(400):
        alone, together = rng.random() < 0.85, rng.random() < 0.8
        said = {"A": "7" if alone else "8", **dict.fromkeys("BCD", "7" if together else "9")}
        items.append(LabelledItem(said, frozenset(name for name, one in said.items() if one == "7")))

    assert choose_rule(items, list("ABCD"), {}) is CountingRule.SINGLE
    # Once they are known to be a family, their weights say the same.
    assert choose_rule(items, list("ABCD"), dict.fromkeys("BCD", "x")) is CountingRule.WEIGHTED


def test_calibration_keeps_what_was_measured():
    items = [item("AB", A="7", B="7"), item("A", A="7", B="8"), item("", A="8", B=None)]

    made = calibrate(items, ["A", "B"], {"A": "x"})

    assert [(one.model, one.correct, one.items, one.family) for one in made.members] == [
        ("A", 2, 3, "x"),
        ("B", 1, 3, ""),
    ]
    assert (made.items, made.all_wrong, made.certificate) == (3, 1, None)
    with pytest.raises(ValueError, match="needs labelled items"):
        calibrate([], ["A"])


def test_stage_agrees_where_all_but_the_last_gave_the_same_final_answer():
    items = [
        item("abc", a="7", b="7", c="7"),
        item("c", a="8", b="8", c="7"),
        item("a", a="7", b="8", c="9"),
        item("", a=None, b=None, c="7"),
    ]

    stage = calibrate(items, ["a", "b", "c"]).stage

    assert (stage.members, stage.agreed, stage.right, stage.items) == (("a", "b"), 2, 1, 4)
    assert (stage.escalated, stage.certificate) == (0.5, None)
    assert calibrate(items, ["a", "b"]).stage is None


def test_certificate_is_the_loosest_share_whose_errors_are_bounded():
    unanimous = [item("AB", A="7", B="7")] * 300 + [item("", A="8", B="8")] * 3
    split = [item("A", A="7", B="8")] * 100
    equal = calibrate([*unanimous, *split], ["A", "B"], rule=CountingRule.MAJORITY)

    certificate = certify_share([*unanimous, *split], equal, alpha=0.03)

    # Down to 0.55 both have to agree; at 0.5 either answer of a split would do, and one of them is wrong.
    assert (certificate.threshold, certificate.errors, certificate.accepted) == (0.55, 3, 303)
    assert scipy.stats.beta.ppf(0.9, 4, 300) <= 0.03 < scipy.stats.beta.ppf(0.9, 104, 300)
    assert certify_share([*unanimous, *split], equal, alpha=0.01) is None


def test_certificate_rests_on_items_that_the_weights_did_not_see():
    items = panel_items(400, {"A": 0.95, "B": 0.9, "C": 0.9})

    made = calibrate(items, list("ABC"), alpha=0.05)

    assert (made.items, {one.items for one in made.members}) == (400, {200})
    assert made.certificate.accepted <= 200


@pytest.mark.parametrize("rule", [CountingRule.MAJORITY, CountingRule.WEIGHTED])
def test_certificates_are_broken_in_no_more_than_delta_of_random_splits(rule):
    """The whole is known here, and so is its share of errors. Its bound lies just below what two of three bring: the
    naive rule, which takes the share of errors on the items for the truth, breaks it in about half of the splits.
    """
    rates, rng = {"A": 0.9, "B": 0.86, "C": 0.84}, random.Random(7)
    whole = panel_items(3000, rates, seed=3)
    made = calibrate(panel_items(200, rates, seed=4), list(rates), rule=rule)
    true = {threshold: errors_at(whole, made, threshold) for threshold in THRESHOLDS}
    alpha = true[0.55] - 1e-9
    broken = naive_broken = 0

    for _ in range(200):
        sample = rng.sample(whole, 300)
        certificate = certify_share(sample, made, alpha)
        broken += certificate is not None and true[certificate.threshold] > alpha
        naive_broken += errors_at(sample, made, 0.55) <= alpha

    assert broken <= 0.1 * 200
    assert naive_broken > 0.3 * 200


def errors_at(items, calibration, threshold):
    """Return the share of items with a wrong answer among those on which some answer has this share of the weight."""
    count = counter_of(calibration)
    wrong = accepted = 0
    for one in items:
        shares = count(one).shares
        answers = {answer for answer, share in shares.items() if share >= threshold - 1e-9}
        accepted += bool(answers)
        wrong += any(answer != "7" for answer in answers)
    return wrong / accepted if accepted else 0.0
