"""The choices of a person who publishes a run, and passages that must not be read in it, found in whatever spelling.

A passage is looked for by its letters and digits alone, without case and accents: it is found through marks of
Markdown, line breaks, escapes of JSON and HTML and the percent signs of addresses. What says it in other words is not
found.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from apps.fusion.frozen import Value

REDACTED = "[redacted]"
FEWEST_CHARACTERS = 2
"""Letters and digits of a passage; a single one would black out every text."""
LONGEST_PASSAGE, MOST_PASSAGES = 2_000, 50
"""Characters of a passage, and passages of a link."""
FEWEST_AT_A_CUT = 4
"""Letters and digits at the end of a shortened text from which on they count as the beginning of a passage."""
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[nrtbf]|&#?\w{1,32};"
    r"|(?:%[0-9a-fA-F]{2}){1,12}",
)

Span = tuple[int, int]


class Shown(Value):
    """Parts of a run that its owner chooses to show beyond prompt, answers and analysis, and passages to black out."""

    costs: bool = True
    reasoning: bool = False
    system_prompt: bool = False
    rulings: bool = False
    ratings: bool = False
    passages: tuple[str, ...] = ()


EVERYDAY = Shown()
"""The choice of somebody who ticked nothing."""


class Passages:
    """Finds passages in texts and blacks them out; without any it leaves every text as it is."""

    def __init__(self, passages: Iterable[str]) -> None:
        keys = {letters_of(passage): passage.strip() for passage in passages}
        self._passages = [(key, *_ends_of(passage)) for key, passage in keys.items() if key]

    def __bool__(self) -> bool:
        return bool(self._passages)

    def spans(self, text: str, *, is_cut: bool = False) -> list[Span]:
        """Return where passages stand in a text, in order and apart; what touches is one span.

        With ``is_cut`` the text was shortened, so that the beginning of a passage at its end counts as well.
        """
        found: list[Span] = []
        for letters, places in _readings(text) if self._passages else ():
            for key, lead, trail in self._passages:
                at = letters.find(key)
                while at >= 0:
                    found.append(_with_marks(text, places[at][0], places[at + len(key) - 1][1], lead, trail))
                    at = letters.find(key, at + 1)
                if is_cut and (length := _begun(key, letters)):
                    found.append((places[-length][0], len(text)))
        return _merged(found)

    def redact(self, text: str, *, is_cut: bool = False) -> str:
        """Return a text with :data:`REDACTED` in place of each passage."""
        parts, end = [], 0
        for start, next_end in self.spans(text, is_cut=is_cut):
            parts += [text[end:start], REDACTED]
            end = next_end
        return "".join([*parts, text[end:]]) if parts else text


def moved(position: int, spans: Iterable[Span]) -> int:
    """Return where a position of a text is after these spans of it were blacked out; inside one, its beginning."""
    shift = 0
    for start, end in spans:
        if position <= start:
            break
        if position < end:
            return start + shift
        shift += len(REDACTED) - (end - start)
    return position + shift


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, without case and accents: what passages are compared by."""
    return "".join(map(_letters, text))


@lru_cache(maxsize=8192)
def _letters(character: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", character).casefold() if one.isalnum())


def _readings(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Yield the letters of a text, each with its place there: as they stand, and with escapes as what they mean."""
    yield _read([(index, index + 1, character) for index, character in enumerate(text)])
    if _ESCAPE.search(text):
        pieces, end = [], 0
        for match in _ESCAPE.finditer(text):
            pieces += [(index, index + 1, text[index]) for index in range(end, match.start())]
            pieces.append((match.start(), match.end(), _meaning(match.group())))
            end = match.end()
        yield _read([*pieces, *((index, index + 1, text[index]) for index in range(end, len(text)))])


def _read(pieces: list[tuple[int, int, str]]) -> tuple[str, list[Span]]:
    letters, places = [], []
    for start, end, said in pieces:
        for character in said:
            for letter in _letters(character):
                letters.append(letter)
                places.append((start, end))
    return "".join(letters), places


def _meaning(escape: str) -> str:
    if escape[0] == "%":
        return unquote(escape)
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[1] != "u":
        return " "
    units = b"".join(int(unit, 16).to_bytes(2) for unit in escape[2:].split("\\u"))
    return units.decode("utf-16-be", "replace")


def _ends_of(passage: str) -> tuple[str, str]:
    """Return the marks before the first letter of a passage and behind its last, such as a sign or a unit."""
    lettered = [index for index, character in enumerate(passage) if _letters(character)]
    return (passage[: lettered[0]], passage[lettered[-1] + 1 :]) if lettered else ("", "")


def _with_marks(text: str, start: int, end: int, lead: str, trail: str) -> Span:
    start -= len(lead) if lead and text[:start].endswith(lead) else 0
    return start, end + (len(trail) if trail and text.startswith(trail, end) else 0)


def _begun(key: str, letters: str) -> int:
    """Return how many letters at the end of a text begin a passage, 0 for too few to tell."""
    for length in range(min(len(key) - 1, len(letters)), FEWEST_AT_A_CUT - 1, -1):
        if letters.endswith(key[:length]):
            return length
    return 0


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
