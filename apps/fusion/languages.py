"""The language of a text, by its script and its most common words; '' for one whose grammar is not known here."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

KNOWN = ("en", "de", "fr", "es", "it", "pt", "ru", "zh", "ja")
"""Languages whose negations and figures are read."""
SCRIPTS = {"zh": "CJK", "ja": "CJK", "ru": "CYRILLIC"} | dict.fromkeys(("en", "de", "fr", "es", "it", "pt"), "LATIN")
"""The script of each language of ``KNOWN``, as `script_of` names it."""
DECIMAL_COMMA = frozenset({"de", "fr", "es", "it", "pt", "ru"})
"""Languages that write 1.234,5 where English writes 1,234.5."""
CLEAR = 2
"""Common words that a language must be ahead of the next for a text to need no context."""
READ = 5_000
"""Characters of a text that decide."""
CONTEXT = 500
"""Characters of each text of a panel, and of what it was asked, that decide where a short one does not."""

_WORDS = {
    "en": "the and is not a of with was in to has it for on are that this be as by from have he she they you its were",
    "de": "alle einige haben hatten am wurden kostet der die das und ist nicht ein eine mit von den im wurde "
    "hat beträgt auf zu für sich es dem sind kein keine",
    "fr": "toutes tous certaines certains ont cette le la les un une des du de et est sont pas ne dans "
    "pour que qui sur avec au aux ce cette il elle en a été "
    "n'est c'est",
    "es": "esta este estas todas todos algunas algunos tiene tienen cuesta el la los las un una de del y es "
    "son no en por para que se con al lo su está fue hay más",
    "it": "hanno tutte tutti alcune alcuni questo questa dalla alle alla il lo la i gli le un una di del della "
    "dei e è sono non in per che si con al da ha nel nella dello",
    "pt": "esta este todas todos algumas tem têm custa pelo pela o a os as um uma de do da dos das e é são não "
    "em por para que se com ao no na foi há mais está",
    "nl": "het een van niet en dat zijn voor met op aan is de ook wordt geen naar",
    "pl": "nie jest się na i w z do to że są jak po był ma dla",
    "sv": "och att det inte är en ett som på för av med den har till",
    "da": "og ikke det er en et som på for af med den har til blev",
    "tr": "ve bir bu değil için ile da de çok olarak var daha",
    "cs": "je není se na že v a s to by jsou pro jako ale",
    "ro": "și nu este în de la un o cu pe care sunt din pentru",
    "hu": "a az és nem egy hogy van is volt ez de meg",
    "fi": "ja ei on se että oli ovat kun mutta tai myös",
    "id": "dan yang tidak adalah di ini itu dengan untuk dari dalam pada",
    "vi": "là không và của có một các được cho trong này người",
}
_USES = {language: frozenset(words.split()) for language, words in _WORDS.items()}
# What no other of these languages writes; it decides where the common words do not.
_LETTERS = {"de": "ßäöü", "es": "ñ¿¡áíóú", "pt": "ãõ", "fr": "çœêèîôû", "it": "ìò"}
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOT_RUSSIAN = re.compile(r"[іїєґўјљњђћџѓќѕ]", re.IGNORECASE)


def language_of(text: str, context: str = "") -> str:
    """Return the two letters of a text's language; "en" if nothing tells, '' if it is none that is known.

    ``context`` is other text of the same people, which decides where a short text does not.
    """
    language, is_clear = _language_of(text[:READ])
    return language if is_clear or not context else _language_of(f"{text[:READ]} {context[:READ]}")[0]


def languages_of(texts: Mapping[str, str], asked: str = "") -> dict[str, str]:
    """Return the language of each text of a panel: of what is ``asked`` and of the others where one is too short."""
    context = " ".join([asked[-CONTEXT:], *sorted(text[:CONTEXT] for text in texts.values())])
    return {slot: language_of(text, context) for slot, text in sorted(texts.items())}


def script_of(text: str) -> str:
    """Return the script of most letters of a text, of the first hundred, as Unicode names it; '' without letters.

    Kana and Chinese characters count as one, since Japanese writes both.
    """
    if text.isascii():
        return "LATIN" if any(map(str.isalpha, text)) else ""
    letters = islice(filter(str.isalpha, text), 100)
    scripts = Counter(unicodedata.name(char, "").partition(" ")[0] for char in letters)
    scripts["CJK"] += scripts.pop("HIRAGANA", 0) + scripts.pop("KATAKANA", 0)
    return max(scripts, key=lambda script: (scripts[script], script)) if scripts.total() else ""


@lru_cache(maxsize=256)
def _language_of(text: str) -> tuple[str, bool]:
    """Return the language of a text, and whether the text alone decides."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return "en", True
    if len(_KANA.findall(text)) * 10 > letters:
        return "ja", True
    if len(_HAN.findall(text)) * 4 > letters:
        return "zh", True
    if len(_CYRILLIC.findall(text)) * 2 > letters:
        return "" if _NOT_RUSSIAN.search(text) else "ru", True
    return _of_latin(text) if _is_latin(text) else ("", True)


def _is_latin(text: str) -> bool:
    """Return whether most letters are Latin, of the first hundred."""
    letters = list(islice(filter(str.isalpha, text), 100))
    return 2 * sum(unicodedata.name(char, "").startswith("LATIN") for char in letters) >= len(letters)


def _of_latin(text: str) -> tuple[str, bool]:
    lowered = text.casefold()
    tokens = Counter(_TOKEN.findall(lowered))
    hits = {language: sum(map(tokens.__getitem__, words & tokens.keys())) for language, words in _USES.items()}
    first, second = sorted(hits.values(), reverse=True)[:2]
    clues = {language: sum(letter in lowered for letter in letters) for language, letters in _LETTERS.items()}
    best = max(_USES, key=lambda language: (hits[language], clues.get(language, 0), language == "en"))
    if not hits[best] and not clues.get(best, 0):
        return "en", False
    return best if best in KNOWN else "", first - second >= CLEAR
