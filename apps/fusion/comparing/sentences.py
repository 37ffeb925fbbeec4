"""A Markdown text as blocks and sentences, each with its span in characters. Good enough to compare; renders nothing.

Code, headings, rules and table heads claim nothing and are left out; a table row is one sentence.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from apps.fusion.languages import language_of

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
CODE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
"""A block of code; its second group is the code."""
_NO_CLAIM = re.compile(r"\s*(?:#{1,6}\s|\[[^\]\n]*\]:|\$\$)")
_MARKER = re.compile(r"\s*(?:>\s?)*\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?)?")
_STARTS_BLOCK = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+|\s*\||\s*>")
_END = re.compile(r"(?<![.!?…؟])[.!?…؟]+[\"'”’»)\]*_]*(?=\s)|[。！？]+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'„“*_])(?:[A-Za-zÄÖÜ]|e\.g|i\.e|z\. ?B|d\. ?h|u\. ?a|v\. ?Chr|n\. ?Chr|a\.m|p\.m|U\.S|B\.C|A\.D|"
    r"Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|vs|etc|approx|ca|Nr|No|Fig|vol|bzw|Chr|Mio|Mrd|inkl|Inc|Ltd|Co|al|cf|ft|mi|sq|lb|oz)$",
)
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}$")
_MONTH = re.compile(r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
_EDGE = " \t\r\n*_|"
EMPHASIS = re.compile(r"(?<![\w*])(?:\*{1,3}|_{1,3})(?=[^\s*_])|(?<=[^\s*_])(?:\*{1,3}|_{1,3})(?![\w*])")
"""Marks of emphasis around words; "2 ** 3", "2*3" and "snake_case" have none."""
QUESTION_MARKS = ("?", "？", "؟")
"""The marks that end a question; those of Arabic, and of Chinese and Japanese, are others."""


class Span(NamedTuple):
    """A piece of a text, end exclusive."""

    start: int
    end: int


def blocks(text: str) -> list[Span]:
    """Return the paragraphs, list items, quotes and table rows of a text, without markers, in order."""
    found: list[Span] = []
    open_block: Span | None = None
    for line in _claiming_lines(text):
        marker = _MARKER.match(text, line.start, line.end)
        body = _trimmed(text, Span(marker.end() if marker else line.start, line.end))
        joins = open_block and body and not _STARTS_BLOCK.match(text, line.start, line.end)
        if open_block and body and joins:
            open_block = Span(open_block.start, body.end)
            continue
        found += [open_block] if open_block else []
        open_block = body
    return found + ([open_block] if open_block else [])


def sentences(text: str) -> list[Span]:
    """Return the sentences of all blocks in order, without the marks around them."""
    german = language_of(text) == "de"
    found = []
    for block in blocks(text):
        is_row = text[max(0, block.start - 4) : block.start].rstrip().endswith("|")
        pieces = [block] if is_row else _split(text, block, german)
        found += [piece for piece in (_trimmed(text, piece) for piece in pieces) if piece]
    return found


def _claiming_lines(text: str) -> Iterator[Span]:
    """Yield the lines outside code blocks. A line without a claim comes as an empty span, because it ends a block."""
    fence = ""
    lines = [Span(line.start(), line.end()) for line in re.finditer(r"[^\n]+\n?|\n", text)]
    for line, after in zip_longest(lines, lines[1:], fillvalue=Span(0, 0)):
        words = text[line.start : line.end]
        mark = _FENCE.match(words)
        is_code = bool(fence or mark)
        if is_code:
            fence = _next_fence(fence, mark.group(1) if mark else "")
        is_head = "|" in words and _is_rule(text[after.start : after.end])
        claims = not (is_code or is_head or _is_rule(words) or _NO_CLAIM.match(words))
        yield line if claims else Span(line.start, line.start)


def _is_rule(line: str) -> bool:
    """Return whether a line separates: a thematic break, an underlined heading, the rule below a table's head."""
    marks = set("".join(line.split()))
    return bool(marks) and (marks <= set("|:-") or marks in ({"*"}, {"_"}, {"="}))


def _next_fence(fence: str, mark: str) -> str:
    """Return the fence that is open after a line with ``mark``."""
    if not fence:
        return mark
    return "" if mark.startswith(fence) else fence


def _trimmed(text: str, span: Span) -> Span | None:
    """Return a span without the space and emphasis at its edges; ``None`` if nothing is left."""
    start, end = span
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE:
        end -= 1
    return Span(start, end) if start < end else None


def _split(text: str, block: Span, german: bool) -> Iterator[Span]:
    start = block.start
    for mark in _END.finditer(text, block.start, block.end):
        if _ends_sentence(text, start, mark, german):
            yield Span(start, mark.end())
            start = mark.end()
    yield Span(start, block.end)


def _ends_sentence(text: str, start: int, mark: re.Match[str], german: bool) -> bool:
    after = text[mark.end() : mark.end() + 40].lstrip(" \t\r\n*_\"'(„“«")
    # Only a full stop is ambiguous.
    if not after or mark.group()[0] != ".":
        return True
    before = text[max(start, mark.start() - 12) : mark.start()]
    if _ABBREVIATION.search(before):
        return False
    # "am 3. Mai": in German any number can be an ordinal, elsewhere only one before a month.
    if _ORDINAL.search(before) and (german or _MONTH.match(after)):
        return False
    return not after[0].islower()
