"""Reading almost-JSON: what models write when asked for JSON. In linear time, whatever the text.

Tolerated: prose and fences around it, comments, single and typographic quotes, bare keys, missing and trailing commas,
unescaped quotes and line breaks in strings, a missing end. (Libraries for this take minutes on hostile input.)
"""

import re
from typing import Any, NamedTuple

DEEPEST = 30
"""The deepest nesting of objects and lists; anything deeper is cut off."""

# A comment has an end within 999 characters, or each "/*" of many would be searched to the end of the text.
_BLANK = re.compile(r"(?:[\s,]|//[^\n]*|/\*.{0,999}?\*/)*", re.DOTALL)
_BARE = re.compile(r"[^\s,:{}\[\]\"]+(?:[ \t]+[^\s,:{}\[\]\"]+)*")
_COLON = re.compile(r"\s*[:=]>?\s*")
# What may follow the end of a string. Any other quote is one that the model forgot to escape.
_CLOSING = re.compile(
    r"\s{0,200}(?:$|[:}\]]|,\s{0,200}(?:$|[\"'“‘{}\[\]\d-]|true|false|null|//|/\*|\w+\s{0,9}:)|\n|[\"“]\s{0,9}\w)"  # noqa: RUF001 - as models write them
)
_ENDS = {'"': '"', "'": "'", "“": "”", "‘": "’"}  # noqa: RUF001 - as above
_STOPS = {end: re.compile(rf"[\\{end}]") for end in _ENDS.values()}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LOW_HALF = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None}


class ReadObject(NamedTuple):
    """An object and whether the text ended before it was closed."""

    value: dict[str, Any]
    is_cut: bool


def objects(text: str) -> list[dict[str, Any]]:
    """Return all top-level objects in a text, in order; nested objects are not listed again."""
    return [found.value for found in read_objects(text)]


def read_objects(text: str) -> list[ReadObject]:
    """Return all top-level objects in a text like :func:`objects`, and which of them the end of the text cut off."""
    found = []
    at = text.find("{")
    while at >= 0:
        reader = _Reader(text)
        value, at = reader.read_object(at + 1, 1)
        found.append(ReadObject(value, reader.is_cut))
        at = text.find("{", at)
    return found


def whole_number(value: Any) -> int | None:
    """Return a whole number as it was read, also "3" or "3.0"; ``None`` for anything else."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s{0,9}([0-9]{1,9})(?:\.0{1,3})?\s{0,9}", value)
        return int(found[1]) if found else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class _Reader:
    """A reader by recursive descent. Each method takes a position and returns a value and the position after it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_cut = False

    def _blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def read_object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        while (at := self._blank(at)) < len(self.text):
            if self.text[at] in "}]":
                return value, at + (self.text[at] == "}")
            key, at = self._read_key(at)
            colon = _COLON.match(self.text, at)
            if colon:
                value[key], at = self._read_value(self._blank(colon.end()), depth)
        self.is_cut = True
        return value, at

    def _read_key(self, at: int) -> tuple[str, int]:
        if self.text[at] in _ENDS:
            return self._read_string(at)
        bare = _BARE.match(self.text, at)
        return (bare.group(), bare.end()) if bare else ("", at + 1)

    def _read_value(self, at: int, depth: int) -> tuple[Any, int]:
        char = self.text[at : at + 1]
        if char and char in "{[":
            return self._read_nested(at, depth)
        if char in _ENDS:
            return self._read_string(at)
        bare = _BARE.match(self.text, at)
        return (_word(bare.group()), bare.end()) if bare else (None, at)

    def _read_nested(self, at: int, depth: int) -> tuple[Any, int]:
        # Brackets by the thousand would end in a RecursionError. What is behind them cannot be placed either.
        if depth >= DEEPEST:
            return None, len(self.text)
        read = self.read_object if self.text[at] == "{" else self._read_list
        return read(at + 1, depth + 1)

    def _read_list(self, at: int, depth: int) -> tuple[list[Any], int]:
        value: list[Any] = []
        while (at := self._blank(at)) < len(self.text):
            if self.text[at] in "]}":
                return value, at + (self.text[at] == "]")
            item, after = self._read_value(at, depth)
            if after > at:
                value.append(item)
            # Always forward, or a sign that begins no value would hold the reader for ever.
            at = max(after, at + 1)
        self.is_cut = True
        return value, at

    def _read_string(self, at: int) -> tuple[str, int]:
        end = _ENDS[self.text[at]]
        parts = []
        start = at = at + 1
        while stop := _STOPS[end].search(self.text, at):
            if stop.group() == "\\":
                part, at = self._unescape(stop.end())
                parts += [self.text[start : stop.start()], part]
                start = at
            elif _CLOSING.match(self.text, stop.end()):
                return "".join(parts) + self.text[start : stop.start()], stop.end()
            else:
                at = stop.end()
        self.is_cut = True
        return "".join(parts) + self.text[start:], len(self.text)

    def _unescape(self, at: int) -> tuple[str, int]:
        char = self.text[at : at + 1]
        code = self.text[at + 1 : at + 5]
        if char == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", code):
            number = int(code, 16)
            low = _LOW_HALF.match(self.text, at + 5)
            if 0xD800 <= number <= 0xDBFF and low:
                return chr(0x10000 + ((number - 0xD800) << 10) + int(low.group(1), 16) - 0xDC00), low.end()
            # Half of a surrogate pair could be neither stored nor sent.
            is_half = 0xD800 <= number <= 0xDFFF
            return "\N{REPLACEMENT CHARACTER}" if is_half else chr(number), at + 5
        return _ESCAPES.get(char, char), at + 1


def _word(bare: str) -> Any:
    if bare.lower() in _WORDS:
        return _WORDS[bare.lower()]
    return int(bare) if re.fullmatch(r"-?[0-9]{1,9}", bare) else bare.rstrip("`").strip()
