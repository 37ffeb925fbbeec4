"""Numerals as they are written: the readings of digits with marks, and the small numbers that languages spell out."""

import re
from fractions import Fraction

_SMALL = (
    "two zwei deux dos due dois duas два две 两 二|three drei trois tres tre três три 三|"
    "four vier quatre cuatro quattro quatro четыре 四|five fünf cinq cinco cinque пять 五|six sechs seis sei шесть 六|"
    "seven sieben sept siete sette sete семь 七|eight acht huit ocho otto oito восемь 八|"
    "nine neun neuf nueve nove девять 九|ten zehn dix diez dieci dez десять 十|"
    "eleven elf onze once undici одиннадцать|twelve zwölf douze doce dodici doze двенадцать|thirteen dreizehn treize|"
    "fourteen vierzehn quatorze|fifteen fünfzehn quinze|sixteen sechzehn seize|seventeen siebzehn|eighteen achtzehn|"
    "nineteen neunzehn|twenty zwanzig vingt veinte venti vinte двадцать"
)
_AMBIGUOUS = {
    "due": "it", "sei": "it", "once": "es", "sept": "fr", "elf": "de", "sete": "pt", "onze": "fr pt", "seis": "es pt"
}  # fmt: skip
"""Number words that are another word in another of the languages, and the languages in which they are read."""
_SPELT = {
    word: number
    for number, words in enumerate(_SMALL.split("|"), start=2)
    for word in words.split()
    if word.isalpha() and not re.match(r"[\u3400-\u9fff]", word)
}
NUMBER_WORDS = {word: number for word, number in _SPELT.items() if word not in _AMBIGUOUS}
"""Numbers that are spelled out, two to twenty, in any of the languages."""
NUMBER_WORDS_OF = {
    language: NUMBER_WORDS | {word: _SPELT[word] for word, own in _AMBIGUOUS.items() if language in own.split()}
    for language in {language for own in _AMBIGUOUS.values() for language in own.split()}
}
"""The same with those that are numbers in one language only."""


def plain_numbers(digits: str, comma: bool = False) -> list[str]:
    """Return the possible readings of a number in Python's notation.

    ``comma`` says that the language writes 1.234,5: there ``1.063`` is 1063, and ``1,063`` can be either.
    """
    digits = re.sub(r"[\s\u00a0\u202f\u2009'’]", "", digits)
    marks = [char for char in digits if char in ",."]
    # With both marks the last one is the decimal mark: 1,234.5 or 1.234,5.
    if len(set(marks)) == 2:
        return [digits.replace("." if marks[-1] == "," else ",", "").replace(",", ".")]
    # A mark that comes twice can only group thousands.
    if len(marks) > 1:
        return [digits.replace(marks[0], "")]
    if not marks:
        return [digits]
    whole, part = digits.split(marks[0])
    decimal, grouped = f"{whole}.{part}", whole + part
    # Only exactly three digits behind the mark can be a group; 0.125 never is one.
    if len(part) != 3 or not whole or len(whole) > 3 or whole.startswith("0"):
        return [decimal]
    if comma:
        return [grouped] if marks[0] == "." else [grouped, decimal]
    return [grouped] if marks[0] == "," else [decimal]


EXACT_PLACES = 4
"""Decimal places to which numbers from 1 on are told apart, unless they are written with fewer."""


def plain_form(value: Fraction) -> str:
    """Return a number to four places, a small one to six digits, so that 4/3 and 1.33333333 are one."""
    places = EXACT_PLACES
    while value and abs(value) * 10**places < 10**5 and abs(value) < 1 and places < 40:
        places += 1
    return str(Fraction(round(value * 10**places), 10**places))
