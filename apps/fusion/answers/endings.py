"""Read what a text ends with where it announces no answer: an output, a letter in brackets, the result of its sums."""

import re
from collections import deque
from collections.abc import Iterator

from apps.fusion.answers import cues
from apps.fusion.answers.stretches import EQUALS, FIGURE, Found, stripped, value_after
from apps.fusion.answers.values import Final, classify
from apps.fusion.vocabulary import FinalKind

AT_THE_END = 700
"""Characters from the end within which a result is what the text ends with."""

_WORKS = re.compile(
    r"\d\s*(?:[-+*/×÷=·]|\\times|\\cdot|\\div)\s*\$?\d|=\s*\$?\\?\$?\d|\d\s?%\s+of\b|\bwhich (?:is|gives)\s\$?\d"
)
_ASIDE = re.compile(
    r"\b(?:in|by|after|within|over|per|every|each|(?<!total\s)of|than|from|during|for|at|on|all|these|those|first|last|next|additional|to|to\s\w+)\s(?:the\s|all\s|a\s|first\s|last\s|next\s|remaining\s|these\s|those\s|every\s){0,2}$",
    re.IGNORECASE,
)
_PLANS = re.compile(
    r"\bto\s(?:find|get|calculate|determine|know|see)\b|\b(?:will\sgive|gives?|we\s(?:will\s)?(?:get|find|have))\s(?:us\s)?the\b|\bis\sthe\s(?:sum|product|difference)\sof\b|\bwe\s(?:can\s|need\sto\s|must\s|then\s)?(?:multiply|add|subtract|divide|calculate|find)\b|"
    r"^\W*(?:multiply|add|subtract|divide|calculate)\b",
    re.IGNORECASE,
)
_UNSOLVED = re.compile(
    r"(?<![A-Za-z])(?:\d+\s?)?[a-z]\s*[-+*/]\s*[\d(]|[\d)]\s*[-+*/]\s*\d*[a-z]\b(?!\w)|(?<![\w.])\d+[a-z]\s*$"
)
_WHICH_IS = re.compile(
    r"\bwhich\s(?:is|equals|makes|rounds\s(?:up\s|down\s)?to)\s(?:about\s|a\stotal\sof\s)?(?=[$€£]?\d)"
)
_OPERAND = re.compile(r"[\d)][^\d.,;()]{0,20}\s[-+*/×÷]\s[$€£(]*$|[\d)][*/×÷][$€£(]*$")
_VALUE = re.compile(r"[\d`'\"\[({]|\b(?:true|false|none|null)\b", re.IGNORECASE)
_CHOSEN = re.compile(r"\((?P<in>[A-J])\)|^[ \t*_>]*(?P<line>[A-J])[.)](?=[\s*_])(?![^\n]*\n)", re.MULTILINE)
_SENTENCE = re.compile(r"[^\n.!?。]*(?:[.!?](?=[^\s])[^\n.!?。]*)*[.!?。]*")


def outcomes(text: str, comma: bool) -> Iterator[Found]:
    """Yield the values said to be an output or a total at the end of a text; of a worked one in its last sentence."""
    _, end = stripped(text, 0, len(text))
    start = _last_sentences(text, end)
    if _WORKS.search(text):
        start, stop = _last_figures(text)
        if _is_unfinished(text, start, stop):
            return
    for mark in cues.OUTCOME.finditer(text, start, end):
        if cues.NEGATED.match(text, mark.end()):
            continue
        found = value_after(text, mark.end(), comma, is_announced=False)
        # Words after "the total is" are no result: only a value counts here.
        if found and found.kind is not FinalKind.TEXT and found.end <= end:
            yield Found(found, mark.start())


def _last_sentences(text: str, end: int) -> int:
    """Return where the last paragraph of a text begins, at most ``AT_THE_END`` characters before its end."""
    floor = max(0, end - AT_THE_END)
    cut = text.rfind("\n\n", floor, end)
    return cut if cut >= 0 and _VALUE.search(text, cut, end) else floor


def _last_figures(text: str) -> tuple[int, int]:
    """Return the span of the last sentence with a figure; the text's end if it has none."""
    floor = max(0, len(text) - 4 * AT_THE_END)
    spans = [mark.span() for mark in _SENTENCE.finditer(text, floor) if FIGURE.search(mark.group())]
    return spans[-1] if spans else (len(text), len(text))


def chosen(text: str) -> Iterator[Found]:
    """Yield the letters in brackets, or at the beginning of the last line, in the last words of a text."""
    _, end = stripped(text, 0, len(text))
    for mark in _CHOSEN.finditer(text, max(0, end - 160), end):
        yield Found(Final(FinalKind.CHOICE, mark["in"] or mark["line"], mark.start(), mark.end()), mark.start())


def worked(text: str, comma: bool) -> Found | None:
    """Return the result with which a worked text ends: behind its last equals sign, or the figure of its conclusion."""
    start, end = _last_figures(text)
    if not (_WORKS.search(text) or (start < end and cues.CONCLUDES.match(text, start))):
        return None
    equals = list(EQUALS.finditer(text, start, end))
    if _is_unfinished(text, start, end):
        return None
    # "= 28 days, which is 4 weeks": what it is in the end.
    last = deque(_WHICH_IS.finditer(text, start, end), maxlen=1)
    for mark in [*last, *reversed(equals)]:
        found = classify(text, mark.end(), end, comma)
        if found and found.kind is FinalKind.NUMBER:
            return Found(found, start)
    return None if equals else _figure_of(text, start, end, comma)


def _is_unfinished(text: str, start: int, end: int) -> bool:
    """Return whether the last sentence with figures, or what follows it, leaves the result to be worked out."""
    equals = list(EQUALS.finditer(text, start, end))
    if _PLANS.search(text, end if equals else start):
        return True
    # "2x + 15 = 65" sets an equation up.
    return len(equals) == 1 and bool(_UNSOLVED.search(text, start, equals[0].start()))


def _figure_of(text: str, start: int, end: int, comma: bool) -> Found | None:
    """Return the figure that a sentence is about: its last, or the last that does not only say when or of which."""
    figures = [
        (
            found,
            _is_inside(text, start, mark.start())
            or bool(_ASIDE.search(text, max(start, mark.start() - 24), mark.start())),
        )
        for mark in FIGURE.finditer(text, start, end)
        if (found := classify(text, mark.start(), end, comma))
        and found.kind is FinalKind.NUMBER
        # The last operand of a sum that nobody worked out is no result.
        and not _OPERAND.search(text, start, mark.start())
    ]
    main = [found for found, is_aside in figures if not is_aside][-1:] or [found for found, _ in figures][:1]
    return Found(main[0], start) if main else None


def _is_inside(text: str, start: int, at: int) -> bool:
    """Return whether a place of a sentence is in brackets."""
    return text.count("(", start, at) > text.count(")", start, at)
