"""The words of a Markdown text without its marks, for places that show nothing else: previews and titles."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_CHARACTERS = 4_000
"""Characters of a text whose words are read."""

_WORDS = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


def plain_words(text: str) -> str:
    """Return the words of the beginning of a text on one line: its prose, or its headings where it has no other."""
    tokens = _WORDS.parse(text[:MAX_CHARACTERS])
    said: list[str] = []
    titles: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline":
            is_title = before is not None and before.type == "heading_open"
            (titles if is_title else said).append(_words_of(token))
        elif token.type in ("fence", "code_block"):
            said.append(token.content)
    return " ".join(_TAG.sub("", " ".join(said or titles)).split())


def _words_of(token: Token) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline", "image") else " " if "break" in child.type else ""
        for child in token.children or []
    )
