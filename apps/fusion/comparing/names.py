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
    found = [cue_words.NAMES_THE_ONE.fullmatch(one.text.strip(" *_")) for one in (a, b)]
    if not (found[0] and found[1]) or a.language == "de" or a.is_negated or b.is_negated:
        return None
    if found[0]["thing"].casefold() != found[1]["thing"].casefold():
        return None
    one, other = found[0]["name"].strip(" *_"), found[1]["name"].strip(" *_")
    folded = [one.casefold(), other.casefold()]
    is_apart = not {*folded[0].split()} & {*folded[1].split()} and not (one.isupper() or other.isupper())
    first, second = sorted(folded)
    is_alike = SequenceMatcher(None, first, second, autojunk=False).ratio() >= SPELT_ALIKE
    is_alias = any({*folded} <= aliases for aliases in cue_words.SAME_PLACES)
    return (one, other) if is_apart and not is_alike and not is_alias else None
