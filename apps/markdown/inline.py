"""A phrase of a model as HTML on one line: quotes, topics and stances, which are cut out of Markdown anywhere."""

import re
from functools import lru_cache
from html import escape
from typing import Final

from markdown_it.token import Token

from apps.markdown import formulas
from apps.markdown.grammar import build_parser
from apps.markdown.inline_rules import parse_inline
from apps.markdown.rendering import clean_html

MAX_CHARACTERS: Final = 2_000
"""Of a longer phrase the source is shown."""

_BLOCK_MARKS = re.compile(
    r"^[ \t]*(?:(?:#{1,6}|[-*+>]|\d{1,3}[.)])[ \t]+|```[\w+#.-]*$|(?:\|?[ \t]*:?-{2,}:?[ \t]*)+\|?$)"
)
_BARS = re.compile(r"[ \t]*\|[ \t]*")
_HALVES = re.compile(r"\*\*+|__+|~~|(?<!\w)[*_`](?=\w)|(?<=[\w.,;:!?)])[*_`](?!\w)")
_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"))
_parser = build_parser()


@lru_cache(maxsize=4_000)
def render_inline(text: str) -> str:
    """Return a phrase as safe HTML that may stand inside a button: no links, no blocks, no halves of marks."""
    if len(text) > MAX_CHARACTERS:
        return escape(text)
    source = " ".join(filter(None, map(_without_block_marks, text.splitlines())))
    for opening, closing in _PAIRS:
        if source.count(opening) > source.count(closing):
            source += closing
        elif source.count(closing) > source.count(opening):
            source = source.replace(closing, "", 1)
    # Blanks at the ends part the phrase from its neighbours.
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    html = "".join(map(_drawn, parse_inline(_parser, source, {})))
    return clean_html(f"{head and ' '}{html}{tail and ' '}")


def _without_block_marks(line: str) -> str:
    words = _BLOCK_MARKS.sub("", line).strip()
    return _BARS.sub(" · ", words.strip("| \t")) if words.startswith("|") else words


def _drawn(token: Token) -> str:
    match token.type:
        case "text":
            return escape(_HALVES.sub("", token.content), quote=False)
        case "code_inline":
            return f"<code>{escape(token.content, quote=False)}</code>"
        case "math_inline":
            latex = token.content.strip()
            return formulas.mathml_of(latex, False) or formulas.source_of(latex)
        case "image":
            return escape(token.content, quote=False)
        case "link_open" | "link_close":
            return ""
        case "softbreak" | "hardbreak":
            return " "
    if not token.tag:
        return escape(token.content, quote=False)
    return f"<{'/' * (token.nesting < 0)}{token.tag}>"
