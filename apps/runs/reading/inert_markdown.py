"""Foreign Markdown inside a document: it is read as its author meant it, but fetches nothing, runs nothing, and ends.

Images become links, HTML becomes words, headings move below the document's own, and what is left open is closed. Lines
change only where they must. A text that a parser would still take for more is shown as it came, as code. Footnotes and
addresses of links get labels of their own: two texts that both have a footnote 1, or a "[1]: address", would share the
first.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

MAX_CHARACTERS = 200_000
MAX_INLINE = 8_000
"""Longer texts, or paragraphs with tags or images, are shown as code: parsing hostile ones would take many seconds."""
DEEPEST_HEADING = 6

# Where its HTML is words, a text has other blocks than where it runs; inline rules are not needed to see them.
_BLOCKS = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["inline", "text_join"])
_BLOCKS_WITH_HTML = MarkdownIt("commonmark", {"html": True}).enable("table").disable(["inline", "text_join"])
_INLINE_WITH_HTML = MarkdownIt("commonmark", {"html": True})
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ESCAPED_OR_TICKS = re.compile(r"\\.|`+", re.DOTALL)
_TICKS = re.compile(r"`+")
_IMAGES = re.compile(r"(\\.)|(!+)\[(\]?)", re.DOTALL)
_TAGS = re.compile(r"(\\.)|<(?=[A-Za-z/!?])", re.DOTALL)
_DISPLAY = re.compile(r"\\.|(\$\$)", re.DOTALL)
_FOOTNOTE = re.compile(r"(\\.)|\[\^([^\]\s^]{1,40})\]", re.DOTALL)
_DEFINITION = re.compile(r"[\s>*+-]*\[\^([^\]\s^]{1,40})\]:")
_REFERENCE = re.compile(r"(\\.)|\[([^\[\]\\]{1,200})\](\[\]|(?=[\[(]))?", re.DOTALL)
_CELL_END = re.compile(r"(?<!\\)\|")
_CONTAINER = re.compile(r"[\s>]*")
_NEVER = re.compile(r"(?!)")
_MARK = "The end of this text"


class Foreign(NamedTuple):
    """A text by somebody else, and the level of the heading that it stands under."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels that a text defines, and what is put before each.

    Those of footnotes are in lower case, those of links as a parser compares them.
    """

    prefix: str
    footnotes: frozenset[str]
    links: frozenset[str]

    def renamed(self, text: str) -> str:
        """Return words with these labels as they are in the document."""
        text = _FOOTNOTE.sub(self._footnote, text) if self.footnotes else text
        return _REFERENCE.sub(self._link, text) if self.links and self.prefix else text

    def _footnote(self, match: re.Match[str]) -> str:
        is_own = match[2] and match[2].lower() in self.footnotes
        return f"[^{self.prefix}{match[2]}]" if is_own else match[0]

    def _link(self, match: re.Match[str]) -> str:
        """Return ``[words][label]``, ``[label][]`` or ``[label]`` renamed, whose last bracket with a label matched."""
        label, behind = match[2], match[3]
        if not label or normalizeReference(label) not in self.links:
            return match[0]
        if match.string.endswith("]", 0, match.start()):
            return f"[{self.prefix}{label}]{behind or ''}"
        # Where more than an empty bracket follows, these are the words of a link that says itself where it leads.
        return match[0] if behind == "" else f"[{label}][{self.prefix}{label}]"


def document_of(parts: Iterable[str | Foreign]) -> str:
    """Return the parts of a document as one; labels of each foreign text have its number before them."""
    numbers = count(1)
    shown = (part if isinstance(part, str) else inert(part.text, part.level, f"{next(numbers)}-") for part in parts)
    return "\n\n".join(shown) + "\n"


def inert(text: str, level: int, prefix: str = "") -> str:
    """Return Markdown that can stand under a heading of this level and leaves alone what stands around it.

    ``prefix`` is put before the labels of its footnotes and links.
    """
    text = _BREAKS.sub("\n", text).replace("\0", "\ufffd").strip("\n")
    if len(text) > MAX_CHARACTERS:
        return as_code(text)
    mended = _mended(text, level, prefix)
    return mended if _is_inert(mended, level) else as_code(text)


def as_code(text: str) -> str:
    """Return a text in a fence that it cannot close."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _mended(text: str, level: int, prefix: str) -> str:
    found: dict[str, Any] = {}
    tokens, lines = _BLOCKS.parse(text, found), text.split("\n")
    labels = _labels(tokens, lines, found, prefix)
    closing = _closing_fence(tokens, lines)
    starts = _heading_starts(tokens, lines)
    formulas = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        is_cell = before is not None and before.type in ("th_open", "td_open")
        if token.map and (token.type == "tr_open" or (token.type == "inline" and not is_cell)):
            start, end = token.map
            # A row of a table goes cell by cell: code does not reach from one into the next.
            ends = _CELL_END if token.type == "tr_open" else _NEVER
            parts = ends.split("\n".join(lines[start:end]))
            formulas += sum(map(_open_formulas, parts))
            lines[start:end] = "|".join(_words(part, labels) for part in parts).split("\n")
    shown = [line for line in _demoted(tokens, lines, starts, level) if line is not None]
    # A formula that is left open takes all that follows with it where viewers know formulas.
    return "\n".join([*shown, *closing, *(["$$"] if formulas % 2 else [])])


def _closing_fence(tokens: list[Token], lines: list[str]) -> list[str]:
    """Return the line that closes the block of code at the end of a text, if it is open."""
    fence = next((token for token in reversed(tokens) if token.type == "fence"), None)
    if fence is None or fence.map is None or fence.map[1] < len(lines):
        return []
    start, end = fence.map
    last = _CONTAINER.sub("", lines[-1], count=1).rstrip()
    has_room = end - start == fence.content.count("\n") + 2
    if has_room and last.startswith(fence.markup) and not last.strip(fence.markup[0]):
        return []
    prefix = lines[start].partition(fence.markup)[0]
    return [re.sub(r"[^\s>]", " ", prefix) + fence.markup]


def _labels(tokens: list[Token], lines: list[str], found: dict[str, Any], prefix: str) -> Labels:
    """Return the labels of a text; where they are defined outside of words, they get their prefix here.

    ``found`` are the definitions of links that the parser has read, with a footnote of one word among them.
    """
    blocks = [token for token in tokens if token.map and token.type in ("inline", "fence", "code_block")]
    words = {at for token in blocks if token.type == "inline" for at in range(*(token.map or ()))}
    code = {at for token in blocks if token.type != "inline" for at in range(*(token.map or ()))}
    notes = {at: match for at, line in enumerate(lines) if at not in code and (match := _DEFINITION.match(line))}
    links = {name: one["map"][0] for name, one in found.get("references", {}).items() if not name.startswith("^")}
    again = [one["map"][0] for one in found.get("duplicate_refs", []) if not one["label"].startswith("^")]
    labels = Labels(prefix, frozenset(match[1].lower() for match in notes.values()), frozenset(links))
    for at, match in notes.items():
        if at not in words:
            lines[at] = labels.renamed(match[0]) + lines[at][match.end() :]
    for at in (*links.values(), *again):
        lines[at] = lines[at].replace("[", f"[{prefix}", 1)
    return labels


def _words(text: str, labels: Labels) -> str:
    """Return a paragraph or a cell with its tags escaped and its images as links; what is code in it stays."""
    return "".join(
        part if is_code else _TAGS.sub(_escape, _IMAGES.sub(_link, labels.renamed(part)))
        for part, is_code in _split(text)
    )


def _open_formulas(text: str) -> int:
    return sum(len(list(filter(None, _DISPLAY.findall(part)))) for part, is_code in _split(text) if not is_code)


def _escape(match: re.Match[str]) -> str:
    return match.group(1) or "\\<"


def _link(match: re.Match[str]) -> str:
    """Return a link in place of an image; further exclamation marks before it stay, as such."""
    escaped, marks, empty = match.groups()
    return escaped or "\\!" * (len(marks) - 1) + ("[image]" if empty else "[")


def _split(text: str) -> list[tuple[str, bool]]:
    """Split a paragraph into words and code spans (True), by the rule of CommonMark: runs of as many backticks."""
    # All runs of backticks by length, so that one without a partner costs no search to the end of the text.
    runs: dict[int, list[int]] = defaultdict(list)
    for ticks in _TICKS.finditer(text):
        runs[len(ticks.group())].append(ticks.start())
    parts: list[tuple[str, bool]] = []
    start = at = 0
    while match := _ESCAPED_OR_TICKS.search(text, at):
        at = match.end()
        length = len(match.group())
        if match.group()[0] == "\\":
            continue
        later = runs[length]
        index = bisect_left(later, at)
        if index < len(later):
            end = later[index] + length
            parts += [(text[start : match.start()], False), (text[match.start() : end], True)]
            start = at = end
    return [*parts, (text[start:], False)]


def _heading_starts(tokens: list[Token], lines: list[str]) -> dict[int, int]:
    """Return where the text of each underlined heading begins in its line, by line."""
    pairs = [(token, words) for token, words in pairwise(tokens) if token.type == "heading_open"]
    return {
        token.map[0]: max(0, lines[token.map[0]].find(words.content.partition("\n")[0]))
        for token, words in pairs
        if token.map
    }


def _demoted(tokens: list[Token], lines: list[str], starts: dict[int, int], level: int) -> list[str | None]:
    """Return the lines with all headings below this level, in their order; ``None`` is a line that fell away."""
    headings = [token for token in tokens if token.type == "heading_open" and token.map]
    shift = max(0, level + 1 - min((int(token.tag[1]) for token in headings), default=level + 1))
    shown: list[str | None] = list(lines)
    for token in headings:
        start, end = token.map or (0, 0)
        marks = "#" * min(DEEPEST_HEADING, int(token.tag[1]) + shift)
        if token.markup.startswith("#"):
            shown[start] = lines[start].replace(token.markup, marks, 1)
        else:
            at = starts[start]
            rest = [_CONTAINER.sub("", line, count=1) for line in lines[start + 1 : end - 1]]
            shown[start:end] = [
                " ".join([f"{lines[start][:at]}{marks} {lines[start][at:]}", *rest]),
                *[None] * (end - start - 1),
            ]
    return shown


def _is_inert(text: str, level: int) -> bool:
    """Return whether a parser that runs HTML finds no tag, image or high heading, and the text ends by itself."""
    # A heading behind the text: where a parser does not see it as one, the text has left something open.
    tokens = _BLOCKS_WITH_HTML.parse(f"{text}\n\n# {_MARK}")
    if len(tokens) < 3:  # one open block has swallowed the heading too
        return False
    own, last = tokens[:-3], tokens[-2]
    if last.content != _MARK or last.level != 1 or any(token.type == "html_block" for token in own):
        return False
    if any(token.type == "heading_open" and int(token.tag[1]) <= level for token in own):
        return False
    return not any(_has_tag_or_image(token.content) for token in own if token.type == "inline")


def _has_tag_or_image(content: str) -> bool:
    if "<" not in content and "![" not in content:
        return False
    if len(content) > MAX_INLINE:
        return True
    [inline] = _INLINE_WITH_HTML.parseInline(content)
    return any(child.type in ("html_inline", "image") for child in inline.children or [])
