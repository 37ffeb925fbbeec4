"""Requests to very small local models: a completion template for base models, and sampling against loops.

The figures were chosen by measurement on SmolLM2-135M-Instruct and Gemma-3-270M (a base model) under llama.cpp, over
twelve everyday prompts: three examples make a base model answer in two or three sentences and stop by itself.
"""

from collections.abc import Mapping, Sequence

from apps.fusion.values import Message

BASE_OPENING = """\
Below are questions, each with a short and correct answer of two or three sentences.

Question: How do I keep bread fresh?
Answer: Keep it in a paper bag or a bread box at room temperature. Sliced bread can be frozen for up to three months.

Question: How deep is Lake Baikal and when was it first measured?
Answer: Lake Baikal is 1,642 metres deep. Its depth was first measured in 1908.

Question: Write a line for a birthday card.
Answer: Happy birthday! I hope your day is full of good food, good friends and laughter.
"""

BASE_STOP = ("\nQuestion:", "\n\n", "<start_of_image>")
"""Where a base model, which would go on inventing questions for ever, is stopped."""

SAMPLING: Mapping[str, float] = {"repeat_penalty": 1.1, "repeat_last_n": 128}
"""llama.cpp's parameters against repetition; other servers ignore them."""


def base_prompt(messages: Sequence[Message]) -> str:
    """Return the conversation as the beginning of a text whose natural continuation is the answer.

    Each turn becomes one line, so that a blank line can mean the end. System messages are left out: a base model does
    not follow instructions.
    """
    labels = {"user": "\nQuestion:", "assistant": "Answer:"}
    turns = [f"{labels[turn.role]} {' '.join(turn.text.split())}\n" for turn in messages if turn.role in labels]
    return f"{BASE_OPENING}{''.join(turns)}Answer:"
