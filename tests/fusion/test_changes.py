"""Changes between two set-ups, in the words that a page says them with."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.fusion.changes import MOST_WORDS, SetUp, SetUpChange, changes_between, counted_words
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.values import (
    AnswerFormat,
    CascadeSettings,
    LayersSettings,
    Message,
    Parameters,
    PlainSettings,
    PromptVariant,
    Recipe,
    SingleSettings,
    SlotSpec,
    VoteSettings,
)

NAMES = {"a/x": "X", "a/y": "Y", "a/z": "Z"}
BRIEF, LONG = PromptVariant(name="brief", system="Be brief."), PromptVariant(name="long", prompt="{{prompt}} Why?")
PICTURE, OTHER = "data:image/png;base64,AA==", "data:image/png;base64,BB=="


def setup_of(*models: str, prompt: str = "How high is it?", turns: tuple[Message, ...] = (), **values: Any) -> SetUp:
    """Return a set-up: a fusion of these models, judged by Z and written by X."""
    panel = tuple(SlotSpec(slot="ABCDEFGH"[at], model=model) for at, model in enumerate(models or ("a/x", "a/y")))
    settings = values.pop("settings", None) or fused()
    images = values.pop("images", ())
    messages = (*turns, Message(role="user", text=prompt, images=images))
    return SetUp(messages, Recipe(settings=settings, panel=values.pop("panel", panel), **values))


def fused(kind: Callable[..., Any] = PlainSettings, **values: Any) -> Any:
    return kind(**{"judge": "a/z", "writer": "a/x", **values})


def own(*variants: PromptVariant | None) -> tuple[SlotSpec, ...]:
    """Return a panel of X with these variants."""
    return tuple(
        SlotSpec(slot=slot, model="a/x", variant=variant) for slot, variant in zip("ABC", variants, strict=False)
    )


def system(text: str) -> tuple[Message, ...]:
    return (Message(role="system", text=text),)


def cooler(temperature: float | None) -> tuple[SlotSpec, ...]:
    warm = SlotSpec(slot="B", model="a/y", parameters=Parameters(temperature=temperature), fallback="")
    return SlotSpec(slot="A", model="a/x"), warm


TABLE = {
    "nothing": (setup_of(), setup_of(seed=7, depth=1), []),
    "prompt": (
        setup_of(prompt="How high is the tower?"),
        setup_of(prompt="How high is the Eiffel tower in feet?"),
        ["prompt changed (+4 −1 words)"],
    ),
    "blanks": (setup_of(prompt="a b"), setup_of(prompt="a  b"), ["prompt: layout changed"]),
    "system": (setup_of(), setup_of(turns=system("Be brief.")), ["system prompt changed (+2 −0 words)"]),
    "earlier": (
        setup_of(turns=(Message(role="user", text="Hi"), Message(role="assistant", text="Yes?"))),
        setup_of(turns=(Message(role="user", text="Hi"), Message(role="assistant", text="Well?"))),
        ["earlier turns changed (+1 −1 words)"],
    ),
    "more pictures": (setup_of(), setup_of(images=(PICTURE,)), ["pictures: 0 → 1"]),
    "other pictures": (setup_of(images=(PICTURE,)), setup_of(images=(OTHER,)), ["pictures: 1 → 1 other"]),
    "judge": (setup_of(), setup_of(settings=fused(judge="a/y")), ["judge: Z → Y"]),
    "judge chosen by Auto": (setup_of(), setup_of(settings=fused(judge_is_auto=True)), []),
    "writer": (setup_of(), setup_of(settings=fused(writer="a/z")), ["writer: X → Z"]),
    "column added": (setup_of(), setup_of("a/x", "a/y", "a/z"), ["column C added: Z"]),
    "first column removed": (setup_of("a/x", "a/y", "a/z"), setup_of("a/y", "a/z"), ["column A removed: X"]),
    "column replaced": (setup_of("a/x", "a/y"), setup_of("a/x", "a/z"), ["column B: Y → Z"]),
    "twice the same": (setup_of("a/x", "a/y"), setup_of("a/x", "a/x", "a/y"), ["column A added: X"]),
    "temperature": (setup_of(panel=cooler(None)), setup_of(panel=cooler(0.7)), ["B temperature: not set → 0.7"]),
    "judge's temperature": (
        setup_of(),
        setup_of(settings=fused(judge_parameters=Parameters(temperature=1))),
        ["judge temperature: 0 → 1"],
    ),
    "variant": (
        setup_of(panel=own(BRIEF, None)),
        setup_of(panel=own(None, LONG)),
        ["A variant: brief → not set", "B variant: not set → long"],
    ),
    "words of a variant": (
        setup_of(panel=own(None, BRIEF)),
        setup_of(panel=own(None, BRIEF.model_copy(update={"prompt": "Say: {{prompt}}", "system": "Be very brief."}))),
        ["B variant “brief”: system prompt changed (+1 −0 words)", "B variant “brief”: prompt changed (+2 −0 words)"],
    ),
    "column with a variant added": (
        setup_of(panel=own(None, None)),
        setup_of(panel=own(None, None, BRIEF)),
        ["column C added: X", "C variant: not set → brief"],
    ),
    "strategy": (setup_of(), setup_of(settings=fused(VoteSettings)), ["strategy: fuse → vote"]),
    "one model": (
        setup_of(),
        setup_of("a/x", settings=SingleSettings()),
        ["column B removed: Y", "strategy: fuse → single"],
    ),
    "layers": (
        setup_of(settings=fused(LayersSettings)),
        setup_of(settings=fused(LayersSettings, layers=3)),
        ["layers: 2 → 3"],
    ),
    "stages": (
        setup_of(),
        setup_of("a/x", "a/y", "a/z", settings=fused(CascadeSettings, stages=(("A", "B"), ("C",)))),
        ["column C added: Z", "strategy: fuse → cascade", "stages: not set → A+B, C"],
    ),
    "waiting": (
        setup_of(settings=fused(quorum=2, grace_s=10)),
        setup_of(settings=fused(grace_s=4.2, grace_is_auto=True)),
        ["quorum: 2 → not set", "grace (s): 10 → auto"],
    ),
    "measured grace": (
        setup_of(settings=fused(grace_s=4.2, grace_is_auto=True)),
        setup_of(settings=fused(grace_s=9, grace_is_auto=True)),
        [],
    ),
    "checks": (setup_of(), setup_of(settings=fused(answer_check=True)), ["answer check: off → on"]),
    "own words": (
        setup_of(),
        setup_of(settings=fused(writer_instructions="In verse.")),
        ["instructions for the writer changed (+2 −0 words)"],
    ),
    "criteria": (setup_of(criteria="Is it so?"), setup_of(), ["criteria changed (+0 −3 words)"]),
    "cap": (setup_of(max_cost=Decimal("0.5")), setup_of(max_cost=Decimal("1.5")), ["cap (USD): 0.5 → 1.5"]),
    "preset": (setup_of(preset="quick", preset_version=1), setup_of(), ["preset: quick → custom"]),
    "version": (
        setup_of(preset="quick", preset_version=1),
        setup_of(preset="quick", preset_version=2),
        ["version of preset quick: 1 → 2"],
    ),
    "web": (
        setup_of(),
        setup_of(web=LookupSettings(fetch=False)),
        ["web look-ups: not set → search on, fetch off, max tool calls 4"],
    ),
    "format": (
        setup_of(),
        setup_of(answer_format=AnswerFormat(type="json_schema", name="tower", json_schema={})),
        ["answer format: not set → json schema tower"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), TABLE.values(), ids=TABLE)
def test_what_changed_is_said_in_words(before: SetUp, after: SetUp, expected: list[str]) -> None:
    changes = changes_between(before, after)

    assert [change.in_words(NAMES) for change in changes] == expected
    assert [SetUpChange.model_validate(change.model_dump(mode="json")) for change in changes] == list(changes)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "one two", (2, 0)),
        ("one two three", "three one two", (1, 1)),
        ("a b c", "a c d e", (2, 1)),
        ("a " * MOST_WORDS, "a " * MOST_WORDS + "b", (1, 0)),
    ],
)
def test_words_of_two_versions_are_counted(before: str, after: str, expected: tuple[int, int]) -> None:
    assert counted_words(before, after) == expected
