"""Match the passages of the fused text with the answers that support them, by their words; no model is asked.

A passage is a block of Markdown: a paragraph, a list item, a table row. An answer supports it if it says, sentence by
sentence, most of what the passage says, has its figures, and denies none of it. A passage without a match gets no chip.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from apps.fusion.comparing.quantities import Quantity
from apps.fusion.comparing.sentences import blocks
from apps.fusion.comparing.statements import Relation, Statement, compare, similarity, statements
from apps.fusion.values import Value

SUPPORTED = 0.5
"""The share of a passage's content words that must stand in matching sentences of an answer."""
MATCHING = 0.5
"""The least similarity (0 to 1) of a sentence of the answer that matches one of the passage."""
NEAREST = 6
"""The number of sentences of an answer that a claim is compared with closely."""
MOST_CHARACTERS = 50_000
"""Characters of the fused text and of each answer that are compared."""


class Passage(Value):
    """A span of the fused text in characters, end exclusive, and the slots whose answers support it, by letter."""

    start: int
    end: int
    slots: tuple[str, ...] = ()


def supporters(
    fused: str, answers: Mapping[str, str], said: "Mapping[str, AnswerIndex] | None" = None
) -> tuple[Passage, ...]:
    """Return the passages of a fused text in order, each with the slots whose answers (slot to text) support it.

    ``said`` is the result of :func:`index_answers` if the caller has it already: indexing takes most of the time.
    """
    said = said or index_answers(answers)
    claims = statements("", fused[:MOST_CHARACTERS])
    passages = []
    for start, end in blocks(fused):
        held = [claim for claim in claims if start <= claim.start and claim.end <= end]
        slots = tuple(slot for slot, answer in said.items() if _supports(held, answer))
        passages.append(Passage(start=start, end=_behind_marks(fused, end), slots=slots))
    return tuple(passages)


def index_answers(answers: Mapping[str, str]) -> "dict[str, AnswerIndex]":
    """Index the statements of each answer, by slot."""
    return {slot: AnswerIndex(statements(slot, answers[slot][:MOST_CHARACTERS])) for slot in sorted(answers)}


def _behind_marks(text: str, end: int) -> int:
    """Return the end of a passage, including the emphasis marks that close there."""
    while end < len(text) and text[end] in "*_~":
        end += 1
    return end


def _supports(claims: Sequence[Statement], said: "AnswerIndex") -> bool:
    """Return whether an answer's sentences say what a passage claims."""
    total = sum(len(claim.stems) for claim in claims)
    matched = sum(len(claim.stems) for claim in claims if said.says(claim))
    return total > 0 and matched >= SUPPORTED * total and all(map(said.has_figures_of, claims))


class AnswerIndex:
    """The statements of one answer, indexed by their words."""

    def __init__(self, found: Sequence[Statement]) -> None:
        self._found = found
        self._figures = [quantity for one in found for quantity in one.quantities]
        self._uses: dict[str, list[int]] = {}
        for at, one in enumerate(found):
            for stem in one.stems:
                self._uses.setdefault(stem, []).append(at)

    def says(self, claim: Statement) -> bool:
        """Return whether one sentence matches a claim without contradicting it."""
        said = claim.stems - claim.topic
        near = [
            (other, similarity(claim, other, {}))
            for other in self._nearest(claim)
            if len(said & other.stems) >= SUPPORTED * len(said)
        ]
        return any(
            share >= MATCHING and compare(claim, other, share).relation is Relation.AGREE for other, share in near
        )

    def has_figures_of(self, claim: Statement) -> bool:
        """Return whether all figures of a claim stand somewhere in the answer."""

        def is_same(one: Quantity, other: Quantity) -> bool:
            # The words for a counted thing may differ, so "300 people" and "300 inhabitants" are one figure.
            kinds = {quantity.dimension.partition(":")[0].replace("number", "count") for quantity in (one, other)}
            return len(kinds) == 1 and one.compatible(other)

        return all(any(is_same(figure, other) for other in self._figures) for figure in claim.quantities)

    def _nearest(self, claim: Statement) -> list[Statement]:
        """Return the statements that share most words with a claim."""
        shared: Counter[int] = Counter()
        for stem in sorted(claim.stems):
            shared.update(self._uses.get(stem, ()))
        return [self._found[at] for at, _ in shared.most_common(NEAREST)]
