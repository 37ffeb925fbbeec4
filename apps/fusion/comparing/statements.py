"""Reduce a sentence to a statement that can be compared: its words, its quantities, its negations."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from apps.fusion.comparing import cue_words
from apps.fusion.comparing.clauses import clauses, is_left_open, said_in_passing
from apps.fusion.comparing.exact_tokens import VERSION, exact_tokens
from apps.fusion.comparing.negations import negations
from apps.fusion.comparing.opposites import WORD, opposites
from apps.fusion.comparing.quantities import Quantity, quantities
from apps.fusion.comparing.sentences import EMPHASIS, QUESTION_MARKS, sentences
from apps.fusion.comparing.words import Word, words
from apps.fusion.languages import SCRIPTS, language_of, script_of

LONGEST_SENTENCE = 1_000
"""Characters up to which something is read as a sentence."""
FEWEST_STEPS = 3
"""Sentences that calculate from which all of an answer's figures are steps of a calculation."""


class Statement(NamedTuple):
    """A sentence of a slot's answer; ``start`` and ``end`` slice the answer, ``text`` is that slice.

    ``exact`` are its tokens that count as they are written, ``opposites`` its words that exclude others. ``calculates``
    says that it is a step of a calculation, whose figures differ from those of another way to the same result.
    """

    slot: str
    start: int
    end: int
    text: str
    words: tuple[Word, ...]
    topic: frozenset[str]
    stems: frozenset[str]
    quantities: tuple[Quantity, ...]
    negated: tuple[str, ...]
    is_negated: bool
    is_only: bool
    language: str
    exact: dict[str, tuple[str, ...]]
    opposites: dict[int, dict[int, str]]
    calculates: bool

    def __hash__(self) -> int:
        """Return the hash of the place, which no two statements share."""
        return hash((self.slot, self.start))

    @property
    def names_its_topic(self) -> bool:
        """Return whether the sentence says itself what it is about, and not the one before it."""
        return any(word.stem in self.topic for word in self.words)


def statements(slot: str, text: str, limit: int = 400, context: str = "") -> list[Statement]:
    """Return the statements of an answer, clause by clause, from at most ``limit`` sentences.

    Questions, endless lines and words that only introduce a list ("Three rivers are:") state nothing. A sentence that
    begins with a pronoun, and a clause after the first, inherit the subject of the one before. ``context`` tells the
    language of a text that is too short for it.
    """
    language = language_of(text, context)
    script = SCRIPTS.get(language) or script_of(text)
    spans = sentences(text)[:limit]
    found: list[Statement] = []
    topic: frozenset[str] = frozenset()
    for span in spans:
        is_question = text[span.end - 1] in QUESTION_MARKS
        if is_question or span.end - span.start > LONGEST_SENTENCE or cue_words.NO_CLAIM.match(text, *span):
            continue
        for clause in clauses(text, span):
            one = text[clause.start : clause.end]
            if is_left_open(one):
                continue
            inherited = topic if clause.start > span.start or cue_words.PRONOUN.match(one) else frozenset()
            only = len(spans) == 1
            # A sentence in another script has a language of its own: it says nothing about that of the others.
            spoken = language if script_of(one) in ("", script) else language_of(one)
            found.append(_statement(slot, clause.start, one, spoken, inherited, only))
            topic = found[-1].topic
    if sum(one.calculates for one in found) >= FEWEST_STEPS:
        return [one._replace(calculates=bool(one.quantities)) for one in found]
    changing = _changing(found)
    return [one._replace(calculates=True) if one.stems in changing else one for one in found] if changing else found


def whole_statement(text: str) -> Statement:
    """Return a short text as one statement, however many sentences and clauses it has."""
    return _statement("", 0, text, language_of(text), frozenset(), True)


def _changing(found: Iterable[Statement]) -> set[frozenset[str]]:
    """Return the words with which an answer gives one figure and later another, each true at its own time."""
    first: dict[frozenset[str], Statement] = {}
    changing = set()
    for one in found:
        earlier = first.setdefault(one.stems, one) if one.quantities else one
        if earlier is not one and any(not any(q.compatible(o) for o in earlier.quantities) for q in one.quantities):
            changing.add(one.stems)
    return changing


def _statement(slot: str, start: int, text: str, language: str, inherited: frozenset[str], is_only: bool) -> Statement:
    passing = said_in_passing(text)
    aside = [passing] if passing else []
    held = quantities(text, language)
    if aside:
        held = [one for one in held if not any(first <= one.start < end for first, end in aside)]
    spans = [*aside, *((quantity.start, quantity.end) for quantity in held)]
    spans += [match.span() for match in VERSION.finditer(text)] if "." in text[:-1] else []
    content, spoken = words(text, spans, language), WORD.findall(text)
    prefixed = {word.stem: cue_words.UN.sub("", word.stem) for word in content if word.stem[:1] in "uiн"}
    affirmed = [word._replace(stem=prefixed.get(word.stem, word.stem)) if prefixed else word for word in content]
    prefixes = [word for word in content if prefixed.get(word.stem, word.stem) != word.stem]
    # "_not_" is a word, but for its marks, and "*5* km" no multiplication.
    is_marked = "_" in text or "*" in text
    plain = EMPHASIS.sub(lambda match: " " * len(match.group()), text) if is_marked else text
    negators = negations(plain, language)
    # "It stands 300 m" is about its height without the word.
    implied = (
        {"height"} if any(one.dimension == "length" for one in held) and cue_words.STANDS.search(text) else frozenset()
    )
    return Statement(
        slot=slot,
        start=start,
        end=start + len(text),
        text=text,
        words=tuple(affirmed),
        topic=inherited or _topic(affirmed, text),
        stems=frozenset(word.stem for word in affirmed) | inherited | implied,
        quantities=tuple(held),
        negated=tuple(_after(at, affirmed, language) for at in negators),
        # Two negations cancel: "not impossible".
        is_negated=(len(negators) + len(prefixes)) % 2 == 1,
        is_only=is_only,
        language=language,
        exact=exact_tokens(text, spoken, [(quantity.start, quantity.end) for quantity in held]),
        opposites=opposites(text, spoken),
        calculates=bool(held) and bool(cue_words.CALCULATES.search(plain.lower())),
    )


def _after(at: int, content: list[Word], language: str) -> str:
    """Return the word negated at a position: the next content word, or the last one at a sentence's end.

    Japanese negates behind the word.
    """
    if language == "ja":
        earlier = [word.stem for word in content if word.start < at]
        return earlier[-1] if earlier else ""
    later = [word.stem for word in content if word.start >= at]
    return later[0] if later else (content[-1].stem if content else "")


def _topic(content: list[Word], text: str) -> frozenset[str]:
    """Return the first run of names in a sentence, its subject, unless it only says where."""
    run: list[Word] = []
    for word in content:
        if not word.is_name or (run and not cue_words.LINKED.fullmatch(text[run[-1].start : word.start])):
            if run:
                break
        # "20 crates (Tuesday)" is about crates.
        elif run or not (
            text[word.start - 1 : word.start] == "(" or cue_words.IN_PREPOSITION.search(text[: word.start])
        ):
            run.append(word)
    return frozenset(word.stem for word in run)


def weights(found: Iterable[Statement]) -> dict[str, float]:
    """Return the weight of each word: a word that an answer uses in many sentences distinguishes none of them."""
    uses: dict[str, dict[str, int]] = {}
    for statement in found:
        for stem in statement.stems:
            by_slot = uses.setdefault(stem, {})
            by_slot[statement.slot] = by_slot.get(statement.slot, 0) + 1
    # Within one answer: a word that each answer uses once is no less telling for being in all of them.
    return {stem: max(by_slot.values()) ** -0.5 for stem, by_slot in uses.items()}


def weigh(stems: frozenset[str], weight: Mapping[str, float]) -> float:
    """Return the weight of some words; each counts one where ``weight`` is empty."""
    return sum(weight.get(stem, 1.0) for stem in stems) if weight else len(stems)
