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

    It is the one with the same letter, model and variant. On a panel in another order it is the one with the same model
    and variant, if no other column, now or then, has both. A column whose variant was changed goes on where it is.
    """
    if any(one.slot == spec.slot and _seat(one) == _seat(spec) for one in earlier):
        return spec.slot
    then, now = ([one.slot for one in seats if _seat(one) == _seat(spec)] for seats in (earlier, panel))
    if then:
        return then[0] if len(then) == len(now) == 1 else ""
    moved = {_seat(one) for one in panel}
    same = (one for one in earlier if one.slot == spec.slot and one.model == spec.model)
    return spec.slot if any(_seat(one) not in moved for one in same) else ""


def _seat(spec: SlotSpec) -> tuple[str, str]:
    """Return what tells columns apart whatever their order: the model, and the name of its prompt's variant."""
    return spec.model, spec.variant.name if spec.variant else ""
