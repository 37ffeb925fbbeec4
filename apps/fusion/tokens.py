"""How many tokens a text has, where nobody else says so. Prices are elsewhere: ``cost.py``.

Every figure made here is an estimate and is marked as one. A real tokenizer would be no better than that: only one
vendor publishes its own, and loading it takes a second of CPU and 140 MB in every process.
"""

BYTES_PER_TOKEN = 4
"""A rule of thumb for English prose. Other scripts need more bytes for a character, and more tokens as well."""
IMAGE_TOKENS = 1_000
"""What an image costs to read, roughly: vendors count from 85 to about 1,600."""


def count_tokens(text: str) -> int:
    """About how many tokens a text has: a quarter of its bytes in UTF-8."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)
