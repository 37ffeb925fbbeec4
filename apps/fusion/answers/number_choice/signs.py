"""The signs by which a number is the one that a text concludes, or is not: each is 0 or 1, three are shares."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from apps.fusion.answers.asked import question, words_of
from apps.fusion.answers.figures import COMPARED, COMPARED_WITH, given_values
from apps.fusion.answers.number_choice import wordings
from apps.fusion.answers.number_choice.candidates import Number, numbers_of, sentences_of
from apps.fusion.answers.qualifiers import is_bounded_at, retracts
from apps.fusion.units import UNITS

STEM = 5
"""Letters by which two words count as the same."""
SHORTEST_WORD = 3
CORRECTING = 12
"""Characters with which a sentence begins that corrects the one before it."""
MOST_NEXT = 60
"""Characters behind a sentence in which it is taken back."""
NEAR = 40
"""Characters beside a number in which a word is about it."""
BESIDE = 30
"""Characters beside a number in which a sign of a formula stands."""

_BOLD = re.compile(r"(?:\*\*|__)([^*\n]{1,200}?)(?:\*\*|__)")
_BOX = re.compile(r"\\(?:boxed|fbox)\s?\{([^}\n]{0,200})\}?")
_BEFORE_OPERATION = re.compile(
    r"(?:[-+*/×÷·⋅^(−–:]|\\times|\\cdot|\\div|\b(?:x|mal|times|por|par|per|fois))\s?(?:\\?[$({]\s?){0,2}(?:[$€£¥]\s?)?$",
    re.IGNORECASE,
)
_OPERATION = re.compile(
    r"\s?(?:[a-zA-Zµ°€%²³]{1,6}(?:/[a-zA-Z]{1,5}[²³]?)?\s?)?[)$}]{0,2}\s?"
    r"(?:[+*×÷·⋅^−–]\s?[\d(\\$a-zA-Z]|[-/]\s?[\d(\\$]|\\times|\\cdot|\\div|!|(?:x|mal|times|por|per|fois)\s\d)"
)
_EQUALS = r"(?:=|≈|≃|→|⇒|->|\\approx|\\Rightarrow|\\to)"
_BEHIND_EQUALS = re.compile(
    rf"{_EQUALS}\s?(?:\\[,;: ]\s?)?(?:(?:\*\*|\\boxed\{{|\\?[$({{]|\\text\{{|[€£¥]|R\$)\s?){{0,3}}[-−]?$"
)
_BEFORE_EQUALS = re.compile(rf"[^\n=≈→⇒.;。]{{0,25}}{_EQUALS}")
_COUNTED = re.compile(r"[\s*_)\\$}]{0,4}([^\W\d_]{2,30})")
_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[,;:，、]")
_LABEL = re.compile(r"[:：]\s{0,3}[*_\\($\[]{0,4}\s?$")
_MARKS = " *_$\\()[]>.#"
_ENDS = " *_.!。)]}$\\|✓✅"
_OPENS = " *_#>\\($["


def signs_of(text: str, asked: str, language: str) -> list[tuple[Number, dict[str, float]]]:
    """Return the numbers of a text with their signs, as an answer to what is ``asked``."""
    reading = _Reading(text, asked, language)
    return [(one, reading.signs(one)) for one in reading.numbers]


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in words_of(text) if len(word) >= SHORTEST_WORD}


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a text and what its words tell, each looked up once."""

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
    def checks(self) -> bool:
        return bool(wordings.CHECKS.search(self.words))

    @cached_property
    def is_plain(self) -> bool:
        """Return whether nothing in it says that it is about something else than the result."""
        is_marked = self.would or self.is_aside or self.checks or wordings.SUPPOSES.match(self.words)
        return not (is_marked or wordings.DENIES.search(self.words))

    @cached_property
    def stems(self) -> set[str]:
        return _stems(self.words)


class _Reading:
    """A text as an answer to a question: its sentences and numbers, and what the question has."""

    def __init__(self, text: str, asked: str, language: str) -> None:
        self._text = text
        self._spans = sentences_of(text)
        self._given = given_values(asked, language)
        found = [one for one in numbers_of(text, self._spans, language) if not self._is_compared(one)]
        taken_back = {one.start for one in found if self._is_taken_back(one)}
        kept = [one for one in found if one.start not in taken_back]
        # Of all that is taken back the last is what comes next to a result.
        self.numbers = kept if any(one.final.value not in self._given for one in kept) else found
        self._sentences = [_Sentence(text[slice(*span)]) for span in self._spans]
        words = question(asked) or asked[-300:]
        self._asked, self._request = _stems(words), _stems(asked)
        self._units = _dimensions(words)
        wanted = wordings.ASKED_FOR.search(asked)
        self._counted = _stems(wanted[1]) if wanted else set()
        self._values = Counter(one.final.value for one in self.numbers)
        self._last_of: dict[Fraction | None, int] = {one.final.value: one.start for one in self.numbers}
        self._bold = [mark.span(1) for mark in _BOLD.finditer(text)]
        self._boxes = [mark.span(1) for mark in _BOX.finditer(text)]
        self._corrections = [mark.start() for mark in wordings.CORRECTS.finditer(text)]
        self._with_numbers = sorted({one.sentence for one in self.numbers})
        self._plain = [at for at in self._with_numbers if self._sentences[at].is_plain and not self._is_corrected(at)]
        self._checks_from = self._first_check()
        self._formulas = {one.start: self._formula(one) for one in self.numbers}
        self._last_use = {one.final.value: one.start for one in self.numbers if self._formulas[one.start]["operand"]}
        self._worked_out = {one.final.value for one in self.numbers if self._formulas[one.start]["result"]}
        self._in_sentence = Counter(one.sentence for one in self.numbers)
        self._new_in_sentence = Counter(one.sentence for one in self.numbers if self._is_new(one))
        self._edges: dict[int, tuple[int, int]] = {}
        for one in self.numbers:
            first, _ = self._edges.get(one.sentence, (one.start, 0))
            self._edges[one.sentence] = (first, one.start)

    def _first_check(self) -> int:
        """Return where a check begins that goes on to the end of a text; its length if there is none."""
        for (start, end), _ in zip(self._spans, self._sentences, strict=True):
            if start > 0.3 * len(self._text) and wordings.CHECKS.search(self._text, start, min(end, start + NEAR)):
                return start
        return len(self._text)

    def _is_corrected(self, at: int) -> bool:
        """Return whether the sentence behind one begins with a correction."""
        return at + 1 < len(self._sentences) and bool(
            wordings.CORRECTS.search(self._sentences[at + 1].words[:CORRECTING])
        )

    def _is_taken_back(self, one: Number) -> bool:
        """Return whether what follows a number in its sentence, or behind it, takes it back: "61. No, wait"."""
        return retracts(self._text, one.end, min(len(self._text), self._spans[one.sentence][1] + MOST_NEXT))

    def _is_compared(self, one: Number) -> bool:
        """Return whether something is only held against a number: "one more than the 365 of other years"."""
        start = max(self._spans[one.sentence][0], one.start - COMPARED)
        return bool(COMPARED_WITH.search(self._text, start, one.start))

    def _is_new(self, one: Number) -> bool:
        """Return whether the question has not given a number, and nothing is worked out with it where it stands."""
        return one.final.value not in self._given and not self._formulas[one.start]["operand"]

    def signs(self, one: Number) -> dict[str, float]:
        """Return the signs of a number, by name."""
        start, end = self._spans[one.sentence]
        before, after = self._text[start : one.start], self._text[one.end : end]
        signs = {
            **self._places(one, before, after),
            **self._layout(one, start),
            **self._formulas[one.start],
            "used_later": self._last_use.get(one.final.value, -1) > one.start,
            "worked_out": one.final.value in self._worked_out,
            "others_worked_out": bool(self._worked_out - {one.final.value}),
            **self._words(one, before, after),
            **self._of_question(one),
        }
        return {name: float(value) for name, value in signs.items()}

    def _places(self, one: Number, before: str, after: str) -> Mapping[str, float]:
        at, last = one.sentence, len(self._spans) - 1
        first_start, last_start = self._edges[at]
        is_only = self._in_sentence[at] == 1
        return {
            "only_in_sentence": is_only,
            "only_new_in_sentence": self._is_new(one) and self._new_in_sentence[at] == 1,
            "first_in_sentence": not is_only and one.start == first_start,
            "last_in_sentence": not is_only and one.start == last_start,
            "opens_sentence": not before.strip(_OPENS),
            "ends_sentence": not after.strip(_ENDS),
            "in_first_sentence": at == 0,
            "in_last_sentence": at == last,
            "in_last_but_one": at == last - 1,
            "in_last_with_numbers": at == self._with_numbers[-1],
            "in_plain": at in self._plain,
            "in_last_plain": bool(self._plain) and at == self._plain[-1],
            "in_first_plain": bool(self._plain) and at == self._plain[0],
            "position": (at + 1) / len(self._spans),
            "repeated": self._values[one.final.value] > 1,
            "repeated_often": self._values[one.final.value] > 2,
            "said_again": self._last_of[one.final.value] > one.start,
            "spelt": one.is_spelt,
        }

    def _layout(self, one: Number, start: int) -> Mapping[str, float]:
        line_start, line_end = self._line(one)
        line = self._text[line_start:line_end]
        words = self._text[one.start : one.end]
        bold = next((span for span in self._bold if span[0] <= one.start < span[1]), None)
        is_row = line.lstrip().startswith("|")
        before = self._text[start : one.start]
        return {
            "bold": bool(bold),
            "alone_in_bold": bool(bold) and bold is not None and bold[1] - bold[0] - len(words) <= 14,
            "boxed": any(first <= one.start <= last for first, last in self._boxes),
            "box_elsewhere": bool(self._boxes),
            "in_row": is_row,
            "in_last_row": is_row and not self._text[line_end : line_end + 3].lstrip("\n").startswith("|"),
            "in_last_cell": is_row and "|" not in line[one.end - line_start :].rstrip().rstrip("|"),
            "in_step": bool(wordings.STEP.match(line)),
            "behind_colon": bool(_LABEL.search(before[-12:])),
            "alone_on_line": line.strip(_MARKS) == words.strip(_MARKS),
            "in_brackets": before.count("(") > before.count(")") or before.count("（") > before.count("）"),
        }

    def _line(self, one: Number) -> tuple[int, int]:
        end = self._text.find("\n", one.start)
        return self._text.rfind("\n", 0, one.start) + 1, end if end >= 0 else len(self._text)

    def _formula(self, one: Number) -> Mapping[str, float]:
        line_start, line_end = self._line(one)
        before = self._text[max(line_start, one.start - BESIDE) : one.start]
        rest = self._text[one.end : line_end]
        is_behind = bool(_BEHIND_EQUALS.search(before))
        is_left = bool(_BEFORE_EQUALS.match(rest))
        is_used = bool(_OPERATION.match(rest))
        is_result = is_behind and not is_left and not is_used
        return {
            "result": is_result,
            "last_result": is_result and "=" not in rest and "≈" not in rest,
            "in_chain": is_behind and not is_result,
            "operand": bool(_BEFORE_OPERATION.search(before[-12:])) or is_used,
            "before_equals": is_left and not is_behind,
        }

    def _words(self, one: Number, before: str, after: str) -> Mapping[str, float]:
        sentence = self._sentences[one.sentence]
        start, end = self._spans[one.sentence]
        clause = f"{_CLAUSE.split(before)[-1]} {_CLAUSE.split(after)[0]}"
        return {
            "concludes_before": bool(wordings.CONCLUDES.search(before)),
            "concludes_after": bool(wordings.CONCLUDES.search(after)),
            "supposes": sentence.supposes,
            "would": sentence.would,
            "would_in_clause": sentence.would and bool(wordings.WOULD.search(clause)),
            "aside": sentence.is_aside,
            "denied_before": bool(wordings.DENIES.search(before[-NEAR:])),
            "denied_after": bool(wordings.DENIES.search(after[:NEAR])),
            "checked": sentence.checks or one.start >= self._checks_from,
            "about": bool(wordings.ABOUT.search(before[-20:])),
            "bounded": is_bounded_at(self._text, start, one.start, one.end, end),
            "corrected": any(at > one.start for at in self._corrections),
            "behind_correction": any(at < one.start for at in self._corrections),
            "in_question": sentence.words.rstrip(" *_").endswith(("?", "？")),
        }

    def _of_question(self, one: Number) -> Mapping[str, float]:
        counted = _COUNTED.match(self._text, one.end)
        word = counted[1].casefold()[:STEM] if counted else ""
        unit = one.final.dimension
        own = {found.casefold()[:STEM] for found in _WORD.findall(self._text[one.start : one.end])}
        sentence = self._sentences[one.sentence]
        return {
            "given": one.final.value in self._given,
            "counts_what_is_asked": bool(word) and word in self._counted,
            "counts_word_of_question": bool(word) and word in self._asked,
            "counts_other": bool(word) and word not in self._request and not unit,
            "unit_asked": bool(unit) and bool(own & self._counted),
            "unit_of_question": bool(unit) and unit in self._units,
            "other_unit": bool(unit) and bool(self._units) and unit not in self._units,
            "has_unit": bool(unit),
            "counts_nothing": not unit and not word,
            "shares_words": len(sentence.stems & self._asked) / max(1, len(self._asked)),
        }


def _dimensions(words: str) -> set[str]:
    """Return the dimensions of the units that a question names."""
    names = {word.strip("?¿,.:;()（）？。").casefold() for word in words.split()}
    return {UNITS[name].dimension for name in names if len(name) > 1 and name in UNITS}
