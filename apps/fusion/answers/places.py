"""The places of a text in which an answer concludes, by its layout alone, whatever the words and the language.

A text that has sections, by headings, lines or labels in bold, or rules, concludes in the first, which goes before its
reasons, or in the last. Any other text concludes in its last sentences, or in the one with which it opens.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from apps.fusion.answers.edges import first_sentence, is_for_the_comparison, last_sentences
from apps.fusion.answers.qualifiers import corrected_at, retracts
from apps.fusion.answers.stretches import stripped

MOST_BACK = 3
"""Sentences from the end of a text without sections in which it may conclude."""
MOST_READ = 12
"""Sentences and rows of tables from the end among which these are."""
MOST_SAID = 4
"""Sentences of a section that concludes."""
LONGEST_SAID = 600
"""Characters of a sentence that concludes."""
MOST_NEXT = 120
"""Characters behind the first sentence of a text in which it is taken back."""

_FENCE = re.compile(r"[ \t>]{0,4}(?:`{3}|~{3})")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+\S[^\n]{0,80}")
_LABEL_LINE = re.compile(r"[ \t>]{0,3}(?:\*\*|__)[^*_:：\n\d]{1,40}[:：]?(?:\*\*|__)[:：]?[ \t]*")
_LABEL = re.compile(
    r"[ \t>]{0,3}(?P<mark>\*\*|__|\*|_)[^*_:：\n\d]{1,40}(?:[:：](?P=mark)|(?P=mark)\s?[:：]|"
    r"[:：]\s(?=[^*\n]{1,60}\*\*[ \t]*$))[ \t]*(?=\S)"
)
_RULE = re.compile(r"[ \t]{0,3}(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*")
_SIGNS = re.compile(r"[ \t>\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]*(?:(?:[-*+•–]|\d{1,3}[.)])[ \t]+)?")
_LISTED = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)])[ \t]+")
_REASONS = ("- ", "* ", "• ", "|", "```", "1")
"""Beginnings of a list, a table or a program: a reason, and what follows it concludes."""
_ONLY_LISTED = re.compile(r"\s*(?:[-*+•–]|\d{1,3}[.)])\s*")
_ENDS = re.compile(r"(?:[.!?][\"'”’)*_]{0,4}\s+|。)(?=\S)")
_NOTE = re.compile(
    r"[ \t>]{0,3}(?:[*_][^*_]|[*_]{2}(?:(?:side)?notes?|caveat|hinweis|anmerkung|remarque|nota|observação|avvertenza|"
    r"примечание|замечание|补充说明|备注|注意?|説明?補足|補足|ps|p\.s\.)\b)",
    re.IGNORECASE,
)
"""A label in italics, or one of a remark."""
_ASIDE = re.compile(r"[ \t>]{0,3}(?P<mark>[*_])(?![*_\s])[^*_\n]{1,200}(?P=mark)[ \t]*")
"""A line that is all in italics: a remark."""


class Spot(NamedTuple):
    """A sentence in which a text may conclude; ``is_apart`` says that the layout sets it apart from the reasons."""

    start: int
    end: int
    is_apart: bool


class _Section(NamedTuple):
    """A section from ``start`` to ``end``; ``mark`` says how it is set off: "#", "label", "rule" or ''."""

    mark: str
    start: int
    end: int
    is_note: bool = False


def places(text: str) -> list[Spot]:
    """Return the places in which a text may conclude, the likeliest first: none that it takes back."""
    short = [one for one in _places(text) if one.end - one.start <= LONGEST_SAID]
    kept = (_corrected(text, one) for one in short if corrected_at(text, one.end, len(text)) is None)
    return [one for one in kept if not retracts(text, one.start, one.end)]


def _corrected(text: str, spot: Spot) -> Spot:
    """Return what a sentence says instead of the one that it corrects: of "no, wait, it is 5" the last words."""
    begin = corrected_at(text, spot.start, spot.end)
    return spot if begin is None or begin >= spot.end else spot._replace(start=begin)


def _places(text: str) -> list[Spot]:
    found = _sections(text)
    if len(found) > 1 and not found[0].mark and all(one.is_note for one in found[1:]):
        found = found[:1]
    if len(found) < 2:
        return _plain(text, found[0] if found else _Section("", *stripped(text, 0, len(text))))
    head, *others = found
    # Steps are no answer, and a quotation at the end is one.
    contents = [one for one in others if not one.is_note]
    is_headed = not head.mark and others[0].mark == "#" and text[(contents or others)[-1].start] != ">"
    goes_before = (head.mark == "label" or is_headed) and not _LISTED.match(text, head.start)
    chosen: list[Spot] = []
    if goes_before:
        chosen += [Spot(*span, is_apart=True) for span in islice(sentences_in(text, head.start, head.end), 2)]
    if not goes_before or len(contents) > 1:
        chosen += _closing(text, (contents or others)[-1])
    elif contents:
        chosen += _behind_reasons(text, contents[-1])
    return chosen


def _plain(text: str, section: _Section) -> list[Spot]:
    """Return the last sentences of a text without sections, and the first; the first alone behind a label."""
    spans = [_bare(text, *span) for span in islice(last_sentences(text[: section.end]), MOST_READ)]
    own = [Spot(*span, is_apart=False) for span in spans if span[0] < span[1] and text[span[0]] != "|"][:MOST_BACK]
    if section.mark == "label":
        return [Spot(*span, is_apart=True) for span in islice(sentences_in(text, section.start, section.end), 1)] + own
    start, end = _bare(text, *first_sentence(text))
    # What is corrected in the next breath is no conclusion.
    is_kept = start < end and not retracts(text, end, _paragraph_end(text, end))
    is_kept = is_kept and not is_for_the_comparison(text[start:end])
    return [*own, *([Spot(start, end, is_apart=False)] if is_kept else [])]


def _paragraph_end(text: str, at: int) -> int:
    gap = text.find("\n\n", at)
    return min(gap if gap >= 0 else len(text), at + MOST_NEXT)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a sentence without the number or sign of a list before it, nothing if it is only that."""
    listed = _LISTED.match(text, start, end)
    is_only = _ONLY_LISTED.fullmatch(text, start, end)
    return (end, end) if is_only else (listed.end() if listed else start, end)


def _closing(text: str, section: _Section) -> list[Spot]:
    """Return the sentences of a section's first paragraph, the last first; what follows it are remarks."""
    gap = text.find("\n\n", section.start, section.end)
    while gap >= 0 and text[:gap].rstrip("*_ ").endswith((":", "：")):
        gap = text.find("\n\n", gap + 2, section.end)
    is_reason = text.startswith(_REASONS, section.start)
    end = gap if gap >= 0 and section.mark and not is_reason else section.end
    spans = list(sentences_in(text, section.start, end))[-MOST_SAID:]
    return [Spot(*span, is_apart=bool(section.mark)) for span in reversed(spans)]


def _behind_reasons(text: str, section: _Section) -> list[Spot]:
    """Return the sentences of the paragraph behind a list or table, the last first."""
    gap = text.rfind("\n\n", section.start, section.end) + 2
    if gap < 2 or not text.startswith(_REASONS, section.start) or text.startswith(_REASONS, gap):
        return []
    return [Spot(*span, is_apart=False) for span in reversed(list(sentences_in(text, gap, section.end)))]


def sentences_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences and lines of a stretch, without the marks before them."""
    at = start
    while at < end:
        line = text.find("\n", at, end)
        stop = line if line >= 0 else end
        signs = _SIGNS.match(text, at, stop)
        at = signs.end() if signs else at
        marks = [mark.end() for mark in _ENDS.finditer(text, at, stop)]
        for first, last in zip([at, *marks], [*marks, stop], strict=True):
            begin, close = stripped(text, first, last)
            if begin < close and text[begin] != "|" and not is_for_the_comparison(text[begin:close]):
                yield begin, close
        at = stop + 1


def _sections(text: str) -> list[_Section]:
    """Return the sections of a text: what stands behind each heading, line in bold, rule or paragraph with a label."""
    starts: list[tuple[str, int, int, bool]] = [("", 0, 0, False)]
    at, in_fence, is_after_gap = 0, False, True
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if _FENCE.match(bare):
            in_fence = not in_fence
        elif not in_fence and bare.strip():
            label = _LABEL.match(bare)
            if _HEADING.fullmatch(bare):
                starts.append(("#", at, at + len(line), False))
            elif _RULE.fullmatch(bare):
                starts.append(("rule", at, at + len(line), False))
            elif _LABEL_LINE.fullmatch(bare) and text[at + len(line) :].strip():
                starts.append(("#" if at else "label", at, at + len(line), False))
            elif label and is_after_gap:
                starts.append(("label", at, at + label.end(), bool(_NOTE.match(bare))))
        is_after_gap = not bare.strip() or bool(_HEADING.fullmatch(bare)) or bool(_RULE.fullmatch(bare))
        at += len(line)
    found = []
    for (mark, _, start, is_note), after in zip(starts, [*(one[1] for one in starts[1:]), len(text)], strict=True):
        begin, end = stripped(text, start, after)
        if begin < end:
            is_aside = is_note or bool(_ASIDE.fullmatch(text, begin, end))
            found.append(_Section(mark, begin, end, is_aside))
    return found
