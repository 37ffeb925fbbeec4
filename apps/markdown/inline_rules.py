r"""The inline rules that CommonMark lacks: formulas, bare addresses, a few tags, footnotes, emphasis beside CJK text.

``static/js/markdown/inline_rules.js`` has the same rules for text that still streams: change both, and the table of
``tests/markdown`` compares them.
"""

import re
import unicodedata
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

MAX_FORMULA: Final = 1_000
"""Characters of a formula, its delimiters left out."""
MAX_ADDRESS: Final = 2_000

_BRACKETS = {"\\(": "\\)", "\\[": "\\]"}
_TAG = re.compile(r"<(?:(br)\s{0,3}/?|(sub|sup|u|kbd|mark))>", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\^([^\]\s^]{1,40})\]")
# A price is no formula: "$5 million, €4$", "$900; else", "$5/month or 10$".
_PRICE = re.compile(r"\d[\d.,]*[;,:)]?\s+[A-Za-z]{2}|\d[^\\^_={}]{0,200}\s[A-Za-z]{2,}\s")
# "the $n$th", but "$HOME/$USER".
_SUFFIX = re.compile(r"(?:th|st|nd|rd|s|d)?(?![A-Za-z0-9])")

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3001-\u303f\u3040-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffef\U00020000-\U0003ffff"
)
_IS_CJK = re.compile(f"[{_CJK}]")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9])(https?)$", re.IGNORECASE)
_WWW = re.compile(r"(?:^|[^A-Za-z0-9@/._-])(www)$", re.IGNORECASE)
_MAILBOX = re.compile(r"(?:^|[^A-Za-z0-9._+/:-])([A-Za-z0-9][A-Za-z0-9._+-]{0,63})$")
_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_UNSEEN = r"\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # what has no width: models put it behind addresses
# CJK text goes on without a space behind an address; in a path it belongs to it only where it begins a part.
_ADDRESS = re.compile(
    r"(?:[/=_-][\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+"
    rf"|[^\s<>\"`|\\{{}}\[\]^\x00-\x20\u2018-\u201f\ue000-\uf8ff{_UNSEEN}{_CJK}])+"
)
_TAIL = re.compile(r"[?!.,:;*_~'\"]$")


class InlineState(StateInline):
    """The state of an inline parse, with emphasis that CJK text can wear.

    CommonMark takes marks behind a full-width colon for plain stars, since no space parts them from the words. Source:
    the specification of "markdown-cjk-friendly".
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - overrides markdown-it's
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        is_cjk_before, is_cjk_after = bool(_IS_CJK.match(before)), bool(_IS_CJK.match(after))
        is_mark_before, is_mark_after = _is_mark(before), _is_mark(after)
        if before.isascii() and after.isascii() and before.isdigit() and after.isdigit():
            return Scanned(False, False, end - start)  # a product or a power: 2*3*4
        is_left = not after.isspace() and (
            not is_mark_after or is_cjk_after or before.isspace() or is_mark_before or is_cjk_before
        )
        is_right = not before.isspace() and (
            not is_mark_before or is_cjk_before or after.isspace() or is_mark_after or is_cjk_after
        )
        return Scanned(
            is_left and (canSplitWord or not is_right or is_mark_before),
            is_right and (canSplitWord or not is_left or is_mark_after),
            end - start,
        )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def parse_inline(parser: MarkdownIt, content: str, env: dict[str, object]) -> list[Token]:
    """Return the inline tokens of a block's content."""
    tokens: list[Token] = []
    state = InlineState(content, parser, env, tokens)
    parser.inline.tokenize(state)
    for rule in parser.inline.ruler2.getRules(""):
        rule(state)
    return tokens


# ---------------------------------------------------------------- formulas


def dollar_end(src: str, start: int) -> int:
    """Return where the formula that begins at the ``$`` of ``start`` ends, exclusive; 0 if none begins there."""
    before, first = src[start - 1 : start], src[start + 1 : start + 2]
    if not first or first.isspace() or first == "$" or (before and (before in "\\$" or _is_word(before))):
        return 0
    end = _unescaped(src, "$", start + 1)
    content = src[start + 1 : end]
    if end < 0 or src[end - 1].isspace() or "`" in content or "\ue000" in content or _PRICE.match(content):
        return 0
    return end + 1 if src[end + 1 : end + 2] != "$" and _SUFFIX.match(src, end + 1) else 0


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _unescaped(src: str, closing: str, start: int) -> int:
    """Return the index of a closing mark without a backslash before it, within a formula's length; -1 if none."""
    end = src.find(closing, start, start + MAX_FORMULA)
    while end > 0 and src[end - 1] == "\\":
        end = src.find(closing, end + 1, start + MAX_FORMULA)
    return end


def dollar_rule(state: StateInline, silent: bool) -> bool:
    """Parse ``$x$``, and ``$$x$$`` inside a paragraph."""
    if state.src[state.pos] != "$":
        return False
    if state.src.startswith("$$", state.pos):
        start, width, end = state.pos + 2, 2, _unescaped(state.src, "$$", state.pos + 2)
    else:
        start, width, end = state.pos + 1, 1, dollar_end(state.src, state.pos) - 1
    if end < start or not state.src[start:end].strip():
        return False
    return _push_formula(state, silent, start, end, width)


def bracket_rule(state: StateInline, silent: bool) -> bool:
    r"""Parse ``\( … \)`` and, inside a paragraph, ``\[ … \]``."""
    closing = _BRACKETS.get(state.src[state.pos : state.pos + 2])
    end = state.src.find(closing, state.pos + 2, state.pos + 2 + MAX_FORMULA) if closing else -1
    return end >= 0 and _push_formula(state, silent, state.pos + 2, end, 2)


def _push_formula(state: StateInline, silent: bool, start: int, end: int, width: int) -> bool:
    if end + width > state.posMax:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = state.src[start:end]
        token.meta = {"block": state.src[start - width : start] in ("$$", "\\[")}
    state.pos = end + width
    return True


# ---------------------------------------------------------------- tags, footnotes


def tag_rule(state: StateInline, silent: bool) -> bool:
    """Parse ``<br>`` and pairs of a few harmless tags without attributes; all others stay text."""
    match = _TAG.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if not match:
        return False
    if match[1]:
        if not silent:
            state.push("hardbreak", "br", 0)
        state.pos = match.end()
        return True
    name = match[2].lower()
    closing = re.compile(f"</{name}>", re.IGNORECASE).search(state.src, match.end(), state.posMax)
    if not closing:
        return False
    if not silent:
        end, state.posMax, state.pos = state.posMax, closing.start(), match.end()
        state.push("tag_open", name, 1)
        state.md.inline.tokenize(state)
        state.push("tag_close", name, -1)
        state.posMax = end
    state.pos = closing.end()
    return True


def footnote_rule(state: StateInline, silent: bool) -> bool:
    """Parse ``[^1]`` if the text has such a footnote."""
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "[" else None
    if not match or match[1] not in state.env.get("footnotes", ()):
        return False
    if not silent:
        state.push("footnote_ref", "sup", 0).content = match[1]
    state.pos = match.end()
    return True


# ---------------------------------------------------------------- bare addresses


def underscore_rule(state: StateInline, silent: bool) -> bool:
    """Take an underscore inside a word for a letter, which it always is: an address around it stays in one piece."""
    at = state.pos
    if (
        state.src[at] != "_"
        or at == 0
        or not (_is_word(state.src[at - 1]) and _is_word(state.src[at + 1 : at + 2] or "_"))
    ):
        return False
    if not silent:
        state.pending += "_"
    state.pos += 1
    return True


def address_rule(state: StateInline, silent: bool) -> bool:
    """Parse a bare address of the web, or a mailbox: the words before the mark at hand are pending already."""
    mark = state.src[state.pos]
    if mark not in ":.@" or state.linkLevel > 0:
        return False
    # In silent mode nothing is pending: what a link's text holds need not be known then.
    pattern = {":": _SCHEME, ".": _WWW, "@": _MAILBOX}[mark]
    begun = None if silent else pattern.search(state.src[max(0, state.pos - 70) : state.pos])
    if not begun or not state.pending.endswith(begun[1]):
        return False
    start = state.pos - len(begun[1])
    if mark == "@":
        found = _DOMAIN.match(state.src, state.pos + 1, state.posMax)
        end, prefix = (found.end() if found else 0), "mailto:"
        while end and state.src[end - 1] == "-":
            end -= 1
    else:
        rest = state.pos + (3 if mark == ":" else 1)
        found = _ADDRESS.match(state.src, rest, min(state.posMax, rest + MAX_ADDRESS))
        is_begun = found and found[0][0].isalnum() and (mark == "." or state.src.startswith("://", state.pos))
        end, prefix = (_trim(state.src, start, found.end()) if found and is_begun else 0), "https://" * (mark == ".")
    if end <= state.pos + 1 or (mark == "." and "." not in state.src[state.pos + 1 : end]):
        return False
    return _push_address(state, start, end, prefix)


def _trim(src: str, start: int, end: int) -> int:
    """Return the end of an address without the marks of the sentence around it. Source: GFM, extended autolinks."""
    while end > start:
        surplus = src.count(")", start, end) - src.count("(", start, end)
        if not _TAIL.match(src, end - 1, end) and not (src[end - 1] == ")" and surplus > 0):
            break
        end -= 1
    return end


def _push_address(state: StateInline, start: int, end: int, prefix: str) -> bool:
    text = state.src[start:end]
    href = state.md.normalizeLink(prefix + text)
    if not state.md.validateLink(href):
        return False
    state.pending = state.pending[: -(state.pos - start)]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
    state.pos = end
    return True
