"""Rulings in words, for pages and exports."""

from apps.fusion.values import Ruling
from apps.fusion.vocabulary import RulingKind


def in_a_sentence(ruling: Ruling) -> str:
    """Return a ruling with its point in a sentence; a comment follows it."""
    slots = " and ".join(ruling.right)
    said = {
        RulingKind.SIDE: f"{slots} {'are' if len(ruling.right) > 1 else 'is'} right",
        RulingKind.STATEMENT: ruling.text,
        RulingKind.IMMATERIAL: "does not matter",
        RulingKind.DROP: "dropped",
        RulingKind.ADD: f"added: {ruling.text}",
        RulingKind.COMMENT: "",
    }[ruling.verdict]
    return ". ".join(part for part in (": ".join(filter(None, (ruling.point, said))), ruling.comment) if part)
