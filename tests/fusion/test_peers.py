"""Borda counts without self-votes, by hand and by their rules, and preferences that hold in both orders."""

from itertools import permutations

import pytest

from apps.fusion.opinions import Opinion
from apps.fusion.peers import borda, preferences, replies_of
from apps.fusion.vocabulary import SLOTS, PeerChoice

FUSED, OWN = PeerChoice.FUSED, PeerChoice.OWN


def row(standing):
    return standing.slot, standing.points, standing.most, standing.rankings, standing.share, standing.place


@pytest.mark.parametrize(
    ("slots", "rankings", "expected"),
    [
        pytest.param(
            "ABC",
            {"A": "BC", "B": "AC", "C": "AB"},
            [("A", 2, 2, 2, 1.0, 1), ("B", 1, 2, 2, 0.5, 2), ("C", 0, 2, 2, 0.0, 3)],
            id="three",
        ),
        pytest.param(
            "ABC",
            {"A": "BC", "B": "CA", "C": "AB"},
            [("A", 1, 2, 2, 0.5, 1), ("B", 1, 2, 2, 0.5, 1), ("C", 1, 2, 2, 0.5, 1)],
            id="a circle is a tie of all",
        ),
        pytest.param(
            "ABC",
            {"A": "BC"},
            [("B", 1, 1, 1, 1.0, 1), ("C", 0, 1, 1, 0.0, 2), ("A", 0, 0, 0, None, None)],
            id="one reviewer, of whom nobody says anything",
        ),
        pytest.param(
            "ABC",
            {"B": "AC", "C": "BA"},
            # A is in two rankings, as its own reviewer gave none: 1 of 2. B and C are in one.
            [("B", 1, 1, 1, 1.0, 1), ("A", 1, 2, 2, 0.5, 2), ("C", 0, 1, 1, 0.0, 3)],
            id="a missing reviewer",
        ),
        pytest.param(
            "ABCD",
            {"A": "BCD", "B": "CAD", "C": "BAD", "D": "BCA"},
            [
                ("B", 6, 6, 3, 1.0, 1),
                ("C", 4, 6, 3, 4 / 6, 2),
                ("A", 2, 6, 3, 2 / 6, 3),
                ("D", 0, 6, 3, 0.0, 4),
            ],
            id="four",
        ),
        pytest.param(
            "ABCD",
            {"A": "BCD", "B": "ACD", "C": "DAB"},
            [
                ("A", 3, 4, 2, 0.75, 1),
                ("B", 2, 4, 2, 0.5, 2),
                ("C", 2, 4, 2, 0.5, 2),
                ("D", 2, 6, 3, 2 / 6, 4),
            ],
            id="equal shares share a place, and the next one is left out",
        ),
        pytest.param(
            "AB",
            {"A": "B", "B": "A"},
            [("A", 0, 0, 1, None, None), ("B", 0, 0, 1, None, None)],
            id="of one other there is no order",
        ),
        pytest.param(
            "ABC",
            {},
            [("A", 0, 0, 0, None, None), ("B", 0, 0, 0, None, None), ("C", 0, 0, 0, None, None)],
            id="nobody",
        ),
    ],
)
def test_borda_counts_what_others_say(slots, rankings, expected):
    assert [row(one) for one in borda(slots, rankings)] == expected


@pytest.mark.parametrize("size", range(2, 9))
def test_panel_that_agrees_is_put_in_its_order(size):
    slots = SLOTS[:size]
    rankings = {reviewer: [slot for slot in slots if slot != reviewer] for reviewer in slots}

    standings = borda(slots, rankings)

    assert [one.slot for one in standings] == list(slots)
    assert sum(one.points for one in standings) == size * (size - 1) * (size - 2) // 2
    assert {one.rankings for one in standings} == {size - 1}
    assert all(0 <= (one.share or 0) <= 1 for one in standings)


def test_order_of_slots_and_reviewers_changes_nothing():
    rankings = {"A": "BC", "B": "CA", "C": "BA"}
    expected = borda("ABC", rankings)

    for order in permutations("ABC"):
        assert borda(order, {slot: rankings[slot] for slot in reversed(order)}) == expected


@pytest.mark.parametrize("rankings", [{"A": "ABC"}, {"A": "BB"}, {"A": "BX"}])
def test_vote_for_oneself_an_unknown_or_a_doubled_slot_is_an_error(rankings):
    with pytest.raises(ValueError, match="A cannot rank"):
        borda("ABC", rankings)


def test_preference_counts_where_both_orders_say_the_same():
    found = preferences(
        {"A": [FUSED, FUSED], "B": [OWN, OWN], "C": [OWN, FUSED], "D": [FUSED, None], "E": [FUSED, FUSED]}
    )

    assert (found.fused, found.own, found.undecided, found.missing) == (("A", "E"), ("B",), ("C",), ("D",))
    assert (found.n, found.rate) == (4, 0.5)
    assert (preferences({}).n, preferences({}).rate) == (0, None)


def test_replies_are_told_apart_by_take():
    verdict = Opinion(prefers=FUSED)

    assert replies_of([("B", 2, None), ("A", 2, verdict), ("B", 1, verdict), ("A", 1, None)]) == {
        "A": [None, FUSED],
        "B": [FUSED, None],
    }
