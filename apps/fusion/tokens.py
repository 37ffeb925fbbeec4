"""Estimate the number of tokens of a text where no vendor counts them. Prices are elsewhere: ``cost.py``.

Every figure made here is marked as an estimate. A real tokenizer would be no better: only one vendor publishes its own,
and loading it takes a second of CPU and 140 MB in every process.
"""

BYTES_PER_TOKEN = 4
"""A rule of thumb for English prose. Other scripts need more bytes for a character, and more tokens as well."""
IMAGE_TOKENS = 1_000
"""The input tokens of an image, roughly: vendors count from 85 to about 1,600."""


def count_tokens(text: str) -> int:
    """Return the approximate number of tokens of a text: a quarter of its bytes in UTF-8."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)
