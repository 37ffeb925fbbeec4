"""Code in colours: spans with the classes of code.css, for the languages below and code that lexers can bear."""

import re
from html import escape
from itertools import groupby
from typing import Any, Final

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

MAX_CODE: Final = 8_000
"""Characters of code that are coloured, in the languages below: other lexers, and long gaps, can take minutes."""
MAX_LINE: Final = 2_000
"""Characters of a line of such code: some lexers take quadratic time in a line."""
MOST_CODE: Final = 20_000
"""Characters of code that are coloured in a text: many short blocks cost as much as a long one."""
COLOURED: Final = frozenset(
    "bash c cpp csharp css diff docker dockerfile go graphql haskell html http ini java javascript js json jsx kotlin "
    "lua makefile markdown md php py python python3 r ruby rust scala sh shell sql swift toml ts tsx typescript xml "
    "yaml yml".split()
)
HUES: Final = frozenset(
    "c c1 cm ch cs cp cpf k kc kd kn kp kr kt ow nt s s1 s2 sa sb sc sd se sh si sr ss sx dl m mb mf mh mi mo il no "
    "l ld nf fm nc nd ne nb bp na nv vc vg vi gd gi gh gu gs ge".split()
)
"""The classes of tokens that code.css knows; the other tokens, which are most, need no element of their own."""
_LONG_GAP = re.compile(r"\s{40}")


def coloured(code: str, language: str) -> str:
    """Return code as HTML, escaped, and coloured if that takes bounded time."""
    is_costly = (
        len(code) > MAX_CODE or _LONG_GAP.search(code) or any(len(line) > MAX_LINE for line in code.splitlines())
    )
    if language.lower() not in COLOURED or is_costly:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    parts = []
    # Neighbours of one colour share an element: a long page has tens of thousands of tokens.
    for hue, same in groupby(lexer.get_tokens(code), lambda token: _hue(token[0])):
        words = escape("".join(part for _, part in same))
        parts.append(f'<span class="{hue}">{words}</span>' if hue else words)
    return "".join(parts)


def _hue(kind: Any) -> str:
    """Return the CSS class of a Pygments token or of its nearest ancestor; '' if it has no colour."""
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return STANDARD_TYPES[kind] if STANDARD_TYPES[kind] in HUES else ""
