"""The cascade as tables, and exhaustively: it ends for every combination of outcomes, and asks no stage too many."""

from dataclasses import replace
from itertools import product

import pytest

from apps.fusion.calibration import Calibration, Certificate, MemberRecord, StageRecord
from apps.fusion.confidence import confidence_words
from apps.fusion.state import RunState
from apps.fusion.strategies import planned_calls
from apps.fusion.strategies.cascade import CASCADE
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import CascadeSettings, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, FinalKind, Role, Status
from apps.fusion.weights import panel_fingerprint
from tests.fusion.strategies.test_vote import ESSAY, START, after, panel_call, told

TWO = (("A", "B"), ("C",))
THREE = (("A", "B"), ("C",), ("D",))


def recipe(stages=TWO):
    size = sum(map(len, stages))
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    return Recipe(
        settings=CascadeSettings(judge="x/judge", writer="x/writer", stages=stages), panel=panel, hard_limit_s=60
    )


def state_of(*texts, stages=TWO, now=START + 1, **changes):
    calls = tuple(panel_call(index, text) for index, text in enumerate(texts))
    return RunState(id="r", calls=calls, started_at=START, now=now, recipe=recipe(stages), **changes)


def asks(*slots):
    return ("asks", *slots)


def step_of(state):
    step = CASCADE.next_step(state)
    if isinstance(step, Start) and step.calls and all(call.role is Role.PANEL for call in step.calls):
        return asks(*(call.slot for call in step.calls))
    return told(step)


def ends(kind, answer, result):
    return Status.DONE, kind, answer, result


JUDGE = [Role.JUDGE]
TABLE = {
    "a new run asks the first stage": ([], TWO, asks("A", "B")),
    "all agree": (["7", "The answer is 7."], TWO, ends(AnswerKind.VOTED, 1, "agreed")),
    "they differ": (["7", "8"], TWO, asks("C")),
    "one says nothing": (["7", ESSAY], TWO, asks("C")),
    "essays": ([ESSAY, ESSAY], TWO, asks("C")),
    "one failed": (["7", "failed"], TWO, asks("C")),
    "one refused": (["7", "refused"], TWO, asks("C")),
    "one was cut off": (["7", "cut"], TWO, asks("C")),
    "one is waited for": (["7", "running"], TWO, "wait"),
    "the last one's answer stands": (["7", "8", "9"], TWO, ends(AnswerKind.ESCALATED, 3, "escalated")),
    "also where it is a text": (["7", "8", ESSAY], TWO, ends(AnswerKind.ESCALATED, 3, "escalated")),
    "the last one fails after a tie": (["7", "8", "failed"], TWO, (JUDGE, (), "tie")),
    "the last one fails and nobody answered": (["failed"] * 3, TWO, (Status.FAILED, None, None, None)),
    "the last one fails and one answered": (["7", "failed", "failed"], TWO, (Status.DONE, AnswerKind.ONLY, 1, None)),
    "the second stage agrees with one before": (["7", "8", "8"], THREE, ends(AnswerKind.VOTED, 2, "agreed")),
    "the second stage differs": (["7", "8", "9"], THREE, asks("D")),
    "the second stage alone agrees with nobody": ([ESSAY, "failed", "9"], THREE, asks("D")),
    "the third stage's answer stands": (["7", "8", "9", "7"], THREE, ends(AnswerKind.ESCALATED, 4, "escalated")),
    "the third fails after a majority": (["7", "8", "9", "failed"], THREE, (JUDGE, (), "tie")),
}


@pytest.mark.parametrize("case", TABLE)
def test_step_after_each_stage(case):
    texts, stages, expected = TABLE[case]

    assert step_of(state_of(*texts, stages=stages)) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Spam, not ham.", "A case of SPAM"], asks("C")),
        (["Not ham: spam.", "A case of SPAM"], ends(AnswerKind.VOTED, 1, "agreed")),
        (["The answer is 7.", "The answer is 7."], asks("C")),
    ],
)
def test_labels_of_a_list_are_what_a_stage_agrees_on(texts, expected):
    state = state_of(*texts)
    settings = CascadeSettings(**{**dict(state.recipe.settings), "answer_kind": "label", "labels": ("spam", "ham")})

    assert step_of(replace(state, recipe=state.recipe.model_copy(update={"settings": settings}))) == expected


OWNED = "The council owned the old bridge until 1987."
TURNED = "The old bridge was owned by the council until 1987."


@pytest.mark.parametrize(
    ("second", "settings", "expected"),
    [
        (TURNED, {"answer_kind": "meaning"}, ends(AnswerKind.VOTED, 1, "agreed")),
        (TURNED.replace("1987", "1978"), {"answer_kind": "meaning"}, asks("C")),
        (TURNED, {}, asks("C")),
    ],
)
def test_stage_agrees_by_meaning_where_that_counts(second, settings, expected):
    state = state_of(OWNED, second)
    own = CascadeSettings(**{**dict(state.recipe.settings), **settings})

    assert step_of(replace(state, recipe=state.recipe.model_copy(update={"settings": own}))) == expected


FOUR = (("A", "B", "C"), ("D",))
RATES = {"x/A": 190, "x/B": 120, "x/C": 120, "x/D": 198}


def measured(**settings):
    """Return the settings of a cascade of four whose calibration certifies 60 % of its first stage's weight."""
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:4])
    bound = Certificate(threshold=0.6, alpha=0.05, delta=0.1, errors=1, accepted=150)
    stage = StageRecord(members=("x/A", "x/B", "x/C"), agreed=100, right=98, items=200, certificate=bound)
    members = tuple(MemberRecord(model=model, correct=n, items=200) for model, n in RATES.items())
    calibration = Calibration(members=members, items=200, stage=stage, panel=panel_fingerprint(panel))
    return {"calibration": calibration.model_copy(update=settings.pop("change", {})), **settings}


SHARES = {
    "a majority of equals": (["7", "7", "8"], {"threshold": 0.6}, ends(AnswerKind.VOTED, 1, "agreed")),
    "not from that share on": (["7", "7", "8"], {"threshold": 0.7}, asks("D")),
    "all have to say the same": (["7", "7", "8"], {}, asks("D")),
    "nulls count in the whole": (["7", "7", ESSAY], {"threshold": 0.7}, asks("D")),
    "one alone that nobody measured": (["7", ESSAY, "failed"], {"threshold": 0.51}, asks("D")),
    "by weight the best outweighs two": (["7", "8", "8"], measured(threshold=0.6), ends(AnswerKind.VOTED, 1, "agreed")),
    "by weight two are too light": (["8", "7", "7"], measured(threshold=0.8), asks("D")),
    "at the certificate": (["7", "8", "8"], measured(at_certificate=True), ends(AnswerKind.VOTED, 1, "agreed")),
    "a certificate of other models": (["7", "8", "8"], measured(at_certificate=True, change={"panel": "x"}), asks("D")),
    "a certificate of meanings": (
        ["7", "8", "8"],
        measured(at_certificate=True, change={"counts": "meaning"}, answer_kind="meaning"),
        asks("D"),
    ),
    "nothing certified": (["7", "8", "8"], measured(at_certificate=True, change={"stage": None}), asks("D")),
    "then all alike still agree": (
        ["7", "7", "7"],
        measured(at_certificate=True, change={"stage": None}),
        ends(AnswerKind.VOTED, 1, "agreed"),
    ),
}


@pytest.mark.parametrize("case", SHARES)
def test_stage_agrees_by_a_share_of_the_weight(case):
    texts, settings, expected = SHARES[case]
    state = state_of(*texts, stages=FOUR)
    own = CascadeSettings(**{**dict(state.recipe.settings), **settings})

    assert step_of(replace(state, recipe=state.recipe.model_copy(update={"settings": own}))) == expected


WORDS = "Right on at least 95 % of questions like these, with 90 % confidence (150 items)."
COVERED = {
    "at the certificate": (["7", "8", "8"], measured(at_certificate=True), WORDS),
    "all alike": (["7", "7", "7"], measured(), WORDS),
    "models that it was not made for": (["7", "7", "7"], measured(change={"panel": "x"}), ""),
    "a certificate of no panel": (["7", "7", "7"], measured(change={"panel": ""}), ""),
    "answers of another kind": (["7", "7", "7"], measured(change={"kind": FinalKind.CHOICE}), ""),
    "nothing certified": (["7", "7", "7"], measured(change={"stage": None}), ""),
    "texts by meaning": (["7", "7", "7"], measured(change={"counts": "meaning"}, answer_kind="meaning"), ""),
    "the last stage": (["8", "7", "7", "7"], measured(), ""),
}


@pytest.mark.parametrize("case", COVERED)
def test_what_the_first_stage_agrees_on_has_its_certificate(case):
    texts, settings, words = COVERED[case]
    state = state_of(*texts, stages=FOUR)
    recipe = state.recipe.model_copy(
        update={"settings": CascadeSettings(**{**dict(state.recipe.settings), **settings})}
    )

    step = CASCADE.next_step(replace(state, recipe=recipe))

    assert isinstance(step, End)
    assert confidence_words(step.ballot, recipe) == words


def test_ballot_names_only_members_that_were_asked():
    step = CASCADE.next_step(state_of("7", "7"))

    assert (step.ballot.calls, step.ballot.members, step.ballot.winner) == ({"A": 1, "B": 2}, 2, "A")


def test_each_stage_has_the_hard_limit_from_its_own_start():
    first = state_of("7", "running", now=START + 60)
    second = state_of("7", "8", "running", now=START + 60)  # A and B ended a second after the start
    over = replace(second, now=START + 61)

    assert told(CASCADE.next_step(first)) == ([], (2,), None)
    assert CASCADE.next_step(second) == Wait(until=START + 61)
    assert told(CASCADE.next_step(over)) == ([], (3,), None)


def test_call_that_was_cut_hands_in_its_text_before_the_next_stage():
    state = state_of("7", "running", now=START + 60)
    cut = replace(state, calls=(state.calls[0], replace(state.calls[1], cancel_requested=True)))
    ended = replace(cut, calls=(state.calls[0], replace(cut.calls[1], status=Status.CANCELLED)))

    assert step_of(cut) == "wait"
    assert step_of(ended) == asks("C")


def test_going_on_at_once_asks_no_further_stage():
    state = state_of("7", "8", fuse_now=True)

    assert step_of(state) == (JUDGE, (), "tie")


def test_plan_counts_the_later_stages_as_escalations():
    planned = planned_calls(recipe(THREE))

    assert [(call.stage, call.slot, call.fewest, call.expected, call.most) for call in planned] == [
        ("panel", "A", 1, 1, 1),
        ("panel", "B", 1, 1, 1),
        ("panel-2", "C", 0, 0.3, 1),
        ("panel-3", "D", 0, 0.3, 1),
        ("judge", "", 0, 0, 0),
        ("synthesis", "", 0, 0, 0),
    ]


@pytest.mark.parametrize("stages", [TWO, THREE])
def test_run_ends_for_every_combination_of_outcomes(stages):
    size = sum(map(len, stages))
    for texts in product(("7", "8", ESSAY, "failed"), repeat=size):
        state = state_of(stages=stages)
        for _ in range(10):
            step = CASCADE.next_step(state)
            if state.status.is_final:
                break
            assert not isinstance(step, Wait), texts
            panel = [spec for spec in getattr(step, "calls", ()) if spec.role is Role.PANEL]
            if panel and not isinstance(step, End):
                new = tuple(panel_call(SLOTS.index(spec.slot), texts[SLOTS.index(spec.slot)]) for spec in panel)
                state = replace(state, calls=(*state.calls, *new))
            else:
                state = after(state, step, judge_is_good=True, writer_is_good=True)
        assert state.status.is_final, texts
        asked = [call.slot for call in state.panel()]
        has_agreed = texts[0] == texts[1] and texts[0] in ("7", "8")
        assert (len(asked) == 2) == has_agreed, texts


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ((("A",), ("B",)), "needs two members"),
        ((("A", "B"), ("C", "D")), "last one has one"),
        ((("A", "B"), ("A",)), "stands in one stage"),
        ((("A", "B"),), "at least 2"),
    ],
)
def test_stages_that_cannot_agree_are_refused(stages, sentence):
    with pytest.raises(ValueError, match=sentence):
        CascadeSettings(judge="x/j", writer="x/w", stages=stages)


def test_stage_of_a_slot_that_is_not_there_is_refused():
    panel = recipe().panel[:2]

    with pytest.raises(ValueError, match="does not have"):
        Recipe(settings=recipe().settings, panel=panel)
