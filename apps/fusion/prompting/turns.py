"""Conversations of several turns: whose answers a column goes on with. A turn's other columns are never shown to it."""

from collections.abc import Mapping, Sequence

from apps.fusion.values import Message, SlotSpec

OwnAnswers = Mapping[str, tuple[str | None, ...]]
"""For each slot a text for every assistant message of a conversation; ``None`` where that message itself is sent."""


def with_own_answers(conversation: Sequence[Message], own: Sequence[str | None]) -> tuple[Message, ...]:
    """Return the conversation with a column's own texts in place of the assistant messages that it has any for."""
    texts = iter(own)
    return tuple(
        message.model_copy(update={"text": text})
        if message.role == "assistant" and (text := next(texts, None)) is not None
        else message
        for message in conversation
    )


def same_slot(spec: SlotSpec, panel: Sequence[SlotSpec], earlier: Sequence[SlotSpec]) -> str:
    """Return the slot of an earlier panel that a column goes on from, '' for none.

    It is the one with the same letter and model. On a panel in another order it is the one with the same model, if no
    other column, now or then, has that model.
    """
    if any(one.slot == spec.slot and one.model == spec.model for one in earlier):
        return spec.slot
    then, now = ([one.slot for one in seats if one.model == spec.model] for seats in (earlier, panel))
    return then[0] if len(then) == len(now) == 1 else ""
