"""Words of a sentence as they are compared: content words, light stems, concepts, names, by language.

Languages that are not known work as far as their words look alike; scripts without spaces are compared by pairs of
characters.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from apps.fusion.comparing.grammar import CHINESE_FUNCTIONS, ELISION, ENDINGS, SOUGHT_RUNS, STOP_SETS

TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

STOP = frozenset(
    """
    a an the this that these those it its he she his her they them their we our you your i my me us who which what where
    when whose there here is are was were be been being am has have had having do does did will would can could may
    might
    must shall should to of in on at by for with from as into onto over under about above below between through during
    since until than then and or but if so nor also very more most much many some any each every all both such other
    another own same just only not no never cannot without around approximately roughly nearly almost exactly total
    currently now today well known called named stands stand standing located situated located rises reaches reached
    measures measure measuring average estimated one however therefore yet still even per up down out off because
    while although though don't doesn't isn't wasn't didn't aren't weren't can't won't its it's approx circa ca about
    year years
    der die das den dem des ein eine einen einem einer eines und oder aber ist sind war waren wird wurde wurden werden
    worden sein hat haben hatte hatten kann können muss soll zu zum zur von vom im in am an auf aus bei beim mit nach
    für über unter um als wie auch so sehr mehr nur nicht kein keine keinen keiner nie niemals ohne er sie es ihr ihre
    sein seine dieser diese dieses dass daß wenn weil da dort hier noch schon etwa ungefähr rund circa fast knapp genau
    insgesamt beträgt betrug beläuft sich liegt steht befindet misst jahr jahre jahren vor seit bis zwischen durch gegen
    man wir ich du euch uns ihm ihn ihnen welche welcher welches jedoch heute derzeit aktuell
    """.split()
)

# Words for one measure or event. Without them "is 324 m tall" and "has a height of 324 m" would share nothing.
_CONCEPTS = {
    "height": "tall high height hoch höhe hohe hohen",
    "length": "long length lang länge lange",
    "width": "wide width breit breite",
    "depth": "deep depth tief tiefe",
    "weight": "weigh weighs weighed weight heavy mass wiegt wiegen wog schwer gewicht masse",
    "age": "old age aged alt alter",
    "speed": "fast speed velocity schnell geschwindigkeit",
    "distance": "far distance away weit entfernt entfernung abstand",
    "population": "population inhabitants inhabitant residents resident people einwohner einwohnern bevölkerung",
    "cost": "cost costs price priced kostet kosten preis",
    "area": "area surface fläche",
    "temperature": "temperature hot temperatur",
    "birth": "born birth geboren geburt birthday",
    "death": "died dies death gestorben starb tod",
    "begin": "began begin begins begun started start starts commenced beginning begann beginn begonnen angefangen",
    "build": "built build constructed erected completed completion finished gebaut erbaut errichtet fertiggestellt "
    "vollendet abgeschlossen",
    "open": "opened opening inaugurated eröffnet eröffnung",
    "found": "founded established founding gegründet gründung",
    "end": "ended ends ending endete beendet",
    "close": "closed closing geschlossen",
}
_CONCEPT = {word: concept for concept, words in _CONCEPTS.items() for word in words.split()}

# The words of a line exclude one another: "began in 1887" and "opened in 1889" do not contradict.
_FACETS = (
    "begin build open found birth death end close",
    "height length width depth weight age speed distance population cost area temperature",
    "north south east west northern southern eastern western nord sud norte sur sul ouest oeste ovest "
    "северный северная северной северном южный южная южной южном восточный восточная западный западная",
    "minimum maximum median",
    "lowest highest smallest largest shortest longest",
    "first second third fourth fifth last",
    "summer winter spring autumn",
    "male female men women",
    "boil boils melt melts freeze freezes",
    "import export",
    "left right",
    "moon sun earth mars venus jupiter saturn mercury neptune uranus",
)
_FACET = {word: number for number, words in enumerate(_FACETS) for word in words.split()}

_ENDINGS = ("ungen", "ings", "ing", "ung", "ies", "ed", "es", "en", "s", "e", "n", "y")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
_PARTS = re.compile(rf"[^{''.join(sorted(CHINESE_FUNCTIONS))}]+")


class Word(NamedTuple):
    """A content word: its stem or concept, and whether it was written like a name (numbers in names are too)."""

    stem: str
    is_name: bool
    start: int


def words(text: str, skip: Iterable[tuple[int, int]] = (), language: str = "en") -> list[Word]:
    """Return the content words of a sentence in order, except those inside the spans to ``skip``."""
    spans = list(skip)
    if language in ("zh", "ja"):
        return _dense_words(text, spans, language)
    found = []
    stops, elides = STOP_SETS.get(language, STOP), language in ("fr", "it")
    for token in TOKEN.finditer(text):
        start, surface = token.start(), token.group()
        if elides and ("'" in surface or "’" in surface):
            surface = ELISION.sub("", surface.casefold())
        if surface.casefold() in stops or (spans and any(first <= start < end for first, end in spans)):
            continue
        is_name = surface[0].isupper() or surface[0].isdigit()
        found += [Word(stem, is_name, start) for stem in _stems(surface.casefold(), language)]
    return found


def _dense_words(text: str, spans: list[tuple[int, int]], language: str) -> list[Word]:
    """Return the words of Chinese or Japanese: runs between grammar, cut into pairs of characters if they are long."""
    plain = list(text)
    for start, end in spans:
        plain[start:end] = " " * (end - start)
    found = []
    for run in SOUGHT_RUNS.finditer("".join(plain)):
        for part in _PARTS.finditer(run.group()) if language == "zh" else [run]:
            at = run.start() + part.start() if language == "zh" else run.start()
            surface = part.group().casefold()
            is_word = len(surface) < 3 or not _DENSE.fullmatch(surface) or "\u30a0" <= surface[0] <= "\u30ff"
            pieces = [surface] if is_word else [surface[i : i + 2] for i in range(len(surface) - 1)]
            found += [Word(piece, surface[0].isdigit(), at) for piece in pieces]
    return found


def facets(stems: Iterable[str]) -> dict[int, set[str]]:
    """Return the words that exclude one another (began or opened, height or width), by the set they are in."""
    used: dict[int, set[str]] = {}
    for stem in stems:
        if stem in _FACET:
            used.setdefault(_FACET[stem], set()).add(stem)
    return used


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the concept of a lower-case word, or else the word without its ending."""
    word = word.removesuffix("'s").removesuffix("’s")
    if word in _CONCEPT:
        return _CONCEPT[word]
    if word in _FACET:
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _plain_end(word[: -len(ending)] + ("i" if ending in ("ies", "y") else ""))
    return _plain_end(word)


def _plain_end(word: str) -> str:
    # "stopped" leaves "stopp", which "stop" must equal.
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@lru_cache(maxsize=20_000)
def _light_stem(word: str, language: str) -> str:
    """Return a word of a language of ``grammar`` without its ending."""
    if word in _FACET:
        return word
    for ending in ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _stems(token: str, language: str) -> list[str]:
    """Return one stem, or the pairs of characters of a script without spaces."""
    if language in ENDINGS:
        return [_light_stem(token, language)]
    if not _DENSE.fullmatch(token) or len(token) < 3:
        return [stem(token)]
    return [token[at : at + 2] for at in range(len(token) - 1)]
