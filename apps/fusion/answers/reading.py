"""Read the final answer of a text: the last that it announces, boxes or holds as JSON, else what its end concludes.

A text that only tells things, such as an essay, has none. The sources are tried in the order of how clearly they say
that they are the answer; within one source the last match counts, since models correct themselves.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from pydantic_core import from_json

from apps.fusion.answers import cues
from apps.fusion.answers.edges import is_for_the_comparison, past_the_comparison
from apps.fusion.answers.endings import calculates, called, chosen, outcomes, worked
from apps.fusion.answers.formulas import closing_brace
from apps.fusion.answers.frames import concluding, framed, opening, without_orders
from apps.fusion.answers.marks import balanced, closes_formula, without_lone_marks
from apps.fusion.answers.qualifiers import is_bound, is_taken_back, leaves_open, retracts
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.stated_first import concluded_behind, stated_first
from apps.fusion.answers.stretches import Found, stripped, value_after
from apps.fusion.answers.values import LONGEST_LITERAL, Final, classify, closing_bracket
from apps.fusion.entities import without_entities
from apps.fusion.languages import DECIMAL_COMMA, language_of
from apps.fusion.vocabulary import FinalKind

MOST_MARKS = 12
"""Marks of one kind, the last of a text, behind which an answer is looked for."""
MOST_OUTPUT_WORDS = 4
"""Words up to which a JSON string under "output" is a string that a program returns."""
TAIL = 20_000
"""Characters at the end of an answer that are read."""
LONGEST_QUOTE = 300
"""Characters of a quote; a longer one is cut around the answer."""

_FENCE = re.compile(
    r"^[ \t]{0,3}(?P<mark>`{3,}+|~{3,}+)(?P<info>[^\n`]*+)\n(?P<body>.*?)(?:^[ \t]{0,3}(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_MEMBER_ENDS = re.compile(r"[\n}]|,\s*\"")
_STRING = re.compile(r"(?:[^\"\\]|\\.)*+", re.DOTALL)
_SENTENCE_ENDS = re.compile(r"[.!?。][\"'”’)*_]*(?=\s|$)")
_TO_SENTENCE_END = re.compile(r"[^\n]*?(?:[.!?。](?=\s|$)|(?=\n)|\Z)")
_ASSERTED = re.compile(r"^[ \t]*assert\b[^\n]{0,500}?==\s*", re.MULTILINE)
_TYPED = re.compile(r"^[ \t]*(?:>>>|\.\.\.)[^\n]*\n?", re.MULTILINE)
_PICTURES = re.compile("[\u2600-\u2716\u2719-\u274b\u2750-\u27bf\U0001f300-\U0001f6aa\U0001f6ac-\U0001faff\ufe0f]")
"""Signs that only decorate, each one character; crosses and "no entry" deny what follows them, so they stay."""
_LED = re.compile(r"[\s:]*(?:[*_]*[^\W\d_]{3,},?\s+)+[*_]*")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")


class FinalAnswer(NamedTuple):
    """The conclusion of a text: the words, their canonical form, and the quote around them with its span in the text.

    ``is_bare`` says that the text is nothing but this value, ``is_announced`` that it is named as the answer.
    """

    final: Final
    text: str
    quote: str
    span: tuple[int, int]
    is_bare: bool = False
    is_announced: bool = False


def final_answer(text: str, language: str | None = None) -> FinalAnswer | None:
    """Return the final answer of a text, ``None`` if it has none or refuses. ``language`` is its own, if known."""
    if not text.strip() or is_refusal(text):
        return None
    base = max(0, len(text) - TAIL)
    tail = text[base:]
    found = _read(plain(tail), language_of(text) if language is None else language)
    return _final(tail, base, found) if found else None


def plain(text: str) -> str:
    """Return a text of the same length without its pictures and entities, and what is not its own."""
    return without_orders(_PICTURES.sub(" ", without_entities(text)))


def final_of(text: str, found: Found) -> FinalAnswer:
    """Return what was found in the last ``TAIL`` characters of a text as its final answer."""
    base = max(0, len(text) - TAIL)
    return _final(text[base:], base, found)


def as_written(one: FinalAnswer, text: str) -> FinalAnswer:
    """Return a final answer that was read of a text of the same length in the words of this one."""
    base = max(0, len(text) - TAIL)
    shown = _shown(text, base + one.final.start, base + one.final.end)
    return one._replace(text=shown, quote=text[slice(*one.span)])


def _final(tail: str, base: int, found: Found) -> FinalAnswer:
    start, end = _quote(tail, found)
    lines = found.final.canonical.removeprefix("lines:") if found.final.canonical.startswith("lines:") else ""
    return FinalAnswer(
        final=found.final,
        text=_shown(tail, found.final.start, found.final.end) if not lines else lines.replace("\n", " ⏎ "),
        quote=tail[start:end],
        span=(base + start, base + end),
        is_bare=found.is_bare,
        is_announced=found.is_announced,
    )


def _read(text: str, language: str) -> Found | None:
    comma = language in DECIMAL_COMMA
    whole = _whole(text, comma)
    if whole:
        return whole
    named = _last([*_boxed(text, comma), *_json(text, comma), *_announced(text, comma)])
    block = _last_block(text, comma, named)
    if named or block:
        return block or _chosen_behind(text, named, comma) or named
    if verdict := _verdict(text):
        return verdict
    works = calculates(text)
    found = (
        concluding(text, comma, works)
        or opening(text, comma)
        or _last(outcomes(text, language, works=works))
        or _last(chosen(text))
    )
    if found := found or _last(called(text)):
        return concluded_behind(text, found.final, comma) or found
    result = worked(text, comma, works=works)
    return stated_first(text, comma, result.final if result else None) or result


def _chosen_behind(text: str, named: Found | None, comma: bool) -> Found | None:
    """Return the letter that is chosen in the last sentence, behind the one that names an answer: no "(C) and (D)"."""
    sentence = _TO_SENTENCE_END.match(text, named.final.end) if named else None
    if not sentence:
        return None
    at = sentence.end()
    last = concluding(text[at:], comma, works=True)
    if not last or last.final.kind is not FinalKind.CHOICE:
        return None
    return last._replace(
        final=last.final._replace(start=last.final.start + at, end=last.final.end + at), start=last.start + at
    )


def _last(found: Iterable[Found]) -> Found | None:
    return max(found, key=lambda one: (one.final.start, one.final.end), default=None)


def _last_of(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the last matches of a text: each is read on to the end of its line, so all of them would take long."""
    return list(deque(pattern.finditer(text), maxlen=MOST_MARKS))


def _whole(text: str, comma: bool) -> Found | None:
    """Return the value that is all of the text, in a fence or out of it."""
    start, end = stripped(text, 0, len(text))
    fence = _FENCE.match(text, start, end)
    is_fence = bool(fence and not text[fence.end() : end].strip())
    if fence and is_fence:
        start, end = _shown_in(text, *fence.span("body"))
    if start >= end or _is_object(text, start, end):
        return None
    if is_fence:
        found = classify(text, start, end, comma, whole=True)
        # A lone block is what the text answers: a program or its output, compared as it stands.
        return Found(found or _code(text, start, end), start, is_bare=True, is_announced=not found)
    if end - start > 400:
        return None
    says = cues.ONLY_SAYS.match(text, start, end)
    found = classify(text, says.end() if says else start, end, comma, whole=True)
    if not found or leaves_open(text[start : found.start], text[found.end : end]):
        return None
    return Found(found, start, is_bare=True)


def _shown_in(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch of a block of code that is a result: behind its only assertion, or behind its last prompt."""
    start, end = stripped(text, start, end)
    asserted = list(_ASSERTED.finditer(text, start, end))
    if len(asserted) == 1:
        return asserted[0].end(), end
    typed = list(_TYPED.finditer(text, start, end)) if text.startswith(">>>", start) else []
    return stripped(text, typed[-1].end(), end) if typed else (start, end)


def _last_block(text: str, comma: bool, named: Found | None) -> Found | None:
    """Return what the block of code shows with which a text ends, if it is a value or the line before announces it.

    A text that names its answer elsewhere ends with a block that only proves it.
    """
    fences = list(_FENCE.finditer(text)) if text.rstrip().endswith(("```", "~~~")) else []
    if not fences or text[fences[-1].end() :].strip():
        return None
    start, end = _shown_in(text, *fences[-1].span("body"))
    if start >= end or (named and not start <= named.final.start < end) or _is_object(text, start, end):
        return None
    line = text[: fences[-1].start()].rstrip().rpartition("\n")[2]
    found = classify(text, start, end, comma, whole=True)
    is_output = bool(cues.SHOWS_OUTPUT.search(line))
    if not found and not is_output:
        return None
    return Found(found or _code(text, start, end), start, is_announced=is_output)


def _is_object(text: str, start: int, end: int) -> bool:
    """Return whether a stretch is an object in which some key holds the answer."""
    return text[start] == "{" and bool(cues.JSON_KEY.search(text, start, end))


def _code(text: str, start: int, end: int) -> Final:
    lines = [line.rstrip() for line in text[start:end].splitlines()]
    return Final(FinalKind.CODE, "code:" + "\n".join(lines), start, end)


def _boxed(text: str, comma: bool) -> Iterator[Found]:
    for mark in _last_of(_BOXED, text):
        closing = closing_brace(text, mark.end() - 1, min(len(text), mark.end() + LONGEST_LITERAL))
        found = classify(text, mark.end(), closing, comma) if closing else None
        if found:
            yield Found(found, mark.start(), is_announced=True)


def _json(text: str, comma: bool) -> Iterator[Found]:
    """Yield the values of the keys that hold an answer; any such key where the text is one JSON object."""
    is_object = _is_json(text)
    for mark in _last_of(cues.JSON_KEY, text):
        # Within a list it is one answer of several: somebody's comparison, and no answer of the text.
        if text.count("[", 0, mark.start()) > text.count("]", 0, mark.start()):
            continue
        if not is_object and not mark["key"].casefold().endswith(("answer", "antwort", "答案", "ответ")):
            continue
        start = mark.end()
        if text[start : start + 1] == '"':
            end = _string_end(text, start)
            final = _of_string(text, start + 1, end, comma, mark["key"].casefold() in ("output", "result"))
            end = min(end + 1, len(text))
        else:
            end = _value_end(text, start)
            inner = cues.JSON_KEY.match(text, start, end)
            final = classify(text, inner.end() if inner else start, end - bool(inner), False)
        if final:
            key = start - len(mark.group().lstrip("{, \t\r\n"))
            yield Found(final, key, end, is_announced=True)


def _of_string(text: str, start: int, end: int, comma: bool, is_output: bool) -> Final | None:
    """Return the value of a JSON string: what its content says, or else the content as it stands.

    A few words as the output of a program are a string that it returns.
    """
    words, at, stop = text, start, end
    if "\\" in text[start:end]:
        with suppress(ValueError):
            words = str(from_json(text[start - 1 : end + 1]))
            at, stop = 0, len(words)
    found = classify(words, at, stop, comma, whole=True)
    said = words[at:stop]
    if not found and is_output and len(said.split()) <= MOST_OUTPUT_WORDS and not said.rstrip().endswith("."):
        return Final(FinalKind.LITERAL, f"text:{said}", start, max(end, start + 1))
    if start >= end:
        return None
    found = found or value_after(words[:stop], at, comma) or _code(words, at, stop)
    return found if words is text else found._replace(start=start, end=end)


def _value_end(text: str, start: int) -> int:
    """Return where a value of a JSON object ends that is no string."""
    if text[start : start + 1] in ("[", "{"):
        closing = closing_bracket(text, start, min(len(text), start + LONGEST_LITERAL))
        if closing:
            return closing + 1
    stop = _MEMBER_ENDS.search(text, start)
    return stop.start() if stop else len(text)


def _is_json(text: str) -> bool:
    """Return whether a text is one JSON object, in a fence or out of it."""
    start, end = stripped(text, 0, len(text))
    fence = _FENCE.match(text, start, end)
    body = fence["body"] if fence and not text[fence.end() : end].strip() else text[start:end]
    if not body.strip().startswith("{"):
        return False
    try:
        return isinstance(from_json(body, allow_partial=True), dict)
    except ValueError:
        # Raw line breaks in a string are no JSON, but models write them.
        return body.strip().endswith("}") and bool(cues.JSON_KEY.search(body))


def _string_end(text: str, start: int) -> int:
    """Return the place of the quotation mark that closes the one at ``start``."""
    found = _STRING.match(text, start + 1)
    return found.end() if found else len(text)


def _announced(text: str, comma: bool) -> Iterator[Found]:
    lowered = text.lower()
    if not any(word in lowered for word in cues.MAY_ANNOUNCE):
        return
    for mark in _last_of(cues.ANSWER, text):
        line = max(text.rfind("\n", 0, mark.start()) + 1, mark.start() - LONGEST_QUOTE)
        if cues.NEGATED.match(text, mark.end()) or is_for_the_comparison(text[line : mark.end()]):
            continue
        found = value_after(text, mark.end(), comma)
        if found and found.kind is FinalKind.TEXT:
            # "Is therefore the B": the words behind the announcement only lead to a value.
            led = framed(text, mark.start(), found.end, comma, is_last=True)
            if led and led.final.kind is FinalKind.CHOICE:
                found = led.final
            elif led and _LED.fullmatch(text, mark.end(), led.final.start):
                found = value_after(text, led.final.start, comma)
        if found and found.kind is FinalKind.NUMBER and is_bound(text, found.end):
            continue
        if found and is_taken_back(text, found.end):
            continue
        if found and not (found.kind is FinalKind.TEXT and cues.NO_ANSWER.match(text, mark.end())):
            yield Found(found, mark.start(), is_announced=True)


def _verdict(text: str) -> Found | None:
    """Return the yes or no with which a text opens, unless its line goes on to take it back."""
    mark = cues.OPENS_WITH_VERDICT.match(text, past_the_comparison(text))
    if not mark or retracts(text, mark.end(), _line_end(text, mark.end())):
        return None
    final = classify(text, mark.start("word"), mark.end("word"))
    return Found(final, mark.start("word"), is_announced=True) if final else None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _quote(text: str, found: Found) -> tuple[int, int]:
    """Return the span of the sentence or line around an answer, cut to the length of a quote."""
    start, end = found.start, found.final.end
    if found.end is not None and found.end - start <= LONGEST_QUOTE:
        return start, found.end
    line = text.rfind("\n", 0, found.final.start) + 1
    if line <= start:
        ends = [mark.end() for mark in _SENTENCE_ENDS.finditer(text, line, start)]
        start = ends[-1] if ends else line
    closing = _TO_SENTENCE_END.match(text, end)
    end = closing.end() if closing and closing.end() - start <= LONGEST_QUOTE else end
    start = max(start, end - LONGEST_QUOTE) if found.final.start >= end - LONGEST_QUOTE else found.final.start
    return balanced(text, *stripped(text, start, min(end, start + LONGEST_QUOTE)))


def _shown(text: str, start: int, end: int) -> str:
    """Return an answer as the page shows it: without the marks around it, or one of a pair within it."""
    words = text[start : end - closes_formula(text, start, end)]
    words = without_lone_marks(" ".join(words.split()).strip("*_` "))
    return words.rstrip(".,;:!") or words
