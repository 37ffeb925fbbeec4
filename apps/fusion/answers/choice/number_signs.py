"""The numbers of a text as candidates, with the signs that only numbers have: each is 0 or 1."""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

from apps.fusion.answers.choice import wordings
from apps.fusion.answers.choice.choosing import Candidate
from apps.fusion.answers.choice.numbers import Number, numbers_of
from apps.fusion.answers.choice.surroundings import STEM, Surroundings, sentences_of, stems_of
from apps.fusion.answers.figures import COMPARED, COMPARED_WITH, given_values
from apps.fusion.answers.finals import Final
from apps.fusion.answers.qualifiers import is_bounded_at
from apps.fusion.answers.wanted_units import kind_of, wanted_kinds, wants_clock
from apps.fusion.units import OF_DOLLARS

BESIDE = 30
"""Characters beside a number in which a sign of a formula stands."""

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
    rf"{_EQUALS}\s?(?:\\[,;: ]\s?)?(?:(?:\*\*|\\boxed\{{|\\?[$({{]|\\text\{{|[€£¥]|{OF_DOLLARS}\\?\$)\s?){{0,3}}[-−]?$"
)
_BEFORE_EQUALS = re.compile(rf"[^\n=≈→⇒.;。]{{0,25}}{_EQUALS}")
_COUNTED = re.compile(r"[\s*_)\\$}]{0,4}([^\W\d_]{2,30})")
_WORD = re.compile(r"[^\W\d_]+")


def number_candidates(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Return the numbers of each text as what it may conclude, where a number is ``asked`` for."""
    found = {slot: _Numbers(text, asked, languages[slot]).candidates() for slot, text in sorted(texts.items())}
    values = _values([one.final for own in found.values() for one in own])
    return {slot: [one._replace(value=values[one.final.canonical]) for one in own] for slot, own in found.items()}


def _values(finals: Sequence[Final]) -> Mapping[str, Hashable]:
    """Return what the numbers of a panel say, by their form: the same of 90 minutes and 1.5 hours, of 50 % and 0.5.

    A bare number is one with a unit where somebody writes it so: of several the one that is written most.
    """
    measured = [one for one in finals if one.dimension]
    own: dict[str, tuple[str, Fraction | None]] = {
        one.canonical: _share(one) or (one.dimension, one.base) for one in measured
    }
    written = Counter((one.value, own[one.canonical]) for one in measured).most_common()
    bare: dict[Fraction | None, tuple[str, Fraction | None]] = {}
    for (value, said), _ in written:
        bare.setdefault(value, said)
    shares = {said for said in own.values() if said[0] == "share"}
    for one in finals:
        if not one.dimension:
            share = ("share", one.value)
            own[one.canonical] = bare.get(one.value) or (share if share in shares else ("", one.value))
    return own


def _share(one: Final) -> tuple[str, Fraction] | None:
    return ("share", one.value / 100) if one.dimension == "percent" and one.value is not None else None


class _Numbers:
    """The numbers of a text as an answer to a question, and what the question has."""

    def __init__(self, text: str, asked: str, language: str) -> None:
        spans = sentences_of(text)
        self._around = Surroundings(text, spans, asked)
        self._text = text
        self._given = given_values(asked, language)
        found = [one for one in numbers_of(text, spans, language, wants_clock(asked)) if not self._is_compared(one)]
        kept = [one for one in found if not self._around.is_taken_back(one.sentence, one.end)]
        # Of all that is taken back the last is what comes next to a result.
        self._numbers = kept if any(one.final.value not in self._given for one in kept) else found
        self._around.hold(one.sentence for one in self._numbers)
        self._request = stems_of(asked)
        self._units = wanted_kinds(asked)
        wanted = wordings.ASKED_FOR.search(asked)
        self._counted = stems_of(wanted[1]) if wanted else set()
        self._values = Counter(one.final.value for one in self._numbers)
        self._last_of: dict[Fraction | None, int] = {one.final.value: one.start for one in self._numbers}
        self._boxes = [mark.span(1) for mark in _BOX.finditer(text)]
        self._formulas = {one.start: self._formula(one) for one in self._numbers}
        self._last_use = {one.final.value: one.start for one in self._numbers if self._formulas[one.start]["operand"]}
        self._worked_out = {one.final.value for one in self._numbers if self._formulas[one.start]["result"]}
        self._in_sentence = Counter(one.sentence for one in self._numbers)
        self._new_in_sentence = Counter(one.sentence for one in self._numbers if self._is_new(one))
        self._edges: dict[int, tuple[int, int]] = {}
        for one in self._numbers:
            first, _ = self._edges.get(one.sentence, (one.start, 0))
            self._edges[one.sentence] = (first, one.start)

    def candidates(self) -> list[Candidate]:
        return [Candidate(one.final.value, one.final, self._signs(one)) for one in self._numbers]

    def _is_compared(self, one: Number) -> bool:
        """Return whether something is only held against a number: "one more than the 365 of other years"."""
        start = max(self._around.sentences[one.sentence].start, one.start - COMPARED)
        return bool(COMPARED_WITH.search(self._text, start, one.start))

    def _is_new(self, one: Number) -> bool:
        """Return whether the question has not given a number, and nothing is worked out with it where it stands."""
        return one.final.value not in self._given and not self._formulas[one.start]["operand"]

    def _signs(self, one: Number) -> dict[str, float]:
        """Return the signs of a number, by name."""
        signs = {
            **self._around.signs(one.sentence, one.start, one.end),
            **self._places(one),
            **self._formulas[one.start],
            **self._of_question(one),
        }
        return {name: float(value) for name, value in signs.items()}

    def _places(self, one: Number) -> Mapping[str, float]:
        first_start, last_start = self._edges[one.sentence]
        is_only = self._in_sentence[one.sentence] == 1
        sentence = self._around.sentences[one.sentence]
        line_start, line_end = self._around.line(one.start)
        line = self._text[line_start:line_end]
        return {
            "only_in_sentence": is_only,
            "only_new_in_sentence": self._is_new(one) and self._new_in_sentence[one.sentence] == 1,
            "first_in_sentence": not is_only and one.start == first_start,
            "last_in_sentence": not is_only and one.start == last_start,
            "repeated": self._values[one.final.value] > 1,
            "repeated_often": self._values[one.final.value] > 2,
            "said_again": self._last_of[one.final.value] > one.start,
            "spelt": one.is_spelt,
            "boxed": any(first <= one.start <= last for first, last in self._boxes),
            "box_elsewhere": bool(self._boxes),
            "in_last_cell": line.lstrip().startswith("|")
            and "|" not in line[one.end - line_start :].rstrip().rstrip("|"),
            "about": bool(wordings.ABOUT.search(self._text[max(sentence.start, one.start - 20) : one.start])),
            "bounded": is_bounded_at(self._text, sentence.start, one.start, one.end, sentence.end),
            "used_later": self._last_use.get(one.final.value, -1) > one.start,
            "worked_out": one.final.value in self._worked_out,
            "others_worked_out": bool(self._worked_out - {one.final.value}),
        }

    def _formula(self, one: Number) -> Mapping[str, float]:
        line_start, line_end = self._around.line(one.start)
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

    def _of_question(self, one: Number) -> Mapping[str, float]:
        counted = _COUNTED.match(self._text, one.end)
        word = counted[1].casefold()[:STEM] if counted else ""
        unit = kind_of(one.final.dimension)
        own = {found.casefold()[:STEM] for found in _WORD.findall(self._text[one.start : one.end])}
        return {
            "given": one.final.value in self._given,
            "counts_what_is_asked": bool(word) and word in self._counted,
            "counts_word_of_question": bool(word) and word in self._around.asked,
            "counts_other": bool(word) and word not in self._request and not unit,
            "unit_asked": bool(unit) and bool(own & self._counted),
            "unit_of_question": bool(unit) and unit in self._units,
            "other_unit": bool(unit) and bool(self._units) and unit not in self._units,
            "lacks_unit": not unit and bool(self._units),
            "has_unit": bool(unit),
            "counts_nothing": not unit and not word,
        }
