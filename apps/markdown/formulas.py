"""LaTeX to MathML that browsers draw themselves, with bounds for hostile formulas."""

import re
from functools import lru_cache
from html import escape
from typing import Final

from math_core import LatexError, LatexToMathML

from apps.markdown.inline_rules import MAX_FORMULA

MAX_DEPTH: Final = 60
"""Braces within braces. The converter recurses on the machine's stack, about 2 kB for each."""

TAGS: Final = frozenset(
    "math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover mmultiscripts "
    "mprescripts mtable mtr mtd mstyle mpadded mphantom menclose b i".split()
)
ATTRIBUTES: Final[dict[str, set[str]]] = {
    "math": {"display"},
    "mo": set("stretchy fence separator form minsize maxsize largeop movablelimits lspace rspace symmetric".split()),
    "mi": {"mathvariant"},
    "mfrac": {"linethickness", "displaystyle"},
    "mspace": {"width"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "mrow": {"mathcolor", "displaystyle", "scriptlevel"},
    "mstyle": {"mathcolor", "displaystyle", "scriptlevel"},
    "mtable": {"displaystyle", "scriptlevel", "data-numbered"},
    "mtd": {"data-align"},
    "menclose": {"notation"},
}

# What the converter does not know, in words that it does.
_REWRITTEN = (
    (re.compile(r"\\(begin|end)\{(?:split|eqnarray\*?)\}"), r"\\\1{aligned}"),
    (re.compile(r"\\(begin|end)\{(align|gather|equation|multline|alignat)\}"), r"\\\1{\2*}"),
    (re.compile(r"\\label\{[^{}]{0,100}\}|\\(?:nonumber|notag)(?![A-Za-z])"), ""),
    (re.compile(r"\\tag\*?\{([^{}]{0,100})\}"), r"\\qquad\\text{(\1)}"),
    (re.compile(r"\\begin\{eqnarray"), r"\\begin{aligned"),
)
_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR = re.compile(r"^color:(#[0-9A-Fa-f]{6});?$")
_ALIGN = re.compile(r"^text-align: (left|right)\b")


@lru_cache(maxsize=2_000)
def mathml_of(latex: str, is_block: bool) -> str:
    """Return MathML, not yet sanitised; '' if it cannot be converted."""
    if not latex or len(latex) > MAX_FORMULA or _depth(latex) > MAX_DEPTH:
        return ""
    for pattern, replacement in _REWRITTEN:
        latex = pattern.sub(replacement, latex)
    try:
        mathml = LatexToMathML().convert_with_local_state(latex, displaystyle=is_block)
    except (LatexError, ValueError):
        return ""
    return _STYLE.sub(_attribute, mathml)


def source_of(latex: str) -> str:
    """Return a formula's source as HTML, for one that cannot be drawn."""
    return f'<code class="math">{escape(latex)}</code>'


def _depth(latex: str) -> int:
    depth = deepest = 0
    for character in latex:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest


def _attribute(style: re.Match[str]) -> str:
    """Return what the page's own styles draw in place of an inline style, which its policy forbids."""
    if colour := _COLOUR.match(style[1]):
        return f' mathcolor="{colour[1]}"'
    if align := _ALIGN.match(style[1]):
        return f' data-align="{align[1]}"'
    return ""
