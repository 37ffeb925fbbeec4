"""Panels of answers with known final answers: recorded ones, the same in other styles, and generated ones.

A folder holds ``gsm8k.jsonl.gz``, ``mmlu_pro.jsonl.gz`` and ``refchecker_zero.jsonl.gz``: a JSON object a line with
``id`` and ``answers``, which maps models to ``text`` and ``answer`` (the final answer in a normal form, or null; the
last file has open questions and no final answers).
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from apps.fusion.numerals import NUMBER_WORDS
from apps.fusion.vocabulary import SLOTS

MEMBERS_OF_MATHS, MEMBERS_OF_CHOICE, MEMBERS_OF_CODE, MEMBERS_OF_FACTS = 5, 3, 3, 4
"""Answers of a panel."""
PROGRAMS = 400
"""Programs that are generated."""


class Panel(NamedTuple):
    """Answers to one request by slot, and the final answer of each in a form that is equal for equal ones."""

    id: str
    texts: dict[str, str]
    finals: dict[str, str]

    @property
    def is_equal(self) -> bool:
        return len(set(self.finals.values())) == 1


Style = Callable[[str, str, random.Random], str | None]
"""Rewrites a recorded text with its final answer; ``None`` if it cannot be."""


def recorded(path: Path, members: int, style: Style, seed: int = 0) -> list[Panel]:
    """Return a panel of some models' answers for each item of a file; items without a final answer are left out."""
    draw = random.Random(seed)
    panels = []
    for item in _items(path):
        models = draw.sample(sorted(item["answers"]), members)
        found = [item["answers"][model] for model in models]
        texts = [style(one["text"], one["answer"] or "", draw) for one in found]
        if all(texts) and all(one["answer"] is not None for one in found):
            slots = SLOTS[:members]
            finals = {slot: one["answer"] for slot, one in zip(slots, found, strict=True)}
            panels.append(Panel(item["id"], dict(zip(slots, map(str, texts), strict=True)), finals))
    return panels


def open_answers(path: Path, members: int, seed: int = 0) -> list[Panel]:
    """Return a panel of some models' answers for each open question of a file; there are no final answers to know."""
    draw = random.Random(seed)
    panels = []
    for item in _items(path):
        texts = [item["answers"][model]["text"] for model in sorted(item["answers"])]
        texts = [text for text in texts if text.strip()]
        if len(texts) >= members:
            chosen = draw.sample(texts, members)
            panels.append(Panel(item["id"], dict(zip(SLOTS, chosen, strict=False)), {}))
    return panels


def _items(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


_REASONING = re.compile(r'"reasoning":\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_CLOSINGS = (
    "The answer is {}.",
    "Therefore, the final answer is **{}**.",
    "So the answer is {}.",
    "Final answer: {}",
    "**Answer:** {}",
    "Thus, the correct answer is {}.",
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def as_recorded(text: str, _answer: str, _draw: random.Random) -> str | None:
    """Return the text as the model wrote it."""
    return text


def as_reasoning(text: str, _answer: str, _draw: random.Random) -> str | None:
    """Return the reasoning alone, whether or not it states the answer that stood beside it."""
    found = _REASONING.search(text)
    if not found:
        return None
    try:
        return str(from_json('"' + found[1].replace("\n", "\\n").replace("\t", "\\t") + '"'))
    except ValueError:
        return found[1]


def as_prose(text: str, answer: str, draw: random.Random) -> str | None:
    """Return the reasoning with a sentence that states the answer."""
    reasoning = as_reasoning(text, answer, draw)
    return reasoning and f"{reasoning}\n\n{draw.choice(_CLOSINGS).format(answer)}"


def as_list(text: str, answer: str, draw: random.Random) -> str | None:
    """Return the reasoning as a numbered or bulleted list that ends in the answer."""
    reasoning = as_reasoning(text, answer, draw)
    if not reasoning:
        return None
    mark = draw.choice(("{}. ", "- ", "* ", "{}) "))
    steps = [*_SENTENCE.split(reasoning), draw.choice(_CLOSINGS).format(answer)]
    return "\n".join(mark.format(number) + step for number, step in enumerate(filter(None, steps), start=1))


def as_boxed(text: str, answer: str, draw: random.Random) -> str | None:
    """Return the reasoning with the answer in a box."""
    reasoning = as_reasoning(text, answer, draw)
    boxes = ("$\\boxed{{{}}}$", "\\[\\boxed{{{}}}\\]", "The answer is $\\boxed{{{}}}$.", "$$x = \\boxed{{{}}}$$")
    return reasoning and f"{reasoning}\n\n{draw.choice(boxes).format(answer)}"


def as_json(text: str, answer: str, draw: random.Random) -> str | None:
    """Return reasoning and answer as JSON, in a fence or out of it, the answer as a text or a number."""
    reasoning = as_reasoning(text, answer, draw)
    if not reasoning:
        return None
    is_number = re.fullmatch(r"-?\d+(?:\.\d+)?", answer) and draw.random() < 0.5
    body = json.dumps({"reasoning": reasoning, "answer": float(answer) if is_number else answer}, indent=2)
    return draw.choice(("{}", "```json\n{}\n```", "Here it is:\n\n```\n{}\n```")).format(body)


STYLES: dict[str, Style] = {"prose": as_prose, "list": as_list, "boxed": as_boxed, "json": as_json}


def as_any(text: str, answer: str, draw: random.Random) -> str | None:
    """Return a text in one of the styles, so that a panel mixes them."""
    return draw.choice(list(STYLES.values()))(text, answer, draw)


_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]+")


def states_finals(panel: Panel) -> bool:
    """Return whether each text has its final answer in it as a figure. Some end before they get there."""
    return all(_has_figure(panel.texts[slot], final) for slot, final in panel.finals.items())


def _has_figure(text: str, final: str) -> bool:
    spelt = {str(NUMBER_WORDS[word]) for word in _WORD.findall(text.lower()) if word in NUMBER_WORDS}
    figures = {number.replace(",", "") for number in _NUMBER.findall(text)} | spelt
    return any(float(figure) == abs(float(final)) for figure in figures) if _NUMBER.search(final) else final in text


def programs(seed: int = 0, count: int = PROGRAMS) -> list[Panel]:
    """Return panels that say what a short program returns; a member that errs has one character or element wrong."""
    draw = random.Random(seed)
    panels = []
    for number in range(count):
        right = _value(draw)
        wrong = [_mutated(right, draw) for _ in range(2)]
        values = [right if draw.random() < 0.7 else draw.choice(wrong) for _ in range(MEMBERS_OF_CODE)]
        slots = SLOTS[:MEMBERS_OF_CODE]
        texts = {slot: _told(value, draw) for slot, value in zip(slots, values, strict=True)}
        panels.append(Panel(f"program-{number}", texts, {slot: repr(v) for slot, v in zip(slots, values, strict=True)}))
    return panels


_WORDS = "red Blue oak pine tea cup abc xYz north a1 b-2 Zed one two hello world".split()


def _value(draw: random.Random) -> Any:
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: [draw.randint(-9, 30) for _ in range(draw.randint(1, 5))],
        lambda: [draw.choice(_WORDS) for _ in range(draw.randint(1, 4))],
        lambda: "".join(draw.sample(_WORDS, 2)),
        lambda: " ".join(draw.sample(_WORDS, 2)),
        lambda: draw.randint(-50, 2_000),
        lambda: round(draw.uniform(-5, 50), 2),
        lambda: draw.random() < 0.5,
        lambda: {draw.choice(_WORDS): draw.randint(0, 9) for _ in range(draw.randint(1, 3))},
        lambda: (draw.randint(0, 9), draw.choice(_WORDS)),
        lambda: [[draw.randint(0, 5)], draw.choice(_WORDS)],
    )
    return draw.choice(kinds)()


def _mutated(value: Any, draw: random.Random) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return draw.choice((value + 1, value - 1, -value or 1, value * 10 or 3))
        case str():
            at = draw.randrange(len(value))
            other = value[:at] + value[at].swapcase() + value[at + 1 :]
            return draw.choice((value[::-1], value[:-1], value + value[-1], other if other != value else value[1:]))
        case list() if len(value) > 1:
            return draw.choice((value[::-1], value[:-1], [*value, value[0]], value[1:]))
        case list():
            return draw.choice(([], [*value, value[0]]))
        case tuple():
            return value[::-1]
        case dict():
            return {key: one + 1 for key, one in value.items()}
    return None


def _told(value: Any, draw: random.Random) -> str:
    written = repr(value)
    why = draw.choice(
        (
            "The loop goes over the items once and keeps what passes the test.",
            "First the function copies its argument. Then it changes the copy, step by step.",
            "1. The list is built.\n2. Each item is looked at.\n3. The result is returned.",
            "`f` calls `g` with the argument and joins what comes back.",
        )
    )
    forms = (
        f"{why}\n\nThe function returns `{written}`.",
        f"{why} So the output is {written}.",
        f"{why}\n\nOutput:\n```\n{written}\n```",
        f"{why}\n\n**Answer:** `{written}`",
        f"```python\nassert f(x) == {written}\n```",
        f"The final answer is {written}",
        json.dumps({"thought": why, "output": written}),
        written,
    )
    return draw.choice(forms)
