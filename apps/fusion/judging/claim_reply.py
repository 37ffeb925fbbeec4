"""The replies of an arbiter: claims with the words that make them, and what other answers say of each.

What has no quote that stands in the answer that is named is dropped: of a claim, and of a stance on one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.fusion.judging.answer_names import named
from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.lenient_json import read_objects, whole_number
from apps.fusion.judging.quotes import QuoteSearch
from apps.fusion.judging.reply import MOST_CHARACTERS, BadReply
from apps.fusion.judging.reply_findings import clean
from apps.fusion.judging.thoughts import without_thoughts
from apps.fusion.opinions import Claim, ClaimEvidence, ClaimSource
from apps.fusion.vocabulary import ClaimStance

MOST_CLAIMS = 60
"""Claims of all answers together that are kept."""
_TEXT = {"type": "string"}


def claims_schema(letters: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a list of claims."""
    return _list_of("claims", {"claim": _TEXT, "answer": {"type": "string", "enum": list(letters)}, "quote": _TEXT})


def support_schema(letters: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a list of stances on claims."""
    stance = {"type": "string", "enum": [str(stance) for stance in ClaimStance]}
    answer = {"type": "string", "enum": list(letters)}
    return _list_of("support", {"claim": {"type": "integer"}, "answer": answer, "stance": stance, "quote": _TEXT})


def parse_claims(raw: str, answers: Mapping[str, str], letters: Mapping[str, str]) -> tuple[Claim, ...]:
    """Return the claims of a reply; ``letters`` maps what the arbiter saw to the slots of ``answers``.

    Raise ``BadReply`` if there is no list, or none of its entries can be used.
    """
    found, search = [], QuoteSearch()
    for entry in _entries(raw, "claims", answers):
        text = clean(entry["claim"]) if isinstance(entry.get("claim"), str) else ""
        source = _quoted(entry, answers, letters, search)
        if text and source:
            found.append(Claim(text=text, sources=(source,)))
    if not found:
        raise BadReply("It has no claim whose words stand in the answer that it names.")
    return tuple(found[:MOST_CLAIMS])


def parse_support(
    raw: str, claims: Sequence[Claim], answers: Mapping[str, str], letters: Mapping[str, str]
) -> tuple[Claim, ...]:
    """Return the claims with the stances of a reply; an empty list is a good reply. Raise ``BadReply`` without a list.

    An answer takes no stance on its own claim, and one stance on another's.
    """
    stances: dict[int, dict[str, ClaimEvidence]] = {}
    search = QuoteSearch()
    for entry in _entries(raw, "support", answers):
        number, stance = whole_number(entry.get("claim")), str(entry.get("stance")).strip().lower()
        if number is None or not 1 <= number <= len(claims) or stance not in list(ClaimStance):
            continue
        quoted = _quoted(entry, answers, letters, search)
        if quoted and quoted.slot not in {one.slot for one in claims[number - 1].sources}:
            found = ClaimEvidence(**dict(quoted), stance=ClaimStance(stance))
            stances.setdefault(number, {}).setdefault(quoted.slot, found)
    return tuple(
        claim.model_copy(update={"evidence": tuple(stances.get(number, {}).values())})
        for number, claim in enumerate(claims, 1)
    )


def _entries(raw: str, key: str, answers: Mapping[str, str]) -> list[dict[str, Any]]:
    said = without_thoughts(doubled(raw[:MOST_CHARACTERS], answers.values()))
    lists = [one.value[key] for one in read_objects(said.text) if isinstance(one.value.get(key), list)]
    if not lists:
        raise BadReply(f"It has no list of {key}.")
    return [entry for entry in lists[-1] if isinstance(entry, dict)]


def _quoted(
    entry: dict[str, Any], answers: Mapping[str, str], letters: Mapping[str, str], search: QuoteSearch
) -> ClaimSource | None:
    """Return the words that an entry quotes, as the answer that it names has them; ``None`` if they are not there."""
    answer, quote = entry.get("answer"), entry.get("quote")
    if not isinstance(answer, str) or not isinstance(quote, str):
        return None
    found = named(answer, sorted(letters))
    slot = letters.get(found[0], "") if len(found) == 1 else ""
    match = search.find(clean(quote), answers[slot]) if slot in answers and clean(quote) else None
    if match is None:
        return None
    return ClaimSource(slot=slot, quote=answers[slot][match.start : match.end], span=(match.start, match.end))


def _list_of(key: str, properties: dict[str, Any]) -> dict[str, Any]:
    closed = {"type": "object", "additionalProperties": False}
    item = {**closed, "properties": properties, "required": list(properties)}
    return {**closed, "properties": {key: {"type": "array", "items": item}}, "required": [key]}
