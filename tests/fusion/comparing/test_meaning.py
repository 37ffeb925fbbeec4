"""Short texts by what they say: turned or inflected they are one answer, and whatever decides keeps them apart."""

import gzip
import json
from itertools import combinations, permutations
from pathlib import Path

import pytest

from apps.fusion.answers.counting import LONGEST_MEANING, Counted, counted_answers
from apps.fusion.comparing.meaning import LEAST_ALIKE, group_meanings, grouping, how_alike, says_the_same
from apps.fusion.vocabulary import CountedKind, VoteResult
from apps.fusion.voting import vote
from tests.fusion.test_voting import Answer
from tests.runs.test_reference_figures import PACKS

MEANING = CountedKind.MEANING
SAID = "The limit is five requests per second."
OWNED = "The council owned the old bridge until 1987."
TURNED = "The old bridge was owned by the council until 1987."


def ballot_of(*texts: str, counts: CountedKind = MEANING):
    answers = dict(zip("ABCDEFGH", map(Answer, texts), strict=False))
    return vote(answers, counted=Counted(counts), group=grouping(counts))


def sides(*texts: str) -> set[frozenset[str]]:
    finals = counted_answers({f"{at}": text for at, text in enumerate(texts)}, Counted(MEANING))
    return {frozenset(one.text for one in group.answers.values()) for group in group_meanings(finals)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OWNED, TURNED),
        (SAID, "The limit is typically five requests per second."),
        ("Anna Berg wrote the song.", "The song was written by Anna Berg."),
        ("Rust forms when iron meets water.", "**Rust forms when iron meets water**"),
        ("The Electoral College.", "the Electoral College"),
        ("The guard plays the chief witness in the film.", "The chief witness in the film is played by the guard."),
    ],
)
def test_texts_that_say_the_same_are_one_answer(one, other):
    assert says_the_same(one, other)
    assert says_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SAID, "The limit is fifty requests per second."),
        (SAID, "The limit is 50 requests per second."),
        (SAID, "The limit is five requests per minute."),
        (SAID, "The limit is not five requests per second."),
        (SAID, "The limit is at most five requests per second."),
        (SAID, "There is no limit of five requests per second."),
        (OWNED, "The council owned the old bridge until 1978."),
        (OWNED, "The council owned the new bridge until 1987."),
        (OWNED, "The council owned the old bridge before 1987."),
        (OWNED, "The old bridge owned the council until 1987."),
        (OWNED, "The council was owned by the old bridge until 1987."),
        ("Anna Berg wrote the song.", "Anna Lind wrote the song."),
        ("Anna Berg wrote the song.", "Berta Holm wrote the song."),
        ("The song was written by Anna Berg.", "The song was written by Anna Lind."),
        ("Prices increased in spring.", "Prices decreased in spring."),
        ("The mouse is grey.", "The mouse is brown."),
        ("The snake gives up to 7.5 ml of venom.", "The snake gives up to 10 litres of venom."),
        ("The driver gets $2,000 and the owner $6,000.", "The driver gets $6,000 and the owner $2,000."),
        ("The woman is guilty of theft.", "The man and the woman are guilty of theft."),
        ("It needs apoB, apoC and apoE.", "It needs apoA, apoB and apoC."),
        ("t - 4 = 12", "4 - t = 12"),
        ("P(A ∩ B) = 1 for both events", "P(A ∪ B) = 1 for both events"),
        ("Anna Berg", "Berta Holm"),
        ("Apollo.", "Icarus"),
        (SAID, "Rivers meander because the outer bank erodes faster."),
    ],
)
def test_texts_that_differ_in_what_decides_are_apart_however_alike(one, other):
    assert not says_the_same(one, other)
    assert not says_the_same(other, one)


def test_likeness_alone_would_join_what_contradicts():
    assert how_alike(SAID, "The limit is not five requests per second.") > LEAST_ALIKE
    assert how_alike(OWNED, "The council was owned by the old bridge until 1987.") > LEAST_ALIKE


USUAL = "The limit is usually five requests per second."
GENERAL = "The general limit is usually five requests per second."
TEXTS = (SAID, USUAL, GENERAL, OWNED, TURNED, TURNED)


def test_groups_are_the_same_for_every_order_of_slots():
    expected = sides(*TEXTS)

    assert expected == {frozenset(TEXTS[:3]), frozenset(TEXTS[3:])}
    for texts in permutations(TEXTS):
        assert sides(*texts) == expected


CHAIN = (SAID, GENERAL, "The general limit is usually five requests per second here.")


def test_in_a_group_each_text_says_the_same_as_every_other_so_a_chain_is_divided_in_every_order():
    assert [says_the_same(CHAIN[a], CHAIN[b]) for a, b in ((0, 1), (1, 2), (0, 2))] == [True, True, False]

    found = [sides(*texts) for texts in permutations(CHAIN)]

    assert all(one == found[0] for one in found)
    assert sorted(map(len, found[0])) == [1, 2]


def test_medoid_gives_the_answer_of_a_group():
    ballot = ballot_of(GENERAL, "It was Anna Berg.", USUAL, SAID)

    assert (ballot.result, ballot.winner, ballot.classes[0].text) == (VoteResult.MAJORITY, "C", USUAL)
    assert [one.slots for one in ballot.classes] == [("C", "A", "D"), ("B",)]


def test_wording_that_most_members_chose_goes_before_the_medoid():
    assert ballot_of(OWNED, TURNED, TURNED).winner == "B"


def test_free_text_is_not_applicable_until_meanings_count():
    assert ballot_of(OWNED, TURNED, counts=CountedKind.AUTO).result is VoteResult.NOT_APPLICABLE
    assert (ballot_of(OWNED, TURNED).result, ballot_of(OWNED, TURNED).winner) == (VoteResult.MAJORITY, "A")


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (SAID, True),
        ("x" * LONGEST_MEANING, True),
        ("x" * (LONGEST_MEANING + 1), False),
        ("I'm sorry, but I can't help with that.", False),
        ("```python\nprint(5)\n```", False),
        ('{"limit": 5}', False),
        (" \n", False),
        ("\n" * 300_000 + SAID, True),
    ],
)
def test_short_free_text_counts_and_nothing_else(text, counts):
    assert bool(counted_answers({"A": text}, Counted(MEANING))) is counts


def test_quote_is_the_beginning_of_the_text():
    text = f"\n  **{SAID}**\n"
    found = counted_answers({"A": text}, Counted(MEANING))["A"]

    assert (found.text, found.quote, text[slice(*found.span)]) == (SAID, f"**{SAID}**", f"**{SAID}**")


@pytest.mark.skipif(not PACKS, reason="There are no recorded answers.")
def test_recorded_answers_of_which_one_is_right_and_one_is_wrong_stay_apart():
    """Each pair of answers to a question: all claims right in both, or a claim wrong in one and all right in the other.

    The two pairs of the latter that are joined say the same word for word, and people labelled them in two ways.
    """
    joined = {"right": [0, 0], "contradicted": [0, 0]}
    with gzip.open(Path(PACKS) / "refchecker_zero.jsonl.gz", "rt") as lines:
        for item in map(json.loads, lines):
            finals = counted_answers({model: one["text"] for model, one in item["answers"].items()}, Counted(MEANING))
            labels = {model: {claim["label"] for claim in one["claims"]} for model, one in item["answers"].items()}
            for one, other in combinations(finals, 2):
                kinds = labels[one], labels[other]
                if {"Entailment"} not in kinds:
                    continue
                both = kinds[0] == kinds[1]
                if not both and not any("Contradiction" in kind for kind in kinds):
                    continue
                told = joined["right" if both else "contradicted"]
                told[0] += len(group_meanings({slot: finals[slot] for slot in (one, other)})) == 1
                told[1] += 1

    assert joined == {"right": [16, 82], "contradicted": [2, 195]}
