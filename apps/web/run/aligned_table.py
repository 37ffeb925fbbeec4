"""The rows of the aligned view as HTML: written without templates, since eight long answers have thousands of cells."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from django.utils.safestring import SafeString, mark_safe

from apps.fusion.comparing.rows import Cell, Row
from apps.fusion.vocabulary import RowKind
from apps.markdown.inline import render_inline
from apps.runs.reading.call_snapshot import CallSnapshot

WORDS = {
    RowKind.SAME: "same",
    RowKind.REWORDED: "reworded",
    RowKind.NUMBERS: "numbers differ",
    RowKind.OPPOSED: "contradict",
    RowKind.ALONE: "alone",
}
MOST_FORMULAS = 100
"""Cells whose formulas are drawn; in further ones their source is shown."""

_MARKS = re.compile(r"\*\*+|__+|~~|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|!?\[(?=[^\[\]]*\]\()|\]\([^()\s]{0,2000}\)")
_BEGIN, _END = "\ue000", "\ue001"
"""Characters for private use that stand for the tags around a number while Markdown's marks are taken off."""
_FORMULA = re.compile(r"\$|\\\(|\\\[")


def draw_rows(rows: Iterable[Row], answers: Mapping[str, CallSnapshot], page: str) -> SafeString:
    """Return table rows with a column for each answer; a cell leads to its words on the run's own ``page``."""
    texts = {slot: call.text for slot, call in answers.items()}
    links = {slot: f"{escape(page)}#said-{call.id}-" for slot, call in answers.items()}
    empty = {slot: f'<td role="gridcell" class="silent" data-slot="{slot}"></td>' for slot in answers}
    formulas = 0
    parts: list[str] = []
    for row in rows:
        word = WORDS[row.kind]
        parts.append(f'<tr role="row" data-kind="{row.kind}"><th role="rowheader" scope="row">{word}</th>')
        cells = {cell.slot: cell for cell in row.cells}
        for slot, silent in empty.items():
            cell = cells.get(slot)
            if cell is None:
                parts.append(silent)
                continue
            has_formula = not row.is_code and bool(_FORMULA.search(texts[slot], cell.start, cell.end))
            formulas += has_formula
            words = _words(texts[slot], cell, row.is_code, has_formula and formulas <= MOST_FORMULAS)
            parts.append(
                f'<td role="gridcell" data-slot="{slot}"><span class="chip" data-slot="{slot}">{slot}</span>'
                f'<a href="{links[slot]}{cell.start}-{cell.end}" dir="auto">{words}</a></td>'
            )
        parts.append("</tr>\n")
    return mark_safe("".join(parts))  # noqa: S308 - every text in it is escaped here, or comes from apps.markdown


def _words(text: str, cell: Cell, is_code: bool, has_formula: bool) -> str:
    """Return the words of a cell as HTML, without Markdown's marks, with the numbers that differ marked."""
    if has_formula and not cell.numbers:
        return render_inline(text[cell.start : cell.end])
    pieces, last = [], cell.start
    for start, end in cell.numbers:
        pieces += [_safe(text[last:start]), _BEGIN, _safe(text[start:end]), _END]
        last = end
    # In one go: the marks of "*412 kg*" stand around the number.
    words = _plain("".join([*pieces, _safe(text[last : cell.end])]), is_code)
    words = words.replace(_BEGIN, "<mark>").replace(_END, "</mark>")
    return f"<code>{words}</code>" if is_code else words


def _safe(text: str) -> str:
    return text.replace(_BEGIN, "").replace(_END, "")


def _plain(text: str, is_code: bool) -> str:
    if is_code:
        return escape(text, quote=False)
    cells = _MARKS.sub("", text).split("|")
    return escape(cells[0] if len(cells) == 1 else " · ".join(cell.strip() for cell in cells), quote=False)
