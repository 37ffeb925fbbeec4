"""Sentences changed by kind, with a seeded source of chance: changes that make another statement, and harmless ones."""

import re
from collections.abc import Callable, Mapping
from random import Random

_ANTONYMS = (
    "first/last before/after more/less most/least high/low higher/lower large/small larger/smaller long/short "
    "old/new early/late increased/decreased increase/decrease rose/fell won/lost open/closed inside/outside "
    "above/below north/south east/west maximum/minimum always/never start/end began/ended hot/cold strong/weak "
    "male/female added/removed add/subtract multiply/divide total/remaining bought/sold left/right up/down "
    "same/different full/empty"
)
_UNITS = (
    "hours/minutes hour/minute days/weeks day/week years/months year/month seconds/minutes metres/feet "
    "meters/feet kilometers/miles km/miles miles/kilometres inches/feet pounds/kilograms kg/g grams/ounces "
    "dollars/euros cents/dollars percent/points million/billion m/cm liters/gallons degrees/radians"
)


def _both_ways(words: str) -> dict[str, str]:
    pairs = [one.partition("/") for one in words.split()]
    return {first: second for first, _, second in pairs} | {second: first for first, _, second in pairs}


_PAIRS = {"antonym": _both_ways(_ANTONYMS), "unit": _both_ways(_UNITS)}
_NAMES = "Robert Malmö Helena Bristol Takeda Ulrich Nairobi Vargas Odessa Lindqvist Pereira Cardiff".split()
_OPERATORS = {"+": "-", "-": "+", "*": "/", "/": "*", "=": "≠", "<": ">", ">": "<"}

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?![\w.,]*\d)")
_VERB = re.compile(r"\b(?:is|was|are|were|has|have|had|can|will|did|does)\b(?! not|n't)")
_NEGATED = re.compile(r"\b(is|was|are|were|has|have|had|can|will|did|does) not\b")
_OPERATOR = re.compile(r"(?<=\d )[-+*/=<>](?= [\d$])|(?<=\d)[*/+](?=\d)")
_ARTICLE = re.compile(r"(?<=[a-z,] )(?:the|a|an) (?=[a-z])")
_WORD = re.compile(r"\b[a-z]{4,}\b")

Mutator = Callable[[str, Random], str]
"""Changes a sentence; returns it unchanged if it has nothing to change."""


def _swapped(kind: str) -> Mutator:
    pairs = _PAIRS[kind]
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, pairs))})\b")

    def change(sentence: str, chance: Random) -> str:
        # A unit is one behind a number; elsewhere the word may mean anything.
        found = [m for m in words.finditer(sentence) if kind != "unit" or re.search(r"\d\s?$", sentence[: m.start()])]
        return _replaced(sentence, found, lambda match: pairs[match.group()], chance)

    return change


def _replaced(sentence: str, found: list[re.Match[str]], other: Callable[[re.Match[str]], str], chance: Random) -> str:
    if not found:
        return sentence
    match = chance.choice(found)
    return sentence[: match.start()] + other(match) + sentence[match.end() :]


def _by(pattern: re.Pattern[str], other: Callable[[re.Match[str], Random], str]) -> Mutator:
    def change(sentence: str, chance: Random) -> str:
        return _replaced(sentence, list(pattern.finditer(sentence)), lambda match: other(match, chance), chance)

    return change


def _negation(sentence: str, chance: Random) -> str:
    if _NEGATED.search(sentence):
        return _NEGATED.sub(r"\1", sentence, count=1)
    return _by(_VERB, lambda match, _: f"{match.group()} not")(sentence, chance)


def _other_number(match: re.Match[str], chance: Random) -> str:
    digits = list(match.group())
    at = chance.randrange(len(digits))
    digits[at] = chance.choice([digit for digit in "123456789" if digit != digits[at]])
    return "".join(digits)


FORGED: Mapping[str, Mutator] = {
    "name": _by(_NAME, lambda match, chance: chance.choice([name for name in _NAMES if name != match.group()])),
    "antonym": _swapped("antonym"),
    "unit": _swapped("unit"),
    "operator": _by(_OPERATOR, lambda match, _: _OPERATORS[match.group()]),
    "sign": _by(_NUMBER, lambda match, _: f"-{match.group()}"),
    "percent": _by(_NUMBER, lambda match, _: f"{match.group()}%"),
    "currency": _by(_NUMBER, lambda match, _: f"€{match.group()}"),
    "number": _by(_NUMBER, _other_number),
    "negation": _negation,
}
"""Changes after which a sentence says something else."""

HARMLESS: Mapping[str, Mutator] = {
    "case": lambda sentence, _: sentence[:1].lower() + sentence[1:],
    "typography": lambda sentence, _: sentence.replace("'", "’").replace('"', "“").replace(" - ", " – "),
    "spacing": _by(re.compile(" "), lambda _, chance: chance.choice(["  ", "\n", "\u00a0"])),
    "emphasis": _by(_WORD, lambda match, _: f"**{match.group()}**"),
    "code": _by(_WORD, lambda match, _: f"`{match.group()}`"),
    "full stop": lambda sentence, _: sentence.rstrip(".") + ("" if sentence.endswith(".") else "."),
    "article": _by(_ARTICLE, lambda _, __: ""),
    "comma": _by(re.compile(r", (?=[a-z])"), lambda _, __: " "),
}
"""Changes after which a sentence says the same."""
