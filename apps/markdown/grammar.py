"""The grammar of model output: CommonMark without HTML, tables, strikethrough, and the rules beside this file.

The page parses text that still streams by the same grammar (``static/js/markdown/grammar.js``): nothing looks
different when a text is finished. ``tests/markdown`` compares both for every text of its table.
"""

import re
from html import escape
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from apps.markdown import block_rules, inline_rules

MAX_INLINE: Final = 8_000
MAX_WORD: Final = 2_000
"""Longer paragraphs, or words, get no links and no emphasis: within them hostile text costs quadratic time."""

_LINKS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\](?:[ \n]|$)")
_TERMINATORS = ".@\ue000"


def build_parser() -> MarkdownIt:
    """Return a parser without rules of rendering."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _is_link  # type: ignore[method-assign]
    for character in _TERMINATORS:
        parser.inline.add_terminator_char(character)
    parser.inline.ruler.before("escape", "dollars", inline_rules.dollar_rule)
    parser.inline.ruler.before("escape", "brackets", inline_rules.bracket_rule)
    parser.inline.ruler.before("escape", "underscores", inline_rules.underscore_rule)
    parser.inline.ruler.before("escape", "addresses", inline_rules.address_rule)
    parser.inline.ruler.before("link", "footnotes", inline_rules.footnote_rule)
    parser.inline.ruler.before("autolink", "tags", inline_rules.tag_rule)
    interrupting: RuleOptionsType = {"alt": ["paragraph", "reference"]}
    everywhere: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.at("fence", block_rules.fence_rule, everywhere)
    parser.block.ruler.before("fence", "formulas", block_rules.formula_rule, interrupting)
    parser.block.ruler.before("reference", "footnotes", block_rules.footnote_rule, interrupting)
    parser.block.ruler.at("heading", block_rules.heading_rule, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.at("lheading", block_rules.underlined_heading_rule)
    parser.block.ruler.at("paragraph", block_rules.paragraph_rule)
    parser.core.ruler.before("block", "protect_bars", block_rules.protect_bars)
    parser.core.ruler.after("block", "restore_bars", block_rules.restore_bars)
    parser.core.ruler.at("inline", _parse_inline)
    parser.core.ruler.push("shape", _shape_tokens)
    return parser


def _is_link(url: str) -> bool:
    """Return whether an address leads somewhere: of one that browsers cannot read, the sanitiser leaves no link."""
    return bool(_LINKS.match(url)) and "href" in nh3.clean(f'<a href="{escape(url)}">', attributes={"a": {"href"}})


def _parse_inline(state: StateCore) -> None:
    before: list[Token] = []
    for token in state.tokens:
        if token.type == "inline":
            task = _TASK.match(token.content) if [one.type for one in before] == _BEGINNING_OF_ITEM else None
            content = token.content[task.end() :] if task else token.content
            # markdown-it's inline rules take quadratic time on hostile text, so a long one stays plain.
            is_costly = len(content) > MAX_INLINE or any(len(word) > MAX_WORD for word in content.split())
            plain = [Token("text", "", 0, content=content)]
            token.children = plain if is_costly else inline_rules.parse_inline(state.md, content, _env_of(state))
            if task:
                token.children.insert(0, Token("task", "span", 0, meta={"is_done": task[1] != " "}))
        before = [*before[-1:], token]


_BEGINNING_OF_ITEM = ["list_item_open", "paragraph_open"]


def _env_of(state: StateCore) -> dict[str, Any]:
    return state.env  # type: ignore[return-value]


def _shape_tokens(state: StateCore) -> None:
    """Move headings below the page's own without skipping a level, and take alignment out of the style attribute."""
    last = 3
    for token in state.tokens:
        if token.type == "heading_open":
            token.attrs["class"] = f"level-{token.tag[1]}"
            last = min(3 + int(token.tag[1]), last + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"
        if style := str(token.attrs.pop("style", "")):
            token.attrs["data-align"] = style.removeprefix("text-align:")
