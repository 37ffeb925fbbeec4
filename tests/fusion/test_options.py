"""The lettered options of a question are read in order from A, of several lists the last."""

import pytest

from apps.fusion.options import options_of

TABLE = {
    "dots": ("Which?\nA. Paris\nB. Rome\nC. Bonn", {"A": "Paris", "B": "Rome", "C": "Bonn"}),
    "brackets": ("Which?\n(A) 3\n(B) 4", {"A": "3", "B": "4"}),
    "half brackets, indented, spaced": ("Which?\n\n  A) x y\n\n  B) z\n\nThink first.", {"A": "x y", "B": "z"}),
    "the last list": ("A. 1\nB. 2\nAnswer: A\n\nA. 3\nB. 4\nC. 5", {"A": "3", "B": "4", "C": "5"}),
    "a letter out of order": ("A. 1\nC. 2\nB. 3", {"A": "1", "B": "3"}),
    "one alone": ("A. Smith wrote it.\nWhen?", {}),
    "not from the first": ("B. 1\nC. 2", {}),
    "in a line": ("Is it A. or B. that holds?", {}),
    "without a text": ("A.\nB.", {}),
    "no list": ("What is 3 + 4?", {}),
    "empty": ("", {}),
}


@pytest.mark.parametrize("case", TABLE)
def test_options(case):
    prompt, expected = TABLE[case]

    assert options_of(prompt) == expected


def test_long_prompt_is_read_at_its_end_and_long_options_are_cut():
    found = options_of("x" * 100_000 + "\nA. " + "y" * 1_000 + "\nB. z")

    assert {letter: len(text) for letter, text in found.items()} == {"A": 300, "B": 1}
