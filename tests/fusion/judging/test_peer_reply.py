"""The replies of peer reviewers: read where they are exact, and otherwise not guessed."""

import pytest

from apps.fusion.judging.peer_reply import choice_schema, parse_choice, parse_ranking, ranking_schema
from apps.fusion.judging.reply import BadReply
from apps.providers.schemas import is_strict

LETTERS = {"A": "C", "B": "A", "C": "D"}


@pytest.mark.parametrize(
    "raw",
    [
        '{"reason": "It is right.", "ranking": ["B", "A", "C"]}',
        '```json\n{"ranking": ["B", "A", "C"]}\n```',
        '<think>{"ranking": ["A", "B", "C"]}</think>So: {"ranking": [" B ", "A", "C"]}',
    ],
)
def test_ranking_is_read_as_slots_best_first(raw):
    assert parse_ranking(raw, LETTERS) == ("A", "C", "D")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "B, then A, then C.",
        '{"ranking": "B > A > C"}',
        '{"ranking": ["B", "A"]}',
        '{"ranking": ["B", "A", "A"]}',
        '{"ranking": ["B", "A", "C", "D"]}',
        '{"ranking": ["Answer B", "Answer A", "Answer C"]}',
        '{"ranking": [2, 1, 3]}',
        '{"order": ["B", "A", "C"]}',
        '{"ranking": ["B", "A", "C"]} or rather {"ranking": ["A", "B", "C"]}',
        '{"ranking": ["B", "A", "C"], "reason": "It',
    ],
)
def test_ranking_that_is_not_exact_is_none(raw):
    with pytest.raises(BadReply):
        parse_ranking(raw, LETTERS)


@pytest.mark.parametrize("raw", ['{"reason": "…", "better": "Y"}', 'Sure.\n{"better": " Y"}'])
def test_choice_is_read(raw):
    assert parse_choice(raw, "XY") == "Y"


@pytest.mark.parametrize(
    "raw", ["Y", '{"better": "both"}', '{"better": ""}', '{"better": ["Y"]}', '{"better": "X or Y"}']
)
def test_choice_that_is_not_exact_is_none(raw):
    with pytest.raises(BadReply):
        parse_choice(raw, ("X", "Y"))


def test_schemas_are_strict():
    assert is_strict(ranking_schema(["A", "B"]))
    assert is_strict(choice_schema(["X", "Y"]))
