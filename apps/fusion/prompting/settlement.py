"""The text for the settlement of a contradiction: its author looks one point up, and is told nothing but that point."""

from collections.abc import Sequence

from apps.fusion.judging.findings import Finding
from apps.fusion.judging.topics import sides_of
from apps.fusion.prompting.blinding import blinded, visible
from apps.fusion.prompting.fencing import fence_for, fenced
from apps.fusion.prompting.parts import DATA, request_text
from apps.fusion.values import Message

UNSETTLED = "UNSETTLED"
"""The first word of a reply that decides nothing."""
LONGEST_QUOTE = 600

_SYSTEM = """\
You find out by sources which of several positions on one point is right. You do not know who holds which, and how many
hold one counts for nothing. What you remember is no source: look the point up before you reply."""

_TASK = """\
Look up the POINT above and say what is right about it. Reply in the language of the request, in at most three
sentences, with nothing before or after them: first what is right, then what a reader needs to know of its limits.
Put behind each statement the source that it is from. A position may be right, several may be in part, or none.
If the sources do not decide the point, begin with the word UNSETTLED and say in one sentence what is missing."""


def settlement_messages(
    conversation: Sequence[Message], finding: Finding, seed: int, room: int | None = None
) -> tuple[Message, ...]:
    """Build the prompt about one contradiction; ``room`` is the number of characters that fit.

    Of the answers only the words that the positions quote are shown, without the names of their authors.
    """
    sides = enumerate(sides_of(finding), 1)
    positions = [_position(number, side.stance, finding, side.slots) for number, side in sides]
    point = "\n\n".join([blinded(visible(finding.text)), *positions])
    fence = fence_for([point, *(message.text for message in conversation)], seed)
    parts = [
        DATA.format(fence=fence),
        fenced("REQUEST", request_text(conversation, room), fence),
        fenced("POINT", point, fence),
        _TASK,
    ]
    return (Message(role="system", text=_SYSTEM), Message(role="user", text="\n\n".join(parts)))


def is_settled(text: str) -> bool:
    """Return whether a reply decides the point that it was asked about."""
    return bool(text.strip()) and not text.strip().lstrip("*_#> ").upper().startswith(UNSETTLED)


def _position(number: int, stance: str, finding: Finding, slots: Sequence[str]) -> str:
    quotes = [one.quote[:LONGEST_QUOTE] for one in finding.evidence if one.slot in slots and one.quote]
    lines = [f"Position {number}: {blinded(visible(stance))}"]
    lines += [f"In its words: {blinded(visible(quote))}" for quote in dict.fromkeys(quotes)]
    return "\n".join(lines)
