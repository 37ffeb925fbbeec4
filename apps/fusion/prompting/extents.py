"""The length of a column's conversation with the values of a row, counted before anything is filled in. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from apps.fusion.prompting.templates import parts_of
from apps.fusion.prompting.variants import QUESTION, column_messages, is_question, without_prompt
from apps.fusion.values import Message, PromptVariant


class Extent(NamedTuple):
    """The ``fixed`` characters of a text with variables, and how often it ``uses`` the value of each."""

    fixed: int
    uses: Mapping[str, int]

    def size(self, values: Mapping[str, str]) -> int:
        """Return the characters with these values; one that is missing has none."""
        return self.fixed + sum(times * len(values.get(name, "")) for name, times in self.uses.items())


def extent_of(conversation: Sequence[Message], variant: PromptVariant | None) -> Extent:
    """Return the extent of what a column is sent of a template. Raise ``BadTemplate`` for braces that are no variable.

    In the variant's prompt the name of the question stands for it, whatever the columns of a table are called.
    """
    own = list(parts_of(variant.prompt)) if variant else []
    places = sum(part.is_variable and part.text == QUESTION for part in own)
    messages = column_messages(conversation, without_prompt(variant)) if variant else tuple(conversation)
    questions = [at for at, message in enumerate(messages) if is_question(message)]
    framed = set(questions if places else questions[:1]) if variant and variant.prompt else set()
    counted = [(part, places if at in framed else 1) for at, one in enumerate(messages) for part in parts_of(one.text)]
    counted += [(part, len(framed)) for part in own if not (part.is_variable and part.text == QUESTION)]
    fixed, uses = 0, Counter[str]()
    for part, times in counted:
        if part.is_variable:
            uses[part.text] += times
        else:
            fixed += times * len(part.text)
    return Extent(fixed, uses)
