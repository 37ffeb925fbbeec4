"""Rulings in words, for pages and exports."""

from apps.fusion.values import Ruling
from apps.fusion.vocabulary import Verdict


def in_a_sentence(ruling: Ruling) -> str:
    """Return a ruling with its point in a sentence; a comment follows it."""
    slots = " and ".join(ruling.right)
    said = {
        Verdict.SIDE: f"{slots} {'are' if len(ruling.right) > 1 else 'is'} right",
        Verdict.STATEMENT: ruling.text,
        Verdict.IMMATERIAL: "does not matter",
        Verdict.DROP: "dropped",
        Verdict.ADD: f"added: {ruling.text}",
        Verdict.COMMENT: "",
    }[ruling.verdict]
    return ". ".join(part for part in (": ".join(filter(None, (ruling.point, said))), ruling.comment) if part)
