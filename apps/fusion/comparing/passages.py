"""Match the passages of the fused text with the answers that support them, by their words; no model is asked.

A passage is a block of Markdown (a paragraph, a list item, a table row), or a sentence of it. An answer supports it if
it says every sentence of it: its figures, names and negations too, with no word in the place of another. Where no
answer says all of a block, its sentences are passages of their own. A passage without a match gets no chip.

Where the text is JSON and answers are, each field is a passage, which the answers with an equal value support.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from apps.fusion.answers.fields import MOST_FIELDS
from apps.fusion.answers.fieldwise import blanked, is_prose, stretches
from apps.fusion.answers.reading import LONGEST_QUOTE
from apps.fusion.comparing.comparison import Relation, compare
from apps.fusion.comparing.sentences import QUESTION_MARKS, Span, blocks, sentences
from apps.fusion.comparing.statements import Statement, statements
from apps.fusion.comparing.support import supports
from apps.fusion.frozen import Value
from apps.fusion.json_values import canonical_scalars, json_text
from apps.fusion.judging.folding import fold
from apps.fusion.judging.quotes import is_same_case

SUPPORTED = 0.5
"""The share of a claim's content words that a sentence of an answer must have to be looked at."""
MATCHING = 0.5
"""The least similarity (0 to 1) of a sentence of the answer that matches one of the passage."""
READ = 0.7
"""The share of a sentence's characters that its statements must cover to be compared in its place."""
NEAREST = 6
"""The number of sentences of an answer that a claim is compared with closely."""
MOST_CHARACTERS = 50_000
"""Characters of the fused text and of each answer that are compared."""


class Passage(Value):
    """A span of the fused text in characters, end exclusive, and the slots whose answers support it, by letter.

    ``sentences`` has, for each slot, the sentence of its answer that says most of the passage. Of a field of JSON it
    has the field as it stands there, and ``pointer`` names it; '' for any other passage.
    """

    start: int
    end: int
    slots: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    pointer: str = ""


Support = dict[str, str]
"""The slots that say something, each with the sentence of its answer that does."""


def supporters(
    fused: str, answers: Mapping[str, str], said: "Mapping[str, AnswerIndex] | None" = None
) -> tuple[Passage, ...]:
    """Return the passages of a fused text in order, each with the slots whose answers (slot to text) support it.

    ``said`` is the result of :func:`index_answers` if the caller has it already: indexing takes most of the time.
    """
    said = said or index_answers(answers)
    passages, fused = _fields(fused, answers)
    claims = statements("", fused[:MOST_CHARACTERS])
    spans = sentences(fused[:MOST_CHARACTERS])
    for block in blocks(fused):
        held = [span for span in spans if block.start <= span.start and span.end <= block.end]
        found = [(span, _support(fused, span, claims, said)) for span in held]
        passages += list(_passages(fused, block, [(span, support) for span, support in found if support is not None]))
    return tuple(sorted(passages, key=lambda passage: passage.start))


def _fields(fused: str, answers: Mapping[str, str]) -> tuple[list[Passage], str]:
    """Return the fields of a text in JSON as passages, and the text with spaces for them; the text alone if none is.

    A value in prose that no answer gives word for word is left to the comparison of sentences.
    """
    own = json_text(fused)
    found = {slot: one for slot, text in sorted(answers.items()) if own and (one := json_text(text))}
    read = {slot: one.fields for slot, one in found.items() if own and type(one.value) is type(own.value)}
    if own is None or not read:
        return [], fused
    passages, left = [], []
    for pointer, field in list(own.fields.items())[:MOST_FIELDS]:
        alike = {slot: fields[pointer] for slot, fields in read.items() if pointer in fields}
        forms = canonical_scalars({"": field.value} | {slot: other.value for slot, other in alike.items()})
        alike = {slot: other for slot, other in alike.items() if forms[slot] == forms[""]}
        if not alike and is_prose(field.value):
            left.append((field.inner + 1, field.end - 1))
            continue
        quotes = (answers[slot][other.start : other.end][:LONGEST_QUOTE] for slot, other in alike.items())
        passages.append(
            Passage(start=field.start, end=field.end, slots=tuple(alike), sentences=tuple(quotes), pointer=pointer)
        )
    return passages, blanked(fused, stretches(own.span, left))


def index_answers(answers: Mapping[str, str]) -> "dict[str, AnswerIndex]":
    """Index the statements of each answer, by slot."""
    return {
        slot: AnswerIndex(statements(slot, answers[slot][:MOST_CHARACTERS]), answers[slot][:MOST_CHARACTERS])
        for slot in sorted(answers)
    }


def _passages(fused: str, block: Span, found: Sequence[tuple[Span, Support]]) -> Iterator[Passage]:
    """Yield a block as one passage if an answer says all of it or none any of it, else its sentences."""
    everywhere = [slot for slot in (found[0][1] if found else ()) if all(slot in support for _, support in found)]
    if everywhere or not any(support for _, support in found):
        longest = max(found, key=lambda one: one[0].end - one[0].start)[1] if found else {}
        yield _passage(fused, block, {slot: longest[slot] for slot in everywhere})
        return
    for _, run in groupby(found, key=lambda one: sorted(one[1])):
        together = list(run)
        yield _passage(fused, Span(together[0][0].start, together[-1][0].end), together[0][1])


def _passage(fused: str, span: Span, support: Support) -> Passage:
    end = span.end
    # Emphasis that closes here belongs to the passage.
    while end < len(fused) and fused[end] in "*_~":
        end += 1
    slots = sorted(support)
    return Passage(start=span.start, end=end, slots=tuple(slots), sentences=tuple(support[slot] for slot in slots))


def _support(fused: str, span: Span, claims: Sequence[Statement], said: "Mapping[str, AnswerIndex]") -> Support | None:
    """Return the slots whose answers say a sentence; ``None`` for a question, which claims nothing."""
    text = fused[span.start : span.end]
    if text.endswith(QUESTION_MARKS):
        return None
    held = [claim for claim in claims if span.start <= claim.start and claim.end <= span.end]
    # What is no statement ("These are:") can only be compared as it is written.
    is_read = sum(len(claim.text) for claim in held) >= READ * len(text)
    found = {slot: answer.repeating(text) or (is_read and answer.saying_all(held)) for slot, answer in said.items()}
    return {slot: sentence for slot, sentence in found.items() if sentence}


class AnswerIndex:
    """The statements of one answer, indexed by their words, and its sentences as they are written."""

    def __init__(self, found: Sequence[Statement], text: str) -> None:
        self._found = found
        self._written = {_folded(one): one for start, end in sentences(text) for one in (text[start:end],)}
        self._uses: dict[str, list[int]] = {}
        for at, one in enumerate(found):
            for stem in one.stems:
                self._uses.setdefault(stem, []).append(at)

    def repeating(self, sentence: str) -> str:
        """Return the sentence that is the same but for typography; '' if there is none."""
        other = self._written.get(_folded(sentence), "")
        return other if other and is_same_case(sentence, other) else ""

    def saying_all(self, claims: Sequence[Statement]) -> str:
        """Return the sentence that says most of some claims; '' unless every one of them is said."""
        found = [self.saying(claim) for claim in claims]
        return max(zip(claims, found, strict=True), key=lambda one: len(one[0].stems))[1] if all(found) else ""

    def saying(self, claim: Statement) -> str:
        """Return the sentence that matches a claim most without contradicting it; '' if none does."""
        said = claim.stems - claim.topic
        near = [
            (_share(claim, other), other)
            for other in self._nearest(claim)
            if len(said & other.stems) >= SUPPORTED * len(said)
        ]
        for share, other in sorted(near, key=lambda one: -one[0]):
            # Names and figures are looked at by `supports`, which knows that "French" is "of France".
            relation = compare(claim, other, share).relation
            # Of a language whose negations are not known only the same words say the same.
            is_known = claim.language and other.language
            is_denied = relation is Relation.CONFLICT if is_known else relation is not Relation.AGREE
            if share >= MATCHING and not is_denied and supports(claim, other):
                return other.text
        return ""

    def _nearest(self, claim: Statement) -> list[Statement]:
        """Return the statements that share most words with a claim."""
        shared: Counter[int] = Counter()
        for stem in sorted(claim.stems):
            shared.update(self._uses.get(stem, ()))
        return [self._found[at] for at, _ in shared.most_common(NEAREST)]

    @property
    def stems(self) -> frozenset[str]:
        """The content words of the answer."""
        return frozenset(self._uses)


def _share(claim: Statement, other: Statement) -> float:
    """Return the share of words in common, 0 to 1: two thirds Dice's coefficient, one third containment."""
    shared, one, two = len(claim.stems & other.stems), len(claim.stems), len(other.stems)
    return (4 * shared / (one + two) + shared / min(one, two)) / 3 if one and two else 0.0


def _folded(sentence: str) -> str:
    return fold(sentence).text.strip(" \"'.,;:!")
