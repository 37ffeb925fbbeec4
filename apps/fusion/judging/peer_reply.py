"""The replies of peer reviewers, read strictly: what is not said exactly is not guessed.

Thoughts, prose and fences around the JSON do not matter; two objects that both answer, a letter too many or too few, or
a reply without its end do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.fusion.judging.lenient_json import read_objects
from apps.fusion.judging.reply import MOST_CHARACTERS, BadReply
from apps.fusion.judging.thoughts import without_thoughts


def ranking_schema(letters: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a ranking, limited to what every vendor's strict output accepts."""
    return _object({"ranking": {"type": "array", "items": {"type": "string", "enum": list(letters)}}})


def choice_schema(letters: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a choice between answers."""
    return _object({"better": {"type": "string", "enum": list(letters)}})


def parse_ranking(raw: str, letters: Mapping[str, str]) -> tuple[str, ...]:
    """Return the slots in the order of a reply, best first; raise ``BadReply`` unless it has each letter once."""
    order = _answer(raw, "ranking")
    if not isinstance(order, list) or not all(isinstance(one, str) for one in order):
        raise BadReply("Its ranking is no list of letters.")
    named = [one.strip() for one in order]
    if sorted(named) != sorted(letters):
        raise BadReply(f"Its ranking does not have each of {', '.join(sorted(letters))} once.")
    return tuple(letters[letter] for letter in named)


def parse_choice(raw: str, letters: Sequence[str]) -> str:
    """Return the letter of the better answer; raise ``BadReply`` unless it is one of ``letters``."""
    chosen = _answer(raw, "better")
    if not isinstance(chosen, str) or chosen.strip() not in letters:
        raise BadReply(f"It names none of {' and '.join(letters)} as better.")
    return chosen.strip()


def _answer(raw: str, key: str) -> Any:
    said = without_thoughts(raw[:MOST_CHARACTERS])
    found = [one for one in read_objects(said.text) if key in one.value]
    if not found:
        raise BadReply(f"It has no “{key}”.")
    if len(found) > 1:
        raise BadReply(f"It has more than one “{key}”.")
    if found[0].is_cut:
        raise BadReply("It was cut off.")
    return found[0].value[key]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    # The reason comes first: a model that has written it chooses by it.
    whole = {"reason": {"type": "string"}, **properties}
    return {"type": "object", "properties": whole, "required": list(whole), "additionalProperties": False}
