"""Parse a judge's raw reply into an ``Analysis``: strictly if possible, else leniently, else raise ``BadReply``.

The lenient parser repairs form, never content: it finds the JSON, knows the names that models use for the same thing,
and drops what it cannot attribute. The analysis's note says what was repaired, dropped or cut.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from apps.fusion.judging import quotes
from apps.fusion.judging.agreement import agreement, outliers, same_side
from apps.fusion.judging.findings import Analysis, Assessment, Evidence, Finding
from apps.fusion.judging.lenient_json import objects
from apps.fusion.judging.reply_forms import ContradictionForm, PointForm, ReplyForm, SupportForm, known_keys, normalised
from apps.fusion.vocabulary import AnalysisStatus, FindingKind

MOST_CHARACTERS = 200_000
"""Characters of a reply that are read."""
MOST_FINDINGS = 50
"""Findings of one kind that are kept."""
MOST_ASSESSMENTS = 100
"""Assessments that are kept."""
LONGEST_TEXT = 2_000
"""Characters of a single text that are kept."""

_NAMED = re.compile(
    r"(?:answer|model|response|assistant|panell?ist|slot|antwort|modell)[\s_#:.\[(-]*([a-z])\b", re.IGNORECASE
)
_LETTER = re.compile(r"\b([A-Z])\b")


class BadReply(ValueError):
    """Nothing in a judge's reply can be used; the message is a sentence that says why."""


def parse_reply(raw: str, answers: Mapping[str, str], letters: Mapping[str, str], model: str) -> Analysis:
    """Parse a judge's reply.

    ``answers`` maps slots to the stored texts, ``letters`` the letters that the judge saw to slots. The status is ok
    for a reply in the requested form and repaired for any other. Raise ``BadReply``, and nothing else, if no part of
    the reply can be used.
    """
    if not raw.strip():
        raise BadReply("The judge's reply is empty.")
    form, how = _form(raw)
    builder = _Builder(answers, letters)
    findings = builder.findings(form)
    assessments = builder.assessments(form)
    if not findings and not assessments:
        raise BadReply(builder.nothing())
    notes = ([how] if how else []) + builder.notes()
    return Analysis(
        status=AnalysisStatus.REPAIRED if how else AnalysisStatus.OK,
        model=model,
        note=" ".join(notes),
        findings=findings,
        assessments=assessments,
        outliers=outliers(findings),
        agreement=agreement(findings),
        letters=dict(letters),
    )


def _form(raw: str) -> tuple[ReplyForm, str]:
    """Return the parsed reply and, if it had to be repaired, a sentence that says so."""
    if len(raw) <= MOST_CHARACTERS:
        try:
            return ReplyForm.model_validate(from_json(raw, allow_inf_nan=False)), ""
        except (ValueError, ValidationError):
            return _mended_form(raw), "The reply's form was mended."
    return _mended_form(raw[:MOST_CHARACTERS]), f"Only the reply's first {MOST_CHARACTERS:,} characters were read."


def _mended_form(raw: str) -> ReplyForm:
    # Some models wrap their reply in an outer key, so objects one level below count too.
    candidates = [one for found in objects(raw) for one in (found, *found.values()) if isinstance(one, dict)]
    # The last of the best: a model that thinks aloud writes its final version at the end.
    best: dict[str, Any] = max(reversed(candidates), key=known_keys, default={})
    if not known_keys(best):
        raise BadReply("The judge's reply has none of the lists that were asked for.")
    return ReplyForm.model_validate(normalised(best))


class _Builder:
    """Build the findings and assessments of a reply, and count those left out."""

    def __init__(self, answers: Mapping[str, str], letters: Mapping[str, str]) -> None:
        self._answers = answers
        self._slots = {letter.upper(): slot for letter, slot in letters.items() if slot in answers}
        self._left_out: Counter[str] = Counter()

    def findings(self, form: ReplyForm) -> tuple[Finding, ...]:
        kinds: dict[FindingKind, Iterable[Finding | None]] = {
            FindingKind.CONSENSUS: (self._point(FindingKind.CONSENSUS, point) for point in form.consensus),
            FindingKind.CONTRADICTION: map(self._contradiction, form.contradictions),
            FindingKind.PARTIAL_COVERAGE: (
                self._point(FindingKind.PARTIAL_COVERAGE, point) for point in form.partial_coverage
            ),
            FindingKind.UNIQUE_INSIGHT: (
                self._point(FindingKind.UNIQUE_INSIGHT, PointForm(point=one.insight, support=[_supporter(one)]))
                for one in form.unique_insights
            ),
            FindingKind.BLIND_SPOT: (_blind_spot(text) for text in form.blind_spots),
        }
        return tuple(finding for kind, found in kinds.items() for finding in self._numbered(kind, found))

    def assessments(self, form: ReplyForm) -> tuple[Assessment, ...]:
        kept: dict[tuple[str, str], Assessment] = {}
        for one in form.assessments[:MOST_ASSESSMENTS]:
            criterion = clean(one.criterion)
            for evidence in self._evidence([_supporter(one)]):
                found = evidence.model_dump(include={"slot", "quote", "verified", "span"})
                assessment = Assessment(criterion=criterion, score=one.score, reason=clean(one.reason), **found)
                kept.setdefault((evidence.slot, criterion.casefold()), assessment)
        self._left_out["assessments over the limit"] += max(0, len(form.assessments) - MOST_ASSESSMENTS)
        return tuple(kept.values())

    def notes(self) -> list[str]:
        """Return sentences about the findings and assessments that were left out."""
        return [f"Left out: {count} {what}." for what, count in self._left_out.items() if count]

    def nothing(self) -> str:
        """Return the reason why nothing is left."""
        notes = " ".join(self.notes())
        return f"Nothing in the judge's reply can be used. {notes}".strip()

    def _numbered(self, kind: FindingKind, found: Iterable[Finding | None]) -> list[Finding]:
        """Return findings of one kind with their ids.

        Those over the limit are counted without looking up their quotes.
        """
        kept: list[Finding] = []
        prefix = kind.value.replace("_", "-")
        for number, finding in enumerate(found, start=1):
            if len(kept) == MOST_FINDINGS:
                self._left_out[f"{kind.value.replace('_', ' ')} findings over the limit"] += 1 + sum(1 for _ in found)
                break
            if finding:
                kept.append(finding.model_copy(update={"id": f"{prefix}-{number}"}))
        return kept

    def _point(self, kind: FindingKind, form: PointForm) -> Finding | None:
        text = clean(form.point)
        evidence = self._evidence(form.support)
        is_attributed = bool(evidence) or (kind is FindingKind.CONSENSUS and not form.support)
        return Finding(id="", kind=kind, text=text, evidence=evidence) if text and is_attributed else None

    def _contradiction(self, form: ContradictionForm) -> Finding | None:
        supports = [(clean(side.stance), support) for side in form.stances for support in side.support]
        evidence = self._evidence([support for _, support in supports], [stance for stance, _ in supports])
        if len({same_side(one.stance) for one in evidence}) > 1:
            return Finding(id="", kind=FindingKind.CONTRADICTION, text=clean(form.topic), evidence=evidence)
        self._left_out["contradictions without two sides"] += 1
        return None

    def _evidence(self, supports: list[SupportForm], stances: list[str] | None = None) -> tuple[Evidence, ...]:
        """Return one evidence per slot; a slot that is named twice counts once."""
        kept: dict[str, Evidence] = {}
        for support, stance in zip(supports, stances or [""] * len(supports), strict=True):
            slot = self._slot(support.answer)
            if slot is None:
                self._left_out["mentions of answers that do not exist"] += 1
            elif slot in kept:
                self._left_out["second mentions of an answer in a finding"] += 1
            else:
                quote = clean(support.quote)
                span = quotes.locate(quote, self._answers[slot]) if quote else None
                kept[slot] = Evidence(slot=slot, stance=stance, quote=quote, verified=span is not None, span=span)
        return tuple(kept.values())

    def _slot(self, name: str) -> str | None:
        """Return the slot that a judge means by "B", "b", "Answer B", "model_b" or "B (the short one)"."""
        name = name.strip(" \t\n\"'*.:()[]")[:80]
        if len(name) == 1:
            return self._slots.get(name.upper())
        found = _NAMED.match(name) or _LETTER.search(name)
        return self._slots.get(found.group(1).upper()) if found else None


def clean(text: str) -> str:
    """Return the text in a form that can be stored and shown: without NUL and not endless."""
    text = text.replace("\0", "").strip()
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _supporter(form: Any) -> SupportForm:
    return SupportForm(answer=form.answer, quote=form.quote)


def _blind_spot(text: str) -> Finding | None:
    text = clean(text)
    return Finding(id="", kind=FindingKind.BLIND_SPOT, text=text) if text else None
