"""Foreign words inside a line of Markdown: names, labels and sentences that must not become anything else."""

import re

_SPECIAL = re.compile(r"([\\`*\[\]<>#|~])")


def inline(text: str) -> str:
    """Return the text in one line, with what Markdown could take for a heading, table, link, image or HTML escaped."""
    return escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Return the same of a piece of a line, whose blanks stay."""
    return _SPECIAL.sub(r"\\\1", text)
