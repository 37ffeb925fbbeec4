"""Render model output as safe HTML: Markdown, highlighted code, formulas, supporter chips. No input is trusted.

markdown-it parses with HTML off, and nh3 with an explicit allow list has the last word. Images are never loaded: they
would tell a stranger's server that, and when, the text was read.
"""

import re
from collections.abc import Sequence
from html import escape
from itertools import count
from typing import Any, Final

import latex2mathml.converter
import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from apps.fusion.comparing.passages import Passage
from apps.markdown.colours import HUES, MOST_CODE, coloured

MAX_CHARACTERS: Final = 100_000
"""Of longer texts the beginning is shown as it is: parsing a hostile one would hold a worker for many seconds."""
MAX_INLINE: Final = 8_000
MAX_WORD: Final = 2_000
"""Longer paragraphs, or words, get no links and no emphasis: within them hostile text costs quadratic time."""
MAX_FORMULA: Final = 1_000
MAX_FORMULA_LINES: Final = 30
MAX_FORMULAS: Final = 300
MOST_FORMULAS: Final = 20_000
"""Characters of formulas that are drawn in a text."""

_LINKS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_UNKNOWN_COMMAND = re.compile(r">\\[a-zA-Z]")
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_BLOCK_FORMULAS = {"\\[": "\\]", "$$": "$$"}
_OPAQUE = ("fence", "code_block", "math_block")
_TABLE_ROW = re.compile(r"\s*\|.*\|")
_LEFTOVER = re.compile(f"{_OPEN}\\d+{_CLOSE}|%EE%80%80\\d+%EE%80%81")
_RESERVED = str.maketrans({_OPEN: "\ufffd", _CLOSE: "\ufffd"})

_MATHML = frozenset(
    "math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover mtable mtr mtd "
    "mstyle mpadded mphantom menclose".split()
)
_HTML = frozenset(
    "p br hr em strong s a code pre ul ol li blockquote h4 h5 h6 table thead tbody tr th td span div".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "target", "data-slot", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex", "data-language"},
    "div": {"tabindex", "role", "aria-label"},
    "th": {"data-align"},
    "td": {"data-align"},
    "math": {"display"},
    "mo": {"stretchy", "fence", "separator", "form", "minsize", "maxsize", "largeop", "movablelimits"},
    "mi": {"mathvariant"},
    "mfrac": {"linethickness"},
    "mspace": {"width"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "menclose": {"notation"},
}
_CLASSES: dict[str, set[str]] = {
    "span": {*HUES} | {"math", "block", "image", "chips"},
    "div": {"scroll", "math", "block"},
    "a": {"chip"},
    "code": {"math"},
    "pre": {"plain"},
    "p": {"note"},
    "h4": {"level-1", "level-2", "level-3", "level-4", "level-5", "level-6"},
}
_CLASSES |= {"h5": _CLASSES["h4"], "h6": _CLASSES["h4"]}


def render_markdown(text: str) -> str:
    """Return the text as safe HTML; of too long a text its beginning, with a note that says so."""
    return _render(text.translate(_RESERVED))


def render_answer(text: str, passages: Sequence[Passage]) -> str:
    """Return the fused text as safe HTML with a chip for each supporter after each passage.

    ``passages`` carry spans in characters of ``text`` and the letters of the answers that support them.
    """
    # The marks are private-use characters; a model that writes them must not be able to place chips.
    text = text.translate(_RESERVED)
    if _is_too_long(text):
        return _plain(text)
    places = _places(text, passages)
    return _render(_insert_marks(text, list(places)), list(places.values()))


def _render(text: str, supporters: Sequence[Sequence[str]] = ()) -> str:
    if _is_too_long(text):
        return _plain(text)
    html = _markdown.render(text, {"supporters": supporters, "formulas": count(), "drawn": 0, "coloured": 0})
    return _clean(_LEFTOVER.sub("", html))


def _is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS


def _plain(text: str) -> str:
    shown = f"The first {MAX_CHARACTERS:,} of its {len(text):,} characters are shown."
    note = f"This text is too long to be formatted. {shown}"
    return _clean(f'<p class="note">{note}</p><pre class="plain" tabindex="0">{escape(text[:MAX_CHARACTERS])}</pre>')


def _clean(html: str) -> str:
    return nh3.clean(
        html.replace("\0", "\ufffd"),
        tags=set(_HTML | _MATHML),
        clean_content_tags=set(),
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        # The only relative links are our own chips': a model must not link into this site.
        url_relative=lambda url: url if re.fullmatch("#slot-[A-H]", url) else None,
        link_rel="noopener noreferrer nofollow",
    )


# ---------------------------------------------------------------- supporter chips


def _places(text: str, passages: Sequence[Passage]) -> dict[tuple[int, bool], list[str]]:
    """Return the chips by position in the text and by whether it ends a block, in reading order."""
    blocks = _opaque_blocks(text)
    places: dict[tuple[int, bool], list[str]] = {}
    for passage in passages:
        if passage.slots:
            slots = places.setdefault(_place(text, passage.end, blocks), [])
            slots.extend(slot for slot in passage.slots if slot not in slots)
    return dict(sorted(places.items()))


def _place(text: str, end: int, blocks: Sequence[tuple[int, int]]) -> tuple[int, bool]:
    for start, stop in blocks:
        if start < end <= stop:
            return len(text[:stop].rstrip("\n")), True
    at = len(text[:end].rstrip())
    row = text[text.rfind("\n", 0, at) + 1 : at]
    return (at - 1 if _TABLE_ROW.fullmatch(row) else at), False


def _opaque_blocks(text: str) -> list[tuple[int, int]]:
    """Return the spans, in characters, of code, formulas and table heads: a mark inside would become part of them."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    tokens = [token for token in _markdown.parse(text, {"formulas": count()}) if token.map]
    lines = [(token.map[0], token.map[1]) for token in tokens if token.map and token.type in _OPAQUE]
    lines += [(token.map[0], token.map[0] + 2) for token in tokens if token.map and token.type == "table_open"]
    return [(starts[first], min(starts[last], len(text))) for first, last in lines]


def _insert_marks(text: str, places: Sequence[tuple[int, bool]]) -> str:
    """Return the text with a numbered mark at each place, which the parser then finds."""
    parts, last = [], 0
    for number, (at, is_behind_block) in enumerate(places):
        mark = f"{_OPEN}{number}{_CLOSE}"
        parts += [text[last:at], f"\n\n{mark}\n\n" if is_behind_block else f" {mark}"]
        last = at
    return "".join([*parts, text[last:]])


def _supporters_rule(state: StateInline, silent: bool) -> bool:
    match = _MARK.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        state.push("supporters", "", 0).meta = {"number": int(match[1])}
    state.pos = match.end()
    return True


def _render_supporters(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    slots = env["supporters"][tokens[index].meta["number"]]
    chips = (
        f'<a class="chip" data-slot="{slot}" href="#slot-{slot}" aria-label="supported by {slot}">{slot}</a>'
        for slot in slots
    )
    return f'<span class="chips">{"".join(chips)}</span>'


# ---------------------------------------------------------------- formulas


def _bracket_inline_rule(state: StateInline, silent: bool) -> bool:
    r"""Parse ``\( … \)`` and, inside a paragraph, ``\[ … \]``."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in ("\\(", "\\["):
        return False
    closing = "\\)" if opening == "\\(" else "\\]"
    end = state.src.find(closing, state.pos + 2, state.pos + 2 + MAX_FORMULA)
    if end < 0:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = state.src[state.pos + 2 : end]
        token.meta = {"block": opening == "\\["}
    state.pos = end + 2
    return True


def _block_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Parse the lines from an opening ``\[`` or ``$$`` to the closing ``\]`` or ``$$``, with no blank one between."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    closing = _BLOCK_FORMULAS.get(first[:2])
    last = _last_line(state, start, min(end, start + MAX_FORMULA_LINES), closing) if closing else None
    if last is None:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, False).strip()[2:-2]
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    for line in range(start, end):
        text = state.src[state.bMarks[line] : state.eMarks[line]].strip()
        if text.endswith(closing) and (line > start or len(text) > 4):
            return line
        if not text:
            return None
    return None


def _render_math_inline(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    is_block = bool(tokens[index].meta.get("block"))
    return f'<span class="math{" block" if is_block else ""}">{_formula(tokens[index].content, is_block, env)}</span>'


def _render_math_block(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    return f'<div class="math block scroll" tabindex="0">{_formula(tokens[index].content, True, env)}</div>\n'


def _formula(latex: str, is_block: bool, env: Any) -> str:
    """Return MathML, or the source if it cannot be converted or there are too many formulas."""
    latex = _LEFTOVER.sub("", latex).strip()
    is_cheap = len(latex) <= MAX_FORMULA and env["drawn"] + len(latex) <= MOST_FORMULAS
    if latex and is_cheap and next(env["formulas"]) < MAX_FORMULAS:
        env["drawn"] += len(latex)
        try:
            mathml = latex2mathml.converter.convert(latex, display="block" if is_block else "inline")
        except Exception:  # noqa: BLE001 - the converter raises whatever bad input leads it to
            mathml = ""
        if mathml and not _UNKNOWN_COMMAND.search(mathml) and _is_one_formula(mathml):
            return mathml
    return f'<code class="math">{escape(latex)}</code>'


def _is_one_formula(mathml: str) -> bool:
    """Return whether this is MathML alone: the converter copies the argument of ``\\text`` unchanged."""
    tags = {tag.lower() for tag in re.findall(r"</?\s*([a-zA-Z][\w:-]*)", mathml)}
    return tags <= _MATHML and mathml.startswith("<math") and mathml.find("</math") == len(mathml) - len("</math>")


# ---------------------------------------------------------------- code, tables, headings, images, links


def _render_fence(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    words = unescapeAll(tokens[index].info).split()
    return _highlight(tokens[index].content, words[0] if words else "", env)


def _highlight(code: str, language: str, env: Any) -> str:
    """Return a whole ``<pre>``, coloured while the text has not had too much of that."""
    name = language if _LANGUAGE.fullmatch(language) else ""
    code = _LEFTOVER.sub("", code)
    env["coloured"] += len(code) if name else 0
    html = coloured(code, name) if env["coloured"] <= MOST_CODE else escape(code)
    return f'<pre tabindex="0" data-language="{name}"><code>{html}</code></pre>\n'


def _render_indented_code(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    return _highlight(tokens[index].content, "", env)


def _render_image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    url = str(tokens[index].attrs.get("src", ""))
    return f'<span class="image">image: {escape(tokens[index].content)} ({escape(url)})</span>'


def _render_table_open(*_: Any) -> str:
    return '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n'


def _render_table_close(*_: Any) -> str:
    return "</table></div>\n"


def _render_link_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrs = {"href": tokens[index].attrs.get("href", ""), "target": "_blank"}
    return self.renderToken(tokens, index, options, env)


def _parse_inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        # markdown-it's inline rules take quadratic time on hostile text, so a long one stays plain.
        is_costly = len(token.content) > MAX_INLINE or any(len(word) > MAX_WORD for word in token.content.split())
        if is_costly:
            token.children = [Token("text", "", 0, content=token.content)]
        else:
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


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


def _build_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: bool(_LINKS.match(url))  # type: ignore[method-assign]
    parser.use(gfm_autolink_plugin)
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    parser.inline.ruler.before("escape", "math_brackets", _bracket_inline_rule)
    parser.block.ruler.at("math_block", _block_rule, {"alt": ["paragraph"]})
    parser.inline.add_terminator_char(_OPEN)
    parser.inline.ruler.before("escape", "supporters", _supporters_rule)
    parser.core.ruler.at("inline", _parse_inline)
    parser.core.ruler.push("shape", _shape_tokens)
    for name, rule in _RENDERERS.items():
        parser.add_render_rule(name, rule)
    return parser


_RENDERERS = {
    "supporters": _render_supporters,
    "math_inline": _render_math_inline,
    "math_inline_double": _render_math_inline,
    "math_block": _render_math_block,
    "fence": _render_fence,
    "code_block": _render_indented_code,
    "image": _render_image,
    "table_open": _render_table_open,
    "table_close": _render_table_close,
    "link_open": _render_link_open,
}
_markdown = _build_parser()
