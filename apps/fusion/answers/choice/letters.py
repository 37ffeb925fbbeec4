"""The options that a text names, by letter, words, value or place, as what it may choose, with the signs of each.

Whatever is said of an option is a mention of it: that it is tempting, excluded, or the one. Each sign is 0 or 1, some
are shares.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from apps.fusion.answers.choice import wordings
from apps.fusion.answers.choice.choosing import Candidate
from apps.fusion.answers.choice.numbers import Number, numbers_of
from apps.fusion.answers.choice.surroundings import LONGEST, Surroundings, sentences_of, stems_of
from apps.fusion.answers.edges import is_for_the_comparison
from apps.fusion.answers.frames import letters_of
from apps.fusion.answers.options import Option, bare_words, options_of
from apps.fusion.answers.values import Final
from apps.fusion.vocabulary import FinalKind

NEAR = 40
"""Characters beside a mention in which a word is about it."""
MOST_BESIDE = 2
"""Words beside the numbers of an option that is compared as these."""
MOST = 300
"""Mentions of a text that are weighed: its last ones."""

_LABEL = re.compile(r"[\s>*_#•+–-]*[(（]?[A-Ja-jА-Иа-и][)）]?[.．][*_]*\s*")
"""A letter before a mark that ends no sentence."""
_ITEM = re.compile(r"[\s>]*(?:[-*+•–|]|\d{1,2}[.)]|#+)?[\s|]*[*_]*[(（]?\Z")
"""The marks before an option with which an item of a list or a row begins."""
_CLAUSE = re.compile(r"[;:，、；：|]|,|\s[–—-]\s|\b(?:but|while|whereas|aber|während|mais|pero|ma|mentre|mas|но|а)\b|→")
_BOX = re.compile(r"\\(?:boxed|fbox)\s?\{[^\n]{0,40}\Z")
_RESULT = re.compile(r"(?:=|≈|→|⇒|⟶|\\Rightarrow|\\to)[\s*_$({\\]{0,8}(?:boxed\{)?\Z")
_STRUCK = re.compile(r"~~(?:(?!~~)[^\n]){0,80}\Z")
_TICK = re.compile(r"[✓✔✅☑]")
_CROSS = re.compile(r"[✗✘❌✖×]")
_CLOSES = re.compile(r"[\s*_)\]}】」』\"'”’».．:：–—-]{0,6}")
_OPENS = re.compile(r"[\s*_(\[{【「『\"'“‘«.:：–—-]{0,6}\Z")
_OR = re.compile(
    r"[\s*_)]{1,4}(?:or|oder|ou|o|или)\s(?:\w{1,4}\s)?[*_(]{0,3}|\s?(?:或|还是|か|または)\s?", re.IGNORECASE
)
_SPACED = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff]")
"""A character of a script that has spaces between its words."""
_WORD = re.compile(r"\w{3,}")
_NTH = (("first", "一"), ("second", "二"), ("third", "三"), ("fourth", "四"))


class Mention(NamedTuple):
    """A place that names an option, by its letter in the order; ``how`` it does, and by what share of its words."""

    letter: str
    start: int
    end: int
    how: str
    share: float = 1.0


def letter_candidates(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Return the options that each text names as what it may choose, where a request lists them by letters."""
    options = options_of(asked)
    return {slot: _Choices(text, asked, options, languages[slot]).candidates() for slot, text in sorted(texts.items())}


def mentions_of(text: str, spans: list[tuple[int, int]], options: tuple[Option, ...], language: str) -> list[Mention]:
    """Return the places of a text that name an option, in their order: of two at one place the one that says more."""
    letters = {one.letter for one in options}
    found = [Mention(one["letter"], *one.span("letter"), "letter") for one in letters_of(text, 0, len(text))]
    found = [one for one in found if one.letter in letters]
    found += _by_words(text, options)
    found += _by_value(text, spans, options, language)
    found += _by_place(text, options, language)
    found = _without_words(text, _without_parts(found))
    starts = [start for start, _ in spans]
    whole = {(one.letter, _place(starts, one.start)) for one in found}
    found += [one for one in _in_part(text, spans, options) if (one.letter, _place(starts, one.start)) not in whole]
    left_out = {at for at, span in enumerate(spans) if is_for_the_comparison(text[slice(*span)])}
    kept = [one for one in found if _place(starts, one.start) not in left_out]
    return sorted(kept, key=lambda one: (one.start, -one.end))[-MOST:]


def _place(starts: list[int], at: int) -> int:
    return max(0, bisect_right(starts, at) - 1)


def _by_words(text: str, options: tuple[Option, ...]) -> Iterator[Mention]:
    said = {one.letter: bare_words(one.words) for one in options}
    plain = {letter: _folded(words) for letter, words in said.items()}
    # Accents are often left out or added, but of "est" and "ést" they tell which is meant.
    if len(set(plain.values())) == len(plain):
        text, said = _folded(text), plain
    for letter, words in said.items():
        before = r"(?<!\w)" if _SPACED.match(words[:1]) else ""
        after = r"(?:e?s)?(?!\w)" if _SPACED.match(words[-1:]) else ""
        for one in re.finditer(before + re.escape(words) + after, text, re.IGNORECASE) if words else ():
            # Of "cueilli" and "cueillies" the other is named, and no plural.
            if not any(one.group().casefold() == other.casefold() for other in said.values() if other != words):
                yield Mention(letter, *one.span(), "words")


def _folded(text: str) -> str:
    """Return a text of the same length without accents."""
    return "".join(unicodedata.normalize("NFD", one)[0] for one in text)


def _without_parts(found: list[Mention]) -> list[Mention]:
    """Return mentions without those that are a part of another one: of "1 and 3" the 3."""
    kept: list[Mention] = []
    end = -1
    for one in sorted(found, key=lambda one: (one.start, -one.end, one.how != "letter")):
        if one.end > end:
            kept.append(one)
            end = one.end
    return kept


def _without_words(text: str, found: list[Mention]) -> list[Mention]:
    """Return mentions without letters that are words before the words of an option: "A Amazônia"."""
    starts = {one.start: one.letter for one in found if one.how == "words"}
    return [
        one
        for one in found
        if one.how != "letter"
        or text[one.end : one.end + 1] != " "
        or starts.get(one.end + 1, one.letter) == one.letter
    ]


def _without_alternatives(text: str, found: list[Mention]) -> list[Mention]:
    """Return mentions without those of which a text leaves open which it is: "the Pacific or the Arctic"."""
    pairs = [pair for pair in pairwise(found) if _OR.fullmatch(text, pair[0].end, pair[1].start)]
    left_open = {one for pair in pairs for one in pair}
    return [one for one in found if one not in left_open]


def _by_value(text: str, spans: list[tuple[int, int]], options: tuple[Option, ...], language: str) -> Iterator[Mention]:
    """Yield where a text has the number that is an option, or the numbers one after another: "2 h 25 min"."""
    wanted = {one.letter: _values(one, language) for one in options}
    numbers = numbers_of(text, spans, language)
    for letter, values in wanted.items():
        for at in range(len(numbers) - len(values) + 1) if values else ():
            own = numbers[at : at + len(values)]
            if all(map(_is_same, own, values)):
                yield Mention(letter, own[0].start, own[-1].end, "value")


def _values(option: Option, language: str) -> list[Number]:
    """Return the numbers of the words of an option that are nothing else."""
    is_number = len(_WORD.findall(option.words)) <= MOST_BESIDE
    return numbers_of(option.words, [(0, len(option.words))], language) if is_number else []


def _is_same(one: Number, other: Number) -> bool:
    is_bare = not (one.final.dimension and other.final.dimension)
    return one.final.value == other.final.value and (is_bare or one.final.dimension == other.final.dimension)


def _by_place(text: str, options: tuple[Option, ...], language: str) -> Iterator[Mention]:
    for one in wordings.NTH_OPTION.finditer(text):
        at = next(at for at, names in enumerate(_NTH) if any(one[name] for name in names))
        if at < len(options) and (one["alone"] is None or _is_place(text, one, language)):
            yield Mention(options[at].letter, *one.span(), "place")


def _is_place(text: str, one: re.Match[str], language: str) -> bool:
    """Return whether a word is one for a place and stands behind an article; "a" and "o" are those of Portuguese."""
    article = wordings.ARTICLE.search(text[max(0, one.start() - 8) : one.start()])
    is_ordinal = text[one.start() : one.start("alone")].casefold() in wordings.ORDINALS
    return is_ordinal and article is not None and (not article["pt"] or language == "pt")


def _in_part(text: str, spans: list[tuple[int, int]], options: tuple[Option, ...]) -> Iterator[Mention]:
    """Yield what names an option by some of the words that only it has."""
    stems = {one.letter: stems_of(one.words) for one in options}
    counts = Counter(stem for own in stems.values() for stem in own)
    distinct = {letter: {stem for stem in own if counts[stem] == 1} for letter, own in stems.items()}
    for start, end in spans:
        words = [(one.span(), stems_of(one.group())) for one in _WORD.finditer(text, start, end)]
        for letter, own in distinct.items():
            hits = [(span, own & stem) for span, stem in words if own & stem]
            if hits:
                share = len({stem for _, some in hits for stem in some}) / len(own)
                yield Mention(letter, hits[0][0][0], hits[-1][0][1], "part", share)


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the sentences of a text, in which a letter before its words is none by itself: "A. Rook" """
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and found[-1][1] == start and _LABEL.fullmatch(text, *found[-1]):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


class _Choices:
    """The options that a text names, and what it says of each."""

    def __init__(self, text: str, asked: str, options: tuple[Option, ...], language: str) -> None:
        spans = _joined(text, sentences_of(text))
        self._text = text
        self._around = Surroundings(text, spans, asked)
        self._found = mentions_of(text, spans, options, language)
        self._found = _without_alternatives(text, self._found)
        starts = [start for start, _ in spans]
        self._at = {one: _place(starts, one.start) for one in self._found}
        self._around.hold(self._at.values())
        self._options = {one.letter: one for one in options}
        self._asks_for_wrong = bool(wordings.ASKS_FOR_WRONG.search(asked))
        self._counts = Counter(one.letter for one in self._found)
        self._last_of = {one.letter: one.start for one in self._found}
        self._in: dict[int, list[Mention]] = defaultdict(list)
        for one in self._found:
            self._in[self._at[one]].append(one)
        self._items = {one for one in self._found if self._is_item(one)}
        self._last_item = max((self._at[one] for one in self._items), default=-1)
        self._lists = len({one.letter for one in self._items}) > 1
        self._sentences = {at: self._sentence_signs(at) for at in self._in}
        self._said = {one: self._clause_signs(one) | self._sentences[self._at[one]] for one in self._found}
        self._rejected = {one.letter for one, own in self._said.items() if own["rejected"] and not own["affirmed"]}
        self._excluded = {one.letter for one, own in self._said.items() if own["excluded"] and not own["affirmed"]}
        self._ticked = {one.letter for one, own in self._said.items() if own["ticked"]}

    def candidates(self) -> list[Candidate]:
        found = []
        for one in self._found:
            final = Final(FinalKind.CHOICE, one.letter, one.start, one.end)
            signs = {
                **self._around.signs(self._at[one], one.start, one.end),
                **self._said[one],
                **self._how(one),
                **self._among(one),
            }
            found.append(Candidate(one.letter, final, {name: float(value) for name, value in signs.items()}))
        return found

    def _is_item(self, one: Mention) -> bool:
        line_start, line_end = self._around.line(one.start)
        is_first = bool(_ITEM.fullmatch(self._text, line_start, one.start))
        return (
            is_first
            and line_end - one.end > 3
            and bool(self._text[line_start : one.start].strip(" *_(") or one.how == "letter")
        )

    def _how(self, one: Mention) -> Mapping[str, float]:
        before, after = self._text[: one.start], self._text[one.end :]
        words = bare_words(self._options[one.letter].words).casefold()
        behind, ahead = _CLOSES.match(after), _OPENS.search(before)
        rest = after[behind.end() :][: len(words)].casefold() if behind else ""
        is_named_after = ahead and before[: ahead.start()].casefold().endswith(words)
        has_words = one.how == "letter" and (rest == words or bool(is_named_after))
        return {
            f"by_{one.how}": 1,
            "share": one.share if one.how == "part" else 0,
            "with_words": has_words,
            "named_option": bool(wordings.NAMES_OPTION.search(before[-24:])),
            "boxed": bool(_BOX.search(before[-40:])),
            "struck": bool(_STRUCK.search(before[-80:])),
            "all": not (before + after).strip(" *_.()$\n!。"),
            "result": bool(_RESULT.search(before[-16:])),
            "opens": not before.strip(" *_(>#\n$\\[") and not self._said[one]["excluded"],
        }

    def _clause_signs(self, one: Mention) -> dict[str, float]:
        sentence = self._around.sentences[self._at[one]]
        before = _CLAUSE.split(self._text[max(sentence.start, one.start - 2 * NEAR) : one.start])[-1]
        after = self._text[one.end : min(sentence.end, one.end + 2 * NEAR)]
        closed = _CLOSES.match(after)
        # Of "B) Jupiter: no" what is said stands behind the mark.
        rest = after[closed.end() if closed else 0 :]
        near = f"{before} {_CLAUSE.split(rest)[0]}" if one not in self._items else f"{before} {after[: 2 * NEAR]}"
        excluded = bool(wordings.EXCLUDES.search(near)) or bool(_CROSS.search(after))
        rejected = excluded or bool(wordings.REJECTS.search(near))
        return {
            "excluded": excluded,
            "rejected": rejected,
            "affirmed": bool(wordings.AFFIRMS.search(near)),
            "left": bool(wordings.LEAVES.search(self._text[max(sentence.start, one.start - LONGEST) : one.start])),
            "left_after": bool(wordings.LEAVES.search(_CLAUSE.split(rest)[0])),
            "ticked": bool(_TICK.search(after)),
            "crossed": bool(_CROSS.search(after)),
            "rejected_as_asked": rejected and self._asks_for_wrong,
        }

    def _sentence_signs(self, at: int) -> dict[str, float]:
        words = self._around.sentences[at].words
        return {
            "excluded_in_sentence": bool(wordings.EXCLUDES.search(words)),
            "rejected_in_sentence": bool(wordings.REJECTS.search(words)),
            "tempting": bool(wordings.TEMPTS.search(words)),
            "affirmed_in_sentence": bool(wordings.AFFIRMS.search(words)),
        }

    def _among(self, one: Mention) -> Mapping[str, float]:
        at = self._at[one]
        own = [other.letter for other in self._in[at]]
        others = self._options.keys() - {one.letter}
        held = sorted(self._in)
        is_single = len(set(own)) == 1
        return {
            "only_in_sentence": is_single and not self._said[one]["excluded"],
            "among_two": len(set(own)) == 2,
            "among_many": len(set(own)) > 2,
            "last_in_sentence": not is_single and own[-1] == one.letter,
            "first_in_sentence": not is_single and own[0] == one.letter,
            "only_in_text": len(self._counts) == 1,
            "repeated": self._counts[one.letter] > 1,
            "repeated_often": self._counts[one.letter] > 2,
            "most_often": all(self._counts[one.letter] > self._counts[other] for other in others),
            "said_again": self._last_of[one.letter] > one.start,
            "item": one in self._items,
            "in_list": self._lists and at <= self._last_item,
            "behind_list": self._lists and at > self._last_item,
            "next_to_list": self._lists and at == next((it for it in held if it > self._last_item), -1),
            "rejected_elsewhere": one.letter in self._rejected,
            "excluded_elsewhere": one.letter in self._excluded,
            "others_excluded": len(others & self._excluded) / len(others),
            "others_rejected": len(others & self._rejected) / len(others),
            "all_others_rejected": others <= self._rejected and one.letter not in self._rejected,
            "ticked_elsewhere": one.letter in self._ticked,
            "other_ticked": bool(self._ticked - {one.letter}),
            "others_named_before": len({it.letter for it in self._found if it.start < one.start} & others)
            / len(others),
        }
