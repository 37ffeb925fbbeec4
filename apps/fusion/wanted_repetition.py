"""Tell repetition that was asked for from a model's loop: a line to write ten times, a refrain, a form to fill in.

The request says it, or the panel's answers do: where they repeat themselves too, so may the fused one.
"""

import re
from collections.abc import Collection

from apps.fusion.repetition import is_looping, looping_words
from apps.fusion.vocabulary import FinishReason

LONGEST_REQUEST = 20_000
"""Characters of a request that are read, half from its beginning and half from its end."""
LIKE = 0.5
"""The share of words that two repeated passages have in common when they are the same."""
RUNAWAY = 2
"""A text that was cut by its limit is a loop when it is this many times as long as the longest answer."""

_NUMBER = (
    r"(?:\d[\d.,]{0,14}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred"
    r"|thousand|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwanzig|hundert|dix|vingt|cent|diez|veinte|cien|dieci"
    r"|два|три|четыре|пять|шесть|семь|восемь|девять|десять|двадцать|пятьдесят|сто)"
)
_TIMES = r"(?:x|×|times|mal|fois|veces|vezes|volte|раза?|razy|keer|gånger|gange|kertaa|kez)"
_COPIES = (
    r"(?:lines?|rows?|copies|blanks?|boxes|checkboxes|verses|zeilen|kopien|kästchen|strophen|lignes|copies|cases|líneas"
    r"|copias|righe|строк)"
)
_ASKED = re.compile(
    rf"\b{_NUMBER}(?:\s|-)?{_TIMES}\b|\b{_NUMBER}\s{{1,9}}(?:[^\W\d_]{{1,40}}\s{{1,9}}){{0,3}}{_COPIES}\b|(?:zehn|zwanzig|hundert)mal\b"
    r"|\d\s{0,9}(?:回|次|遍|번|مرات|مرة|बार)|[一二三四五六七八九十百]{1,9}(?:回|次|遍)|(?:세|네|다섯|열|스무|백)\s?번(?!째)"
    r"|(?:خمس|عشر|عشرين|خمسين|مئة|مائة)\s(?:مرات|مرة)|(?:पाँच|दस|बीस|सौ)\sबार"
    r"|\b(?:blank|empty|identical)\s(?:rows|lines|cells|boxes|fields|columns)\b"
    r"|\b(?:over and over|again and again|immer wieder|encore et encore|una y otra vez)\b"
    r"|\b(?:chorus|refrain|lyrics|song|litany|mantra|nursery rhyme|lullaby|villanelle|kehrreim|kinderlied|liedtext"
    r"|chanson|canción|estribillo|canzone|ritornello|припев)\b"
    r"|\b(?:checklist|worksheet|template|form to fill|checkliste|vorlage|formulaire)\b|繰り返|重复|重複|反复|副歌",
    re.IGNORECASE,
)
_REPEAT = re.compile(r"\b(?:repeat|repetition|wiederhol|répèt|répét|repit|repet|ripet|повтор)\w*", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"\b(?:don['’]t|do not|never|without|no|not|avoid\w*|stop|nicht|nie|keine?|ohne|ne|sans|no|sin|non|senza|не|без)\W+"
    r"(?:[^\W\d_]+\W+){0,2}$",
    re.IGNORECASE,
)


def asks_for_repetition(request: str) -> bool:
    """Return whether a request asks for a text that repeats itself, or holds one."""
    half = LONGEST_REQUEST // 2
    request = request if len(request) <= LONGEST_REQUEST else f"{request[:half]} {request[-half:]}"
    if _ASKED.search(request) or is_looping(request):
        return True
    return any(
        # "Do not repeat yourself" asks for the opposite.
        not _FORBIDDEN.search(request[max(0, match.start() - 60) : match.start()])
        for match in _REPEAT.finditer(request)
    )


def is_wanted(text: str, request: str, answers: Collection[str], finish_reason: FinishReason | None) -> bool:
    """Return whether a text that repeats itself was asked for, by the ``request`` or as the panel's ``answers`` show.

    A text that its limit cut off was running away, unless it is about as long as the answers are.
    """
    longest = max(map(len, answers), default=0)
    if finish_reason is FinishReason.LENGTH and len(text) > RUNAWAY * longest:
        return False
    return asks_for_repetition(request) or repeats_alike(text, answers)


def repeats_alike(text: str, answers: Collection[str]) -> bool:
    """Return whether an answer repeats what the text repeats, or most answers repeat something."""
    own = looping_words(text)
    repeated = [words for answer in answers if (words := looping_words(answer))]
    if 2 * len(repeated) > len(answers):
        return True
    return any(len(own & words) >= LIKE * len(own | words) for words in repeated)
