"""Letters that a pattern which ignores case takes for others: what it finds with them is read like the others."""

import re

import pytest

from apps.fusion.answers.counting import Counted, counted_answers
from apps.fusion.comparing.overlap import overlap
from apps.fusion.patterns import in_small_letters
from apps.fusion.vocabulary import CountedKind

LETTERS = [("i", "\u0130"), ("i", "\u0131"), ("s", "\u017f")]


def test_letters_are_all_that_patterns_take_for_others_and_lists_of_words_do_not():
    letters = "".join(filter(str.isalpha, map(chr, range(0x3000))))
    found = {
        (one, other)
        for one in "abcdefghijklmnopqrstuvwxyz"
        for other in re.findall(one, letters, re.IGNORECASE)
        if other.lower() != one
    }

    assert found == set(LETTERS)
    assert all(in_small_letters(other) == one for one, other in LETTERS)


@pytest.mark.parametrize(("plain", "other"), LETTERS)
@pytest.mark.parametrize(
    "said",
    ["The answer is 5 miles.", "The answer is six.", "It takes 12 kilograms.", "Si.", "falsch", "Nein", "5 April 2003",
     "The act passed on 7 July 1999.", "cinco", "In all it takes nine minutes.", "6 inches"],
)  # fmt: skip
def test_answer_with_such_letters_counts_as_the_plain_one(said, plain, other):
    odd = said.replace(plain, other)
    finals = counted_answers({"A": said, "B": odd, "C": said.upper().replace(plain.upper(), other)}, Counted())

    assert len({one.final.canonical for slot, one in finals.items() if slot in "AB"}) <= 1
    overlap({"A": said, "B": odd, "C": "It takes five minutes."})
    for kind in CountedKind:
        counted_answers({"A": odd}, Counted(kind))
