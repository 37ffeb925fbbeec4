"""The early exit as tables, and against the full vote: whatever comes in whatever order, the same answer wins."""

from dataclasses import replace
from functools import cache
from itertools import permutations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.fusion.answers import groups
from apps.fusion.state import RunState
from apps.fusion.strategies.early_exit import EARLY_EXIT
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.strategies.weighted import WEIGHTED
from apps.fusion.values import Calibration, Certificate, EarlyExitSettings, MemberRecord, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, ExitReason, Status, WeightBasis
from apps.fusion.weights import panel_fingerprint
from tests.fusion.strategies.test_vote import ESSAY, JUDGE, START, after, panel_call, told, voted

RATES = (190, 120, 120, 130, 130)


def recipe(size, **settings):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}") for slot in SLOTS[:size])
    own = EarlyExitSettings(**{"judge": "x/judge", "writer": "x/writer"} | settings)
    return Recipe(settings=own, panel=panel, hard_limit_s=60)


def calibration(size, **values):
    records = zip(SLOTS[:size], RATES, strict=False)
    members = tuple(MemberRecord(model=f"x/{slot}", correct=right, items=200) for slot, right in records)
    return Calibration(members=members, items=200, panel=panel_fingerprint(recipe(size).panel), **values)


def measured(size, **values):
    return {"weigh_by": WeightBasis.ACCURACY, "calibration": calibration(size, **values)}


def state_of(*texts, now=START + 1, **settings):
    calls = tuple(panel_call(index, text) for index, text in enumerate(texts))
    return RunState(id="r", calls=calls, started_at=START, now=now, recipe=recipe(len(texts), **settings))


TABLE = {
    "two of three": (["7", "7", "running"], {}, ([], (3,), None)),
    "the order is nothing": (["running", "7", "7"], {}, ([], (1,), None)),
    "one of three": (["7", "running", "running"], {}, "wait"),
    "two that differ": (["7", "8", "running"], {}, "wait"),
    "two of four may be tied": (["7", "7", "running", "running"], {}, "wait"),
    "two to one of four may be tied": (["7", "7", "8", "running"], {}, "wait"),
    "three of five": (["7", "7", "7", "running", "running"], {}, ([], (4, 5), None)),
    "a plurality that nobody can reach": (["7", "7", "8", ESSAY, "running"], {}, "wait"),
    "nulls take no part": (["7", "7", ESSAY, "failed", "running"], {}, ([], (5,), None)),
    "rivals that may turn out equal": (["7", "7", "7", "5", "5 km", "5000 m", "running"], {}, "wait"),
    "rivals that never will": (["7", "7", "7", "5", "9", "running"], {}, ([], (6,), None)),
    "the strong one decides alone": (["7", "running", "running"], measured(3), ([], (2, 3), None)),
    "the weak ones cannot": (["running", "8", "8"], measured(3), "wait"),
    "all have answered": (["7", "7", "8"], {}, voted(1, "majority")),
    "a tie is judged": (["7", "8"], {}, (JUDGE, (), "tie")),
    "essays are judged": ([ESSAY, ESSAY], {}, (JUDGE, (), "not_applicable")),
}


@pytest.mark.parametrize("case", TABLE)
def test_step_while_answers_are_outstanding(case):
    texts, own, expected = TABLE[case]

    assert told(EARLY_EXIT.next_step(state_of(*texts, **own))) == expected


def test_run_ends_once_the_calls_that_were_cut_have_ended():
    state = state_of("7", "7", "running")
    asked = replace(state, calls=(*state.calls[:2], replace(state.calls[2], cancel_requested=True)))
    ended = replace(asked, calls=(*state.calls[:2], replace(asked.calls[2], status=Status.CANCELLED, text="8, so")))

    step = EARLY_EXIT.next_step(ended)

    assert EARLY_EXIT.next_step(asked) == Wait()
    assert told(step) == voted(1, "majority")
    assert (step.ballot.exit, step.ballot.waived, step.ballot.nulls) == (ExitReason.CERTAIN, ("C",), ())
    assert step.ballot.calls == {"A": 1, "B": 2}


def test_call_that_answers_after_all_is_counted():
    state = state_of("7", "7", "8")
    late = replace(state, calls=(*state.calls[:2], replace(state.calls[2], cancel_requested=True)))

    step = EARLY_EXIT.next_step(late)

    assert told(step) == voted(1, "majority")
    assert (step.ballot.exit, step.ballot.waived, step.ballot.members) == (None, (), 3)


CERTIFIED = Certificate(threshold=0.5, alpha=0.03, delta=0.1, errors=2, accepted=300)


def test_certified_share_ends_the_waiting_before_the_result_is_certain():
    own = measured(5, certificate=CERTIFIED.model_copy(update={"threshold": 0.2}))
    texts = ("running", "7", "running", "7", "running")

    plain = EARLY_EXIT.next_step(state_of(*texts, **own))
    certified = EARLY_EXIT.next_step(state_of(*texts, at_certificate=True, **own))

    assert (told(plain), told(certified)) == ("wait", ([], (1, 3, 5), None))


@pytest.mark.parametrize(
    "changes",
    [{"panel": "0123"}, {"panel": ""}, {"kind": "choice"}, {"certificate": None}],
)
def test_certificate_that_does_not_cover_the_vote_ends_nothing(changes):
    own = measured(5, certificate=CERTIFIED.model_copy(update={"threshold": 0.2}))
    made = Calibration.model_validate({**own["calibration"].model_dump(), **changes})

    step = EARLY_EXIT.next_step(
        state_of("running", "7", "running", "7", "running", at_certificate=True, **{**own, "calibration": made})
    )

    assert told(step) == "wait"


def played(texts, order, own):
    """Return the end of a run whose members answer in this order, with the ids of the calls that were cut."""
    state = state_of(*["running"] * len(texts), **own)
    arriving = list(order)
    for _ in range(30):
        step = EARLY_EXIT.next_step(state)
        if isinstance(step, End) or (isinstance(step, Start) and step.calls):
            return step, state
        calls = list(state.calls)
        if isinstance(step, Start):
            for call_id in step.cut:
                calls[call_id - 1] = replace(calls[call_id - 1], status=Status.CANCELLED, cancel_requested=True)
        else:
            index = arriving.pop(0)
            calls[index] = panel_call(index, texts[index])
        state = replace(state, calls=tuple(calls))
    raise AssertionError("The run does not end.")


def answer_of(step):
    """Return the final answer that a step ends with, '' if it goes on to a judge or fails."""
    if not isinstance(step, End) or step.kind is not AnswerKind.VOTED:
        return ""
    return next(one.text for one in step.ballot.classes if step.ballot.winner in one.slots)


def full_vote(texts, own):
    return answer_of(WEIGHTED.next_step(state_of(*texts, **own)))


WAYS = {
    "all alike": lambda _size: {},
    "by accuracy": measured,
    "by accuracy, with families": lambda size: {
        "weigh_by": WeightBasis.ACCURACY,
        "calibration": calibration(size).model_copy(
            update={
                "members": tuple(
                    one.model_copy(update={"family": "x" if at % 2 else "y"})
                    for at, one in enumerate(calibration(size).members)
                )
            }
        ),
    },
    "by accuracy on numbers": lambda size: measured(size, kind="number"),
    "by hand": lambda size: {
        "weigh_by": WeightBasis.HAND,
        "weights": dict(zip(SLOTS[:size], (1, 2, 2.5, 1, 3), strict=False)),
    },
}


@pytest.fixture(autouse=True)
def _texts_are_read_once(monkeypatch):
    """Reading a text is pure and slow beside all that is tried here."""
    monkeypatch.setattr(groups, "final_answer", cache(groups.final_answer))


@pytest.mark.parametrize("way", WAYS)
def test_early_exit_gives_the_answer_of_the_full_vote_in_every_order(way):
    own = WAYS[way](3)
    saved = 0
    for texts in product(("7", "8", ESSAY), repeat=3):
        expected = full_vote(texts, own)
        for order in permutations(range(3)):
            step, state = played(texts, order, own)
            assert answer_of(step) == expected, (texts, order)
            saved += sum(call.cancel_requested for call in state.calls)
    assert saved


ANSWERS = ["7", "7.00", "7.004", "7 km", "7000 m", "7000", "0.07", "7 %", "8", "(B)", "Paris", '"Paris"', "no", ESSAY]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(ANSWERS), min_size=3, max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from(sorted(WAYS)),
)
def test_early_exit_gives_the_full_vote_also_where_a_later_answer_joins_earlier_ones(texts, random, way):
    own = WAYS[way](len(texts))
    order = list(range(len(texts)))
    random.shuffle(order)

    step, _ = played(texts, order, own)

    expected = WEIGHTED.next_step(state_of(*texts, **own))
    if isinstance(step, End) and step.kind is AnswerKind.VOTED:
        assert isinstance(expected, End)
        standing = {
            slot for one in expected.ballot.classes if expected.ballot.winner in one.slots for slot in one.slots
        }
        assert step.ballot.winner in standing, (texts, order)
    else:
        assert type(step) is type(expected), (texts, order)


OWNED = "The council owned the old bridge until 1987."
TURNED = "The old bridge was owned by the council until 1987."
OTHER = "The council owned the old bridge until 1978."


def test_early_exit_by_meaning_gives_the_text_of_the_full_vote_in_every_order():
    own, saved = {"answer_kind": "meaning"}, 0
    for texts in product((OWNED, TURNED, OTHER), repeat=3):
        expected = full_vote(texts, own)
        for order in permutations(range(3)):
            step, state = played(texts, order, own)
            assert answer_of(step) == expected, (texts, order)
            saved += sum(call.cancel_requested for call in state.calls)
    assert saved


def test_certificate_ends_no_vote_by_meaning_early():
    own = measured(5, certificate=CERTIFIED.model_copy(update={"threshold": 0.2}), counts="meaning")
    state = state_of("running", OWNED, "running", TURNED, "running", at_certificate=True, answer_kind="meaning", **own)

    assert told(EARLY_EXIT.next_step(state)) == "wait"


@pytest.mark.parametrize("size", [2, 3])
def test_run_ends_for_every_combination_of_outcomes(size):
    for texts in product(("7", "8", ESSAY, "failed", "running"), repeat=size):
        state = state_of(*texts, now=START + 60)
        for _ in range(8):
            step = EARLY_EXIT.next_step(state)
            if state.status.is_final:
                break
            assert not isinstance(step, Wait), texts
            state = after(state, step, judge_is_good=True, writer_is_good=True)
        assert state.status.is_final, texts
