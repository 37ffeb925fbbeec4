"""Sentences about what of a reply was left out."""

_ONE = {
    plural: plural[:-1]
    for plural in "assessments claims contradictions findings lines mentions points suggestions texts".split()
} | {"entries": "entry"}


def left_out(count: int, what: str) -> str:
    """Return the sentence; ``what`` is in the plural, with the noun first or behind its adjectives."""
    words = what.split(" ")
    if count == 1:
        at = next(at for at, word in enumerate(words) if word in _ONE)
        words[at] = _ONE[words[at]]
    return f"Left out: {count} {' '.join(words)}."
