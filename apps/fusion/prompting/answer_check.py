"""The text for the check of a fused answer: its author reads that answer beside those that it was written from."""

from collections.abc import Mapping, Sequence

from apps.fusion.frozen import Value
from apps.fusion.prompting.answer_order import shuffled
from apps.fusion.prompting.blinding import blinded, visible
from apps.fusion.prompting.fencing import fence_for, fenced
from apps.fusion.prompting.parts import DATA, about_images, request_text, room_left
from apps.fusion.prompting.trimming import trimmed
from apps.fusion.values import Message
from apps.fusion.vocabulary import SLOTS

FUSED = ""
"""The key of the fused text among those of the slots."""

_CHECKER = """\
You check an answer that was written from several answers to the same request. You do not answer the request, you do
not judge style, length or order, and you do not say which answer is right: you report only where the checked answer
and its material part, and only what you can show by quotes. You do not know who wrote what."""

_TASK = """\
Check the text CHECKED ANSWER against the answers {letters}, from which it was written. Reply with one JSON object and
nothing else, in this form:
{{
  "findings": [
    {{"fault": "contradicts", "point": "...", "quote": "...", "answer": "{first}", "answer_quote": "..."}},
    {{"fault": "drops_warning", "point": "...", "quote": "", "answer": "{second}", "answer_quote": "..."}},
    {{"fault": "unsupported", "point": "...", "quote": "...", "answer": "", "answer_quote": ""}}
  ]
}}
- contradicts: the checked answer says something that this answer denies, and does not say that the answers disagree.
  A difference in wording, rounding, unit or detail is no contradiction.
- drops_warning: this answer warns of a danger, a limit, an exception or a condition that the reader needs, and the
  checked answer has it nowhere, in no other words either.
- unsupported: the checked answer states a fact that no answer and not the request says, and that does not follow from
  what they say.
- point: one sentence that says what is wrong, in the language of the request.
- quote: words of the checked answer, answer_quote: words of the answer that you name; each copied word for word, at
  most 25 words long. A finding without the quotes that its form above has is of no use.
- What is not shown of a text counts neither for nor against anything.
- At most 10 findings, the most important first. An empty list is the right reply where nothing is wrong."""


class CheckPrompt(Value):
    """A checker's messages.

    ``letters`` maps the letters shown to slots; ``coverage`` is the share of each slot's answer (0 to 1) that is shown,
    and under '' that of the fused one.
    """

    messages: tuple[Message, ...]
    letters: dict[str, str]
    coverage: dict[str, float]


def check_prompt(
    conversation: Sequence[Message],
    answers: Mapping[str, str],
    fused: str,
    seed: int,
    room: int | None = None,
    sees_images: bool = False,
) -> CheckPrompt:
    """Build a checker's prompt about ``fused`` and the ``answers`` (slot to text) that it was written from.

    The answers are blinded and shuffled by ``seed``. ``room`` is the number of characters that fit; longer texts are
    cut to the same length.
    """
    letters = dict(zip(SLOTS, shuffled(answers, f"check:{seed}"), strict=False))
    texts = {slot: blinded(visible(text)) for slot, text in answers.items()} | {FUSED: blinded(visible(fused))}
    fence = fence_for([*texts.values(), *(message.text for message in conversation)], seed)
    first, second = [*letters, "A", "B"][:2]
    task = _TASK.format(letters=", ".join(letters), first=first, second=second)
    images = [image for message in conversation for image in message.images]
    frame = [
        DATA.format(fence=fence),
        fenced("REQUEST", request_text(conversation, room), fence),
        *about_images(len(images), sees_images),
    ]
    shown = trimmed(texts, room_left(room, [_CHECKER, *frame, task], len(texts)), "answer")
    parts = [fenced(f"ANSWER {letter}", shown.texts[slot], fence) for letter, slot in letters.items()]
    checked = fenced("CHECKED ANSWER", shown.texts[FUSED], fence)
    return CheckPrompt(
        messages=(
            Message(role="system", text=_CHECKER),
            Message(
                role="user",
                text="\n\n".join([*frame, *parts, checked, task]),
                images=tuple(images) if sees_images else (),
            ),
        ),
        letters=letters,
        coverage=shown.coverage,
    )
