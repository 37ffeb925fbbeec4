"""Reduce a sentence to a statement that can be compared: its words, its quantities, its negations.

``similarity`` measures whether two sentences speak of the same thing, ``compare`` whether they then agree. Both abstain
when in doubt: a false contradiction costs more trust than a missed one.
"""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from enum import Enum, auto
from typing import NamedTuple

from apps.fusion.comparing import cue_words
from apps.fusion.comparing.clauses import clauses, is_left_open, said_in_passing
from apps.fusion.comparing.exact_tokens import VERSION, deciding_kind, differ, exact_tokens
from apps.fusion.comparing.negations import negations
from apps.fusion.comparing.opposites import WORD, opposed, opposites
from apps.fusion.comparing.quantities import Quantity, quantities
from apps.fusion.comparing.sentences import sentences
from apps.fusion.comparing.words import Word, facets, words
from apps.fusion.languages import language_of

SAME_SUBJECT = 0.6
"""The share of their content words (besides quantities) that two sentences must have in common to be compared."""
SLIGHT = 0.4
"""A share of common words that is too small to matter, whatever the words are."""
SAME_NEGATED = 0.75
"""The same for a negation, which is harder to read."""
LONGEST_SENTENCE = 1_000
"""Characters up to which something is read as a sentence."""
FEWEST_STEPS = 3
"""Sentences that calculate from which all of an answer's figures are steps of a calculation."""
LONGEST_NEGATION = 14
"""Content words up to which a sentence's negation is taken to be about all of it."""


class Relation(Enum):
    """The result of comparing two sentences on the same subject."""

    AGREE = auto()
    CONFLICT = auto()
    UNCLEAR = auto()


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


class Comparison(NamedTuple):
    """A relation and what is in conflict: two quantities, or two words as the sentences write them.

    With neither, one sentence denies the other.
    """

    relation: Relation
    quantities: tuple[Quantity, Quantity] | None = None
    words: tuple[str, str] | None = None


def statements(slot: str, text: str, limit: int = 400, context: str = "") -> list[Statement]:
    """Return the statements of an answer, clause by clause, from at most ``limit`` sentences.

    Questions, endless lines and words that only introduce a list ("Three rivers are:") state nothing. A sentence that
    begins with a pronoun, and a clause after the first, inherit the subject of the one before. ``context`` tells the
    language of a text that is too short for it.
    """
    language = language_of(text, context)
    spans = sentences(text)[:limit]
    found: list[Statement] = []
    topic: frozenset[str] = frozenset()
    for span in spans:
        is_question = text[span.end - 1] in "?？"
        if is_question or span.end - span.start > LONGEST_SENTENCE or cue_words.NO_CLAIM.match(text, *span):
            continue
        for clause in clauses(text, span):
            one = text[clause.start : clause.end]
            if is_left_open(one):
                continue
            inherited = topic if clause.start > span.start or cue_words.PRONOUN.match(one) else frozenset()
            only = len(spans) == 1
            found.append(_statement(slot, clause.start, one, language, inherited, only))
            topic = found[-1].topic
    if sum(one.calculates for one in found) < FEWEST_STEPS:
        return found
    return [one._replace(calculates=bool(one.quantities)) for one in found]


def _statement(slot: str, start: int, text: str, language: str, inherited: frozenset[str], is_only: bool) -> Statement:
    passing = said_in_passing(text)
    aside = [passing] if passing else []
    held = quantities(text, language)
    if aside:
        held = [one for one in held if not any(first <= one.start < end for first, end in aside)]
    spans = [*aside, *((quantity.start, quantity.end) for quantity in held)]
    spans += [match.span() for match in VERSION.finditer(text)] if "." in text[:-1] else []
    content, spoken = words(text, spans, language), WORD.findall(text)
    affirmed = [word._replace(stem=cue_words.UN.sub("", word.stem)) for word in content]
    prefixes = [word.stem for word, plain in zip(content, affirmed, strict=True) if word.stem != plain.stem]
    negators = negations(text, language)
    # "It stands 300 m" is about its height without the word.
    implied = (
        {"height"} if cue_words.STANDS.search(text) and any(one.dimension == "length" for one in held) else frozenset()
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
        calculates=bool(held) and bool(cue_words.CALCULATES.search(text)),
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
        elif run or not cue_words.IN_PREPOSITION.search(text[: word.start]):
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


def similarity(
    a: Statement, b: Statement, weight: Mapping[str, float], totals: tuple[float, float] | None = None
) -> float:
    """Return the weighted share of content words in common, 0 to 1; 0 if the sentences speak of different things.

    Two thirds are Dice's coefficient, one third the containment in the shorter sentence, so that a remark in passing
    does no harm.
    """
    if not a.stems or not b.stems:
        return float(a.is_only and b.is_only and _share_dimension(a, b))
    shared = weigh(a.stems & b.stems, weight)
    one, other = totals or (weigh(a.stems, weight), weigh(b.stems, weight))
    # Rounded: the order in which floats are summed up must not decide between equals.
    share = round((2 * (2 * shared / (one + other)) + shared / min(one, other)) / 3, 9)
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
    if found.relation is Relation.CONFLICT:
        return Comparison(Relation.UNCLEAR) if _is_qualified(a, b) else found
    words_apart = _compare_words(a, b, similar) if found.relation is Relation.AGREE else found
    if words_apart.relation is not Relation.AGREE or a.is_negated == b.is_negated:
        return words_apart
    # Figures and words that agree and one "not": only a plain, close pair is a contradiction.
    return Comparison(Relation.CONFLICT if _negates(a, b, similar) else Relation.UNCLEAR)


def _is_qualified(a: Statement, b: Statement) -> bool:
    """Return whether figures that differ may both be right.

    One is denied ("not 300 m"), qualified ("without the antenna", "half of it"), a step of a calculation, or in a
    language of which only the wording can be compared.
    """
    if a.is_negated or b.is_negated or a.calculates or b.calculates:
        return True
    if not (a.language and b.language) and a.stems != b.stems:
        return True
    if _qualifiers(a) != _qualifiers(b) or opposed(a.opposites, b.opposites):
        return True
    # Names on the way that differ: the bridge in Kazan is not the one in Perm. German capitalises every noun.
    return a.language != "de" and bool(_inner_names(a) - b.stems and _inner_names(b) - a.stems)


def _inner_names(one: Statement) -> set[str]:
    """Return the words written like names behind the first of a sentence."""
    return {word.stem for word in one.words if word.is_name and word.start > 0}


def _compare_words(a: Statement, b: Statement, similar: float) -> Comparison:
    """Compare what two sentences say besides figures: words that exclude each other, tokens as they are written."""
    if not (a.language and b.language):
        is_same = a.text.casefold().split() == b.text.casefold().split()
        return Comparison(Relation.AGREE if is_same else Relation.UNCLEAR)
    apart = opposed(a.opposites, b.opposites)
    is_differing = differ(a.exact, b.exact, a.text, b.text)
    if not apart and not is_differing:
        return Comparison(Relation.AGREE)
    kind = deciding_kind(a.exact, b.exact) if is_differing and not apart else ""
    pair = apart[0] if len(apart) == 1 and not is_differing else (a.exact[kind][0], b.exact[kind][0]) if kind else None
    # The rest must be the same, word for word, or the two speak of different things.
    is_same_frame = pair is not None and _frame(a, pair) == _frame(b, pair) and _is_same_polarity(a, b, pair)
    is_plain = not cue_words.UNDECIDED.search(a.text) and not cue_words.UNDECIDED.search(b.text)
    if pair and is_same_frame and is_plain and similar >= SLIGHT:
        return Comparison(Relation.CONFLICT, words=pair)
    return Comparison(Relation.UNCLEAR)


def _frame(one: Statement, pair: tuple[str, str]) -> frozenset[str]:
    """Return the content words of a sentence without those of either of two tokens."""
    tokens = {word.stem for text in pair for word in words(text, language=one.language)}
    return one.stems - tokens - {token.casefold() for token in pair}


def _is_same_polarity(a: Statement, b: Statement, pair: tuple[str, str]) -> bool:
    """Return whether both sentences deny or both affirm, but for a word in conflict that denies itself: "never"."""
    return a.is_negated == b.is_negated or any(negations(word, a.language) for word in pair)


def is_exchanged(a: Statement, b: Statement) -> bool:
    """Return whether a word of one sentence stands in the place of another word of the other.

    It may be a synonym or the one word that matters; nothing tells which.
    """
    own, other = a.stems - b.stems, b.stems - a.stems
    if not own or not other:
        return False
    if _own_names(a, b) and _own_names(b, a):
        return True
    # The matcher finds other blocks the other way round, so the texts decide which sentence comes first.
    first, second = sorted((a, b), key=lambda one: one.text)
    own, other = first.stems - second.stems, second.stems - first.stems
    mine, theirs = [word.stem for word in first.words], [word.stem for word in second.words]
    return any(
        tag == "replace" and own & set(mine[start:end]) and other & set(theirs[begin:stop])
        for tag, start, end, begin, stop in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    )


def _compare_quantities(a: Statement, b: Statement) -> Comparison:
    """Compare the quantities of two sentences by dimension, both ways alike; sentences without any agree."""
    pairs = [(one, other) for one in a.quantities for other in b.quantities if _are_comparable(one, other, a, b)]
    matched = [pair for pair in pairs if pair[0].compatible(pair[1])]
    settled = {quantity.dimension for pair in matched for quantity in pair}
    apart: dict[tuple[str, str], list[tuple[Quantity, Quantity]]] = {}
    for one, other in pairs:
        if one.dimension not in settled and other.dimension not in settled:
            apart.setdefault((one.dimension, other.dimension), []).append((one, other))
    conflicts = [
        found[0] for found in apart.values() if _is_one([q for q, _ in found]) and _is_one([q for _, q in found])
    ]
    is_unclear = len(conflicts) < len(apart) or bool(a.quantities and b.quantities and not (conflicts or matched))
    # A date and a figure that differ together speak of two times: "1,000 in 1990" does not deny "2,000 in 2010".
    are_two_times = len(conflicts) > 1 and any(one.dimension in ("date", "day", "clock") for one, _ in conflicts)
    if is_unclear or are_two_times or (not conflicts and _is_half_matched(a, b, matched)):
        return Comparison(Relation.UNCLEAR)
    if not conflicts:
        return Comparison(Relation.AGREE)
    # The same whichever sentence is asked first.
    first = min(conflicts, key=lambda pair: (pair[0].start + pair[1].start, sorted(q.dimension for q in pair)))
    return Comparison(Relation.CONFLICT, first)


def _is_half_matched(a: Statement, b: Statement, matched: list[tuple[Quantity, Quantity]]) -> bool:
    """Return whether sentences that share figures each have another, or one calculates on with them to another."""
    is_left = [
        any(quantity not in shared for quantity in one.quantities)
        for one, shared in ((a, [q for q, _ in matched]), (b, [q for _, q in matched]))
    ]
    return all(is_left) or (any(is_left) and (a.calculates or b.calculates))


def _is_one(figures: list[Quantity]) -> bool:
    """Return whether all figures are one, given once or repeated in another unit."""
    return bool(figures) and all(figure.repeats(figures[0]) for figure in figures)


def _are_comparable(one: Quantity, other: Quantity, a: Statement, b: Statement) -> bool:
    """Return whether two figures share a dimension. A bare number compares to a count of its own sentence's subject."""
    if one.dimension == other.dimension:
        return True
    for bare, counted, holder in ((one, other, a), (other, one, b)):
        if bare.dimension == "number" and counted.dimension in cue_words.PLAIN_UNITS:
            return True
        if bare.dimension == "number" and counted.dimension.startswith("count:"):
            return counted.dimension.removeprefix("count:") in holder.stems or not holder.stems
    return False


def _share_dimension(a: Statement, b: Statement) -> bool:
    return any(_are_comparable(one, other, a, b) for one in a.quantities for other in b.quantities)


def _negates(a: Statement, b: Statement, similar: float) -> bool:
    """Return whether one denies the other: short, alike, without a "but", and the denied word is in the other."""
    denies, says = (a, b) if a.is_negated else (b, a)
    is_short = max(len(a.stems), len(b.stems)) <= LONGEST_NEGATION
    is_plain = not cue_words.UNDECIDED.search(a.text) and not cue_words.UNDECIDED.search(b.text)
    # "Half have lids and half do not have lids" denies one of two things that it says.
    is_one_clause = len(cue_words.JOINS.findall(a.text)) == len(cue_words.JOINS.findall(b.text))
    is_close = similar >= SAME_NEGATED and is_short and is_plain and is_one_clause
    return is_close and all(stem in says.stems for stem in denies.negated)


def _qualifiers(statement: Statement) -> set[str]:
    return {match.lower() for match in cue_words.QUALIFIER.findall(statement.text)}


def _own_names(a: Statement, b: Statement) -> set[str]:
    """Return the names in the first statement that are not in the second, in any spelling."""
    names = {word.stem for word in a.words if word.is_name} - b.stems
    return {name for name in names if not any(_is_same_name(name, other) for other in b.stems)}


def _is_same_name(name: str, other: str) -> bool:
    """Return whether two names are one, or one is the end of a compound; a letter more or less makes another name."""
    is_part = min(len(name), len(other)) >= 4 and (name.endswith(other) or other.endswith(name))
    return name == other if any(char.isdigit() for char in name + other) else is_part


def weigh(stems: frozenset[str], weight: Mapping[str, float]) -> float:
    """Return the weight of some words; each counts one where ``weight`` is empty."""
    return sum(weight.get(stem, 1.0) for stem in stems) if weight else len(stems)
