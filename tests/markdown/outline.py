"""The structure and the words that a reader sees, of HTML from either renderer, as one line that can be compared."""

import re
from html import escape
from html.parser import HTMLParser

KEPT = {
    *("href", "start", "class", "data-language", "data-align", "aria-label"),
    *("display", "mathvariant", "mathcolor"),
}
UNSEEN = {"scroll", "code"}
VOID = {"br", "hr", "mspace"}
SPACE = r"[ \t\n]"
"""White space that no reader sees beside a block; an ideographic space indents."""


class Outline(HTMLParser):
    """Collects elements without the attributes and wrappers that only serve the page, code without its colours."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_bar = given.get("class") == "bar"
        is_wrapper = given.get("class") in UNSEEN or (tag == "span" and "pre" in self.open)
        if tag not in VOID:
            self.open.append("(bar)" if is_bar else f"({tag})" if is_wrapper else tag)
        self.hidden += is_bar
        if not (self.hidden or is_wrapper):
            shown = " ".join(
                f'{name}="{escape(given[name])}"' for name in sorted(given) if name in KEPT and given[name]
            )
            self.parts.append(f"<{tag} {shown}>" if shown else f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        closed = self.open.pop()
        self.hidden -= closed == "(bar)"
        if not self.hidden and closed == tag:
            self.parts.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(escape(data, quote=False))


def outline(html: str) -> str:
    """Return the HTML of a text without what cannot be seen."""
    reader = Outline()
    reader.feed(html)
    reader.close()
    line = "".join(reader.parts)
    blocks = "p|h[4-6]|ul|ol|li|blockquote|pre|table|thead|tbody|tr|th|td|div|hr"
    line = (
        re.sub(rf"{SPACE}*(</?(?:{blocks})\b[^>]*>){SPACE}*", r"\1", line)
        if "<pre" not in line
        else _outside_code(line, blocks)
    )
    return re.sub(rf"<br>{SPACE}*", "<br>", line)


def _outside_code(line: str, blocks: str) -> str:
    parts = re.split(r"(<pre\b.*?</pre>)", line, flags=re.DOTALL)
    return "".join(
        part
        if part.startswith("<pre")
        else re.sub(rf"{SPACE}*(</?(?:{blocks})\b[^>]*>){SPACE}*", r"\1", part).strip(" \t\n")
        for part in parts
    )
