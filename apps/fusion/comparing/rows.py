"""The aligned view of several answers: a row for each thing that is said, a cell for each answer that says it.

Sentences are put together as the built-in analysis does it, code blocks by their lines. A cell holds a span of its
answer and nothing of its text, so that what is stored says nothing without the answers. Headings, the heads of tables
and words that only introduce a list are left out; questions and very long sentences stand together only word for word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import NamedTuple

from rapidfuzz import fuzz

from apps.fusion.comparing.alignment import Aligned, align
from apps.fusion.comparing.clauses import is_left_open
from apps.fusion.comparing.comparison import Relation
from apps.fusion.comparing.quantities import Quantity
from apps.fusion.comparing.sentences import CODE, Span, sentences
from apps.fusion.comparing.statements import Statement, statements
from apps.fusion.frozen import Value
from apps.fusion.vocabulary import RowKind

VERSION = 3
"""Changes with the rules below; rows of another version are computed anew."""
MOST_CHARACTERS = 50_000
"""Characters of each answer that are aligned."""
MOST_SENTENCES = 400
"""Sentences of each answer that are aligned."""
SAME_CODE = 60.0
"""The likeness, 0 to 100, from which two code blocks are one block that was changed."""
MOST_CODE = 5_000
"""Characters of a code block that are compared with others."""
MOST_BLOCKS = 50
"""Code blocks of each answer that are aligned: each is compared with each of the others'."""

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_FOLDED = re.compile(r"[\W_]+")


class Cell(Value):
    """A slot's words on the subject of a row: ``answer[start:end]``. ``numbers`` are the spans that differ there."""

    slot: str
    start: int
    end: int
    numbers: tuple[tuple[int, int], ...] = ()


class Row(Value):
    """Words of different answers on one subject, by slot. ``is_code``: they are the contents of code blocks."""

    kind: RowKind
    cells: tuple[Cell, ...]
    is_code: bool = False


class Rows(Value):
    """The rows of a set of answers in order of first mention. ``cut`` names the slots that were not read to the end."""

    version: int = VERSION
    rows: tuple[Row, ...] = ()
    cut: tuple[str, ...] = ()


class _Piece(NamedTuple):
    """Words of one slot before they are a cell, and what they state, if that was compared."""

    slot: str
    start: int
    end: int
    statement: Statement | None = None


def align_rows(answers: Mapping[str, str]) -> Rows:
    """Align answers (slot to text). The order of the slots makes no difference but to ties."""
    texts = {slot: answers[slot][:MOST_CHARACTERS] for slot in sorted(answers)}
    pieces = {slot: sentences(text) for slot, text in texts.items()}
    found = [one for slot, text in texts.items() for one in statements(slot, text, MOST_SENTENCES)]
    aligned = align(found)
    blocks = {slot: _blocks(slot, text) for slot, text in texts.items()}
    rows = [*_spoken(texts, pieces, found, aligned), *_code(texts, blocks)]
    cut = [
        slot
        for slot, text in answers.items()
        if len(text) > MOST_CHARACTERS or len(pieces[slot]) > MOST_SENTENCES or len(blocks[slot]) > MOST_BLOCKS
    ]
    return Rows(rows=tuple(sorted(rows, key=lambda row: _first_mention(row, texts))), cut=tuple(sorted(cut)))


def _first_mention(row: Row, texts: Mapping[str, str]) -> tuple[int, str]:
    """Return where a row is first said in any answer; answers that say it at the same place leave it to the words."""
    first = min(row.cells, key=lambda cell: (cell.start, cell.slot))
    return first.start, texts[first.slot][first.start : first.end]


# ---------------------------------------------------------------- sentences


def _spoken(
    texts: Mapping[str, str], spans: Mapping[str, Sequence[Span]], found: Sequence[Statement], aligned: Aligned
) -> list[Row]:
    """Return the rows of sentences: those of a group, those that are equal word for word, and the rest alone."""
    group_of = {(one.slot, one.start): number for number, group in enumerate(aligned.groups) for one in group}
    members: dict[int, list[_Piece]] = {}
    rest: list[_Piece] = []
    for slot, own in spans.items():
        for span, parts in _with_parts(own[:MOST_SENTENCES], [one for one in found if one.slot == slot]):
            grouped = {group_of[slot, part.start]: part for part in parts if (slot, part.start) in group_of}
            for number, part in grouped.items():
                # The clauses beside it that nobody else has stay with it: a sentence is shown once if it can be.
                shown = span if len(grouped) == 1 else part
                members.setdefault(number, []).append(_Piece(slot, shown.start, shown.end, part))
            if not grouped and (parts or not is_left_open(texts[slot][span.start : span.end])):
                rest.append(_Piece(slot, span.start, span.end))
    return [_row(group, texts, aligned) for group in _join_equal(members.values(), rest, texts)]


def _with_parts(spans: Iterable[Span], found: Iterable[Statement]) -> Iterator[tuple[Span, list[Statement]]]:
    """Yield the sentences of an answer in order, each with its statements; both are sorted by where they begin."""
    coming = iter(found)
    one = next(coming, None)
    for span in spans:
        parts = []
        while one is not None and one.start < span.end:
            parts.append(one)
            one = next(coming, None)
        yield span, parts


def _join_equal(groups: Iterable[list[_Piece]], rest: Iterable[_Piece], texts: Mapping[str, str]) -> list[list[_Piece]]:
    """Add pieces to groups in which their very words stand already, or to new ones; at most one of each slot."""
    found = list(groups)
    with_words: dict[str, list[list[_Piece]]] = {}
    for group in found:
        for words in {_fold(texts[piece.slot][piece.start : piece.end]) for piece in group}:
            with_words.setdefault(words, []).append(group)
    for piece in rest:
        same = with_words.setdefault(_fold(texts[piece.slot][piece.start : piece.end]), [])
        # The second "Yes." of an answer goes with the second one of another.
        group = next((one for one in same if piece.slot not in {other.slot for other in one}), [])
        if not group:
            same.append(group)
            found.append(group)
        group.append(piece)
    return found


def _row(group: Sequence[_Piece], texts: Mapping[str, str], aligned: Aligned) -> Row:
    """Return the row of pieces on one subject, with the numbers that differ."""
    said = {_fold(texts[piece.slot][piece.start : piece.end]) for piece in group}
    differing: dict[str, set[tuple[int, int]]] = {}
    is_opposed = False
    for a, b in combinations([piece.statement for piece in group if piece.statement], 2):
        for one, quantity in _differing(a, b):
            differing.setdefault(one.slot, set()).add((one.start + quantity.start, one.start + quantity.end))
        compared = aligned.compare(a, b)
        is_opposed |= compared.relation is Relation.CONFLICT and compared.quantities is None
    if len(group) == 1:
        kind = RowKind.ALONE
    elif len(said) == 1:
        kind, differing = RowKind.SAME, {}
    else:
        kind = RowKind.NUMBERS if differing else RowKind.OPPOSED if is_opposed else RowKind.REWORDED
    cells = [
        Cell(slot=p.slot, start=p.start, end=p.end, numbers=tuple(sorted(differing.get(p.slot, ())))) for p in group
    ]
    return Row(kind=kind, cells=tuple(sorted(cells, key=lambda cell: cell.slot)))


def _differing(a: Statement, b: Statement) -> list[tuple[Statement, Quantity]]:
    """Return the figures of two statements that measure the same, where no two of them can both be true."""
    marked: list[tuple[Statement, Quantity]] = []
    for kind in dict.fromkeys(_measures(quantity) for quantity in a.quantities):
        mine = [quantity for quantity in a.quantities if _measures(quantity) == kind]
        theirs = [quantity for quantity in b.quantities if _measures(quantity) == kind]
        if theirs and not any(one.compatible(other) for one in mine for other in theirs):
            marked += [*((a, quantity) for quantity in mine), *((b, quantity) for quantity in theirs)]
    return marked


def _measures(quantity: Quantity) -> str:
    """Return what a figure measures; counted things count alike, whatever they are called."""
    return quantity.dimension.partition(":")[0].replace("number", "count")


def _fold(text: str) -> str:
    return _FOLDED.sub(" ", text).strip().casefold() or text.strip()


# ---------------------------------------------------------------- code


def _blocks(slot: str, text: str) -> list[_Piece]:
    """Return the code blocks of an answer, one more at most than are aligned."""
    blocks = (_Piece(slot, match.start(2), match.end(2)) for match in CODE.finditer(text) if match[2].strip())
    return list(islice(blocks, MOST_BLOCKS + 1))


def _code(texts: Mapping[str, str], found: Mapping[str, Sequence[_Piece]]) -> list[Row]:
    """Return the rows of code blocks, the most alike put together first."""
    blocks = [block for own in found.values() for block in own[:MOST_BLOCKS]]
    lines = {block: texts[block.slot][block.start : block.end][:MOST_CODE].strip() for block in blocks}
    pairs = [
        (fuzz.ratio(lines[a], lines[b], score_cutoff=SAME_CODE), a, b)
        for a, b in combinations(blocks, 2)
        if a.slot != b.slot
    ]
    group_of: dict[_Piece, list[_Piece]] = {block: [block] for block in blocks}
    alike = [(likeness, a, b) for likeness, a, b in pairs if likeness]
    for _, a, b in sorted(alike, key=lambda one: (-one[0], *sorted((lines[one[1]], lines[one[2]])))):
        one, other = group_of[a], group_of[b]
        if not {piece.slot for piece in one} & {piece.slot for piece in other}:
            group_of.update(dict.fromkeys(one + other, one + other))
    groups = {id(group): group for group in group_of.values()}.values()
    return [_code_row(group, lines, texts) for group in groups]


def _code_row(group: Sequence[_Piece], lines: Mapping[_Piece, str], texts: Mapping[str, str]) -> Row:
    """Return the row of code blocks that are alike; if only numbers are not, these are marked."""
    kind, differing = RowKind.REWORDED, set[int]()
    if len(group) == 1:
        kind = RowKind.ALONE
    elif len({lines[piece] for piece in group}) == 1:
        kind = RowKind.SAME
    elif len({_NUMBER.sub("0", lines[piece]) for piece in group}) == 1:
        kind = RowKind.NUMBERS
        written = zip(*(_NUMBER.findall(lines[piece]) for piece in group), strict=True)
        differing = {at for at, numbers in enumerate(written) if len(set(numbers)) > 1}
    cells = []
    for piece in group:
        found = [match.span() for match in _NUMBER.finditer(texts[piece.slot], piece.start, piece.end)]
        numbers = tuple(found[at] for at in sorted(differing) if at < len(found))
        cells.append(Cell(slot=piece.slot, start=piece.start, end=piece.end, numbers=numbers))
    return Row(kind=kind, cells=tuple(sorted(cells, key=lambda cell: cell.slot)), is_code=True)
