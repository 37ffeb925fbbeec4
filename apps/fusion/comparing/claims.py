"""Claims by their words: which are the same, what other answers say of one, and how much support it has. No model.

Likeness of words and of meaning says that two sentences are about the same; that they say the same is decided by
:func:`~apps.fusion.comparing.support.supports`, which no likeness overrules: figures, names, negations and limits.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from apps.fusion.comparing.sentences import sentences
from apps.fusion.comparing.statements import Statement, statements
from apps.fusion.comparing.support import supports
from apps.fusion.opinions import Claim, ClaimEvidence
from apps.fusion.vectors import likeness
from apps.fusion.vocabulary import ClaimStance

OVERLAP, MEANING = (0.54, 0.25), (0.61, 0.19)
"""Mean and standard deviation of both likenesses, of the 3,319 claims of RefChecker's zero-context set."""
SUPPORTERS = 2
"""Answers whose likeness counts, the most alike: support by two says as much as support by all, and silence nothing."""
MOST_SENTENCES = 200
"""Sentences of each answer that are compared."""
_LIGHT = frozenset(
    "a an the of in on at to and or is are was were be been by for with from as it its that this".split()
)


def support_score(claim: str, others: Iterable[str]) -> float:
    """Return how much support a claim has in other answers: the mean of both likenesses, each in standard deviations.

    It ranks claims and is no chance to be right.
    """
    own, overlaps, meanings = own_words(claim), [], []
    for text in others:
        said = _said(text)
        overlaps.append(max((len(own & words) / len(own) for _, words in said), default=0.0) if own else 0.0)
        meanings.append(max((likeness(claim, one) for one, _ in said), default=0.0))
    return (_deviation(overlaps, OVERLAP) + _deviation(meanings, MEANING)) / 2


def merged(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return claims without those that say the same as an earlier one, which then has the sources of both."""
    kept: list[tuple[Claim, Statement | None]] = []
    for claim in claims:
        said = _statement(claim.text)
        same = next((at for at, (_, one) in enumerate(kept) if said and one and _is_same(said, one)), None)
        if same is None:
            kept.append((claim, said))
            continue
        first, one = kept[same]
        slots = {source.slot for source in first.sources}
        new = tuple(source for source in claim.sources if source.slot not in slots)
        kept[same] = first.model_copy(update={"sources": (*first.sources, *new)}), one
    return tuple(claim for claim, _ in kept)


def supported_by_words(claims: Sequence[Claim], answers: Mapping[str, str]) -> tuple[Claim, ...]:
    """Return claims with the sentences of other answers (slot to text) that say the same; nothing is contradicted.

    Those with the least support come first: among them are those that a reader should check.
    """

    def score(claim: Claim) -> float:
        own = {source.slot for source in claim.sources}
        return support_score(claim.text, (text for slot, text in answers.items() if slot not in own))

    said = {slot: statements(slot, text) for slot, text in answers.items()}
    return tuple(
        claim.model_copy(update={"evidence": tuple(_evidence(claim, said)), "by_words": True})
        for claim in sorted(claims, key=score)
    )


def _evidence(claim: Claim, said: Mapping[str, Sequence[Statement]]) -> Iterable[ClaimEvidence]:
    own, sources = _statement(claim.text), {source.slot for source in claim.sources}
    for slot, found in said.items():
        match = next((one for one in found if own and supports(own, one)), None)
        if match and slot not in sources:
            span = match.start, match.start + len(match.text)
            yield ClaimEvidence(slot=slot, quote=match.text, span=span, stance=ClaimStance.ENTAILS)


def _statement(text: str) -> Statement | None:
    return next(iter(statements("", text, limit=1)), None)


def _is_same(one: Statement, other: Statement) -> bool:
    return supports(one, other) and supports(other, one)


@lru_cache(maxsize=64)
def _said(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the sentences of an answer, each with its words."""
    found = [text[span.start : span.end] for span in islice(sentences(text), MOST_SENTENCES)]
    return tuple((one, own_words(one)) for one in found)


def own_words(text: str) -> frozenset[str]:
    """Return the words of a text, folded, without articles and other words that stand in every sentence."""
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return frozenset(words) - _LIGHT


def _deviation(values: Sequence[float], usual: tuple[float, float]) -> float:
    best = sorted(values, reverse=True)[:SUPPORTERS]
    mean, deviation = usual
    return ((sum(best) / len(best) if best else 0.0) - mean) / deviation
