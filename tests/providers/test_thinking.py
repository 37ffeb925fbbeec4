"""Reasoning written into the text is told apart, wherever the stream is cut."""

import pytest

from apps.providers.base import Reasoning, Text, TextWasReasoning
from apps.providers.thinking import PAIRS, ThinkSplitter


def split(pieces):
    """The reasoning and the text that come out of these pieces."""
    splitter = ThinkSplitter()
    reasoning = text = ""
    for chunk in [chunk for piece in pieces for chunk in splitter.feed(piece)] + list(splitter.flush()):
        match chunk:
            case Reasoning(thought):
                reasoning += thought
            case Text(said):
                text += said
            case TextWasReasoning():
                reasoning, text = reasoning + text, ""
    return reasoning, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm. 1 < 2.</think>\n\nYes.", ("Hm. 1 < 2.", "Yes.")),
        ("\n<think>Hm.</think>Yes.", ("Hm.", "Yes.")),
        ("<think></think>Yes.", ("", "Yes.")),
        ("<think>Never closed", ("Never closed", "")),
        ("Use <think> tags.</think>", ("", "Use <think> tags.</think>")),
        ("<thinker>", ("", "<thinker>")),
        ("<thi", ("", "<thi")),
        ("Yes.", ("", "Yes.")),
        ("", ("", "")),
        ("<think>a</think>b</think>c", ("a", "b</think>c")),
        ("<think>a</thin b</think>c", ("a</thin b", "c")),
        ("<think>a</think>\n<think>b</think>\nc", ("ab", "c")),
        ("<think>İ İ</think>c", ("İ İ", "c")),
        ("2+2 is 4.\n</think>\n\nFour.", ("2+2 is 4.\n", "Four.")),
        ("</think>Four.", ("", "Four.")),
        ("hm</think>a</think>b", ("hm", "a</think>b")),
        ("hm</thinking>a", ("hm", "a")),
        ("hm[/THINK]a", ("hm", "a")),
        ("hm <b> < [x] </think>a", ("hm <b> < [x] ", "a")),
        ("The mark `</think>` ends it.", ("", "The mark `</think>` ends it.")),
        ("The mark “</think>” ends it.", ("", "The mark “</think>” ends it.")),
        ("```\nhm</think>\n```\nThat is it.", ("", "```\nhm</think>\n```\nThat is it.")),
        ("<think>a[/THINK]b</think>c", ("a[/THINK]b", "c")),
        ("[THINK]a</think>b[/THINK]c", ("a</think>b", "c")),
        ("<THINK>a</Think>c", ("a", "c")),
        ("a <think>b</think> c", ("", "a <think>b</think> c")),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>",
            ("hm", "Four."),
        ),
        (
            "<|start|>assistant<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary"
            "<|message|>b<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{}",
            ("ab", "{}"),
        ),
        ("<|channel|>final<|message|>a < b <|x|> c", ("", "a < b <|x|> c")),
        ("<|channel|>no message", ("", "no message")),
        ("<|channel|>analysis<|message|>hm<|end|>Four.", ("hm", "Four.")),
    ],
)
def test_split_is_the_same_wherever_the_text_is_cut(text, expected):
    assert split([text]) == expected
    assert split(text) == expected
    for cut in range(len(text)):
        assert split([text[:cut], text[cut:]]) == expected


def test_text_before_a_tag_is_impossible_to_hold_back_forever():
    splitter = ThinkSplitter()

    assert list(splitter.feed("Y")) == [Text("Y")]


@pytest.mark.parametrize(("opening", "closing"), PAIRS.items())
def test_every_pair_of_marks_holds_a_thought(opening, closing):
    assert split(f"{opening}Hm.{closing}\n\nFour.") == ("Hm.", "Four.")
    assert split(f"Hm.{closing}\n\nFour.") == ("Hm.", "Four.")


def test_an_answer_about_many_marks_takes_no_longer_than_its_length():
    splitter = ThinkSplitter()
    pieces = ["`</think>` " * 10] * 4_000

    assert sum(len(chunk.text) for piece in pieces for chunk in splitter.feed(piece)) > 400_000
