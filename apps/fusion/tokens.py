"""Estimate the number of tokens of a text where no vendor counts them. Prices are elsewhere: ``cost.py``.

Every figure made here is marked as an estimate. A real tokenizer would be no better: only one vendor publishes its own,
and loading it takes a second of CPU and 140 MB in every process.
"""

BYTES_PER_TOKEN = 4
"""A rule of thumb for English prose. Other scripts need more bytes for a character, and more tokens as well."""
NARROW_BYTES, MIDDLE_BYTES = bytes(range(0xE3)), bytes(range(0xE0))
"""The bytes of UTF-8 of which characters below U+3000 and U+0800 are made. Above U+3000 are ideographs, kana, hangul
and emoji; between the two Hindi, Thai and most other scripts of Asia."""
CHARACTERS_PER_TOKEN = 3
"""Of letters. Cautious: English has about four, other languages and code fewer."""
IMAGE_TOKENS = 1_000
"""The input tokens of an image, roughly: vendors count from 85 to about 1,600."""


def count_tokens(text: str) -> int:
    """Return the approximate number of tokens of a text: a quarter of its bytes in UTF-8."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def fewest_tokens(text: str) -> int:
    """Return a number of tokens that hardly any tokenizer stays below by half, whatever the script of the text.

    Alphabets of two and three bytes a character (Cyrillic, Arabic, Hindi, Thai) need no more tokens a character than
    Latin letters with a large vocabulary, so characters are counted, and three quarters of a token for an ideograph.
    White space is counted as one character, however much there is: an indentation is a single token.
    """
    joined = " ".join(text.split())
    return -(-(len(joined) + 2 * _count_beyond(joined, NARROW_BYTES)) // BYTES_PER_TOKEN)


def characters_per_token(text: str) -> float:
    """Return how many characters of a text like this one surely fit into a token: from 3 down to 1 for ideographs."""
    if not text:
        return CHARACTERS_PER_TOKEN
    wide, not_narrow = _count_beyond(text, NARROW_BYTES), _count_beyond(text, MIDDLE_BYTES)
    tokens = (len(text) - not_narrow) / CHARACTERS_PER_TOKEN + (not_narrow - wide) / 2 + wide
    return len(text) / tokens


def _count_beyond(text: str, shorter: bytes) -> int:
    """Return how many characters begin with a byte that none of the ``shorter`` ones has; at the speed of C."""
    return len(text.encode("utf-8", "surrogatepass").translate(None, shorter))
