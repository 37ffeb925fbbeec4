"""Whose answers a column goes on with."""

import pytest

from apps.fusion.prompting.turns import same_slot, with_own_answers
from apps.fusion.values import Message, SlotSpec

CONVERSATION = (
    Message(role="system", text="Be brief."),
    Message(role="user", text="How high?"),
    Message(role="assistant", text="330 m."),
    Message(role="user", text="Sure?"),
    Message(role="assistant", text="Yes."),
    Message(role="user", text="How old?"),
)


def panel(*models: str) -> list[SlotSpec]:
    return [SlotSpec(slot=slot, model=model) for slot, model in zip("ABCDEFGH", models, strict=False)]


@pytest.mark.parametrize(
    ("own", "answers"),
    [
        ((), ["330 m.", "Yes."]),
        (("300 m.", "No."), ["300 m.", "No."]),
        ((None, "No."), ["330 m.", "No."]),
        (("300 m.", None), ["300 m.", "Yes."]),
        (("", None), ["", "Yes."]),
    ],
)
def test_own_answers_take_the_place_of_the_fused_ones(own, answers):
    sent = with_own_answers(CONVERSATION, own)

    assert [message.text for message in sent if message.role == "assistant"] == answers
    assert [message for message in sent if message.role != "assistant"] == [
        message for message in CONVERSATION if message.role != "assistant"
    ]


@pytest.mark.parametrize(
    ("now", "earlier", "slots"),
    [
        (panel("x", "y"), panel("x", "y"), ["A", "B"]),
        (panel("y", "x"), panel("x", "y"), ["B", "A"]),
        (panel("x", "z"), panel("x", "y"), ["A", ""]),
        (panel("x", "x"), panel("x", "x"), ["A", "B"]),
        (panel("x", "x"), panel("x", "y"), ["A", ""]),
        (panel("z", "x"), panel("x", "x"), ["", "B"]),
        (panel("y", "x"), panel("x"), ["", "A"]),
    ],
)
def test_a_column_goes_on_from_its_letter_or_from_its_only_namesake(now, earlier, slots):
    assert [same_slot(spec, now, earlier) for spec in now] == slots
