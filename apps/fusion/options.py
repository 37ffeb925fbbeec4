"""The lettered options of a question: "A. Paris", "(B) Rome", a line each, in order from A."""

import re

LONGEST_READ = 40_000
"""Characters at the end of a prompt that are read: options stand behind their question."""
LONGEST_OPTION = 300
"""Characters of an option's text that an answer is compared with."""

_OPTION = re.compile(r"^[ \t]{0,4}\(?(?P<letter>[A-J])[).:][ \t]+(?P<text>\S.*)$", re.MULTILINE)


def options_of(prompt: str) -> dict[str, str]:
    """Return the texts of a question's options by letter; of several lists the last, {} where there is none.

    A list begins with A, and has two options or more, in the order of their letters.
    """
    found: dict[str, str] = {}
    for option in _OPTION.finditer(prompt[-LONGEST_READ:]):
        if option["letter"] == "A":
            found = {}
        elif ord(option["letter"]) != ord("A") + len(found):
            continue
        found[option["letter"]] = option["text"].strip()[:LONGEST_OPTION]
    return found if len(found) > 1 else {}
