"""Repetition that was asked for is no loop, whoever repeats; a text that ran away into its limit is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.repetition import is_looping
from apps.fusion.vocabulary import FinishReason
from apps.fusion.wanted_repetition import asks_for_repetition, is_wanted, repeats_alike

LINES = "I will not talk in class again.\n" * 10
CHORUS = "And so we sing, and so we sing, all the night and all the day we sing it once again.\n" * 4
FORM = "- [ ] Name: ____ Date: ____\n" * 20
HOW_HIGH = "How high is the tower?"


@pytest.mark.parametrize(
    "request_text",
    [
        "Write 'I will not talk in class again.' ten times.",
        "Write 'hi' 25 times",
        "Repeat after me: om",
        "Write a song with a chorus",
        "Make me a checklist with 20 equal empty lines",
        "Schreibe den Satz zehnmal",
        "Schreibe den Satz 10 mal",
        "Écris cette phrase dix fois",
        "Escribe la frase 20 veces",
        "同じ文を10回書いてください",
        "把这句话写十遍",
        "Напиши это предложение десять раз",
        "이 문장을 열 번 써줘",
        "اكتب هذه الجملة عشر مرات",
        "यह वाक्य दस बार लिखो",
        "Make a bingo card with empty cells",
        "Schreib mir ein Kinderlied",
        "Correct this:\n" + LINES,
        "x " * 200_000 + "Say it again, a hundred times.",
    ],
)
def test_request_asks_for_repetition(request_text):
    assert asks_for_repetition(request_text)


@pytest.mark.parametrize(
    "request_text",
    [
        "",
        HOW_HIGH,
        "이번 문장을 고쳐줘",
        "Fill the empty cell",
        "Summarise this and do not repeat yourself.",
        "Explain it without repetition.",
        "Compare two trees",
    ],
)
def test_request_asks_for_no_repetition(request_text):
    assert not asks_for_repetition(request_text)


@pytest.mark.parametrize(
    ("request_text", "answers", "finish_reason", "wanted"),
    [
        ("Write it ten times", [], FinishReason.STOP, True),
        (HOW_HIGH, [LINES, "Sure."], FinishReason.STOP, True),
        (HOW_HIGH, [LINES.upper() * 2, "Sure.", "Yes."], FinishReason.STOP, True),
        (HOW_HIGH, [CHORUS, FORM, "Yes."], FinishReason.STOP, True),
        (HOW_HIGH, [CHORUS, "Sure.", "Yes."], FinishReason.STOP, False),
        (HOW_HIGH, ["Sure.", "It is 330 m."], FinishReason.STOP, False),
        (HOW_HIGH, [LINES, LINES], FinishReason.LENGTH, True),
        ("Write it ten times", ["No."], FinishReason.LENGTH, False),
    ],
)
def test_is_wanted(request_text, answers, finish_reason, wanted):
    assert is_looping(LINES)
    assert is_wanted(LINES, request_text, answers, finish_reason) is wanted


@given(st.sampled_from([LINES, CHORUS, FORM]), st.integers(2, 40))
def test_answer_that_repeats_the_same_is_alike(text, copies):
    assert repeats_alike(text * copies, ["Sure.", "Yes.", text])
