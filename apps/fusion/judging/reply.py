"""Parse a judge's raw reply into an ``Analysis``: strictly if possible, else leniently, else raise ``BadReply``.

The lenient parser repairs form, never content: it finds the JSON, knows the names that models use for the same thing,
and drops what it cannot attribute. The analysis's note says what was repaired, dropped or cut.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from apps.fusion.judging import quotes
from apps.fusion.judging.agreement import agreement, outliers, same_side
from apps.fusion.judging.answer_names import named
from apps.fusion.judging.escapes import doubled, without_controls
from apps.fusion.judging.findings import Analysis, Assessment, Evidence, Finding
from apps.fusion.judging.reply_forms import (
    REQUESTED,
    ContradictionForm,
    InsightForm,
    PointForm,
    ReplyForm,
    SupportForm,
    normalised,
)
from apps.fusion.judging.reply_search import find_lists
from apps.fusion.vocabulary import AnalysisStatus, FindingKind

MOST_CHARACTERS = 200_000
"""Characters of a reply that are read."""
MOST_FINDINGS = 50
"""Findings of one kind that are kept."""
MOST_ASSESSMENTS = 100
"""Assessments that are kept."""
LONGEST_TEXT = 2_000
"""Characters of a single text that are kept."""

NOTHING_FOUND = "The judge found nothing to list."


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
    form, how, is_whole = _form(raw, answers)
    builder = _Builder(answers, letters)
    findings = builder.findings(form)
    assessments = builder.assessments(form)
    if not findings and not assessments:
        # Five empty lists are a good answer; a reply of which nothing could be kept is not.
        if not (is_whole and form.is_empty):
            raise BadReply(builder.nothing())
        how = f"{how} {NOTHING_FOUND}".strip()
    notes = ([how] if how else []) + builder.notes()
    return Analysis(
        status=AnalysisStatus.REPAIRED if how not in ("", NOTHING_FOUND) else AnalysisStatus.OK,
        model=model,
        note=" ".join(notes),
        findings=findings,
        assessments=assessments,
        outliers=outliers(findings),
        agreement=agreement(findings),
        letters=dict(letters),
    )


def _form(raw: str, answers: Mapping[str, str]) -> tuple[ReplyForm, str, bool]:
    """Return the parsed reply, a sentence about its repair if it was repaired, and whether it has every list."""
    text = doubled(raw[:MOST_CHARACTERS], answers.values())
    # Only if no backslash had to be doubled: JSON takes "\frac" for a form feed and "rac" without complaint.
    if text == raw:
        try:
            return ReplyForm.model_validate(from_json(raw, allow_inf_nan=False)), "", True
        except (ValueError, ValidationError):
            pass
    lists = find_lists(text, answers.values())
    if not lists:
        raise BadReply("The judge's reply has none of the lists that were asked for.")
    form = ReplyForm.model_validate(normalised(lists))
    if len(raw) > MOST_CHARACTERS:
        return form, f"Only the reply's first {MOST_CHARACTERS:,} characters were read.", False
    return form, "The reply's form was mended.", lists.keys() >= REQUESTED


class _Builder:
    """Build the findings and assessments of a reply, and count those left out."""

    def __init__(self, answers: Mapping[str, str], letters: Mapping[str, str]) -> None:
        self._answers = answers
        self._slots = {letter.upper(): slot for letter, slot in letters.items() if slot in answers}
        self._letters = sorted(letter.upper() for letter in letters)
        self._left_out: Counter[str] = Counter()

    def findings(self, form: ReplyForm) -> tuple[Finding, ...]:
        shared, unique = self._shared_and_unique(form.unique_insights)
        kinds: dict[FindingKind, Iterable[Finding | None]] = {
            FindingKind.CONSENSUS: (self._point(FindingKind.CONSENSUS, point) for point in form.consensus),
            FindingKind.CONTRADICTION: map(self._contradiction, form.contradictions),
            FindingKind.PARTIAL_COVERAGE: (
                self._point(FindingKind.PARTIAL_COVERAGE, point)
                for point in (*form.partial_coverage, *map(_insight, shared))
            ),
            FindingKind.UNIQUE_INSIGHT: (self._point(FindingKind.UNIQUE_INSIGHT, _insight(one)) for one in unique),
            FindingKind.BLIND_SPOT: (
                Finding(id="", kind=FindingKind.BLIND_SPOT, text=text) if text else None
                for text in map(clean, form.blind_spots)
            ),
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
        # Numbers count what is dropped too, so that an id is the finding's place in the reply.
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
        # A consensus that names nobody is everybody's; any other point needs somebody who holds it.
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
            quote = clean(support.quote)
            named_slots = self._slots_of(support.answer)
            spans = {slot: quotes.locate(quote, self._answers[slot]) if quote else None for slot in named_slots}
            is_found = any(spans.values())
            for slot, span in spans.items():
                if slot in kept:
                    self._left_out["second mentions of an answer in a finding"] += 1
                    continue
                # One quote for several answers is of those that have it.
                said = quote if span or not is_found else ""
                kept[slot] = Evidence(slot=slot, stance=stance, quote=said, verified=span is not None, span=span)
        return tuple(kept.values())

    def _slots_of(self, name: str) -> list[str]:
        """Return the slots that a judge means, and count a name that means none or one that does not exist."""
        letters = named(name, self._letters)
        known = [self._slots[letter] for letter in letters if letter in self._slots]
        self._left_out["mentions of answers that do not exist"] += max(len(letters), 1) - len(known)
        return known

    def _shared_and_unique(self, insights: Iterable[InsightForm]) -> tuple[list[InsightForm], list[InsightForm]]:
        """Tell insights of several answers, which are not unique, from those of one."""
        shared: list[InsightForm] = []
        unique: list[InsightForm] = []
        for one in insights:
            known = [letter for letter in named(one.answer, self._letters) if letter in self._slots]
            (shared if len(known) > 1 else unique).append(one)
        return shared, unique


def clean(text: str) -> str:
    """Return the text in a form that can be stored and shown: no control characters, no mere ellipsis, not endless."""
    text = without_controls(text).strip()
    if not text.strip(".… "):
        return ""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _supporter(form: Any) -> SupportForm:
    return SupportForm(answer=form.answer, quote=form.quote)


def _insight(form: InsightForm) -> PointForm:
    return PointForm(point=form.insight, support=[_supporter(form)])
