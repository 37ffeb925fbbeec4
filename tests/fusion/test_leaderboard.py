"""Strengths from votes: known figures, what must hold of any votes, and the fused answer against the best model."""

import random
from collections import Counter
from itertools import product
from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from apps.fusion.blind_votes import FUSED
from apps.fusion.leaderboard import (
    FEWEST,
    MIDDLE,
    PRIOR,
    SCALE,
    Record,
    Vote,
    fused_record,
    pairs_of,
    standings,
    strengths,
)

NAMES = ("a", "b", "c", FUSED)


@st.composite
def cast(draw) -> Vote:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5))
    chosen = draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    pairs = list(zip(names, chosen, strict=True))
    return Vote(
        tuple(name for name, is_chosen in pairs if is_chosen), tuple(n for n, is_chosen in pairs if not is_chosen)
    )


VOTES = st.lists(cast(), max_size=30)


def likelihood(logs: dict[str, float], pairs: dict) -> float:
    """Return the logarithm of the chance of these wins, those against the unseen contender included."""
    seen = sum(n * (logs[one] - log(exp(logs[one]) + exp(logs[two]))) for (one, two), n in pairs.items())
    return seen + sum(PRIOR * (one - 2 * log(exp(one) + 1)) for one in logs.values())


@pytest.mark.parametrize(
    ("vote", "pairs"),
    [
        (Vote(("a",), ("b", "c")), {("a", "b"): 1, ("a", "c"): 1}),
        (Vote(("a", "b"), ("c",)), {("a", "c"): 1, ("b", "c"): 1, ("a", "b"): 0.5, ("b", "a"): 0.5}),
        (Vote((), ("a", "b")), {}),
        (Vote(("a",), ("a", "b")), {("a", "b"): 1}),
        (Vote(("a", "a"), ("b",)), {("a", "b"): 2}),
    ],
)
def test_vote_compares_what_was_chosen_with_the_rest(vote, pairs):
    assert pairs_of({vote: 1}) == pairs
    assert pairs_of({vote: 3}) == {pair: 3 * count for pair, count in pairs.items()}


def test_two_contenders_have_the_strengths_that_their_counts_give():
    # With the prior, 30 : 10 is a cubic equation; without it the difference would be log 3. By symmetry of the prior
    # the strengths are x and 1/x, so that 30.5/x' = 40/(x' + 1/x') + 1/(x' + 1) can be solved by halving.
    found = strengths(["a", "b"], {("a", "b"): 30, ("b", "a"): 10})
    low, high = 1.0, 3.0
    for _ in range(80):
        x = (low + high) / 2
        low, high = (x, high) if 30.5 / x > 40 / (x + 1 / x) + 1 / (x + 1) else (low, x)

    assert found["a"] == pytest.approx(log(low), abs=1e-5)
    assert found["a"] == -found["b"]
    assert 0.9 * log(3) < found["a"] - found["b"] < log(3)


def test_fit_is_the_likeliest_of_a_grid():
    pairs = {("a", "b"): 7, ("b", "a"): 3, ("b", "c"): 4, ("c", "b"): 2, ("c", "a"): 1, ("a", "c"): 2.5}
    found = strengths("abc", pairs)

    # The prior fixes the mean, which the fit takes off again: search it as well.
    grid = [-1.5 + 0.05 * step for step in range(61)]
    best = max(product(grid, repeat=3), key=lambda logs: likelihood(dict(zip("abc", logs, strict=True)), pairs))
    mean = sum(best) / 3
    assert [found[name] for name in "abc"] == pytest.approx([one - mean for one in best], abs=0.051)


@pytest.mark.parametrize(
    "pairs",
    [
        {("a", "b"): 300, ("b", "c"): 300, ("c", "d"): 300, ("b", "a"): 2},
        {("a", "b"): 40, ("b", "a"): 35, ("c", "d"): 500, ("d", "c"): 480, ("a", "d"): 1},
        {("a", "b"): 2_000, ("a", "c"): 0.5},
        {("a", "b"): 1, ("b", "c"): 1, ("c", "a"): 1},
        {},
    ],
)
def test_fit_ends_where_nothing_is_likelier_however_far_apart_they_are(pairs):
    names = "abcd"
    for start in (None, {"a": 9.0, "b": -9.0, "c": 9.0, "d": -9.0}):
        found = strengths(names, pairs, start)

        # The prior fixes the mean, which the fit takes off again: put it back where it is likeliest.
        mean = optimize.minimize_scalar(lambda mean: -likelihood({n: found[n] + mean for n in names}, pairs)).x  # noqa: B023
        fitted = {name: found[name] + mean for name in names}
        best = optimize.minimize(
            lambda logs: -likelihood(dict(zip(names, logs, strict=True)), pairs), [0.0] * 4, method="BFGS"
        ).x
        assert likelihood(fitted, pairs) >= likelihood(dict(zip(names, best.tolist(), strict=True)), pairs) - 1e-6


def test_resamples_are_fitted_to_their_end():
    chance = random.Random(3)
    votes = [Vote((f"m{at}",), (f"m{at + 1}",)) for at in range(7) for _ in range(chance.randint(20, 40))]
    votes += [Vote(vote.others, vote.chosen) for vote in votes[::9]]
    draw = chance.choices(range(len(votes)), k=len(votes))

    rows = standings(votes, [draw])

    pairs = pairs_of(Counter(votes[at] for at in draw))
    found = strengths(sorted({row.name for row in rows}), pairs)
    assert {row.name: row.low for row in rows} == pytest.approx(
        {name: MIDDLE + SCALE * one for name, one in found.items()}, abs=0.1
    )


@given(VOTES)
@settings(max_examples=60, deadline=None)
def test_strengths_are_finite_fair_and_without_an_order(votes):
    rows = standings(votes)

    assert sum(row.wins for row in rows) == pytest.approx(sum(row.comparisons for row in rows) / 2)
    assert all(abs((row.points or MIDDLE) - MIDDLE) < 2_500 for row in rows)
    assert standings(votes[::-1]) == [row._replace(points=row.points and pytest.approx(row.points)) for row in rows]
    assert [row.points is None for row in rows] == [row.comparisons < FEWEST for row in rows]
    record = fused_record(votes)
    with_both = [one for one in votes if FUSED in one.contenders and {*one.contenders} - {FUSED}]
    assert record.n + record.ties + record.neither == len(with_both) == sum(record.rivals.values())


@given(VOTES, st.sampled_from(NAMES), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_one_more_win_never_harms(votes, winner, loser):
    if winner == loser:
        return
    names = list(NAMES)
    before = strengths(names, pairs_of(dict.fromkeys(votes, 1)))
    after = strengths(names, pairs_of({**dict.fromkeys(votes, 1), Vote((winner,), (loser, "#")[:1]): 5}))
    assert after[winner] - after[loser] >= before[winner] - before[loser] - 1e-4


def test_always_winner_is_finite_and_interval_is_of_its_resamples():
    votes = [Vote(("a",), ("b",))] * 12 + [Vote(("b",), ("a",))] * 4
    chance = random.Random(7)
    draws = [chance.choices(range(len(votes)), k=len(votes)) for _ in range(200)]

    a, b = standings(votes, draws)

    assert (a.name, a.votes, a.chosen, a.wins, a.comparisons) == ("a", 16, 12, 12, 16)
    assert a.low < a.points < a.high
    assert (b.low, b.high) == (pytest.approx(2 * MIDDLE - a.high), pytest.approx(2 * MIDDLE - a.low))
    assert standings(votes, draws) == [a, b]
    (winner, _) = standings([Vote(("a",), ("b",))] * 40)
    assert 1_300 < winner.points < 1_700
    assert standings([]) == []
    assert [row.points for row in standings(votes[:9])] == [None, None]


def test_best_single_model_is_chosen_by_the_other_votes():
    # In its own vote each of two equal models wins once: chosen by these very votes, the fused answer would lose both.
    one, two = Vote(("a",), ("b", FUSED)), Vote(("b",), ("a", FUSED))
    assert fused_record([one, two])[:4] == (0, 0, 0, 2)

    known = [Vote(("a",), ("b",))] * 3
    votes = [
        Vote((FUSED,), ("a", "b")),
        Vote(("a",), ("b", FUSED)),
        Vote((FUSED, "a"), ("b",)),
        Vote(("b",), ("a", FUSED)),
        Vote((), ("a", FUSED)),
        Vote((FUSED,), ("b",)),
    ]
    assert fused_record(known + votes) == Record(2, 1, 1, 2, {"a": 5, "b": 1})


def test_record_says_its_interval_once_there_is_enough():
    record = Record(11, 3, 2, 1, {"a": 17})

    assert [round(bound, 2) for bound in record.interval] == [0.52, 0.92]
    assert (record.n, record.has_too_few, Record(5, 4, 9, 9, {}).has_too_few) == (14, False, True)
