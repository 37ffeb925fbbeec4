"""Answers in JSON made of each field's winner: what is taken, left out, or null, and when none can be made."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.answers.composing import SAME_FORM, TOO_LARGE, compose
from apps.fusion.answers.fields import field_votes


def made(*answers, members=None, weights=None):
    texts = {slot: one if isinstance(one, str) else json.dumps(one) for slot, one in zip("ABCD", answers, strict=False)}
    weigh = (lambda slots: sum(weights[slot] for slot in slots)) if weights else len
    found = compose(texts, weigh, sum(weights.values()) if weights else members or len(answers))
    return found.problem or (json.loads(found.text), " ".join(found.undecided), " ".join(found.left_out))


TABLE = {
    "each field's winner, from different members": (
        [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 9, "b": 3}],
        ({"a": 1, "b": 3}, "", ""),
    ),
    "no majority is null": ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], ({"a": 1, "b": None}, "/b", "")),
    "most lack it": ([{"a": 1, "x": 5}, {"a": 1}, {"a": 1}], ({"a": 1}, "", "/x")),
    "half have it": ([{"a": 1, "x": 5}, {"a": 1}], ({"a": 1, "x": None}, "/x", "")),
    "numbers however written": ([{"n": "1"}, {"n": 1}, {"n": 1.0}], ({"n": "1"}, "", "")),
    "money": ([{"n": "$1,000"}, {"n": 1000}, {"n": 7}], ({"n": "$1,000"}, "", "")),
    "as most write it": ([{"n": "1"}, {"n": 1}, {"n": 1}], ({"n": 1}, "", "")),
    "null wins": ([{"n": None}, {"n": None}, {"n": 1}], ({"n": None}, "", "")),
    "nested": (
        [{"o": {"p": 1, "q": [1, 2]}}, {"o": {"p": 1, "q": [1, 3]}}, {"o": {"p": 2, "q": [1, 3]}}],
        ({"o": {"p": 1, "q": [1, 3]}}, "", ""),
    ),
    "an object against two texts": ([{"o": {"p": 1}}, {"o": "x"}, {"o": "X"}], ({"o": "x"}, "", "")),
    "an object, a list and a text": ([{"o": {"p": 1}}, {"o": [1]}, {"o": "x"}], ({"o": None}, "/o", "")),
    "lists by key, in any order": (
        [[{"id": 1, "p": 5}, {"id": 2, "p": 6}], [{"id": 2, "p": 6}, {"id": 1, "p": 5}], [{"id": 1, "p": 5}]],
        ([{"id": 1, "p": 5}, {"id": 2, "p": 6}], "", ""),
    ),
    "a longer list": ([[1, 2, 3], [1, 2], [1, 2]], ([1, 2], "", "/2")),
    "empty ones are values": ([{"l": []}, {"l": []}, {"l": [1]}], ({"l": []}, "", "")),
    "escaped names": ([{"a/b": 1}, {"a/b": 2}], ({"a/b": None}, "/a~1b", "")),
    "one alone": ([{"a": 1}, "no"], SAME_FORM),
    "two forms": ([{"a": 1}, [1]], SAME_FORM),
    "too many fields": ([{str(at): at for at in range(300)}] * 2, TOO_LARGE),
}


@pytest.mark.parametrize("case", TABLE)
def test_composed(case):
    answers, expected = TABLE[case]

    assert made(*answers) == expected


def test_member_without_json_counts_in_the_whole():
    assert made({"a": 1}, {"a": 1}, members=4) == ({"a": None}, "/a", "")


def test_weights_decide():
    assert made({"a": 1}, {"a": 2}, {"a": 2}, weights={"A": 3, "B": 1, "C": 1}) == ({"a": 1}, "", "")


VALUES = st.recursive(
    st.integers(0, 2) | st.sampled_from(["x", None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1, max_size=3), min_size=2, max_size=4))
def test_winners_are_those_of_the_table_of_fields(answers):
    """The answer has a value for each field of which the ballot names a winner, and for no other."""
    texts = {slot: json.dumps(one) for slot, one in zip("ABCD", answers, strict=False)}
    winners = [row.pointer for row in field_votes(texts, len(texts)) if row.winner]

    composed = compose(texts, len, len(texts))

    assert composed.decided == len(winners)
    assert not set(winners) & {*composed.undecided, *composed.left_out}
