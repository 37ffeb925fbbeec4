"""Characters that a person does not see and a model reads: removed from all that comes from the web."""

import unicodedata

BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks that are drawn as nothing."""
VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
"""They choose the form of the character before, and a row of them can carry any text."""
TAGS = 0xE0000
LINE_BREAKS = "\u2028\u2029\x85"


class _Visible(dict[int, str | None]):
    """The table of :meth:`str.translate`, which grows with the characters that are met."""

    def __missing__(self, code: int) -> str | None:
        self[code] = kept = self._kept(code)
        return kept

    @staticmethod
    def _kept(code: int) -> str | None:
        character = chr(code)
        if character in "\n\t":
            return character
        if character in LINE_BREAKS:
            return "\n"
        if character in BLANK or any(code in selectors for selectors in VARIATION_SELECTORS):
            return None
        category = unicodedata.category(character)
        # Characters newer than Python's tables are "not assigned" to it; those of the plane of tags are drawn nowhere.
        if category == "Cn":
            return None if code >= TAGS else character
        # Format (zero width, direction, tags), private use, controls, halves of pairs.
        return None if category in ("Cf", "Co", "Cc", "Cs") else character


_VISIBLE = _Visible()


def without_invisible(text: str) -> str:
    """Return a text without characters that are not drawn; unusual ends of lines become usual ones."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_VISIBLE)
