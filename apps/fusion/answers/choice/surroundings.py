"""The signs that any place of a text has: where its sentence stands, how it is laid out, and what its words make of it.

Each sign is 0 or 1, two are shares.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from apps.fusion.answers.asked import question, words_of
from apps.fusion.answers.choice import wordings
from apps.fusion.answers.qualifiers import retracts

STEM = 5
"""Letters by which two words count as the same."""
SHORTEST_WORD = 3
CORRECTING = 12
"""Characters with which a sentence begins that corrects the one before it."""
MOST_NEXT = 60
"""Characters behind a sentence in which it is taken back."""
NEAR = 40
"""Characters beside a place in which a word is about it."""
MOST_BEHIND = 1_000
"""Characters behind a value in which words may take it back; a sentence without an end would be read for each value."""
LONGEST = 500
"""Characters of a sentence on each side of a place that are read for it."""
IN_BOLD = 14
"""Characters that stand in bold beside what is alone there."""

_LINE = re.compile(r"[^\n]+")
_SENTENCE_ENDS = re.compile(r"[.!?](?=[\s*_)\"”]|$)[*_)\"”]{0,4}\s*|[。！？]+\s*")
_ABBREVIATED = re.compile(
    r"(?:^|\s)(?:ca|approx|bzw|e\.g|i\.e|vs|Nr|No|p|St|Std|Min|max|руб|тыс|млн|г|см|р)$", re.IGNORECASE
)
_LISTED = re.compile(r"[\s>*_#-]{0,8}\d{1,2}")
_BOLD = re.compile(r"(?:\*\*|__)([^*\n]{1,200}?)(?:\*\*|__)")
_CLAUSE = re.compile(r"[,;:，、]")
_LABEL = re.compile(r"[:：]\s{0,3}[*_\\($\[]{0,4}\s?$")
_MARKS = " *_$\\()[]>.#"
_ENDS = " *_.!。)]}$\\|✓✅"
_OPENS = " *_#>\\($["


def stems_of(text: str) -> set[str]:
    """Return the beginnings of the words of a text by which it shares them with another."""
    return {word[:STEM] for word in words_of(text) if len(word) >= SHORTEST_WORD}


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a text; none goes beyond its line."""
    found = []
    for line in _LINE.finditer(text):
        start = line.start()
        for mark in _SENTENCE_ENDS.finditer(text, line.start(), line.end()):
            before = text[max(line.start(), mark.start() - 8) : mark.start()]
            is_listed = start == line.start() and mark.group()[1:].isspace()
            is_number = is_listed and _LISTED.fullmatch(text, start, mark.start())
            if text[mark.start()] == "." and (is_number or _ABBREVIATED.search(before)):
                continue
            found.append((start, mark.end()))
            start = mark.end()
        found.append((start, line.end()))
    return [span for span in found if text[slice(*span)].strip()]


@dataclass(frozen=True)
class Sentence:
    """A sentence of a text and what its words tell, each looked up once."""

    start: int
    end: int
    words: str

    @cached_property
    def supposes(self) -> bool:
        return bool(wordings.SUPPOSES.search(self.words))

    @cached_property
    def would(self) -> bool:
        return bool(wordings.WOULD.search(self.words))

    @cached_property
    def is_aside(self) -> bool:
        return bool(wordings.ASIDE.search(self.words))

    @cached_property
    def is_wrong(self) -> bool:
        return bool(wordings.WRONG.search(self.words))

    @cached_property
    def checks(self) -> bool:
        return bool(wordings.CHECKS.search(self.words))

    @cached_property
    def is_plain(self) -> bool:
        """Return whether nothing in it says that it is about something else than the result."""
        is_marked = self.would or self.is_aside or self.checks or wordings.SUPPOSES.match(self.words)
        return not (is_marked or wordings.DENIES.search(self.words))

    @cached_property
    def stems(self) -> set[str]:
        return stems_of(self.words)


class Surroundings:
    """A text as an answer to a question, by its sentences; ``held`` are those that hold candidates."""

    def __init__(self, text: str, spans: Iterable[tuple[int, int]], asked: str) -> None:
        self.text = text
        self.sentences = [Sentence(*span, text[slice(*span)]) for span in spans]
        self.asked = stems_of(question(asked) or asked[-300:])
        self._bold = [mark.span(1) for mark in _BOLD.finditer(text)]
        self._corrections = [mark.start() for mark in wordings.CORRECTS.finditer(text)]
        self._held: list[int] = []
        self._plain: list[int] = []
        self._checks_from = self._first_check()

    def hold(self, held: Iterable[int]) -> None:
        """Keep which sentences, by their place, hold candidates."""
        self._held = sorted(set(held))
        self._plain = [at for at in self._held if self.sentences[at].is_plain and not self._is_corrected(at)]

    def is_taken_back(self, at: int, end: int) -> bool:
        """Return whether what follows a place that ends there, in its sentence or behind it, takes it back."""
        return retracts(self.text, end, min(len(self.text), self.sentences[at].end + MOST_NEXT, end + MOST_BEHIND))

    def signs(self, at: int, start: int, end: int) -> dict[str, float]:
        """Return the signs of a place in the sentence ``at``, by name."""
        return {**self._places(at, start, end), **self._layout(at, start, end), **self._words(at, start, end)}

    def line(self, at: int) -> tuple[int, int]:
        """Return the span of the line of a place."""
        end = self.text.find("\n", at)
        return self.text.rfind("\n", 0, at) + 1, end if end >= 0 else len(self.text)

    def _first_check(self) -> int:
        """Return where a check begins that goes on to the end of a text; its length if there is none."""
        for one in self.sentences:
            is_late = one.start > 0.3 * len(self.text)
            if is_late and wordings.CHECKS.search(self.text, one.start, min(one.end, one.start + NEAR)):
                return one.start
        return len(self.text)

    def _is_corrected(self, at: int) -> bool:
        """Return whether the sentence behind one begins with a correction."""
        behind = self.sentences[at + 1 : at + 2]
        return bool(behind and wordings.CORRECTS.search(behind[0].words[:CORRECTING]))

    def _places(self, at: int, start: int, end: int) -> Mapping[str, float]:
        sentence, last = self.sentences[at], len(self.sentences) - 1
        return {
            "opens_sentence": not self.text[sentence.start : start].strip(_OPENS),
            "ends_sentence": not self.text[end : sentence.end].strip(_ENDS),
            "in_first_sentence": at == 0,
            "in_last_sentence": at == last,
            "in_last_but_one": at == last - 1,
            "in_last_held": at == self._held[-1],
            "in_plain": at in self._plain,
            "in_last_plain": bool(self._plain) and at == self._plain[-1],
            "in_first_plain": bool(self._plain) and at == self._plain[0],
            "position": (at + 1) / len(self.sentences),
        }

    def _layout(self, at: int, start: int, end: int) -> Mapping[str, float]:
        line_start, line_end = self.line(start)
        line, words = self.text[line_start:line_end], self.text[start:end]
        before = self.text[max(self.sentences[at].start, start - LONGEST) : start]
        bold = next((span for span in self._bold if span[0] <= start < span[1]), None)
        is_row = line.lstrip().startswith("|")
        return {
            "bold": bold is not None,
            "alone_in_bold": bold is not None and bold[1] - bold[0] - len(words) <= IN_BOLD,
            "in_row": is_row,
            "in_last_row": is_row and not self.text[line_end : line_end + 3].lstrip("\n").startswith("|"),
            "in_step": bool(wordings.STEP.match(line)),
            "behind_colon": bool(_LABEL.search(before[-12:])),
            "alone_on_line": line.strip(_MARKS) == words.strip(_MARKS),
            "in_brackets": before.count("(") > before.count(")") or before.count("（") > before.count("）"),
        }

    def _words(self, at: int, start: int, end: int) -> Mapping[str, float]:
        sentence = self.sentences[at]
        before = self.text[max(sentence.start, start - LONGEST) : start]
        after = self.text[end : min(sentence.end, end + LONGEST)]
        clause = f"{_CLAUSE.split(before)[-1]} {_CLAUSE.split(after)[0]}"
        return {
            "concludes_before": bool(wordings.CONCLUDES.search(before)),
            "concludes_after": bool(wordings.CONCLUDES.search(after)),
            "supposes": sentence.supposes,
            "would": sentence.would,
            "would_in_clause": sentence.would and bool(wordings.WOULD.search(clause)),
            "aside": sentence.is_aside,
            "called_wrong": sentence.is_wrong,
            "denied_before": bool(wordings.DENIES.search(before[-NEAR:])),
            "denied_after": bool(wordings.DENIES.search(after[:NEAR])),
            "checked": sentence.checks or start >= self._checks_from,
            "corrected": any(one > start for one in self._corrections),
            "behind_correction": any(one < start for one in self._corrections),
            "in_question": sentence.words.rstrip(" *_").endswith(("?", "？")),
            "shares_words": len(sentence.stems & self.asked) / max(1, len(self.asked)),
        }
