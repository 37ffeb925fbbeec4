"""The block rules that CommonMark lacks or that models need otherwise: formulas, footnotes, nested fences, tables.

``static/js/markdown/block_rules.js`` has the same rules for text that still streams. Each decides by the lines up to
the next blank one, or by whole lines: what stands above is never read anew.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from markdown_it.rules_block import StateBlock, heading, lheading, paragraph
from markdown_it.rules_core import StateCore

from apps.markdown.inline_rules import dollar_end

MAX_FORMULA_LINES: Final = 30
MAX_ROW: Final = 2_000
"""Characters of a table's row in which bars of code and formulas part no cells."""

BAR = "\ue002"
"""Stands for a bar that parts no cells until the tables are parsed."""
_ENVIRONMENT = re.compile(
    r"\\begin\{((?:align|aligned|alignat|gather|gathered|equation|multline|eqnarray|split|cases|array"
    r"|[pbvBV]?matrix)\*?)\}"
)
_FOOTNOTE = re.compile(r"\[\^([^\]\s^]{1,40})\]:[ \t]*")
_FENCE = re.compile(r"(`{3,}(?!.*`)|~{3,})(.*)$")
_MARKS = re.compile(r"`+|\$|\\[()]?")


def paragraph_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a paragraph, and leave the ideographic spaces that indent it: CommonMark strips spaces and tabs alone."""
    is_parsed = paragraph(state, start, end, silent)
    if is_parsed:
        _strip_ascii(state, start, state.line)
    return is_parsed


def underlined_heading_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a heading above its line of marks, which leaves such spaces too."""
    is_parsed = lheading(state, start, end, silent)
    if is_parsed:
        _strip_ascii(state, start, state.line - 1)
    return is_parsed


def heading_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a heading behind its marks, and leave such spaces too."""
    is_parsed = heading(state, start, end, silent)
    if is_parsed and not silent:
        text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].lstrip("#").strip(" \t")
        unclosed = text.rstrip("#")
        text = unclosed if unclosed[-1:] in ("", " ", "\t") else text
        state.tokens[-2].content = text.strip(" \t")
    return is_parsed


def _strip_ascii(state: StateBlock, start: int, end: int) -> None:
    state.tokens[-2].content = state.getLines(start, end, state.blkIndent, False).strip(" \t\n")


def formula_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Parse the lines from an opening ``\[``, ``$$`` or ``\begin{align}`` to where it closes, with no blank between.

    The first closing mark must end its line: ``$$a$$ and $$b$$`` is a line of text.
    """
    first = _line(state, start)
    environment = _ENVIRONMENT.match(first)
    closing = f"\\end{{{environment[1]}}}" if environment else {"\\[": "\\]", "$$": "$$"}.get(first[:2])
    if closing is None or state.is_code_block(start):
        return False
    for line in range(start, min(end, start + MAX_FORMULA_LINES)):
        text = _line(state, line)
        at = text.find(closing, 2 if line == start else 0)
        if not text or state.sCount[line] < state.blkIndent:
            return False
        if at >= 0:
            break
    else:
        return False
    content = state.getLines(start, line + 1, state.blkIndent, False).strip()
    if text[at + len(closing) :].strip() or not content[2:-2].strip():
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = content if environment else content[2:-2]
        token.map = [start, line + 1]
        state.line = line + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def footnote_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse ``[^1]: text`` to the next blank line or footnote; it stays where it stands."""
    match = _FOOTNOTE.match(_line(state, start))
    if not match or state.is_code_block(start):
        return False
    if silent:
        return True
    last = start + 1
    while last < end and _line(state, last) and not _FOOTNOTE.match(_line(state, last)):
        if state.sCount[last] < state.blkIndent:
            break
        last += 1
    state.env.setdefault("footnotes", set()).add(match[1])
    opening = state.push("footnote_open", "p", 1)
    opening.map, opening.meta = [start, last], {"label": match[1]}
    inline = state.push("inline", "", 0)
    text = "\n".join(_line(state, line) for line in range(start, last))
    inline.content, inline.map, inline.children = text[match.end() :].strip(), [start, last], []
    state.push("footnote_close", "p", -1)
    state.line = last
    return True


def fence_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a fence as CommonMark does, but let one that holds Markdown hold fences: models forget the longer marks."""
    match = _FENCE.match(_line(state, start)) if not state.is_code_block(start) else None
    if not match:
        return False
    if silent:
        return True
    mark, depth, has_end, line = match[1], 1, False, start + 1
    is_markdown = match[2].split()[:1] in (["markdown"], ["md"])
    while line < end:
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            break
        inner = _FENCE.match(text) if text[:3] == mark[:3] and not state.is_code_block(line) else None
        if inner and inner[1].startswith(mark):
            if inner[2].strip():
                depth += is_markdown
            else:
                depth -= 1
            if depth == 0:
                has_end = True
                break
        line += 1
    token = state.push("fence", "code", 0)
    token.info, token.markup, token.map = match[2], mark, [start, line + has_end]
    token.content = state.getLines(start + 1, line, state.sCount[start], True)
    state.line = line + has_end
    return True


# ---------------------------------------------------------------- bars in rows


def protect_bars(state: StateCore) -> None:
    """Hide the bars of code and formulas in what may be rows of a table, one character for one."""
    if "|" in state.src and ("`" in state.src or "$" in state.src or "\\(" in state.src):
        state.src = "\n".join(_protected(line) if "|" in line else line for line in state.src.split("\n"))


def _protected(line: str) -> str:
    return line if len(line) > MAX_ROW else _with_spans(line, lambda span: span.replace("|", BAR))


def _with_spans(line: str, change: Callable[[str], str]) -> str:
    """Return a line with its code and formulas changed."""
    parts, last = [], 0
    for start, end in _spans(line):
        parts += [line[last:start], change(line[start:end])]
        last = end
    return "".join([*parts, line[last:]])


def _spans(line: str) -> Iterator[tuple[int, int]]:
    """Yield where code and formulas begin and end in a line."""
    marks = list(_MARKS.finditer(line))
    closing: dict[str, int] = {}
    ends = [0] * len(marks)
    for number in range(len(marks) - 1, -1, -1):
        mark = marks[number]
        ends[number] = closing.get({"\\(": "\\)"}.get(mark[0], mark[0]), 0)
        closing[mark[0]] = mark.end()
    last = 0
    for mark, matching in zip(marks, ends, strict=True):
        if mark.start() < last:
            continue
        end = dollar_end(line, mark.start()) if mark[0] == "$" else matching
        if mark[0] == "\\" and mark.end() < len(line):
            last = mark.end() + 1
        elif end and mark[0] not in ("\\", "\\)"):
            yield mark.start(), end
            last = end


def _cell(text: str) -> str:
    r"""Return a cell's text in which ``\|`` in code is a bar, as it is everywhere else there. Source: GFM."""
    return _with_spans(text, lambda span: span.replace(f"\\{BAR}", "|") if span[0] == "`" else span)


def restore_bars(state: StateCore) -> None:
    """Put back the bars where the blocks are known."""
    before = ""
    for token in state.tokens:
        if BAR in token.content:
            content = _cell(token.content) if before in ("th_open", "td_open") else token.content
            token.content = content.replace(BAR, "|")
        before = token.type
        if BAR in token.info:
            token.info = token.info.replace(BAR, "|")
    for reference in state.env.get("references", {}).values():
        for key in ("title", "href"):
            reference[key] = reference[key].replace(BAR, "|").replace("%EE%80%82", "%7C")
