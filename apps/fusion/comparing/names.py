"""Tell which names two sentences give to the one thing of its kind: "The capital of X is Y"."""

from difflib import SequenceMatcher

from apps.fusion.comparing import cue_words
from apps.fusion.comparing.statements import Statement

SPELT_ALIKE = 0.6
"""The likeness of two spellings from which they may be one name: Kiev, Kyiv."""


def named_apart(a: Statement, b: Statement) -> tuple[str, str] | None:
    """Return the names that two sentences give to the one thing of its kind: "The capital of X is Y".

    Everything before the name has to be the same. A name that is a part or the initials of the other is none apart,
    nor is one that is spelt alike or is another name of the same place.
    """
    if a.language == "de" or a.is_negated or b.is_negated:
        return None
    # Hardly a sentence is such a one, so the second is read only behind a first.
    first = cue_words.NAMES_THE_ONE.fullmatch(a.text.strip(" *_"))
    second = first and cue_words.NAMES_THE_ONE.fullmatch(b.text.strip(" *_"))
    if not (first and second) or first["thing"].casefold() != second["thing"].casefold():
        return None
    one, other = first["name"].strip(" *_"), second["name"].strip(" *_")
    folded = [one.casefold(), other.casefold()]
    is_apart = not {*folded[0].split()} & {*folded[1].split()} and not (one.isupper() or other.isupper())
    before, behind = sorted(folded)
    is_alike = SequenceMatcher(None, before, behind, autojunk=False).ratio() >= SPELT_ALIKE
    is_alias = any({*folded} <= aliases for aliases in cue_words.SAME_PLACES)
    return (one, other) if is_apart and not is_alike and not is_alias else None
