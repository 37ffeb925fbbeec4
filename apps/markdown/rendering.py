"""Render model output as safe HTML: Markdown, highlighted code, formulas, supporter chips. No input is trusted.

markdown-it parses with HTML off, and nh3 with an explicit allow list has the last word. Images are never loaded: they
would tell a stranger's server that, and when, the text was read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

import nh3
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from apps.fusion.comparing.passages import Passage
from apps.fusion.comparing.provenance import Origin, Side
from apps.markdown import formulas
from apps.markdown.colours import HUES, MOST_CODE, coloured
from apps.markdown.grammar import build_parser

MAX_CHARACTERS: Final = 100_000
"""Of longer texts the beginning is shown as it is: parsing a hostile one would hold a worker for many seconds."""
MAX_FORMULAS: Final = 1_000
MOST_FORMULAS: Final = 50_000
"""Characters of formulas that are drawn in a text."""

_LANGUAGE = re.compile(r"[\w+#.-]{1,20}", re.ASCII)
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_OPAQUE = ("fence", "code_block", "math_block", "table_open")
_LEFTOVER = re.compile(f"{_OPEN}\\d+{_CLOSE}|%EE%80%80\\d+%EE%80%81")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_REPLACED = str.maketrans(
    dict.fromkeys("\ue000\ue001\ue002", "\ufffd")
    # What Python and JavaScript do not both take for white space, or for the end of a line.
    | dict.fromkeys("\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " ")
    | {"\ufeff": "\u2060"}
)
"""Characters that stand for something else here, each with one in its place: spans in the text stay right."""

_HTML = frozenset(
    "p br hr em strong s a code pre ul ol li blockquote h4 h5 h6 table thead tbody tr th td span div "
    "sub sup u kbd mark".split()
)
_ATTRIBUTES: dict[str, set[str]] = formulas.ATTRIBUTES | {
    "a": {"href", "target", "data-slot", "data-words", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex", "data-language"},
    "div": {"tabindex", "role", "aria-label"},
    "span": {"role", "aria-label"},
    "th": {"data-align"},
    "td": {"data-align"},
}
_CLASSES: dict[str, set[str]] = {
    "span": {*HUES} | {"math", "block", "image", "chips", "behind", "task", "done", "origin"},
    "div": {"scroll", "math", "block"},
    "a": {"chip", "origin"},
    "code": {"math"},
    "pre": {"plain"},
    "p": {"note", "footnote"},
    "h4": {"level-1", "level-2", "level-3", "level-4", "level-5", "level-6"},
}
_LINKS = re.compile(r"#slot-[A-H]|#finding-[\w-]{1,80}")


@dataclass
class Remarks:
    """The remarks behind a passage: the slots that support it, each with its sentence, or that the writer added it,
    and the sides that it takes."""

    supporters: dict[str, str] = field(default_factory=dict)
    is_added: bool = False
    sides: dict[str, Side] = field(default_factory=dict)


_CLASSES |= {"h5": _CLASSES["h4"], "h6": _CLASSES["h4"]}


def render_markdown(text: str) -> str:
    """Return the text as safe HTML; of too long a text its beginning, with a note that says so."""
    return _render(text.translate(_REPLACED))


def render_answer(text: str, passages: Sequence[Passage], origins: Sequence[Origin] = ()) -> str:
    """Return the fused text as safe HTML with a chip for each supporter after each passage.

    ``passages`` carry spans in characters of ``text`` and the letters of the answers that support them, ``origins``
    what else is remarked on them.
    """
    # The marks are private-use characters; a model that writes them must not be able to place chips.
    text = text.translate(_REPLACED)
    # The parser ends a line at a lone carriage return too: blocks would be sought a line too late for each.
    text = _LONE_RETURN.sub("\n", text)
    if _is_too_long(text):
        return _plain(text)
    places = _places(text, passages, origins)
    return _render(_insert_marks(text, list(places)), [(is_behind, places[at, is_behind]) for at, is_behind in places])


def render_formula(latex: str, is_block: bool) -> str:
    """Return a formula of a text that still streams as safe HTML, as :func:`render_markdown` will draw it."""
    latex = latex.strip()
    return clean_html(formulas.mathml_of(latex, is_block) or formulas.source_of(latex))


def _render(text: str, remarks: Sequence[tuple[bool, Remarks]] = ()) -> str:
    if _is_too_long(text):
        return _plain(text)
    html = _markdown.render(text, {"remarks": remarks, "formulas": 0, "drawn": 0, "coloured": 0})
    return clean_html(_LEFTOVER.sub("", html))


def _is_too_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS


def _plain(text: str) -> str:
    shown = f"The first {MAX_CHARACTERS:,} of its {len(text):,} characters are shown."
    note = f"This text is too long to be formatted. {shown}"
    return clean_html(
        f'<p class="note">{note}</p><pre class="plain" tabindex="0">{escape(text[:MAX_CHARACTERS])}</pre>'
    )


def clean_html(html: str) -> str:
    """Return the HTML with nothing but what is allowed above."""
    return nh3.clean(
        html.replace("\0", "\ufffd"),
        tags=set(_HTML | formulas.TAGS),
        clean_content_tags=set(),
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        # The only relative links are our own chips' and remarks': a model must not link into this site.
        url_relative=lambda url: url if _LINKS.fullmatch(url) else None,
        link_rel="noopener noreferrer nofollow",
    )


# ---------------------------------------------------------------- supporter chips and remarks


def _places(text: str, passages: Sequence[Passage], origins: Sequence[Origin]) -> dict[tuple[int, bool], Remarks]:
    """Return the remarks by position in the text and by whether it ends a block, in reading order."""
    blocks = _opaque_blocks(text)
    # In JSON each field has its own, in a block too.
    in_code = {passage.end for passage in passages if passage.pointer}
    places: dict[tuple[int, bool], Remarks] = {}
    for passage in passages:
        if passage.slots:
            place = _place(text, passage.end, () if passage.end in in_code else blocks)
            supporters = places.setdefault(place, Remarks()).supporters
            sentences = passage.sentences or [""] * len(passage.slots)
            for slot, sentence in zip(passage.slots, sentences, strict=True):
                supporters.setdefault(slot, sentence)
    for origin in origins:
        if origin.is_added or origin.sides:
            place = _place(text, origin.end, () if origin.end in in_code else blocks)
            remarks = places.setdefault(place, Remarks())
            remarks.is_added |= origin.is_added
            for side in origin.sides:
                remarks.sides.setdefault(side.finding, side)
    return dict(sorted(places.items(), key=lambda one: one[0]))


def _place(text: str, end: int, blocks: Sequence[tuple[int, int]]) -> tuple[int, bool]:
    for start, stop in blocks:
        if start < end <= stop:
            return len(text[:stop].rstrip("\n")), True
    return len(text[:end].rstrip()), False


def _opaque_blocks(text: str) -> list[tuple[int, int]]:
    """Return the spans, in characters, of code, formulas and tables: a mark inside would become part of them."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    tokens = [token for token in _markdown.parse(text) if token.map]
    lines = [(token.map[0], token.map[1]) for token in tokens if token.map and token.type in _OPAQUE]
    return [(starts[first], min(starts[last], len(text))) for first, last in lines]


def _insert_marks(text: str, places: Sequence[tuple[int, bool]]) -> str:
    """Return the text with a numbered mark at each place, which the parser then finds."""
    parts, last = [], 0
    for number, (at, is_behind_block) in enumerate(places):
        mark = f"{_OPEN}{number}{_CLOSE}"
        line = text[text.rfind("\n", 0, at) + 1 : at]
        # As far to the right as the block, which may be part of a list's item.
        indent = " " * (len(line) - len(line.lstrip(" ")))
        parts += [text[last:at], f"\n\n{indent}{mark}\n\n" if is_behind_block else f" {mark}"]
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
    return _chips(*env["remarks"][tokens[index].meta["number"]])


def _chips(is_behind: bool, remarks: Remarks) -> str:
    chips = "".join(
        f'<a class="chip" data-slot="{slot}" data-words="{escape(sentence)}" href="#slot-{slot}"'
        f' aria-label="supported by {slot}">{slot}</a>'
        for slot, sentence in remarks.supporters.items()
    )
    # A table's or a list's mark stands for several passages: of one that has a supporter the writer's part is not told.
    if remarks.is_added and not remarks.supporters:
        chips += '<span class="origin">added by the writer</span>'
    for side in remarks.sides.values():
        link = f'href="#finding-{escape(side.finding)}" data-words="{escape(side.stance)}"'
        chips += f'<a class="origin" {link}>sides with {", ".join(side.slots)}</a>'
    return f'<span class="chips{" behind" * is_behind}">{chips}</span>'


# ---------------------------------------------------------------- formulas


def _render_math_inline(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    is_block = bool(tokens[index].meta.get("block"))
    return f'<span class="math{" block" if is_block else ""}">{_formula(tokens[index].content, is_block, env)}</span>'


def _render_math_block(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    return f'<div class="math block scroll" tabindex="0">{_formula(tokens[index].content, True, env)}</div>\n'


def _formula(latex: str, is_block: bool, env: Any) -> str:
    """Return MathML, or the source if it cannot be converted or there are too many formulas."""
    latex = _LEFTOVER.sub("", latex).strip()
    env["formulas"] += 1
    env["drawn"] += len(latex)
    is_cheap = env["formulas"] <= MAX_FORMULAS and env["drawn"] <= MOST_FORMULAS
    return (is_cheap and formulas.mathml_of(latex, is_block)) or formulas.source_of(latex)


# ---------------------------------------------------------------- code, tables, headings, images, links


def _render_fence(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    words = unescapeAll(tokens[index].info).split()
    return _highlight(tokens[index].content, words[0] if words else "", env)


def _highlight(code: str, language: str, env: Any) -> str:
    """Return a whole ``<pre>``, coloured while the text has not had too much of that."""
    name = language if _LANGUAGE.fullmatch(language) else ""
    env["coloured"] += len(code) if name else 0
    # Marks stand in code only behind the fields of JSON, which has no mark of its own.
    parts = _MARK.split(code)
    for at, part in enumerate(parts):
        if at % 2:
            parts[at] = _chips(*env["remarks"][int(part)])
        else:
            plain = _LEFTOVER.sub("", part)
            parts[at] = coloured(plain, name) if env["coloured"] <= MOST_CODE else escape(plain)
    html = "".join(parts)
    return f'<pre tabindex="0" data-language="{name}"><code>{html}</code></pre>\n'


def _render_indented_code(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    return _highlight(tokens[index].content, "", env)


def _render_image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    url = str(tokens[index].attrs.get("src", ""))
    return f'<span class="image">image: {escape(tokens[index].content)} ({escape(url)})</span>'


def _render_break(*_: Any) -> str:
    return "<br>\n"


def _render_footnote_ref(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return f"<sup>{escape(tokens[index].content)}</sup>"


def _render_footnote(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return f'<p class="footnote"><sup>{escape(tokens[index].meta["label"])}</sup> '


def _render_task(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    state = ("task done", "done") if tokens[index].meta["is_done"] else ("task", "open")
    return f'<span class="{state[0]}" role="img" aria-label="{state[1]}"></span>'


def _render_table_open(*_: Any) -> str:
    return '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n'


def _render_table_close(*_: Any) -> str:
    return "</table></div>\n"


def _render_link_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrs = {"href": tokens[index].attrs.get("href", ""), "target": "_blank"}
    return self.renderToken(tokens, index, options, env)


_RENDERERS = {
    "supporters": _render_supporters,
    "math_inline": _render_math_inline,
    "softbreak": _render_break,
    "footnote_ref": _render_footnote_ref,
    "footnote_open": _render_footnote,
    "task": _render_task,
    "math_block": _render_math_block,
    "fence": _render_fence,
    "code_block": _render_indented_code,
    "image": _render_image,
    "table_open": _render_table_open,
    "table_close": _render_table_close,
    "link_open": _render_link_open,
}


def _build() -> Any:
    parser = build_parser()
    parser.inline.ruler.before("escape", "supporters", _supporters_rule)
    for name, rule in _RENDERERS.items():
        parser.add_render_rule(name, rule)
    return parser


_markdown = _build()
