"""Compare two statements: whether they speak of the same thing, and whether they then agree.

``similarity`` measures the first, ``compare`` the second. Both abstain when in doubt: a false contradiction costs more
trust than a missed one.
"""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from enum import Enum, auto
from typing import NamedTuple

from apps.fusion.comparing import cue_words
from apps.fusion.comparing.attributes import name_two_things, says_where
from apps.fusion.comparing.exact_tokens import deciding_kind, differ
from apps.fusion.comparing.names import named_apart
from apps.fusion.comparing.negations import negations
from apps.fusion.comparing.opposites import opposed
from apps.fusion.comparing.quantities import Quantity
from apps.fusion.comparing.statements import Statement, weigh
from apps.fusion.comparing.support import claims_alike
from apps.fusion.comparing.words import facets, words
from apps.fusion.dates import months

SAME_SUBJECT = 0.6
"""The share of their content words (besides quantities) that two sentences must have in common to be compared."""
SLIGHT = 0.4
"""A share of common words that is too small to matter, whatever the words are."""
SAME_NEGATED = 0.75
"""The same for a negation, which is harder to read."""
LONGEST_NEGATION = 14
"""Content words up to which a sentence's negation is taken to be about all of it."""

_DENSE = ("zh", "ja")
_WITH_CONCEPTS = ("en", "de")
"""Languages of which words for one event ("built", "completed") are known to be one."""


class Relation(Enum):
    """The result of comparing two sentences on the same subject."""

    AGREE = auto()
    CONFLICT = auto()
    UNCLEAR = auto()


class Comparison(NamedTuple):
    """A relation and what is in conflict: two quantities, or two words as the sentences write them.

    With neither, one sentence denies the other.
    """

    relation: Relation
    quantities: tuple[Quantity, Quantity] | None = None
    words: tuple[str, str] | None = None


def similarity(
    a: Statement, b: Statement, weight: Mapping[str, float], totals: tuple[float, float] | None = None
) -> float:
    """Return the weighted share of content words in common, 0 to 1.

    It is 0 if the sentences speak of different things, and may be if they share less than ``SLIGHT``.

    Two thirds are Dice's coefficient, one third the containment in the shorter sentence, so that a remark in passing
    does no harm.
    """
    if not a.stems or not b.stems:
        return float(a.is_only and b.is_only and _share_dimension(a, b))
    both = a.stems & b.stems
    one, other = totals or (weigh(a.stems, weight), weigh(b.stems, weight))
    # No weight is above one, so most pairs need not be weighed.
    if (4 * len(both) / (one + other) + len(both) / min(one, other)) / 3 < SLIGHT:
        return float(_differ_in_one_word(a, b)) if both and a.opposites and b.opposites else 0.0
    shared = weigh(both, weight)
    # Rounded: the order in which floats are summed up must not decide between equals.
    share = round((2 * (2 * shared / (one + other)) + shared / min(one, other)) / 3, 9)
    if share >= SLIGHT and (_differ_in_one_word(a, b) or named_apart(a, b)):
        return 1.0
    return share if share < SLIGHT or not are_about_different_things(a, b) else 0.0


def are_about_different_things(a: Statement, b: Statement) -> bool:
    """Return whether each has a name or an excluding word (began, opened) where the other has another.

    The subject alone does not make two sentences one: half of what the shorter one says of it must be shared too. Nor
    does a short one within a long one: of the words of both, more than half must be shared, unless both
    give a figure of the same kind.
    """
    if named_apart(a, b) or _differ_in_one_word(a, b):
        return False
    if any(name_two_things(a, b, pair) for pair in _opposed(a, b)):
        return True
    if 4 * len(a.stems & b.stems) <= len(a.stems) + len(b.stems) and not _share_dimension(a, b):
        return True
    said, other_said = a.stems - a.topic - b.topic, b.stems - a.topic - b.topic
    if 2 * len(said & other_said) < min(len(said), len(other_said)):
        return True
    used, others = facets(a.stems), facets(b.stems)
    apart = [used[facet] | others[facet] for facet in used if facet in others and not used[facet] & others[facet]]
    if apart and not _end_apart(a, b, apart):
        return True
    # Sentences on the same subject may name others on the way, unless both end in a name: "Germany's capital is Bonn"
    # and "Germany's capital is Berlin" differ in just that.
    is_one_topic = a.topic & b.topic and (a.topic <= b.topic or b.topic <= a.topic)
    if is_one_topic and not (a.words[-1:] and b.words[-1:] and a.words[-1].is_name and b.words[-1].is_name):
        return False
    return bool(_own_names(a, b) and _own_names(b, a))


def _differ_in_one_word(a: Statement, b: Statement) -> bool:
    """Return whether two sentences are the same but for one word that excludes the other's, which is no direction."""
    apart = _opposed(a, b)
    if len(apart) != 1 or _frame(a, apart[0]) != _frame(b, apart[0]) or name_two_things(a, b, apart[0]):
        return False
    # "North of the river" says where; "the north tower" says which.
    told = {token.casefold() for token in apart[0]} if says_where(a, b, apart[0]) else set()
    used, others = facets(a.stems - told), facets(b.stems - told)
    return all(used[facet] & others[facet] for facet in used if facet in others)


def _opposed(a: Statement, b: Statement) -> list[tuple[str, str]]:
    return opposed(a.opposites, b.opposites) if a.opposites and b.opposites else []


def _end_apart(a: Statement, b: Statement, apart: list[set[str]]) -> bool:
    """Return whether two sentences are the same but for the excluding word that both end in: it "flows north"."""
    last = {one.words[-1].stem for one in (a, b) if one.words}
    return a.stems ^ b.stems == last and len(apart) == 1 and last <= apart[0] and not (a.quantities or b.quantities)


def compare(a: Statement, b: Statement, similar: float) -> Comparison:
    """Compare two sentences about the same thing. Their similarity decides how far a negation is trusted."""
    found = _compare_quantities(a, b)
    if found.quantities:
        is_qualified = _is_qualified(a, b) or _are_of_other_times(a, b, found.quantities)
        return Comparison(Relation.UNCLEAR) if is_qualified else found
    words_apart = _compare_words(a, b, similar) if found.relation is Relation.AGREE else found
    if words_apart.relation is not Relation.AGREE:
        return words_apart
    if a.is_negated == b.is_negated:
        return words_apart if claims_alike(a, b) else Comparison(Relation.UNCLEAR)
    # Figures and words that agree and one "not": only a plain, close pair is a contradiction.
    return Comparison(Relation.CONFLICT if _negates(a, b, similar) else Relation.UNCLEAR)


def _is_qualified(a: Statement, b: Statement) -> bool:
    """Return whether figures that differ may both be right.

    One is denied ("not 300 m"), qualified ("without the antenna", "half of it"), a step of a calculation, about
    another thing of the same owner ("Jane's mother", "Jane's apples"), or in a language of which only the wording can
    be compared.
    """
    if a.is_negated or b.is_negated or a.calculates or b.calculates:
        return True
    if cue_words.COMPARES.search(a.text) or cue_words.COMPARES.search(b.text) or _are_of_other_things(a, b):
        return True
    if not (a.language and b.language) and a.stems != b.stems:
        return True
    if _qualifiers(a) != _qualifiers(b) or opposed(a.opposites, b.opposites):
        return True
    # In a language whose synonyms are not known, another verb at another date may tell of another event.
    is_dated = any(one.dimension == "date" for one in (*a.quantities, *b.quantities))
    if is_dated and a.language not in _WITH_CONCEPTS and a.stems - b.stems and b.stems - a.stems:
        return True
    # Names on the way that differ: the bridge in Kazan is not the one in Perm. German capitalises every noun.
    return a.language != "de" and bool(_inner_names(a) - b.stems and _inner_names(b) - a.stems)


def _are_of_other_times(a: Statement, b: Statement, figures: tuple[Quantity, Quantity]) -> bool:
    """Return whether two sentences name other months, one a dated past and the other now, or a year is a mere label.

    "In 2001 it was $186,600" does not deny "it is $203,500", nor does a year in brackets behind a title or a name deny
    a date in another sentence.
    """
    in_months = months(a.text), months(b.text)
    is_dated = any(figure.dimension in ("date", "day") for figure in figures)
    if not is_dated and all(in_months) and not in_months[0] & in_months[1]:
        return True
    for past, now, figure in ((a, b, figures[0]), (b, a, figures[1])):
        dated = [[q for q in one.quantities if q.dimension == "date"] for one in (past, now)]
        is_told_so = cue_words.PAST.search(past.text) and cue_words.PRESENT.search(now.text)
        if figure.dimension != "date" and dated[0] and not dated[1] and is_told_so:
            return True
    return a.stems != b.stems and (_is_label(a, figures[0]) or _is_label(b, figures[1]))


def _is_label(one: Statement, figure: Quantity) -> bool:
    """Return whether a year stands alone in brackets."""
    is_bracketed = one.text[figure.start - 1 : figure.start] == "(" and one.text[figure.end : figure.end + 1] == ")"
    return figure.dimension == "date" and is_bracketed


def _are_of_other_things(a: Statement, b: Statement) -> bool:
    """Return whether both name an owner of whom they name other things."""
    if not ("s " in a.text and "s " in b.text):
        return False
    owned = [dict(cue_words.GENITIVE.findall(one.text)) for one in (a, b)]
    return any(owned[0][owner] != owned[1][owner] for owner in owned[0].keys() & owned[1].keys())


def _inner_names(one: Statement) -> set[str]:
    """Return the words written like names behind the first of a sentence."""
    return {word.stem for word in one.words if word.is_name and word.start > 0}


def _compare_words(a: Statement, b: Statement, similar: float) -> Comparison:
    """Compare what two sentences say besides figures: words that exclude each other, tokens as they are written."""
    if not (a.language and b.language):
        is_same = a.text.casefold().split() == b.text.casefold().split()
        return Comparison(Relation.AGREE if is_same else Relation.UNCLEAR)
    named = named_apart(a, b)
    if named:
        return Comparison(Relation.CONFLICT, words=named)
    apart = opposed(a.opposites, b.opposites)
    if any(name_two_things(a, b, pair) for pair in apart):
        return Comparison(Relation.UNCLEAR)
    is_differing = differ(a.exact, b.exact, a.text, b.text)
    if not apart and not is_differing:
        return Comparison(Relation.AGREE)
    kind = deciding_kind(a.exact, b.exact) if is_differing and not apart else ""
    pair = apart[0] if len(apart) == 1 and not is_differing else (a.exact[kind][0], b.exact[kind][0]) if kind else None
    # The rest must be the same, word for word, or the two speak of different things.
    is_same_frame = (
        pair is not None
        and _frame(a, pair) == _frame(b, pair)
        and _is_same_polarity(a, b, pair)
        and not _is_turned_round(a, b, pair)
    )
    is_plain = not any(_is_undecided(one, pair or ()) for one in (a, b))
    if pair and kind == "quote" and _is_part(*pair):
        return Comparison(Relation.UNCLEAR)
    if pair and is_same_frame and is_plain and similar >= SLIGHT:
        return Comparison(Relation.CONFLICT, words=pair)
    return Comparison(Relation.UNCLEAR)


def _is_part(*titles: str) -> bool:
    """Return whether one of two quoted texts is a part of the other, as the short form of a title; of three words."""
    short, long = sorted((title.casefold().split() for title in titles), key=len)
    return len(short) >= 3 and any(long[at : at + len(short)] == short for at in range(len(long)))


def _is_undecided(one: Statement, tokens: Iterable[str] = ()) -> bool:
    """Return whether a sentence without some tokens leaves open what it says, or says it of a part only."""
    text, reflexive = _without(one.text, tokens), cue_words.REFLEXIVE.get(one.language)
    return bool(cue_words.UNDECIDED.search(reflexive.sub(" ", text) if reflexive else text))


def _without(text: str, tokens: Iterable[str]) -> str:
    for token in tokens:
        text = text.replace(token, " ", 1)
    return text


def _frame(one: Statement, pair: tuple[str, str]) -> frozenset[str]:
    """Return the content words of a sentence without those of either of two tokens."""
    if one.language in _DENSE:
        # Words that stand in each other's place are cut out first: a run of characters is cut into overlapping pairs.
        figures = [(figure.start, figure.end) for figure in one.quantities]
        spans = [*figures, *((at, at + len(text)) for text in pair if (at := one.text.find(text)) >= 0)]
        return frozenset(word.stem for word in words(one.text, spans, one.language))
    tokens = {word.stem for text in pair for word in words(text, language=one.language)}
    return one.stems - tokens - {token.casefold() for token in pair}


def _is_turned_round(a: Statement, b: Statement, pair: tuple[str, str]) -> bool:
    """Return whether two sentences compare the same the other way round: "x is more than y", "y is less than x"."""
    places = [max(one.text.find(token) for token in pair) for one in (a, b)]
    if a.text[: places[0]] == b.text[: places[1]]:
        return False
    before = [{word.stem for word in one.words if word.start < at} for one, at in zip((a, b), places, strict=True)]
    return bool(before[0] - before[1] and before[1] - before[0])


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
    is_shared = any(_stands_in(one, b) or _stands_in(other, a) for one, other in conflicts)
    if is_unclear or is_shared or are_two_times or (not conflicts and _is_half_matched(a, b, matched)):
        return Comparison(Relation.UNCLEAR)
    if not conflicts:
        return Comparison(Relation.AGREE)
    # The same whichever sentence is asked first.
    first = min(conflicts, key=lambda pair: (pair[0].start + pair[1].start, sorted(q.dimension for q in pair)))
    return Comparison(Relation.CONFLICT, first)


def _stands_in(figure: Quantity, other: Statement) -> bool:
    """Return whether a count stands in another sentence too, of whatever: "he kept 5", "he kept 5 apples of 25"."""
    is_count = _is_count(figure)
    return is_count and any(_is_count(one) and figure.readings == one.readings for one in other.quantities)


def _is_count(figure: Quantity) -> bool:
    return figure.dimension == "number" or figure.dimension.startswith("count:")


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
    is_plain = not _is_undecided(a) and not _is_undecided(b)
    # "Half have lids and half do not have lids" denies one of two things that it says.
    # "Since he has not come, she waits" does not deny that she waits.
    reasons = [bool(cue_words.GIVES_REASON.match(one.text)) for one in (a, b)]
    is_one_clause = reasons[0] == reasons[1] and len(cue_words.JOINS.findall(a.text)) == len(
        cue_words.JOINS.findall(b.text)
    )
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
