"""The literals of a text that may be the output of a program, wherever and however they are written."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise, zip_longest
from typing import NamedTuple

from apps.fusion.answers.choice.numbers import numbers_of
from apps.fusion.answers.programs import SPAN
from apps.fusion.answers.stretches import stripped
from apps.fusion.answers.values import Final, classify
from apps.fusion.vocabulary import FinalKind

MOST_BETWEEN = 3
"""Words between two outputs in the marks of code that are the lines of one: "`1`, then `2`"."""
LONGEST_LINE = 120
"""Characters of an output that is a line without marks."""
MOST_LINES = 12
"""Lines of an output that no block of code holds."""
MOST = 60
"""Literals of a text that are weighed: its last ones."""
MOST_FOUND = 240
"""Literals that are looked through for these, since most stand in several marks."""

FENCE = re.compile(
    r"^[ \t>]{0,3}(?P<mark>`{3,}+|~{3,}+)(?P<info>[^\n`]*+)\n(?P<body>.*?)(?:^[ \t>]{0,3}(?P=mark)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_BOLD = re.compile(r"(?:\*\*|__)(?P<inner>(?=\S)[^*\n`]{1,200}?)(?<![:：\s])(?:\*\*|__)(?![:：])")
_QUOTED = re.compile(
    r"(?<!\w)(?:[\"“„«](?P<inner>[^\"“”»\n]{0,120})[\"”“»]|'(?P<single>[^'\n]{0,80})'(?!\w)|「(?P<cjk>[^」\n]{1,80})」)"
)
_STATEMENT = re.compile(
    r"^\s*(?:def|class|import|from|for|while|if|return|print|let|const|var|function|#include|public|fn|SELECT|CASE|echo)\b|"
    r"^\s*\w+(?:\[[^\]\n]*\])?\s[-+*/]?=\s\S|^>>>|;\s*$|^\s*[\w.]+\([^\n]*\)\s*(?:$|#|//)",
    re.MULTILINE,
)
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.|>(?!=)|\$|In \[\d+\]:)(?:[ \t]|$)")
_COMMENT = re.compile(
    r"(?:#|//|--)[ \t]*(?:(?:=>|->|→|prints?|outputs?|returns?|gives)[: \t]*)?(?P<value>[^\n]+?)[ \t]*$", re.MULTILINE
)
_TABLE = re.compile(
    r"\A\s*[^\n]*\n[ \t|]*[-+=]{3,}[-+=| \t]*\n[ \t|]*(?P<value>[^\n|]+?)[ \t|]*\n"
    r"(?:[-+ ]+\n)?\s*(?:\(\d+ rows?\))?\s*\Z"
)
_OPENS = re.compile(
    r"(?<![\w'\"])[\[({]|(?<![\w.])(?:(?<![\d)\]] )[-−])?\d|"
    r"\b(?:True|False|None|null|NULL|Null|NaN|undefined|true|false|nil)\b"
)
_VALUE = (
    r"(?:[-−]?\d+(?:\.\d+)?|True|False|None|true|false|null|NaN|undefined|"
    r"'[^'\n]*'|\[[^\[\]\n]*\]|\([^()\n]*\)|\{[^{}\n]*\})"
)
_DIGITS = re.compile(r"[-−]?\d+(?:\.\d+)?")
_RUN = re.compile(rf"(?<![\w)\]}}+*/=<>.-])(?:{_VALUE} ){{1,12}}{_VALUE}(?![\w(\[])")
_ERROR = re.compile(r"\b(?:[A-Z][A-Za-z]*(?:Error|Exception)|StopIteration|KeyboardInterrupt)\b")
_RESULT = re.compile(r"^[→⇒=> ]+|^[^:：\d\[{('\"]{1,30}[:：]\s|\d\)?\s(?:=|→|⇒)\s")
"""The part before the result of a line that works it out."""
_BEHIND_COLON = re.compile(r"[:：→⇒⟶]|->|=>")
_ASCII = re.compile(
    r"(?<=[\u3040-\u30ff\u3400-\u9fff])[ \t]?(?P<inner>[-A-Za-z0-9_\[({][!-_a-~ ]{0,60}?)[ \t]?"
    r"(?=[\u3040-\u30ff\u3400-\u9fff。，、（）]|[.,]?$|,)",
    re.MULTILINE,
)
_LAST_WORD = re.compile(r"(?P<inner>[^\s.,;:!?()（）。\u3040-\u30ff\u3400-\u9fff]{1,40})[.!。]?[\s*_]*\Z")
_LIST = re.compile(r"[ \t>]*(?:[-*+•|#]|\d{1,2}[.)]\s)")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[,;]?\s+){2,}[^\W\d_]{2,}|[.。:：]\s*$|[`→。，！？]|\*\*|\w\.\s[A-Z]")
_FLOAT = re.compile(r"\d\.0+(?!\d)")
_QUOTATION = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")
_EDGE = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
_BEGINS = re.compile(rf"(?<!{_EDGE})(?<![.\[(\-])")
_ENDS = re.compile(rf"(?!{_EDGE}|[\])]|[.,]\d)")
_VALUES = (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.BOOLEAN)


class Literal(NamedTuple):
    """A literal in a text, from ``start`` to ``end`` with its marks; ``mark`` says how it is written."""

    final: Final
    start: int
    end: int
    mark: str


def output_form(text: str, start: int, end: int) -> Final:
    """Return an output as a value if all of it is one, else as it is written: 2.0 is not 2, as programs tell them."""
    start, end = stripped(text, start, end)
    while end > start and text[end - 1] == ">" and text[start:end].rpartition("\n")[2].strip() == ">":
        start, end = stripped(text, start, end - 1)
    if (
        end - start > 2
        and text[start] in "'\""
        and text[end - 1] == text[start]
        and text[start] not in text[start + 1 : end - 1]
    ):
        start, end = start + 1, end - 1
    begin = start + (2 if text.startswith("> ", start) else 0)
    words = _QUOTATION.sub("", text[begin:end])
    error = _ERROR.match(words) or ("Traceback" in words and list(_ERROR.finditer(words))[-1:])
    if error:
        name = error if isinstance(error, re.Match) else error[0]
        return Final(FinalKind.LITERAL, f"error:{name.group()}", begin, end)
    if "\n" in words:
        lines = "\n".join(line.rstrip() for line in words.splitlines())
        return Final(FinalKind.LITERAL, f"lines:{lines}", begin, end)
    found = classify(text, begin, end, whole=True)
    if found and found.kind in _VALUES and found.end >= end:
        is_float = found.kind is FinalKind.NUMBER and _FLOAT.search(text, found.start, found.end)
        return found._replace(canonical=f"{found.canonical}.0", value=None) if is_float else found
    return Final(FinalKind.LITERAL, f"text:{words}", begin, end)


def literals_of(
    text: str, sentences: Iterable[tuple[int, int]], language: str, nothing: re.Pattern[str]
) -> list[Literal]:
    """Return the literals of a text in their order; of two at one place the longer first."""
    prose = without_blocks(text)
    spans = list(sentences)
    found = [*_in_blocks(text), *_in_marks(prose), *_lines(prose), *_bare(prose)]
    taken = {at for one in found if one.mark in ("code", "quoted", "bare") for at in range(one.start, one.end)}
    for start, end in spans:
        found += _of_sentence(prose, start, end, taken)
    found += [
        Literal(one.final, one.start, one.end, "spelt") for one in numbers_of(prose, spans, language) if one.is_spelt
    ]
    found += [
        Literal(Final(FinalKind.LITERAL, "text:", *one.span()), *one.span(), "nothing")
        for one in nothing.finditer(prose)
    ]
    for one in _ERROR.finditer(text):
        found.append(Literal(Final(FinalKind.LITERAL, f"error:{one.group()}", *one.span()), *one.span(), "error"))
    return _distinct(found)


def said_in(text: str, known: Mapping[str, Final], taken: Iterable[Literal]) -> Iterator[Literal]:
    """Yield where a text has words without marks that are an output elsewhere."""
    prose, own = without_blocks(text), list(taken)
    for raw in sorted(known):
        for start in deque(_alone(raw, prose), MOST):
            end = start + len(raw)
            if not any(it.start <= start and end <= it.end for it in own):
                yield Literal(output_form(text, start, end), start, end, "known")


def _alone(raw: str, prose: str) -> Iterator[int]:
    """Yield where words stand in a text and are no part of longer ones, one behind the end of the other."""
    at = prose.find(raw)
    while at >= 0:
        end = at + len(raw)
        is_alone = bool(_BEGINS.match(prose, at) and _ENDS.match(prose, end))
        if is_alone:
            yield at
        at = prose.find(raw, end if is_alone else at + 1)


def raw_of(text: str, final: Final) -> str:
    return text[final.start : final.end].strip("`*_'\"“”„«» \n")


def without_blocks(text: str) -> str:
    """Return a text of the same length without its blocks of code."""
    return FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block.group()), text)


def _distinct(found: Iterable[Literal]) -> list[Literal]:
    """Return literals in their order, each value once at a place: of two the one in stronger marks."""
    kept: list[Literal] = []
    last = sorted(found, key=lambda one: one.start)[-MOST_FOUND:]
    for one in sorted(last, key=lambda one: (_MARKS.index(one.mark), one.start - one.end)):
        same = [it for it in kept if it.start <= one.start and one.end <= it.end]
        if any(it.final.canonical == one.final.canonical or it.mark in _WHOLE for it in same) and one.mark != "joined":
            continue
        kept.append(one)
    return sorted(kept, key=lambda one: (one.start, -one.end))[-MOST:]


_MARKS = (
    "block", "listing", "comment", "joined", "code", "bold", "whole", "line", "nothing", "error",
    "quoted", "label", "run", "bare", "spelt",
    "ascii", "last_word", "known",
)  # fmt: skip
"""The ways to write a literal, the strongest first."""
_WHOLE = ("block", "listing", "code", "run")
"""Those of which no part is another one."""
_SHOWS_TEXT = frozenset(["", "text", "txt", "output", "console", "plaintext", "plain", "stdout", "shell", "bash", "sh"])


def _in_blocks(text: str) -> Iterator[Literal]:
    for block in FENCE.finditer(text):
        start, end = block.span("body")
        is_quoted = block.group().lstrip().startswith(">")
        body = block["body"]
        table = _TABLE.match(body)
        if table:
            at = start + table.start("value"), start + table.end("value")
            yield Literal(output_form(text, *at), *at, "block")
        elif not is_quoted and any(_PROMPT.match(line) for line in body.splitlines()):
            lines = list(re.finditer(r"[^\n]+", body))
            typed = [at for at, one in enumerate(lines) if _PROMPT.match(one.group())]
            if shown := lines[typed[-1] + 1 :]:
                at = start + shown[0].start(), start + shown[-1].end()
                yield Literal(output_form(text, *at), *at, "block")
        elif body.strip() and not _STATEMENT.search(body) and not re.match(r"\s*(?:#|//|--)\s", body):
            mark = "block" if block["info"].strip().casefold() in _SHOWS_TEXT else "listing"
            yield Literal(output_form(text, start, end), *stripped(text, start, end), mark)
        else:
            for one in _COMMENT.finditer(text, start, end):
                yield Literal(output_form(text, *one.span("value")), *one.span(), "comment")
            lines = [one for one in re.finditer(r"\S[^\n]*", body) if not re.match(r"#|//|--", one.group())]
            if len(lines) == 1:
                at = start + lines[0].start(), start + lines[0].end()
                found = output_form(text, *at)
                if not found.canonical.startswith("text:") or not _STATEMENT.search(lines[0].group()):
                    yield Literal(found, *at, "listing")


def _in_marks(text: str) -> Iterator[Literal]:
    spans = list(SPAN.finditer(text))[-MOST_FOUND:]
    for one in spans:
        yield Literal(output_form(text, *one.span("inner")), *one.span(), "code")
    run: list[re.Match[str]] = []
    for one, other in pairwise(spans):
        between = text[one.end() : other.start()]
        if len(_WORD.findall(between)) <= MOST_BETWEEN and not re.search(r"[.;:→=()（）]|\n\s*\n", between):
            run = [*run[1 - MOST_LINES :], other] if run and run[-1] is one else [one, other]
            yield _of_lines(run)
    for one in _BOLD.finditer(text):
        label = re.match(r"[^:：\n]{1,40}[:：]\s?(?=\S)", one["inner"])
        start = one.start("inner") + (label.end() if label and one["inner"][:1] not in "[{(" else 0)
        yield Literal(output_form(text, start, one.end("inner")), *one.span(), "bold")
    for one in _QUOTED.finditer(text):
        name = next(name for name in ("inner", "single", "cjk") if one[name] is not None)
        words = one[name].strip()
        if words:
            yield Literal(Final(FinalKind.LITERAL, f"text:{words}", *one.span(name)), *one.span(), "quoted")


def _of_lines(spans: list[re.Match[str]]) -> Literal:
    lines = "\n".join(one["inner"].strip() for one in spans)
    start, end = spans[0].start(), spans[-1].end()
    return Literal(Final(FinalKind.LITERAL, f"lines:{lines}", start, end), start, end, "joined")


def _lines(text: str) -> Iterator[Literal]:
    """Yield the lines that are no prose: all of a text, a paragraph, and several one after another."""
    run: list[re.Match[str]] = []
    all_lines = list(re.finditer(r"[^\n]+", text))
    is_whole = len([one for one in all_lines if one.group().strip()]) == 1
    for at, one in enumerate(all_lines):
        words = one.group().strip()
        is_plain = (
            bool(words.strip(">|-_ "))
            and len(words) <= LONGEST_LINE
            and not _PROSE.search(words)
            and not _LIST.match(one.group())
        )
        if not is_plain:
            run = []
            continue
        span = stripped(text, *one.span())
        worked_out = list(_RESULT.finditer(words))
        begin = span[0] + (worked_out[-1].end() if worked_out else 0)
        yield Literal(output_form(text, begin, span[1]), *span, "whole" if is_whole else "line")
        is_next = bool(run) and all_lines[at - 1] is run[-1] and text[run[-1].end() : one.start()] == "\n"
        run = [*run, one] if is_next else [one]
        if 1 < len(run) <= MOST_LINES:
            span = stripped(text, run[0].start(), one.end())
            yield Literal(output_form(text, *span), *span, "line")


def _bare(text: str) -> Iterator[Literal]:
    """Yield the values of prose without marks."""
    end = 0
    for mark in _OPENS.finditer(text):
        if mark.start() < end:
            continue
        line = text.find("\n", mark.start())
        stop = min(line if line >= 0 else len(text), mark.start() + 400)
        found = classify(text, mark.start(), stop)
        if (
            found
            and found.kind in _VALUES
            and not (text[found.start] == "(" and _PROSE.search(text, found.start, found.end))
        ):
            if found.kind is FinalKind.NUMBER:
                digits = _DIGITS.match(text, mark.start())
                found = output_form(text, *digits.span()) if digits else found
            end = found.end
            yield Literal(found, found.start, found.end, "bare")
    for mark in _RUN.finditer(text):
        yield Literal(output_form(text, *mark.span()), *mark.span(), "run")


def _of_sentence(text: str, start: int, end: int, taken: Collection[int]) -> Iterator[Literal]:
    """Yield what stands behind a colon or an arrow that is at none of the ``taken`` places, and the last word."""
    start, end = stripped(text, start, end)
    marks = [mark for mark in _BEHIND_COLON.finditer(text, start, end) if mark.start() not in taken]
    for mark, after in zip_longest(marks, marks[1:]):
        at, stop = stripped(text, mark.end(), after.start() if after else end)
        words = text[at:stop].strip("*_ ").rstrip(".,;。，!")
        if 0 < len(words) <= LONGEST_LINE // 2 and not re.search(r"[\n`*]|^>?$", words) and not _PROSE.search(words):
            begin = text.index(words, at)
            yield Literal(output_form(text, begin, begin + len(words)), begin, begin + len(words), "label")
    for one in _ASCII.finditer(text, start, end):
        if "**" not in one["inner"]:
            yield Literal(output_form(text, *one.span("inner")), *one.span("inner"), "ascii")
    last = _LAST_WORD.search(text, max(start, end - 60), end)
    if last and last["inner"].strip("*_`"):
        words = last["inner"].strip("*_`\"'")
        begin = text.find(words, last.start("inner"))
        if words:
            yield Literal(output_form(text, begin, begin + len(words)), begin, begin + len(words), "last_word")
