r"""Prompt variants: a column's own system prompt and question, for comparing prompts as models are compared.

In a variant's prompt ``{{prompt}}`` stands for the shared question; ``\{{prompt}}`` lets the braces stand for
themselves. Judge and writer are told the shared question alone, so nothing here is for them. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from apps.fusion.prompting.templates import (
    CLOSING,
    ESCAPED,
    OPENING,
    Part,
    check_length,
    parts_of,
    render,
    variables_of,
)
from apps.fusion.prompting.turns import with_own_answers
from apps.fusion.refusal import Refusal
from apps.fusion.values import LONGEST_VARIANT_NAME, Message, PromptVariant, Recipe, SlotSpec

QUESTION = "prompt"
"""The name in braces that stands for the shared question."""
PLACE = re.compile(r"\{\{ *prompt *\}\}")
"""A place for the question. No two attempts to match read the same blanks, so a text is read once."""


class BadVariant(Refusal):
    """A prompt variant that cannot be asked with; ``field`` is always the panel."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "panel")


def column_messages(
    conversation: Sequence[Message], variant: PromptVariant | None, own: Sequence[str | None] = ()
) -> tuple[Message, ...]:
    """Return the conversation as a column is sent it: with its own answers, if it goes on with any, and its variant.

    A system prompt takes the place of the shared one. A prompt with ``{{prompt}}`` frames each question of the
    conversation; one without takes the place of the first, which is the only one unless the run follows another.
    """
    messages = with_own_answers(conversation, own)
    if variant is None:
        return messages
    if variant.system:
        others = (message for message in messages if message.role != "system")
        messages = (Message(role="system", text=variant.system), *others)
    if not variant.prompt:
        return messages
    questions = [at for at, message in enumerate(messages) if is_question(message)]
    framed = set(questions if frames_question(variant) else questions[:1])
    return tuple(
        message.model_copy(update={"text": worded(variant, message.text)}) if at in framed else message
        for at, message in enumerate(messages)
    )


def variant_of(recipe: Recipe, slot: str) -> PromptVariant | None:
    """Return the variant of a column, ``None`` where it is sent the shared prompt."""
    return next((spec.variant for spec in recipe.panel if spec.slot == slot), None)


def variant_names(recipe: Recipe) -> dict[str, str]:
    """Return the names of the variants by column; columns without one are left out."""
    return {spec.slot: spec.variant.name for spec in recipe.panel if spec.variant}


def variant_texts(recipe: Recipe) -> list[tuple[str, str]]:
    """Return the texts of the variants with a title each, which names their columns; a variant's texts once."""
    columns: dict[PromptVariant, list[str]] = {}
    for spec in recipe.panel:
        if spec.variant:
            columns.setdefault(spec.variant, []).append(spec.slot)
    return [
        (f"{title} of the variant “{variant.name}”, for {', '.join(slots)}", text)
        for variant, slots in columns.items()
        for title, text in (("System prompt", variant.system), ("Prompt", variant.prompt))
        if text
    ]


def worded(variant: PromptVariant, question: str) -> str:
    """Return a question in a variant's words."""
    return "".join(question if part.is_variable else part.text for part in _pieces(variant.prompt))


def frames_question(variant: PromptVariant) -> bool:
    """Return whether a variant's prompt has a place for the shared question."""
    return any(part.is_variable for part in _pieces(variant.prompt))


def without_prompt(variant: PromptVariant) -> PromptVariant:
    """Return a variant with its system prompt alone."""
    return variant.model_copy(update={"prompt": ""})


def added_by(variant: PromptVariant, conversation: Sequence[Message], length: Callable[[str], int]) -> int:
    """Return how much longer a variant's prompt makes a conversation, by ``length`` of texts; none of them is made.

    It is negative where the prompt is shorter than the question in whose place it is.
    """
    if not variant.prompt:
        return 0
    pieces = list(_pieces(variant.prompt))
    places = sum(part.is_variable for part in pieces)
    words = length("".join(part.text for part in pieces if not part.is_variable))
    questions = [length(message.text) for message in conversation if is_question(message)]
    return sum(words + (places - 1) * question for question in (questions if places else questions[:1]))


def check_variants(
    panel: Sequence[SlotSpec],
    conversation: Sequence[Message],
    limit: int,
    earlier: Iterable[SlotSpec] = (),
) -> None:
    """Raise :class:`BadVariant` where a column's variant cannot be asked with in a conversation.

    No column may be sent more than ``limit`` characters. The panels of the runs before are ``earlier``: a wording of a
    whole question, which began the conversation there, may go on.
    """
    check_names(panel)
    questions = [message.text for message in conversation if is_question(message)]
    known = {spec.variant for spec in earlier if spec.variant}
    for spec in panel:
        variant = spec.variant
        if variant is None:
            continue
        if "\x00" in variant.name + variant.system + variant.prompt:
            raise BadVariant(f"The variant of column {spec.slot} contains a NUL character. Remove it.")
        if variant.prompt and len(questions) > 1 and not frames_question(variant) and variant not in known:
            raise BadVariant(
                f"The prompt of the variant “{variant.name}” (column {spec.slot}) replaces the whole question, which "
                f"only the first turn can do. Write {OPENING}{QUESTION}{CLOSING} in it where the question goes."
            )
        size = _size(variant, conversation)
        if size > limit:
            raise BadVariant(
                f"With the variant “{variant.name}” the prompt of column {spec.slot} has {size:,} characters; the "
                f"limit is {limit:,}. Shorten it."
            )


def check_names(panel: Sequence[SlotSpec]) -> None:
    """Raise :class:`BadVariant` for a variant without a name or a text, and for two of one name that differ."""
    found: dict[str, PromptVariant] = {}
    for spec in panel:
        if spec.variant is None:
            continue
        if problem := problem_of_texts(spec.variant.name, spec.variant.system, spec.variant.prompt):
            raise BadVariant(f"{spec.slot}: {problem}")
        if found.setdefault(spec.variant.name, spec.variant) != spec.variant:
            raise BadVariant(f"Two variants with different texts are called “{spec.variant.name}”. Rename one of them.")


def problem_of_texts(name: str, system: str, prompt: str) -> str:
    """Return what is wrong with the texts of a variant, in a sentence, or ''; without any text there is no variant."""
    has_text = bool(system.strip() or prompt.strip())
    if has_text and not name.strip():
        return "the own prompt has no name. Name it, so that answers and votes can be told apart by it."
    if name.strip() and not has_text:
        return (
            f"the variant “{name.strip()}” changes nothing. Write its system prompt or its prompt, or empty its name."
        )
    if len(name.strip()) > LONGEST_VARIANT_NAME:
        return f"the name of a variant has at most {LONGEST_VARIANT_NAME} characters. Shorten it."
    return ""


def filled_in(variant: PromptVariant, values: Mapping[str, str]) -> PromptVariant:
    """Return a variant with values in place of its variables, as a template's texts get them.

    The place of the question stays. Raise :class:`~apps.fusion.prompting.templates.BadTemplate` for what is missing.
    """
    parts = list(parts_of(variant.prompt))
    check_length(part.text if not part.is_variable else values.get(part.text, "") for part in parts)
    prompt, words = "", ""
    for part in parts:
        if part.is_variable and part.text == QUESTION:
            # What a value says is no place for the question, and braces that were escaped stay so.
            prompt, words = f"{prompt}{_escaped(words)}{OPENING}{QUESTION}{CLOSING}", ""
        else:
            words += render(f"{OPENING}{part.text}{CLOSING}", values) if part.is_variable else part.text
    return variant.model_copy(update={"system": render(variant.system, values), "prompt": prompt + _escaped(words)})


def variables_in_variants(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the variables in a recipe's variants, each once. Raise ``BadTemplate`` for other braces."""
    texts = [(spec.variant.system, spec.variant.prompt) for spec in recipe.panel if spec.variant]
    systems, prompts = variables_of(*(one for one, _ in texts)), variables_of(*(one for _, one in texts))
    return tuple(dict.fromkeys((*systems, *(name for name in prompts if name != QUESTION))))


def recipe_of_values(recipe: Recipe, values: Mapping[str, str]) -> Recipe:
    """Return a recipe whose variants have these values in place of their variables. Raise ``BadTemplate``."""
    panel = tuple(
        spec.model_copy(update={"variant": filled_in(spec.variant, values)}) if spec.variant else spec
        for spec in recipe.panel
    )
    return recipe.model_copy(update={"panel": panel})


def is_question(message: Message) -> bool:
    """Return whether a message is one that a prompt frames or replaces."""
    return message.role == "user" and message.result is None


def _size(variant: PromptVariant, conversation: Sequence[Message]) -> int:
    """Return the characters that a column is sent, counted before any long text is made."""
    texts = column_messages(conversation, without_prompt(variant))
    return sum(len(message.text) for message in texts) + added_by(variant, conversation, len)


def _pieces(text: str) -> Iterator[Part]:
    """Yield the words of a variant's prompt, and the places for the question; other braces are words."""
    at = 0
    for place in PLACE.finditer(text):
        start, end = place.span()
        if text[max(0, start - 1) : start + len(OPENING)] == ESCAPED:
            yield Part(text[at : start - 1] + place[0], is_variable=False)
        else:
            yield Part(text[at:start], is_variable=False)
            yield Part(QUESTION, is_variable=True)
        at = end
    yield Part(text[at:], is_variable=False)


def _escaped(text: str) -> str:
    """Return words in which nothing is a place for the question."""
    return PLACE.sub(r"\\\g<0>", text)
