r"""Prompt templates: texts with variables in double braces, ``{{city}}``, and what becomes of them with values. Pure.

A name begins with a letter or ``_``; letters, digits, ``_``, ``-``, ``.`` and single blanks may follow. A backslash
before the braces, ``\{{``, lets them stand for themselves. A value is put in as it is and never read again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from apps.fusion.refusal import Refusal

OPENING, CLOSING, ESCAPED = "{{", "}}", "\\{{"
LONGEST_NAME = 50
"""Characters of a variable's name."""
LONGEST_RENDERED = 1_000_000
"""Characters of a template with its values."""


class BadTemplate(Refusal):
    """A template that cannot be read, or not be filled in."""


class Part(NamedTuple):
    """A piece of a template: its words, or the name of a variable."""

    text: str
    is_variable: bool


def variables_of(*texts: str) -> tuple[str, ...]:
    """Return the names of the variables of some templates, each once, in order. Raise :class:`BadTemplate`."""
    return tuple(dict.fromkeys(part.text for text in texts for part in parts_of(text) if part.is_variable))


def render(text: str, values: Mapping[str, str]) -> str:
    """Return a template with values in place of its variables. Raise :class:`BadTemplate` with those that are missing.

    Values that no variable names are left over; that is no error. A text that would be too long is not made.
    """
    parts = list(parts_of(text))
    missing = missing_in((part.text for part in parts if part.is_variable), values)
    if missing:
        raise BadTemplate(missing_words(missing), missing[0])
    pieces = [values[part.text] if part.is_variable else part.text for part in parts]
    check_length(pieces)
    return "".join(pieces)


def check_length(pieces: Iterable[str]) -> None:
    """Raise :class:`BadTemplate` for pieces that would be too long a text together."""
    size = sum(map(len, pieces))
    if size > LONGEST_RENDERED:
        raise BadTemplate(f"With its values it has {size:,} characters; {LONGEST_RENDERED:,} are the most.")


def missing_in(names: Iterable[str], values: Iterable[str]) -> list[str]:
    """Return the names that have no value, each once."""
    known = set(values)
    return [name for name in dict.fromkeys(names) if name not in known]


def missing_words(names: list[str]) -> str:
    """Say which variables have no value."""
    listed = ", ".join(f"{OPENING}{name}{CLOSING}" for name in names)
    return f"There is no value for {listed}."


def parts_of(text: str) -> Iterator[Part]:
    """Yield the pieces of a template in order. Raise :class:`BadTemplate` with the line of what is no variable."""
    at = 0
    while (start := text.find(OPENING, at)) >= 0:
        if start > at and text[start - 1] == "\\":
            yield Part(text[at : start - 1] + OPENING, is_variable=False)
            at = start + len(OPENING)
            continue
        end = text.find(CLOSING, start)
        name = text[start + len(OPENING) : end].strip(" ") if end >= 0 else ""
        if not is_name(name):
            shown = text[start : end + 2] if 0 <= end - start <= LONGEST_NAME + 10 else text[start : start + 20] + "…"
            line = text.count("\n", 0, start) + 1
            raise BadTemplate(
                f"Line {line}: “{shown}” is no variable. A name has letters, digits, _, - and ., as in {{{{city}}}}; "
                f"write {ESCAPED} for braces that stand for themselves."
            )
        yield Part(text[at:start], is_variable=False)
        yield Part(name, is_variable=True)
        at = end + len(CLOSING)
    yield Part(text[at:], is_variable=False)


def is_name(name: str) -> bool:
    """Return whether a variable, or a column of a table, may be called so."""
    if not name or len(name) > LONGEST_NAME or not (name[0].isalpha() or name[0] == "_"):
        return False
    plain = all(character.isalnum() or character in "_-. " for character in name)
    return plain and name == name.strip() and "  " not in name
