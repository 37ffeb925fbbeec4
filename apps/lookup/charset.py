"""Bytes of a page to text, also where the page is wrong about its own encoding."""

import codecs
import re

from charset_normalizer import from_bytes

from apps.fusion.decoding import MARKS

META = re.compile(rb"<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
HEAD_BYTES = 4_096
"""Bytes of a page in which it may name its encoding; the HTML standard asks for the first 1,024."""
SAMPLE_BYTES = 64 * 1024
LATIN = ("ascii", "iso8859-1")
"""On the web these names mean Windows' own encoding (WHATWG Encoding Standard)."""

OF_PYTHON = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")
"""Python's own, which no page is written in; some fail on any bytes, or take time that grows with their square."""


def decoded(body: bytes, charset: str = "") -> str:
    """Return the text of a page; ``charset`` is what its HTTP header says.

    By order: a byte order mark, UTF-8 where all bytes keep its rules, the header, the page's own ``meta``, and a guess.
    Text that is UTF-8 by chance is so rare that its rules outweigh what servers say by default.
    """
    for mark, name in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    declared = [_codec(charset), _codec(_meta(body))]
    # Encodings in seven bits keep the rules of UTF-8 too, so where one is named it goes first.
    candidates = [name for name in declared if name.startswith(("iso2022", "hz", "utf-16", "utf-32"))]
    for name in [*candidates, "utf-8", *declared]:
        try:
            if name:
                return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    best = from_bytes(body[:SAMPLE_BYTES]).best()
    name = best.encoding if best else next((name for name in declared if name), "utf-8")
    return body.decode(name, "replace")


def _meta(body: bytes) -> str:
    found = META.search(body[:HEAD_BYTES])
    return found[1].decode("ascii") if found else ""


def _codec(name: str) -> str:
    """Return Python's name of an encoding for text; '' for one that it does not know."""
    try:
        info = codecs.lookup(name.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    if not info._is_text_encoding or info.name in OF_PYTHON:
        return ""
    return "cp1252" if info.name in LATIN else info.name
