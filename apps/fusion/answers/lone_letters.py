"""Letters of options in sentences whose words are not known: read where other answers of the panel choose letters too.

Whatever the language, an answer to a question with lettered options that names one letter alone in its last words, and
neither denies it nor leaves it open, has chosen it. In a text by itself such a letter may be the name of anything.
"""

from itertools import islice

from apps.fusion.answers.frame_words import FALSE, FAULTS
from apps.fusion.answers.frames import LONGEST, MOST_BACK, last_sentences, letters_of
from apps.fusion.answers.qualifiers import leaves_open
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final
from apps.fusion.vocabulary import FinalKind


def lone_letter(text: str) -> Found | None:
    """Return the only letter of the last sentence that names one, else of the opening line."""
    line = text.find("\n", 0, LONGEST)
    for start, end in (*islice(last_sentences(text), MOST_BACK), *([(0, line)] if line > 0 else [])):
        found = list(letters_of(text, start, end))
        if found:
            is_given = len({one["letter"] for one in found}) == 1 and _is_given(text, start, end, found[-1].span())
            letter = Final(FinalKind.CHOICE, found[-1]["letter"], *found[-1].span("letter"))
            return Found(letter, start) if is_given else None
    return None


def _is_given(text: str, start: int, end: int, span: tuple[int, int]) -> bool:
    """Return whether a sentence neither denies its letter nor leaves it open."""
    before, after = text[start : span[0]], text[span[1] : end]
    words = [word.strip(".,;:!") for word in (before + after).casefold().split()]
    is_denied = any(word in FALSE or word.startswith(FAULTS) for word in words)
    is_unit = before.rstrip()[-1:] == "°" or before.rstrip()[-1:].isdigit()
    return end - start <= LONGEST and not is_denied and not is_unit and not leaves_open(before, after)
