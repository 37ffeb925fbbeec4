"""How many tokens a text has, where nobody else says so. Prices are elsewhere: ``cost.py``.

Every figure made here is an estimate and is marked as one. A real tokenizer would be no better than that: only one
vendor publishes its own, and loading it takes a second of CPU and 140 MB in every process.
"""

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English prose; other scripts need more tokens."""
IMAGE_TOKENS = 1_000
"""What an image costs to read, roughly: vendors count from 85 to about 1,600."""


def count_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, but one for each of a script without spaces."""
    dense = sum("\u2e80" <= char <= "\ud7ff" for char in text) if not text.isascii() else 0
    return dense + -(-(len(text) - dense) // CHARACTERS_PER_TOKEN)
