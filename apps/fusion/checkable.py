"""Questions with one checkable answer, by their form alone: what Auto goes by where nothing else is known."""

import re

from apps.fusion.options import options_of

SHORT_WORDS = 12
LONGEST_SUM_WORDS = 150
LONGEST_READ = 4_000
"""Characters; what is longer is no question with one short answer."""
FACT = re.compile(
    r"(?:who (?:is|was|wrote|won|invented)|when (?:is|was|did)|(?:in )?(?:what|which) year|"
    r"how (?:many|high|tall|old|far|long is|deep|heavy)|what is the (?:capital|population|height|distance))\b[^?]*\?$",
    re.IGNORECASE,
)
ASKS_NUMBER = re.compile(
    r"\b(?:how (?:many|much|long|far|old)|what (?:is|was) the (?:total|sum|average|cost))\b", re.IGNORECASE
)


def is_checkable(prompt: str) -> bool:
    """Return whether a prompt is a short English question for one fact; a doubtful one is not."""
    return len(prompt.split()) <= SHORT_WORDS and FACT.match(prompt.strip()) is not None


def checkable_form(prompt: str) -> str:
    """Return why a prompt seems to have one checkable answer, as the beginning of a sentence; '' if it does not.

    English alone is read, besides lettered options, which are the same everywhere.
    """
    if len(prompt) > LONGEST_READ:
        return ""
    if is_checkable(prompt):
        return "A short checkable question"
    if options_of(prompt):
        return "A question with options to choose from"
    asks = prompt.rstrip().endswith("?") and ASKS_NUMBER.search(prompt) and sum(map(str.isdigit, prompt)) > 1
    return "A sum in words" if asks and len(prompt.split()) <= LONGEST_SUM_WORDS else ""
