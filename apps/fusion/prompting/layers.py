"""The text for a member of a later layer: the conversation, with all answers of the layer before as material."""

from collections.abc import Mapping, Sequence

from apps.fusion.prompting.answer_order import shuffled
from apps.fusion.prompting.blinding import blinded, visible
from apps.fusion.prompting.fencing import fence_for, fenced
from apps.fusion.prompting.parts import DATA, room_left
from apps.fusion.prompting.trimming import trimmed
from apps.fusion.values import Message
from apps.fusion.vocabulary import PromptStyle

SMALL_ROOM = 2_400
"""Characters of answers that a small model is given."""

_TASK = """\
Answer the request above yourself. Below are {count} answers that different authors gave to it, without names and in no
order; use them as material.
- Read them critically: each may be wrong, one-sided or incomplete, and several may share a mistake. That many say the
  same is no proof.
- Check figures, steps and claims yourself before you take them over. What is right in one and missing in the others
  belongs into your answer.
- Do not copy one of them and do not average them. Write one answer that is more exact and more complete than each.
- Write in the language and the form of the request, and say nothing about the other answers."""

_REMINDER = "Now write your own answer to the request."

_SMALL = """\
{question}

Others say:
{answers}

They may be wrong. Answer the question yourself in two or three plain sentences. {question}"""


def layer_messages(
    conversation: Sequence[Message],
    answers: Mapping[str, str],
    seed: str,
    style: PromptStyle = PromptStyle.CHAT,
    room: int | None = None,
) -> tuple[Message, ...]:
    """Return the conversation with ``answers`` (slot to text), numbered in an order that ``seed`` decides, and fenced.

    ``room`` is the number of characters that fit; longer answers are cut to the same length. A small model gets them
    as plain sentences, because it would echo marks and fences.
    """
    order = shuffled(answers, seed)
    *earlier, last = conversation
    if style is not PromptStyle.CHAT:
        shown = trimmed({slot: " ".join(answers[slot].split()) for slot in order}, SMALL_ROOM).texts
        text = _SMALL.format(question=last.text, answers="\n".join(shown.values()))
        return (*earlier, last.model_copy(update={"text": text}))
    texts = {slot: blinded(visible(answers[slot])) for slot in order}
    fence = fence_for([*texts.values(), *(message.text for message in conversation)])
    frame = [last.text, _TASK.format(count=len(order)), DATA.format(fence=fence)]
    left = room_left(room, [*frame, _REMINDER, *(message.text for message in earlier)], len(order))
    shown = trimmed(texts, left, "answer").texts
    parts = [fenced(f"ANSWER {number}", shown[slot], fence) for number, slot in enumerate(order, 1)]
    return (*earlier, last.model_copy(update={"text": "\n\n".join([*frame, *parts, _REMINDER])}))
