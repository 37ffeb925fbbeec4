"""The names and terms of a text as candidates, with the signs that only they have: each is 0 or 1, or a share."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from apps.fusion.answers.asked import question, words_of
from apps.fusion.answers.choice import wordings
from apps.fusion.answers.choice.choosing import Candidate
from apps.fusion.answers.choice.name_spans import (
    DENSE,
    MARKED,
    SMALL,
    VERB,
    WAYS,
    NameIndex,
    alike,
    has,
    mentions,
    plain_words,
    spans_of,
)
from apps.fusion.answers.choice.surroundings import STEM, Surroundings, sentences_of
from apps.fusion.answers.finals import Final
from apps.fusion.answers.frame_words import leads
from apps.fusion.answers.names import NAMED, names_by_place
from apps.fusion.answers.weighed_names import weighed_name
from apps.fusion.vocabulary import FinalKind

PLACED = "placed"
"""The sign of the name that the place of a text tells."""
MOST = 80
"""Stretches of a text that are weighed: its last ones, and as many of its first."""
MOST_SENTENCES = 40
"""Sentences of a text that are read: its last ones, and as many of its first."""
LONGEST = 600
"""Characters of a sentence that is read."""
LONGEST_TERM = 3
"""Words of a term that other texts may mention."""
LONGEST_WHOLE = 4
"""Words of a name of which others may be a part."""
NEAR = 60
"""Characters of a clause on each side of a name that are read for it."""
LONG = 400
"""Characters from which a text is long."""

Words = frozenset[str]

_PERSON = re.compile(
    r"(?<!\w)(?:who|whom|whose|wer|wen|wem|qui|quién(?:es)?|chi|quem|кто|кого)(?!\w)|谁|誰", re.IGNORECASE
)
_LISTED = re.compile(r"[\s>]*(?:[-*+•–]|\d{1,2}[.)])\s")
_CLAUSE = re.compile(r"[,，、:：;；]|\s[–—-]\s")
_BEHIND_OF = re.compile(r"(?<!\w)(?:by|from|of|von|aus|par|de|por|di|da|от|из)\s[*_\"]*$")
_BEHIND_ARTICLE = re.compile(
    r"(?<!\w)(?:the|der|die|das|la|le|el|il|lo|o|a|les|los|las)\s[*_\"]*$|l['’]$", re.IGNORECASE
)
_ALSO = re.compile(
    r"(?<!\w)(?:also|too|auch|ebenfalls|aussi|également|también|anche|também|также|тоже)(?!\w)|也|も", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_][\w'’-]*")
_LETTERS_ONLY = re.compile(r"[^\W\d_]{2}")
_OPENS = ' *_#>"“„«`'


class _Span(NamedTuple):
    """A stretch that may be a name, with its words and the place of its sentence."""

    start: int
    end: int
    words: Words
    sentence: int


class _Beside(NamedTuple):
    """Words beside a name: how many, how many that neither lead to it nor stand in the question, and how many do."""

    all: int
    other: int
    asked: int


def name_candidates(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Return the stretches of each text that may be the name that is ``asked`` for."""
    found = {slot: _Names(text, asked, languages[slot] == "de") for slot, text in sorted(texts.items())}
    terms = sorted({words for own in found.values() for words in own.terms()}, key=sorted)
    for own in found.values():
        own.mention(terms)
    wanted = question(asked)
    weighed = {slot: name for slot, text in texts.items() if (name := weighed_name(text, wanted))}
    for slot, one in names_by_place(texts, asked, weighed).items():
        found[slot].placed = plain_words(texts[slot][one.final.start : one.final.end])
    every = {words for own in found.values() for words in own.named}
    values = names_of(every, {words for own in found.values() for words in own.whole()})
    return {
        slot: own.candidates(values, [other for name, other in found.items() if name != slot])
        for slot, own in found.items()
    }


def names_of(every: Collection[Words], whole: Collection[Words]) -> dict[Words, Words]:
    """Return what each name is a part of: the only longest of the whole names that has its words."""
    found = {}
    index = NameIndex(sorted(whole, key=sorted))
    for one in every:
        longer = index.having(one) or [one]
        most = [other for other in longer if not any(has(more, other) and not has(other, more) for more in longer)]
        found[one] = min(most, key=sorted) if all(has(most[0], other) for other in most) else one
    return found


def _is_idle(word: str) -> bool:
    """Return whether a word only leads to a name."""
    return not DENSE.match(word) and (leads(word) or bool(VERB.fullmatch(word)))


class _Names:
    """The names of a text as an answer to a question."""

    def __init__(self, text: str, asked: str, is_german: bool) -> None:
        self._text, self._asked, self._is_german = text, asked, is_german
        self._sentences = sentences_of(text)
        self._starts = [start for start, _ in self._sentences]
        self._around = Surroundings(text, self._sentences, asked)
        self._request = set(words_of(asked))
        self._is_for_person = bool(_PERSON.search(question(asked) or asked))
        edges = dict.fromkeys((*self._sentences[:MOST_SENTENCES], *self._sentences[-MOST_SENTENCES:]))
        self._read = [(start, end) for start, end in edges if end - start <= LONGEST]
        self._ways = spans_of(text, self._read)
        self.spans: list[_Span] = []
        self.named: set[Words] = set()
        self._index = NameIndex(())
        self.placed: Words = frozenset()

    def terms(self) -> list[Words]:
        """Return the names of the text that others may mention; in German no word in capitals alone is one."""
        ways_of = [(self._words(*span), ways) for span, ways in sorted(self._ways.items())]
        ways_of = ways_of if len(ways_of) <= 2 * MOST else ways_of[:MOST] + ways_of[-MOST:]
        return [
            words
            for words, ways in ways_of
            if len(words) <= LONGEST_TERM
            and not all(map(_is_idle, words))
            and (not self._is_german or ways != {"capital"})
        ]

    def whole(self) -> list[Words]:
        """Return the names that are whole: what capitals or marks set apart."""
        apart = {*MARKED, "capital", "piece"}
        return [one.words for one in self.spans if self._ways[one[:2]] & apart and len(one.words) <= LONGEST_WHOLE]

    def mention(self, terms: Sequence[Words]) -> None:
        """Add the terms of the panel that the text mentions, and keep what is weighed."""
        for span in mentions(self._text, self._read, terms):
            self._ways.setdefault(span, set()).add("mention")
        found = [
            _Span(*span, self._words(*span), max(0, bisect_right(self._starts, span[0]) - 1))
            for span in sorted(self._ways)
        ]
        found = [one for one in found if self._may_be(one)]
        self.spans = found if len(found) <= 2 * MOST else found[:MOST] + found[-MOST:]
        self.named = {one.words for one in self.spans}
        self._index = NameIndex(self.named)
        self._around.hold(one.sentence for one in self.spans)

    def _may_be(self, one: _Span) -> bool:
        """Return whether a stretch may be a name: one in Chinese or Japanese is none that the question has."""
        if any(map(DENSE.match, one.words)):
            return not all(map(self._is_asked, one.words))
        is_idle = all(map(_is_idle, one.words)) and "code" not in self._ways[one[:2]]
        return not is_idle and any(_LETTERS_ONLY.search(word) for word in one.words)

    def has(self, words: Words) -> bool:
        """Return whether the text has a name with these words."""
        return bool(self._index.having(words))

    def candidates(self, values: Mapping[Words, Words], others: Sequence["_Names"]) -> list[Candidate]:
        """Return the names of the text by what they are, and that it may name none."""
        said = [values[one.words] for one in self.spans]
        counts = Counter(said)
        last_of = {value: at for at, value in enumerate(said)}
        shares = {words: sum(one.has(words) for one in others) / max(1, len(others)) for words in self.named}
        bold = {
            value
            for one, value in zip(self.spans, said, strict=True)
            if "bold" in self._ways[one[:2]] and not self._is_label(one.end)
        }
        within = defaultdict(set)
        for one, value in zip(self.spans, said, strict=True):
            within[one.sentence].add((value, self._text[one.start].isupper()))
        found = [Candidate(None, Final(FinalKind.TEXT, NAMED, 0, 0), {"nothing": 1.0})]
        for at, (one, value) in enumerate(zip(self.spans, said, strict=True)):
            upper = {own for own, is_upper in within[one.sentence] if is_upper}
            is_placed = bool(self.placed) and (has(self.placed, one.words) or has(one.words, self.placed))
            signs = {
                **self._around.signs(one.sentence, one.start, one.end),
                **self._form(one),
                **self._clause(one),
                PLACED: is_placed,
                "placed_elsewhere": bool(self.placed) and not is_placed,
                "only_bold": "bold" in self._ways[one[:2]] and len(bold) == 1,
                "bold_elsewhere": bool(bold) and value not in bold,
                "bold_value": value in bold,
                "only_in_sentence": len({own for own, _ in within[one.sentence]}) == 1,
                "only_upper_in_sentence": upper == {value},
                "others_mention": shares[one.words],
                "first_of_value": said.index(value) == at,
                "last_of_value": last_of[value] == at,
                "first_value": value == said[0],
                "last_value": value == said[-1],
                "repeated": counts[value] > 1,
                "repeated_often": counts[value] > 3,
            }
            final = Final(FinalKind.TEXT, NAMED + " ".join(sorted(one.words)), one.start, one.end)
            found.append(Candidate(" ".join(sorted(value)), final, {name: float(sign) for name, sign in signs.items()}))
        return found

    def _words(self, start: int, end: int) -> Words:
        """Return the words by which a stretch is told from others: none of the question, if it has any other."""
        plain = plain_words(self._text[start:end])
        own = (one for one in plain if not (one.isdigit() or _is_idle(one) or self._is_asked(one)))
        return frozenset(own) or plain

    def _is_asked(self, word: str) -> bool:
        return word in self._asked if DENSE.match(word) else any(alike(word, one) for one in self._request)

    def _is_label(self, end: int) -> bool:
        return self._text[end : end + 4].lstrip("*_ ").startswith((":", "："))

    def _form(self, one: _Span) -> Mapping[str, float]:
        """Return the signs of how a name is written."""
        written = self._text[one.start : one.end]
        capitals = [word[0].isupper() for word in _LETTERS.findall(written)]
        is_lower = not any(capitals) and not DENSE.search(written)
        asked = sum(map(self._is_asked, one.words)) / len(one.words)
        ways = self._ways[one[:2]]
        start, end = self._around.line(one.start)
        is_first = not self._text[: one.start].strip(_OPENS)
        before = self._text[max(0, one.start - 6) : one.start]
        opening = self._text[self._sentences[one.sentence][0] : one.start]
        return {
            **{f"by_{way}": way in ways for way in WAYS},
            "label": self._is_label(one.end),
            "upper": any(capitals) and all(capitals),
            "inner_upper": any(capitals) and bool(opening.strip(_OPENS)),
            "lower": is_lower,
            "lower_of_person": is_lower and self._is_for_person,
            "full_name_of_person": self._is_for_person and sum(capitals) > 1,
            "one_word": len(one.words) == 1,
            "many_words": len(one.words) > 2,
            "asked": asked,
            "all_asked": asked == 1,
            "has_digit": any(map(str.isdigit, written)),
            "has_leading_word": any(map(_is_idle, one.words)),
            "in_list": bool(_LISTED.match(self._text, start)),
            "is_whole": not (self._text[: one.start] + self._text[one.end :]).strip(' *_.!`"“”«»\n'),
            "opens_text": is_first,
            "opening_clause": is_first and "clause" in ways,
            "opening_paragraph": is_first and not self._text[one.end : end].strip(' *_.!`"“”«»'),
            "in_long_text": len(self._text) > LONG,
            "behind_of": bool(_BEHIND_OF.search(before)),
            "behind_article": bool(_BEHIND_ARTICLE.search(before)),
        }

    def _clause(self, one: _Span) -> Mapping[str, float]:
        """Return the signs of what stands beside a name in its clause and its sentence."""
        start, end = self._sentences[one.sentence]
        before = _CLAUSE.split(self._text[start : one.start])[-1][-NEAR:]
        after = _CLAUSE.split(self._text[one.end : end])[0][:NEAR]
        left, right = self._beside(before), self._beside(after)
        rest = self._beside(f"{self._text[start : one.start]} {self._text[one.end : end]}").other
        stems = {word[:STEM] for word in words_of(f"{before} {after}") if len(word) > 2}
        asked = self._around.asked
        return {
            "others_in_sentence": min(rest, 8) / 8,
            "no_other_in_sentence": not rest,
            "others_in_clause": min(left.other + right.other, 6) / 6,
            "subject": not left.all and right.asked > 1,
            "bare_subject": not left.other and right.asked > 1,
            "object": not right.all and left.asked > 1,
            "bare_object": not right.other and left.asked > 1,
            "led_to": not right.all and not left.other and left.all > 0,
            "clause_shares": len(stems & asked) / max(1, len(asked)),
            "also": bool(_ALSO.search(before + after)),
            "wrong_near": bool(wordings.WRONG.search(before + after)),
            "tempts": bool(wordings.TEMPTS.search(self._text, start, end)),
        }

    def _beside(self, words: str) -> _Beside:
        own = words_of(words)
        asked = [word in self._request or word[:STEM] in self._around.asked for word in own]
        known = sum(one or _is_idle(word) or word in SMALL for one, word in zip(asked, own, strict=True))
        shared = sum(one and len(word) > 2 for one, word in zip(asked, own, strict=True))
        return _Beside(len(own), len(own) - known, shared)
