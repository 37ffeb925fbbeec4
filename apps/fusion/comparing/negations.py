"""Find where a sentence negates, in each language that is known."""

import re

_GERMANIC = re.compile(
    r"\b(?=[cfhklnruw])(?:not|never|no|nor|neither|cannot|hardly|barely|fails?\s+to|failed\s+to|refuses?\s+to|lacks?|unable\s+to|nicht|nie|"
    r"niemals|kein(?:e[nmrs]?)?|weder|keinesfalls|keineswegs)\b|n['’]t\b",
    re.IGNORECASE,
)
_NEGATORS = {
    "en": _GERMANIC,
    "de": _GERMANIC,
    # "ne … que" only limits, and "ne … plus" speaks of another time.
    "fr": re.compile(
        r"\b(?:ne\b|n['’])(?!\s*(?:[\w'’-]+\s+){1,4}(?:que|plus)\b|\s*(?:[\w'’-]+\s+){1,4}qu['’])|"
        r"\b(?:non)\b|(?<!n['’])(?<!ne\s)\b(?:est|sont|a|ont|peut|fait)\s+pas\b",
        re.IGNORECASE,
    ),
    "es": re.compile(r"\b(?:no|nunca|jamás|tampoco|ningun[oa]?s?|ningún|nadie)\b", re.IGNORECASE),
    "it": re.compile(r"\b(?:non|mai|nessun[oa]?|neanche|nemmeno|neppure)\b", re.IGNORECASE),
    "pt": re.compile(r"\b(?:não|nunca|jamais|tampouco|nenhum(?:a|ns|as)?|ninguém)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(?:не|нет|никогда|нельзя|невозможно|ни|никакой|никто)\b", re.IGNORECASE),
    "zh": re.compile(
        r"不(?!仅|但|只|过|同|断|久|少|止)|没有|没(?!有)|未(?!来)|并非|无法|无(?!论|数)|(?<!除)非(?!常|洲)|从未"
    ),
    "ja": re.compile(
        r"(?:では|じゃ|く|が|は)?(?:ありません|なかった|ない)(?!と|し)|ません|ませんでした|ず(?:に|、|。)"
    ),
}
_IDLE = {
    "en": re.compile(
        r"\b(?:not|nicht)\s+(?:only|just|merely|simply|nur|bloß)\b|\b(?:no|not)\s+(?:more|less|fewer|longer|later|doubt)\b|"
        r"\b(?:nicht|kein)\s+(?:mehr|weniger)\b|\bno\.\s*\d|\bnot\s+until\b|\bohne\s+zweifel\b|"
        r"\bwithout\s+(?:a\s+)?doubt\b|\blacks?\s+no\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(r"\bnon\s+seulement\b|\bne\s+\S+\s+pas\s+(?:que|seulement)\b|\bpas\s+moins\b", re.IGNORECASE),
    "es": re.compile(r"\bno\s+(?:s[oó]lo|solamente|menos|más)\b", re.IGNORECASE),
    "it": re.compile(r"\bnon\s+(?:solo|soltanto|meno|più)\b", re.IGNORECASE),
    "pt": re.compile(r"\bnão\s+(?:s[oó]|apenas|somente|menos|mais)\b", re.IGNORECASE),
    "ru": re.compile(r"\bне\s+(?:только|менее|более|меньше|больше)\b", re.IGNORECASE),
    "ja": re.compile(r"かもしれない|だけで(?:は|な)|に違いない|なければならない|(?:しか|ほか)[^。]{0,20}ない"),
}
_IDLE["de"] = _IDLE["en"]
CONCORD = frozenset({"fr", "es", "it", "pt", "ru"})
"""Languages in which two negative words make one negation: "никогда не", "no … nunca"."""
_NON_CONTENT = re.compile(r"(?:^|\s)(?:No|Non|Não|Nein|Нет)[,:]\s")


def negations(text: str, language: str) -> list[int]:
    """Return the positions behind the words with which a sentence negates; "not only" and its like do not count.

    Of a language in which negative words agree with each other, the first is all of them. A language that is not
    known has none; whether such a sentence denies anything is for the caller to leave open.
    """
    pattern = _NEGATORS.get(language)
    if pattern is None or not pattern.search(text):
        return []
    idle = _IDLE.get(language)
    spans = [match.span() for match in idle.finditer(text)] if idle else []
    spans += [match.span() for match in _NON_CONTENT.finditer(text)]
    found = [
        match.end() for match in pattern.finditer(text) if not any(start <= match.start() < end for start, end in spans)
    ]
    return found[:1] if language in CONCORD else found
