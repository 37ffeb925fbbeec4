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
    """A span of the fused text in characters, end exclusive, and the slots whose answers support it, by letter.

    ``sentences`` has, for each slot, the sentence of its answer that says most of the passage.
    """

    start: int
    end: int
    slots: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


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
        found = {slot: _support(held, answer) for slot, answer in said.items()}
        support = {slot: sentence for slot, sentence in found.items() if sentence}
        passages.append(
            Passage(
                start=start,
                end=_behind_marks(fused, end),
                slots=tuple(support),
                sentences=tuple(support.values()),
            )
        )
    return tuple(passages)


def index_answers(answers: Mapping[str, str]) -> "dict[str, AnswerIndex]":
    """Index the statements of each answer, by slot."""
    return {slot: AnswerIndex(statements(slot, answers[slot][:MOST_CHARACTERS])) for slot in sorted(answers)}


def _behind_marks(text: str, end: int) -> int:
    """Return the end of a passage, including the emphasis marks that close there."""
    while end < len(text) and text[end] in "*_~":
        end += 1
    return end


def _support(claims: Sequence[Statement], said: "AnswerIndex") -> str:
    """Return the sentence of an answer that says most of a passage; '' if the answer does not support it."""
    found = {at: said.saying(claim) for at, claim in enumerate(claims)}
    matched = [at for at, sentence in found.items() if sentence]
    total = sum(len(claim.stems) for claim in claims)
    weight = sum(len(claims[at].stems) for at in matched)
    if not total or weight < SUPPORTED * total or not all(map(said.has_figures_of, claims)):
        return ""
    return found[max(matched, key=lambda at: len(claims[at].stems))]


class AnswerIndex:
    """The statements of one answer, indexed by their words."""

    def __init__(self, found: Sequence[Statement]) -> None:
        self._found = found
        self._figures = [quantity for one in found for quantity in one.quantities]
        self._uses: dict[str, list[int]] = {}
        for at, one in enumerate(found):
            for stem in one.stems:
                self._uses.setdefault(stem, []).append(at)

    def saying(self, claim: Statement) -> str:
        """Return the sentence that matches a claim most without contradicting it; '' if none does."""
        said = claim.stems - claim.topic
        near = [
            (similarity(claim, other, {}), other)
            for other in self._nearest(claim)
            if len(said & other.stems) >= SUPPORTED * len(said)
        ]
        for share, other in sorted(near, key=lambda one: -one[0]):
            if share >= MATCHING and compare(claim, other, share).relation is Relation.AGREE:
                return other.text
        return ""

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
