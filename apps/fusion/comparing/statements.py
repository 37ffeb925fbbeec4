"""Reduce a sentence to a statement that can be compared: its words, its quantities, its negations.

``similarity`` measures whether two sentences speak of the same thing, ``compare`` whether they then agree. Both abstain
when in doubt: a false contradiction costs more trust than a missed one.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from rapidfuzz import fuzz

from apps.fusion.comparing.clauses import clauses, is_left_open, said_in_passing
from apps.fusion.comparing.quantities import Quantity, quantities
from apps.fusion.comparing.sentences import sentences
from apps.fusion.comparing.words import Word, facets, is_german, words

SAME_SUBJECT = 0.6
"""The share of their content words (besides quantities) that two sentences must have in common to be compared."""
SLIGHT = 0.4
"""A share of common words that is too small to matter, whatever the words are."""
SAME_NEGATED = 0.75
"""The same for a negation, which is harder to read."""
LONGEST_SENTENCE = 1_000
"""Characters up to which something is read as a sentence."""
LONGEST_NEGATION = 14
"""Content words up to which a sentence's negation is taken to be about all of it."""

_PRONOUN = re.compile(
    r"(?:It|Its|He|His|She|Her|They|Their|This|These|Er|Sie|Es|Sein|Seine|Ihr|Ihre|Dieser|Diese|Dieses)\b"
)
_NEGATOR = re.compile(
    r"\b(?:not|never|no|nor|neither|without|cannot|nicht|nie|niemals|kein(?:e[nmrs]?)?|weder|ohne)\b|n['’]t\b",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\b(?:not|nicht)\s+(?:only|just|merely|simply|nur|bloß)\b|\b(?:no|not)\s+(?:more|less|fewer|longer|later|doubt)\b|"
    r"\b(?:nicht|kein)\s+(?:mehr|weniger)\b|\bno\.\s*\d|\bnot\s+until\b|\bohne\s+zweifel\b|\bwithout\s+(?:a\s+)?doubt\b",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(
    r"\b(?:but|rather|instead|sondern|not\s+(?:all|every|necessarily|always|entirely)|nicht\s+(?:alle|immer|ganz)|"
    r"if|unless|whether|falls|ob|may|might|although|while|obwohl|während|neither|weder)\b",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(
    r"\b(?:without|excluding|including|include[sd]?|except|originally|initially|formerly|previously|projected|planned|"
    r"expected|if|unless|ohne|einschließlich|inklusive|ursprünglich|früher|geplant|erwartet|falls|wenn|with|mit|"
    r"metropolitan|metro|urban|average|maximum|minimum)\b",
    re.IGNORECASE,
)
_UN = re.compile(
    r"^(?:un|im|in|ir|il)(?=(?:possibl|likel|common|usual|necess|safe|tru|known|proven|correct|regular|"
    r"legal|healthi|equal|wahr|möglich|wahrscheinlich|richtig|gesund|sicher|üblich|nötig))"
)
_STANDS = re.compile(r"\b(?:stands|stood|standing|rises|rising|tower[s]? to|ragt)\b", re.IGNORECASE)
_IN_PREPOSITION = re.compile(r"(?:^|\s)(?:in|at|on|near|from|im|auf|bei|aus)\s(?:the\s|der\s|dem\s)?$", re.IGNORECASE)


_LINKED = re.compile(r"\S+\s+(?:(?:of|the|de|la|von|van|der|des)\s+){0,2}", re.IGNORECASE)
"""A name and what may stand between it and the next that belongs to it."""


class Relation(Enum):
    """The result of comparing two sentences on the same subject."""

    AGREE = auto()
    CONFLICT = auto()
    UNCLEAR = auto()


class Statement(NamedTuple):
    """A sentence of a slot's answer; ``start`` and ``end`` slice the answer, ``text`` is that slice."""

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

    @property
    def names_its_topic(self) -> bool:
        """Return whether the sentence says itself what it is about, and not the one before it."""
        return any(word.stem in self.topic for word in self.words)


class Comparison(NamedTuple):
    """A relation and, for conflicting quantities, which two they are."""

    relation: Relation
    quantities: tuple[Quantity, Quantity] | None = None


def statements(slot: str, text: str, limit: int = 400) -> list[Statement]:
    """Return the statements of an answer, clause by clause, from at most ``limit`` sentences.

    Questions, endless lines and words that only introduce a list ("Three rivers are:") state nothing. A sentence that
    begins with a pronoun, and a clause after the first, inherit the subject of the one before.
    """
    german = is_german(text)
    spans = sentences(text)[:limit]
    found: list[Statement] = []
    topic: frozenset[str] = frozenset()
    for span in spans:
        if text[span.end - 1] == "?" or span.end - span.start > LONGEST_SENTENCE:
            continue
        for clause in clauses(text, span):
            one = text[clause.start : clause.end]
            if is_left_open(one):
                continue
            inherited = topic if clause.start > span.start or _PRONOUN.match(one) else frozenset()
            found.append(_statement(slot, clause.start, one, german, inherited, is_only=len(spans) == 1))
            topic = found[-1].topic
    return found


def _statement(slot: str, start: int, text: str, german: bool, inherited: frozenset[str], is_only: bool) -> Statement:
    passing = said_in_passing(text)
    aside = [passing] if passing else []
    held = tuple(one for one in quantities(text, german) if not any(first <= one.start < end for first, end in aside))
    content = words(text, [*aside, *((quantity.start, quantity.end) for quantity in held)])
    affirmed = [word._replace(stem=_UN.sub("", word.stem)) for word in content]
    prefixes = [word.stem for word, plain in zip(content, affirmed, strict=True) if word.stem != plain.stem]
    negators = _negators(text)
    # "It stands 300 m" is about its height without the word.
    implied = {"height"} if _STANDS.search(text) and any(one.dimension == "length" for one in held) else frozenset()
    return Statement(
        slot=slot,
        start=start,
        end=start + len(text),
        text=text,
        words=tuple(affirmed),
        topic=inherited or _topic(affirmed, text),
        stems=frozenset(word.stem for word in affirmed) | inherited | implied,
        quantities=held,
        negated=tuple(_after(at, affirmed) for at in negators),
        # Two negations cancel: "not impossible".
        is_negated=(len(negators) + len(prefixes)) % 2 == 1,
        is_only=is_only,
    )


def _negators(text: str) -> list[int]:
    """Return the positions at which a sentence negates; "not only" and its like do not count."""
    idle = [match.span() for match in _NO_NEGATION.finditer(text)]
    return [
        match.end() for match in _NEGATOR.finditer(text) if not any(start <= match.start() < end for start, end in idle)
    ]


def _after(at: int, content: list[Word]) -> str:
    """Return the word negated at a position: the next content word, or the last one at a sentence's end."""
    later = [word.stem for word in content if word.start >= at]
    return later[0] if later else (content[-1].stem if content else "")


def _topic(content: list[Word], text: str) -> frozenset[str]:
    """Return the first run of names in a sentence, its subject, unless it only says where."""
    run: list[Word] = []
    for word in content:
        if not word.is_name or (run and not _LINKED.fullmatch(text[run[-1].start : word.start])):
            if run:
                break
        elif run or not _IN_PREPOSITION.search(text[: word.start]):
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


def similarity(a: Statement, b: Statement, weight: Mapping[str, float]) -> float:
    """Return the weighted share of content words in common, 0 to 1; 0 if the sentences speak of different things.

    Two thirds are Dice's coefficient, one third the containment in the shorter sentence, so that a remark in passing
    does no harm.
    """
    if not a.stems or not b.stems:
        return float(a.is_only and b.is_only and _share_dimension(a, b))
    shared = _weigh(a.stems & b.stems, weight)
    one, other = _weigh(a.stems, weight), _weigh(b.stems, weight)
    share = (2 * (2 * shared / (one + other)) + shared / min(one, other)) / 3
    return share if share < SLIGHT or not are_about_different_things(a, b) else 0.0


def are_about_different_things(a: Statement, b: Statement) -> bool:
    """Return whether each has a name or an excluding word (began, opened) where the other has another.

    The subject alone does not make two sentences one: half of what the shorter one says of it must be shared too. Nor
    does a short one within a long one: of the words of both, more than half must be shared, unless both
    give a figure of the same kind.
    """
    if 4 * len(a.stems & b.stems) <= len(a.stems) + len(b.stems) and not _share_dimension(a, b):
        return True
    said, other_said = a.stems - a.topic - b.topic, b.stems - a.topic - b.topic
    if 2 * len(said & other_said) < min(len(said), len(other_said)):
        return True
    used, others = facets(a.stems), facets(b.stems)
    if any(facet in others and not used[facet] & others[facet] for facet in used):
        return True
    # Sentences on the same subject may name others on the way, unless both end in a name: "Germany's capital is Bonn"
    # and "Germany's capital is Berlin" differ in just that.
    is_one_topic = a.topic & b.topic and (a.topic <= b.topic or b.topic <= a.topic)
    if is_one_topic and not (a.words[-1:] and b.words[-1:] and a.words[-1].is_name and b.words[-1].is_name):
        return False
    return bool(_own_names(a, b) and _own_names(b, a))


def compare(a: Statement, b: Statement, similar: float) -> Comparison:
    """Compare two sentences about the same thing. Their similarity decides how far a negation is trusted."""
    found = _compare_quantities(a, b)
    # Figures that agree and one "not": only a plain, close pair is a contradiction.
    if found.relation is Relation.AGREE and a.is_negated != b.is_negated:
        return Comparison(Relation.CONFLICT if _negates(a, b, similar) else Relation.UNCLEAR)
    # "Not 300 m", or 300 m "without the antenna": figures of which one is qualified need not contradict.
    if found.relation is Relation.CONFLICT and (a.is_negated or b.is_negated or _qualifiers(a) != _qualifiers(b)):
        return Comparison(Relation.UNCLEAR)
    return found


def _compare_quantities(a: Statement, b: Statement) -> Comparison:
    """Compare the quantities of two sentences by dimension; sentences without any agree."""
    conflicts = []
    has_match = is_unclear = False
    for dimension in dict.fromkeys(quantity.dimension for quantity in a.quantities):
        mine = [quantity for quantity in a.quantities if quantity.dimension == dimension]
        theirs = [quantity for quantity in b.quantities if _are_comparable(mine[0], quantity, a, b)]
        if any(one.compatible(other) for one in mine for other in theirs):
            has_match = True
        elif _is_one(mine) and _is_one(theirs):
            conflicts.append((mine[0], theirs[0]))
        else:
            is_unclear = is_unclear or bool(theirs)
    is_apart = bool(a.quantities and b.quantities) and not (conflicts or has_match)
    # A date and a figure that differ together speak of two times: "1,000 in 1990" does not deny "2,000 in 2010".
    are_two_times = len(conflicts) > 1 and any(one.dimension in ("date", "day") for one, _ in conflicts)
    if is_unclear or is_apart or are_two_times:
        return Comparison(Relation.UNCLEAR)
    return Comparison(Relation.CONFLICT, conflicts[0]) if conflicts else Comparison(Relation.AGREE)


def _is_one(figures: list[Quantity]) -> bool:
    """Return whether all figures are one, given once or repeated in another unit."""
    return bool(figures) and all(figure.repeats(figures[0]) for figure in figures)


def _are_comparable(one: Quantity, other: Quantity, a: Statement, b: Statement) -> bool:
    """Return whether two figures share a dimension. A bare number compares to a count of its own sentence's subject."""
    if one.dimension == other.dimension:
        return True
    for bare, counted, holder in ((one, other, a), (other, one, b)):
        if bare.dimension == "number" and counted.dimension.startswith("count:"):
            return counted.dimension.removeprefix("count:") in holder.stems or not holder.stems
    return False


def _share_dimension(a: Statement, b: Statement) -> bool:
    return any(_are_comparable(one, other, a, b) for one in a.quantities for other in b.quantities)


def _negates(a: Statement, b: Statement, similar: float) -> bool:
    """Return whether one denies the other: short, alike, without a "but", and the denied word is in the other."""
    denies, says = (a, b) if a.is_negated else (b, a)
    is_short = max(len(a.stems), len(b.stems)) <= LONGEST_NEGATION
    is_plain = not _UNDECIDED.search(a.text) and not _UNDECIDED.search(b.text)
    return similar >= SAME_NEGATED and is_short and is_plain and all(stem in says.stems for stem in denies.negated)


def _qualifiers(statement: Statement) -> set[str]:
    return {match.lower() for match in _QUALIFIER.findall(statement.text)}


def _own_names(a: Statement, b: Statement) -> set[str]:
    """Return the names in the first statement that are not in the second, in any spelling."""
    names = {word.stem for word in a.words if word.is_name} - b.stems
    return {name for name in names if not any(_is_same_name(name, other) for other in b.stems)}


def _is_same_name(name: str, other: str) -> bool:
    """Return whether two names are one, misspelt or part of a compound; digits must be equal."""
    if name[0] != other[0] and name[-1] != other[-1]:
        return False
    if any(char.isdigit() for char in name + other):
        return name == other
    is_part = min(len(name), len(other)) >= 4 and (name.endswith(other) or other.endswith(name))
    return is_part or fuzz.ratio(name, other) >= 80


def _weigh(stems: frozenset[str], weight: Mapping[str, float]) -> float:
    return sum(weight.get(stem, 1.0) for stem in stems) if weight else len(stems)
