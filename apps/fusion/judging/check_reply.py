"""The reply of a checker, read into findings of the kind ``answer_check``; its form may be mended, its content never.

A finding needs the quotes of its fault: of the fused text, of an answer, or of both. What is said to be nobody's, and
stands in an answer word for word, is left out: the claim is wrong.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from apps.fusion.judging import omissions
from apps.fusion.judging.answer_names import named
from apps.fusion.judging.empty_words import is_empty_word
from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.findings import Analysis, Evidence, Finding
from apps.fusion.judging.lenient_json import ReadObject, read_objects
from apps.fusion.judging.quotes import Match, QuoteSearch
from apps.fusion.judging.reply import MOST_CHARACTERS, BadReply
from apps.fusion.judging.reply_findings import clean
from apps.fusion.judging.reply_keys import snaked
from apps.fusion.judging.thoughts import without_thoughts
from apps.fusion.vocabulary import AnalysisStatus, CheckFault, FindingKind, FinishReason

MOST_FINDINGS = 20
"""Findings that are kept."""
MENDED = "The reply's form was mended."
CUT_OFF = "The reply was cut off; what it would have said after that is missing."
Find = Callable[[str, str], Match | None]
_OF_FUSED = (CheckFault.CONTRADICTS, CheckFault.UNSUPPORTED)
_OF_ANSWER = (CheckFault.CONTRADICTS, CheckFault.DROPS_WARNING)


class CheckedFault(BaseModel):
    """One entry of a checker's reply."""

    model_config = ConfigDict(extra="forbid", strict=True)

    fault: str
    point: str
    quote: str = ""
    answer: str = ""
    answer_quote: str = ""


class CheckForm(BaseModel):
    """A checker's whole reply."""

    model_config = ConfigDict(extra="forbid", strict=True)

    findings: list[CheckedFault]


def check_schema(letters: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a checker's reply, limited to what every vendor's strict output accepts."""
    text = {"type": "string"}
    properties = {
        "fault": {"type": "string", "enum": [str(fault) for fault in CheckFault]},
        "point": text,
        "quote": text,
        "answer": {"type": "string", "enum": [*letters, ""]},
        "answer_quote": text,
    }
    closed = {"additionalProperties": False, "type": "object"}
    item = {**closed, "properties": properties, "required": list(properties)}
    return {**closed, "properties": {"findings": {"type": "array", "items": item}}, "required": ["findings"]}


def parse_check(
    raw: str,
    fused: str,
    answers: Mapping[str, str],
    letters: Mapping[str, str],
    model: str,
    finish_reason: FinishReason = FinishReason.UNKNOWN,
) -> Analysis:
    """Return the findings of a check; an empty list of them is a good reply.

    ``answers`` maps slots to the stored texts, ``letters`` the letters that the checker saw to slots. Raise
    ``BadReply`` if there is no list of findings, if it was cut off before the first, or if no entry can be used.
    """
    entries, repairs = _read(raw[:MOST_CHARACTERS], [*answers.values(), fused], finish_reason)
    left_out: Counter[str] = Counter()
    found: list[Finding] = []
    find = QuoteSearch().find
    for number, entry in enumerate(entries, 1):
        if len(found) == MOST_FINDINGS:
            left_out["findings over the limit"] += 1
            continue
        finding, why_not = _finding(entry, number, fused, answers, letters, find)
        if finding:
            found.append(finding)
        else:
            left_out[why_not] += 1
    notes = [omissions.left_out(count, what) for what, count in left_out.items()]
    # A claim that was looked up and is wrong is a reply that was read; one that says nothing usable is none.
    if left_out and not found and set(left_out) != {REFUTED}:
        raise BadReply(f"Nothing in the reply can be used. {' '.join(notes)}")
    return Analysis(
        status=AnalysisStatus.REPAIRED if repairs else AnalysisStatus.OK,
        model=model,
        note=" ".join([*repairs, *notes]),
        findings=tuple(found),
        letters=dict(letters),
    )


REFUTED = "claims that nobody says something that stands in an answer"


def _read(raw: str, texts: Sequence[str], finish_reason: FinishReason) -> tuple[list[CheckedFault], list[str]]:
    """Return the entries of a reply, and sentences about its repair."""
    text = doubled(raw, texts)
    if text == raw:
        try:
            return CheckForm.model_validate(from_json(raw, allow_inf_nan=False)).findings, []
        except (ValueError, ValidationError):
            pass
    said = without_thoughts(text)
    # A draft may stand before the reply: the last object with such a list is meant.
    held = [one for one in read_objects(said.text) if isinstance(snaked(one.value).get("findings"), list)]
    if not held:
        is_cut = said.is_cut or finish_reason is FinishReason.LENGTH
        raise BadReply("It was cut off before anything could be read." if is_cut else "It has no list of findings.")
    reply: ReadObject = held[-1]
    listed = [item for item in snaked(reply.value)["findings"] if not (isinstance(item, str) and is_empty_word(item))]
    entries = list(map(_entry, listed))
    if reply.is_cut and not entries:
        raise BadReply("It was cut off before anything could be read.")
    return entries, [MENDED, *([CUT_OFF] if reply.is_cut else [])]


def _entry(item: Any) -> CheckedFault:
    fields = snaked(item) if isinstance(item, dict) else {}
    texts = {name: fields.get(name) for name in CheckedFault.model_fields}
    return CheckedFault(**{name: value if isinstance(value, str) else "" for name, value in texts.items()})


def _finding(
    entry: CheckedFault, number: int, fused: str, answers: Mapping[str, str], letters: Mapping[str, str], find: Find
) -> tuple[Finding | None, str]:
    """Return a finding, or ``None`` and what is missing in its entry."""
    kind = "_".join(entry.fault.lower().replace("-", " ").replace("_", " ").split())
    if kind not in list(CheckFault):
        return None, "entries of no known kind"
    fault, point = CheckFault(kind), clean(entry.point)
    if not point:
        return None, "entries without words"
    evidence: list[Evidence] = []
    if fault in _OF_FUSED:
        quote = clean(entry.quote)
        if not quote:
            return None, "entries without a quote"
        match = find(quote, fused)
        evidence.append(_evidence("", quote, match))
        said = fused[match.start : match.end] if match else quote
        stands = (find(said, text) for text in answers.values())
        if fault is CheckFault.UNSUPPORTED and any(one is not None and one.exact for one in stands):
            return None, REFUTED
    if fault in _OF_ANSWER:
        quote = clean(entry.answer_quote)
        named_letters = named(entry.answer, sorted(letters))
        slot = letters.get(named_letters[0], "") if len(named_letters) == 1 else ""
        if slot not in answers:
            return None, "entries about no answer that exists"
        if not quote:
            return None, "entries without a quote"
        evidence.append(_evidence(slot, quote, find(quote, answers[slot])))
    finding = Finding(
        id=f"answer-check-{number}",
        kind=FindingKind.ANSWER_CHECK,
        text=point,
        evidence=tuple(evidence),
        fault=fault,
    )
    return finding, ""


def _evidence(slot: str, quote: str, match: Match | None) -> Evidence:
    return Evidence(
        slot=slot,
        quote=quote,
        verified=match is not None and match.exact,
        similar=match is not None and not match.exact,
        span=(match.start, match.end) if match else None,
    )
