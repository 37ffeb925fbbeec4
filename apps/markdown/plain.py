"""The words of a Markdown text without its marks, for places that show nothing else: previews, titles and snippets."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_CHARACTERS = 4_000
"""Characters of a text whose words are read as its beginning."""

_WORDS = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_NOTE = re.compile(r"\[\^[^\]\s^]{1,40}\]:?")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


def plain_words(text: str) -> str:
    """Return the words of the beginning of a text on one line: its prose, or its headings where it has no other."""
    parts = [*_parts(text[:MAX_CHARACTERS])]
    said = [words for words, is_title in parts if not is_title] or [words for words, _ in parts]
    return " ".join(_TAG.sub("", " ".join(said)).split())


def all_words(text: str) -> str:
    """Return all words of a text on one line, headings and code included."""
    return " ".join(_NOTE.sub("", " ".join(words for words, _ in _parts(text))).split())


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of each block, and whether it is a heading."""
    tokens = _WORDS.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline":
            yield _words_of(token), before is not None and before.type == "heading_open"
        elif token.type in ("fence", "code_block"):
            yield token.content, False


def _words_of(token: Token) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline", "image") else " " if "break" in child.type else ""
        for child in token.children or []
    )
