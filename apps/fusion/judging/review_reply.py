"""The replies of a reviewer and of an author who revises: issues whose quotes stand in the text, decisions about them.

The form of a reply may be mended, its content never: an issue whose quote is not found is dropped, whatever it says.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.lenient_json import read_objects, whole_number
from apps.fusion.judging.quotes import QuoteSearch
from apps.fusion.judging.reply import MOST_CHARACTERS, BadReply
from apps.fusion.judging.reply_findings import clean
from apps.fusion.judging.thoughts import without_thoughts
from apps.fusion.opinions import Decision, Issue
from apps.fusion.vocabulary import FinishReason

MOST_ISSUES = 12
"""Issues of a review that are kept, the most severe first."""
SEVERITIES = (1, 2, 3)
_DRESS = " \t\r*_`\"':."
"""Marks that an author puts around the line that was asked for."""
_BOOLEANS = {"true": True, "false": False}
CUT_ENDS = (FinishReason.LENGTH, FinishReason.LOOP)


class Review(NamedTuple):
    """The issues of a review, and how many were dropped because their quotes do not stand in the text."""

    issues: tuple[Issue, ...]
    dropped: int


class Revision(NamedTuple):
    """The text of a revision, and the author's decisions about the issues."""

    text: str
    decisions: tuple[Decision, ...]


def review_schema() -> dict[str, Any]:
    """Return the JSON schema of a review, limited to what every vendor's strict output accepts."""
    text = {"type": "string"}
    severity = {"type": "integer", "enum": list(SEVERITIES)}
    properties = {"quote": text, "problem": text, "severity": severity, "fix": text}
    closed = {"type": "object", "additionalProperties": False}
    item = {**closed, "properties": properties, "required": list(properties)}
    return {**closed, "properties": {"issues": {"type": "array", "items": item}}, "required": ["issues"]}


def parse_review(raw: str, reviewed: str) -> Review:
    """Return the issues of a reply about a text; an empty list is a good reply.

    Raise ``BadReply`` if there is no list of issues, or if it was cut off before the first.
    """
    said = without_thoughts(doubled(raw[:MOST_CHARACTERS], [reviewed]))
    held = [one for one in read_objects(said.text) if isinstance(one.value.get("issues"), list)]
    if not held:
        raise BadReply("It has no list of issues.")
    entries = [entry for entry in held[-1].value["issues"] if isinstance(entry, dict)]
    if held[-1].is_cut and not entries:
        raise BadReply("It was cut off before anything could be read.")
    search = QuoteSearch()
    found = [_issue(entry, reviewed, search) for entry in entries]
    issues = sorted((one for one in found if one), key=lambda issue: -issue.severity)
    return Review(tuple(issues[:MOST_ISSUES]), found.count(None))


def parse_revision(raw: str, mark: str, issues: Sequence[Issue], finish_reason: FinishReason) -> Revision:
    """Return the text behind the line that is ``mark``, and the decisions before it.

    An issue that no decision names was not accepted, and has no reason. Raise ``BadReply`` if there is no text, or if
    the reply was cut off.
    """
    if finish_reason in CUT_ENDS:
        raise BadReply("It was cut off.")
    before, _, text = _behind_thoughts(raw, mark).partition(mark)
    text = text.partition(mark)[0]
    line, _, rest = text.partition("\n")
    # A line in bold, in code or in quotation marks leaves the second half of its marks.
    text = (text if line.strip(_DRESS) else rest).strip()
    if not text:
        raise BadReply("It has no text behind the line that was asked for.")
    lists = [one.value["decisions"] for one in read_objects(before) if isinstance(one.value.get("decisions"), list)]
    decisions = {one.issue: one for entry in (lists[-1] if lists else []) if (one := _decision(entry, len(issues)))}
    numbers = range(1, len(issues) + 1)
    return Revision(text, tuple(decisions.get(number) or Decision(issue=number) for number in numbers))


def _behind_thoughts(raw: str, mark: str) -> str:
    """Return a reply without its author's thoughts; a tag of thoughts in the text itself, say in a guide, stays."""
    before, found, text = raw.rpartition(mark)
    said, head = without_thoughts(raw), without_thoughts(before)
    if mark in said.text or said.is_cut or head.is_cut:
        return said.text
    return f"{head.text}{found}{text}"


def _issue(entry: dict[str, Any], reviewed: str, search: QuoteSearch) -> Issue | None:
    """Return an issue with the text's own words for its quote, ``None`` if that does not stand in the text."""
    quote, problem, fix = (clean(entry[name]) if isinstance(entry.get(name), str) else "" for name in _TEXTS)
    severity = whole_number(entry.get("severity"))
    match = search.find(quote, reviewed) if quote else None
    if match is None or not problem or severity is None or severity not in SEVERITIES:
        return None
    span = match.start, match.end
    return Issue(quote=reviewed[slice(*span)], problem=problem, severity=severity, fix=fix, span=span)


_TEXTS = ("quote", "problem", "fix")


def _decision(entry: Any, count: int) -> Decision | None:
    if not isinstance(entry, dict):
        return None
    number, accepted, reason = whole_number(entry.get("issue")), entry.get("accepted"), entry.get("reason")
    accepted = _BOOLEANS.get(accepted.strip().lower()) if isinstance(accepted, str) else accepted
    if number is None or not 1 <= number <= count or not isinstance(accepted, bool):
        return None
    return Decision(issue=number, accepted=accepted, reason=clean(reason) if isinstance(reason, str) else "")
