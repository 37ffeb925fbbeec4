"""Supporter chips are earned by words and figures."""

import time

from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.comparing.passages import Passage, supporters

BOUND_S = 4
"""Seconds of CPU on a busy machine; an idle one takes a quarter."""

FUSED = """# The tower

The Eiffel Tower is 324 metres (1,063 ft) tall. It opened in 1889.

- It stands in Paris, the **French capital.**
- Bananas are yellow.
"""
ANSWERS = {
    "A": "The Eiffel Tower is 324 m tall. It was opened in 1889 in Paris, the capital of France.",
    "B": "The Eiffel Tower is 300 m tall and opened in 1889.",
    "C": "It is not in London. The tower stands in Paris, the French capital.",
}


def test_supporters_match_each_block():
    passages = supporters(FUSED, ANSWERS)

    assert [(FUSED[passage.start : passage.end], passage.slots) for passage in passages] == [
        ("The Eiffel Tower is 324 metres (1,063 ft) tall. It opened in 1889.", ("A",)),
        ("It stands in Paris, the **French capital.**", ("A", "C")),
        ("Bananas are yellow.", ()),
    ]


def test_answer_that_denies_a_passage_does_not_support_it():
    assert supporters("Grapes are toxic to dogs.", {"A": "Grapes are not toxic to dogs."}) == (
        Passage(start=0, end=25),
    )


@given(st.text(), st.dictionaries(st.sampled_from("ABC"), st.text()))
def test_passages_are_in_order_and_inside(fused, answers):
    passages = supporters(fused, answers)

    flat = [at for passage in passages for at in (passage.start, passage.end)]
    assert flat == sorted(flat)
    assert all(0 <= passage.start < passage.end <= len(fused) for passage in passages)


def test_supporters_of_a_long_text_take_seconds_at_most():
    text = " ".join(f"Sentence {number} speaks of thing{number % 50} and matter{number % 70}." for number in range(400))
    started = time.process_time()

    supporters(text, dict.fromkeys("ABCDEFGH", text))

    assert time.process_time() - started < BOUND_S


def test_passage_names_the_sentence_of_each_answer_that_says_it() -> None:
    fused = "The Eiffel Tower is 330 metres tall."
    answers = {"A": "It is in Paris. The Eiffel Tower is 330 metres tall today.", "B": "Rome has no such tower."}

    (passage,) = supporters(fused, answers)

    assert (passage.slots, passage.sentences) == (("A",), ("The Eiffel Tower is 330 metres tall today.",))
