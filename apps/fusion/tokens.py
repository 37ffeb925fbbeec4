"""How many tokens a text has, where nobody else says so. Prices are elsewhere: ``cost.py``.

No vendor but OpenAI publishes all of its tokenizers, so every figure made here is an estimate and is marked as one.
"""

from functools import cache
from importlib import import_module
from typing import Protocol, cast

ENCODING = "o200k_base"
"""The newest public vocabulary; on prose the others differ from it by about a fifth."""
CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English prose; other scripts need more tokens."""
PIECE = 40_000
"""Characters counted at a time: the tokenizer refuses more than 200,000 tokens, and a character has up to 4."""
MOST_CHARACTERS = 2_000_000
"""Longer texts are not worth the time: ten characters a microsecond."""
IMAGE_TOKENS = 1_000
"""What an image costs to read, roughly: vendors count from 85 to about 1,600."""


class _Encoding(Protocol):
    def encode_ordinary(self, text: str) -> list[int]: ...


def rough_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, but one for each of a script without spaces."""
    dense = sum("\u2e80" <= char <= "\ud7ff" for char in text) if not text.isascii() else 0
    return dense + -(-(len(text) - dense) // CHARACTERS_PER_TOKEN)


def count_tokens(text: str) -> int:
    """The tokens of a text in OpenAI's vocabulary; never raises. The first use takes a second and 140 MB."""
    if len(text) > MOST_CHARACTERS:
        return rough_tokens(text)
    pieces = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return sum(len(_encoding().encode_ordinary(piece)) for piece in pieces)


@cache
def _encoding() -> _Encoding:
    """Loaded at first use: a process that counts nothing, such as a page's, need not carry it."""
    return cast(_Encoding, import_module("bpe_openai").get_encoding(ENCODING))
