"""Certificates that votes can reach, and what is said where a recipe asks for one and none can hold."""

import pytest

from apps.fusion.calibration import CountingRule, StageRecord
from apps.fusion.confidence import certificate_doubt, certificate_in
from apps.fusion.values import (
    Calibration,
    CascadeSettings,
    Certificate,
    EarlyExitSettings,
    MemberRecord,
    Recipe,
    SlotSpec,
    VoteSettings,
    WeightedSettings,
)
from apps.fusion.vocabulary import SLOTS
from apps.fusion.weights import panel_fingerprint

PANEL = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:3])
BOUND = Certificate(threshold=0.6, alpha=0.05, delta=0.1, errors=1, accepted=150)
STAGE = StageRecord(members=("x/A", "x/B"), agreed=100, right=98, items=200, certificate=BOUND)
MODELS = {"judge": "x/j", "writer": "x/w"}


def made(**values):
    """Return a calibration of the panel that certifies its votes and its first stage, with other values."""
    members = tuple(MemberRecord(model=spec.model, correct=150, items=200) for spec in PANEL)
    own = {"name": "Sums", "items": 200, "panel": panel_fingerprint(PANEL), "certificate": BOUND, "stage": STAGE}
    return Calibration(members=members, **{**own, **values})


def early_exit(**values):
    return EarlyExitSettings(**{"weigh_by": "accuracy", "at_certificate": True, **MODELS, **values})


def cascade(**values):
    return CascadeSettings(**{"stages": (("A", "B"), ("C",)), "at_certificate": True, **MODELS, **values})


BARE = STAGE.model_copy(update={"certificate": None})
HAND = {"weigh_by": "hand", "weights": {"A": 1}}
CASES = {
    "certified": (early_exit(calibration=made()), ""),
    "equal votes certified": (early_exit(weigh_by="equal", calibration=made(rule=CountingRule.MAJORITY)), ""),
    "nothing measured": (early_exit(), "no calibration was chosen"),
    "nothing certified": (early_exit(calibration=made(certificate=None)), "the calibration “Sums” certifies nothing"),
    "tied to no panel": (early_exit(calibration=made(panel="", name="")), "the calibration certifies nothing"),
    "void": (early_exit(calibration=made(panel="0123")), "the calibration “Sums” is not applied"),
    "by hand": (early_exit(calibration=made(), **HAND), "the calibration “Sums” was measured with other weights"),
    "all equal": (
        early_exit(calibration=made(), weigh_by="equal"),
        "the calibration “Sums” was measured with other weights",
    ),
    "a stage": (cascade(calibration=made(certificate=None)), ""),
    "a stage without a calibration": (cascade(), "no calibration was chosen"),
    "a stage that certifies nothing": (
        cascade(calibration=made(stage=BARE)),
        "the calibration “Sums” certifies nothing for this first stage",
    ),
    "no stage": (
        cascade(calibration=made(stage=None)),
        "the calibration “Sums” certifies nothing for this first stage",
    ),
    "another stage": (
        cascade(calibration=made(), stages=(("A", "C"), ("B",))),
        "the calibration “Sums” certifies nothing for this first stage",
    ),
    "a void stage": (cascade(calibration=made(panel="0123")), "the calibration “Sums” is not applied"),
    "a stage by meaning": (
        cascade(calibration=made(counts="meaning"), answer_kind="meaning"),
        "groups of texts by meaning have none",
    ),
}
TWICE = (PANEL[0], SlotSpec(slot="B", model="x/A"), SlotSpec(slot="C", model="x/B"), SlotSpec(slot="D", model="x/C"))
"""A panel of one model with two votes, which had one answer on each labelled item."""
FAMILIES = tuple(MemberRecord(model=spec.model, correct=150, items=200, family="f") for spec in PANEL)


@pytest.mark.parametrize(
    ("settings", "changes", "why"),
    [
        (early_exit, {"rule": CountingRule.MAJORITY}, "a model sits on the panel twice"),
        (early_exit, {"rule": CountingRule.MAJORITY, "weigh_by": "equal"}, "a model sits on the panel twice"),
        (early_exit, {"rule": CountingRule.SINGLE}, "a model sits on the panel twice"),
        (early_exit, {"rule": CountingRule.WEIGHTED}, ""),  # as a family it has one vote
        (early_exit, {"rule": CountingRule.WEIGHTED, "members": FAMILIES}, "a model sits on the panel twice"),
        (
            cascade,
            {"rule": CountingRule.MAJORITY, "stages": (("A", "B", "C"), ("D",))},
            "a model sits on the panel twice",
        ),
        (cascade, {"rule": CountingRule.MAJORITY, "stages": (("A", "C"), ("B",), ("D",))}, ""),
    ],
)
def test_votes_of_a_model_that_sits_there_twice_are_not_those_that_were_measured(settings, changes, why):
    of_settings = {name: changes[name] for name in ("weigh_by", "stages") if name in changes}
    of_calibration = {name: changes[name] for name in ("rule", "members") if name in changes}
    calibration = made(panel=panel_fingerprint(TWICE)).model_copy(update=of_calibration)

    recipe = Recipe(settings=settings(calibration=calibration, **of_settings), panel=TWICE)

    assert certificate_in(recipe) == (None if why else BOUND)
    assert certificate_doubt(recipe).partition(";")[0] == (f"No certificate can hold here, as {why}" if why else "")


ENDS = {
    "early_exit": "so the vote ends once nobody can change it.",
    "cascade": "so a stage agrees only where all say the same.",
}


@pytest.mark.parametrize("case", CASES)
def test_certificate_that_cannot_hold_is_told_with_the_reason(case):
    settings, why = CASES[case]
    recipe = Recipe(settings=settings, panel=PANEL)

    assert certificate_doubt(recipe) == (
        f"No certificate can hold here, as {why}; {ENDS[settings.strategy]}" if why else ""
    )
    assert certificate_in(recipe) == (None if why else BOUND)


def test_threshold_of_an_older_recipe_has_no_use_beside_the_certificate():
    sentence = "The share of the weight that was set has no use beside the certificate."

    for calibration in (made(), made(stage=None)):
        both = Recipe(settings=cascade(calibration=calibration, threshold=0.7), panel=PANEL)
        assert certificate_doubt(both).endswith(sentence)
    alone = cascade(calibration=made(), threshold=0.7, at_certificate=False)
    assert certificate_doubt(Recipe(settings=alone, panel=PANEL)) == ""


@pytest.mark.parametrize(
    "settings",
    [
        early_exit(at_certificate=False),
        cascade(at_certificate=False),
        VoteSettings(**MODELS),
        WeightedSettings(**MODELS),
    ],
    ids=lambda own: own.strategy,
)
def test_nothing_is_told_where_no_certificate_is_asked_for(settings):
    assert certificate_doubt(Recipe(settings=settings, panel=PANEL)) == ""
