"""The built-in analysis: what the answers share and where they differ, by word overlap, without any model.

The final answers are read and compared first, apart from the sentences; a sentence that holds one is not compared
again. Answers in JSON are compared field by field, and nothing of them again but values in prose.
Sentences of different answers that speak of the same thing are put together in a group, at most one sentence of each
slot. A group whose members differ in a number, a date or a negation is a contradiction; one without a difference is
consensus if every slot is in it and partial coverage if not; what stands in no group is a slot's own insight. It knows
no synonyms and checks no facts; where it cannot tell, it says nothing. Every quote is a slice of its answer.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from apps.fusion.answers.bottom_lines import (
    finding_of,
    lines_of,
    same_conclusions,
    without_concluded,
    without_data,
)
from apps.fusion.answers.fields import MOST_FIELDS
from apps.fusion.answers.fieldwise import Fieldwise, blanked, compare_fields
from apps.fusion.answers.groups import group_answers, read_panel
from apps.fusion.answers.reading import FinalAnswer
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.citations import without_marks
from apps.fusion.comparing.alignment import Aligned, align, closest
from apps.fusion.comparing.comparison import Comparison, Relation
from apps.fusion.comparing.quantities import Quantity
from apps.fusion.comparing.sentences import CODE, EMPHASIS
from apps.fusion.comparing.statements import Statement, statements
from apps.fusion.comparing.words import words
from apps.fusion.judging.agreement import agreement, outliers, same_side
from apps.fusion.judging.findings import Analysis, Evidence, Finding
from apps.fusion.vocabulary import AnalysisStatus, Builtin, FindingKind

__all__ = ["closest", "degraded", "overlap", "share_words"]

NOTE = "word overlap, no model"
MOST_CHARACTERS = 50_000
"""Characters of each answer that are read."""
MOST_SENTENCES = 300
"""Sentences of each answer that are compared."""
CONTEXT = 500
"""Characters of each answer by which the language of a short one is told."""
ALIKE = 0.15
"""The share of the smaller vocabulary from which on two answers may well be about the same thing."""
MOST_FINDINGS = 20
"""Findings of one kind that are reported."""
MOST_INSIGHTS = 3
"""Insights of one slot that are reported."""
TELLING = 4
"""Content words from which a sentence can be an insight."""
MOSTLY = 0.5
"""The share of an answer's characters from which on it is mostly code."""
LONGEST_TEXT = 300
"""Characters of a finding's text."""
_GAP = re.compile(r" (?=[.,](?:\s|$))")
"""The space that a mark of a source leaves before the end of its sentence."""


class _Side(NamedTuple):
    """Members of a group who say the same, and the words for it."""

    stance: str
    members: list[Statement]


def share_words(texts: Iterable[str]) -> bool:
    """Return whether any two texts have more than a few content words in common; also where they agree on nothing."""
    vocabularies = [{word.stem for word in words(text[:MOST_CHARACTERS])} for text in texts]
    pairs = combinations([vocabulary for vocabulary in vocabularies if vocabulary], 2)
    return any(len(one & other) >= ALIKE * min(len(one), len(other)) for one, other in pairs)


def overlap(answers: Mapping[str, str], sources: Collection[int] = (), asked: str = "") -> Analysis:
    """Analyse answers (slot to text) by word overlap. The order of the slots makes no difference.

    An answer that only refuses takes no side: what the others share is consensus without it. ``sources`` are the
    numbers of the sources that the answers may cite; marks of these are no words of theirs. ``asked`` is the request.
    """
    if sources:
        analysis = overlap({slot: without_marks(text, sources) for slot, text in answers.items()}, asked=asked)
        return _as_written(analysis, answers)
    read = {slot: answers[slot][:MOST_CHARACTERS] for slot in sorted(answers)}
    taking = {slot: text for slot, text in read.items() if text.strip() and not is_refusal(text)}
    # Sorted by text, so that the order of the slots decides nothing.
    context = " ".join(sorted(text[:CONTEXT] for text in taking.values()))
    fieldwise = compare_fields({slot: answers[slot] for slot in taking})
    by_slot = {
        slot: statements(
            slot, blanked(text, fieldwise.spans.get(slot, ()) if fieldwise else ()), MOST_SENTENCES, context
        )
        for slot, text in taking.items()
    }
    finals = without_data(_finals({slot: answers[slot] for slot in taking}, by_slot, asked), fieldwise)
    groups = group_answers(finals)
    # What the fields hold as an answer is among their findings already.
    is_said = fieldwise is not None and finals.keys() <= fieldwise.spans.keys() and fieldwise.tells_all
    conclusion = None if is_said else finding_of(groups, slots=len(taking))
    concluding = {slot: final.span for slot, final in finals.items()} if len(finals) > 1 else {}
    found = [one for own in by_slot.values() for one in own if not _is_within(one, concluding.get(one.slot))]
    aligned = align(found)
    compared = [_finding(group, aligned, slots=len(taking)) for group in aligned.groups]
    kinds: dict[FindingKind, list[Finding]] = {kind: [] for kind in FindingKind}
    fields = without_concluded(fieldwise.findings if fieldwise else (), conclusion)
    for finding in (conclusion, *fields, *compared):
        if finding:
            kinds[finding.kind].append(finding)
    # A single answer would consist of insights.
    kinds[FindingKind.UNIQUE_INSIGHT] += _insights(aligned.alone) if len(read) > 1 else []
    findings = tuple(finding for kind, found in kinds.items() for finding in _numbered(kind, found))
    unread = [slot for slot in taking if not (fieldwise and slot in fieldwise.spans)]
    return Analysis(
        status=AnalysisStatus.OK,
        model=Builtin.OVERLAP,
        note=_note(
            answers,
            found,
            kinds,
            has_unread_code=any(_is_unread_code(taking[slot], finals.get(slot)) for slot in unread),
            fieldwise=fieldwise,
        ),
        bottom_lines=lines_of(groups),
        findings=findings,
        outliers=outliers(findings),
        agreement=agreement(
            filter(None, compared), same_conclusions(groups), fieldwise.equal if fieldwise else None, taking, finals
        ),
        letters={slot: slot for slot in read},
        coverage={slot: round(len(text) / len(answers[slot]), 4) if text else 1.0 for slot, text in read.items()},
    )


def _finals(answers: Mapping[str, str], said: Mapping[str, list[Statement]], asked: str) -> dict[str, FinalAnswer]:
    """Return the final answers. A bare value beside an answer of one sentence is left to the sentences' comparison."""
    finals = read_panel(answers, asked)
    if any(len(said[slot]) == 1 and said[slot][0].quantities for slot in answers if slot not in finals):
        return {slot: final for slot, final in finals.items() if not final.is_bare}
    return finals


def _is_within(one: Statement, span: tuple[int, int] | None) -> bool:
    """Return whether a sentence has words in common with the quote of its slot's final answer."""
    return span is not None and one.start < span[1] and span[0] < one.end


def degraded(analysis: Analysis, reason: str) -> Analysis:
    """Return the built-in analysis as a fallback: marked degraded, its note with the reason, which is a sentence."""
    instead = analysis.note.replace(NOTE, "Words were compared instead", 1)
    return analysis.model_copy(update={"status": AnalysisStatus.DEGRADED, "note": f"{reason} {instead}."})


def _finding(group: list[Statement], aligned: Aligned, slots: int) -> Finding | None:
    """Return the contradiction or the shared point of a group of sentences, or ``None`` if they are unclear."""
    compared = {(a, b): aligned.compare(a, b) for a, b in combinations(group, 2)}
    # One conflict is enough, however many pairs agree: dissent is shown, not outvoted.
    if any(comparison.relation is Relation.CONFLICT for comparison in compared.values()):
        return _contradiction(group, compared)
    agreeing = _agreeing(group, compared)
    return _shared(agreeing, slots) if len(agreeing) > 1 else None


def _agreeing(group: list[Statement], compared: Mapping[tuple[Statement, Statement], Comparison]) -> list[Statement]:
    """Return the members that agree with each other: those with most unclear pairs are left out, again and again."""
    kept = group
    while True:
        unclear = Counter(
            member
            for pair, comparison in compared.items()
            if comparison.relation is not Relation.AGREE and set(pair) <= set(kept)
            for member in pair
        )
        if not unclear:
            return kept
        # All of them at once, so that the order of the slots decides nothing.
        most = max(unclear.values())
        kept = [member for member in kept if unclear[member] < most]


def _shared(group: list[Statement], slots: int) -> Finding:
    kind = FindingKind.CONSENSUS if len(group) == slots else FindingKind.PARTIAL_COVERAGE
    shortest = min(group, key=lambda one: (len(one.stems), len(one.text), one.text))
    return Finding(id="", kind=kind, text=_short(shortest.text), evidence=tuple(map(_evidence, group)))


def _contradiction(
    group: list[Statement], compared: Mapping[tuple[Statement, Statement], Comparison]
) -> Finding | None:
    conflicts = {pair: comparison for pair, comparison in compared.items() if comparison.relation is Relation.CONFLICT}
    # Chosen by text and not by slot: who said what must not change the finding.
    about = conflicts[min(conflicts, key=lambda pair: sorted(one.text for one in pair))]
    sides = _sides(group, compared, about)
    # Members that cannot be placed are left out, and only one side may remain; sides that say the same are one.
    if len({same_side(side.stance) for side in sides}) < 2:
        return None
    evidence = [_evidence(member, side.stance) for side in sides for member in side.members]
    return Finding(
        id="",
        kind=FindingKind.CONTRADICTION,
        text=_topic([member for side in sides for member in side.members], about),
        evidence=tuple(sorted(evidence, key=lambda one: one.slot)),
    )


def _sides(
    group: list[Statement], compared: Mapping[tuple[Statement, Statement], Comparison], about: Comparison
) -> list[_Side]:
    """Return the members of a contradiction by stance; a member without a clear stance is left out.

    Members with the most exact figure come first, so that a vague figure joins them instead of keeping them apart.
    """

    def relation(a: Statement, b: Statement) -> Relation:
        found = compared.get((a, b)) or compared.get((b, a))
        return found.relation if found else Relation.AGREE

    sides: list[_Side] = []

    def vagueness(member: Statement) -> float:
        figure = _figure(member, about)
        return figure.readings[0].high - figure.readings[0].low if figure else 0.0

    for member in sorted(group, key=lambda one: (vagueness(one), one.text, one.slot)):
        if _stance(member, about) is None:
            continue
        fitting = [side for side in sides if all(relation(member, other) is Relation.AGREE for other in side.members)]
        against = [
            side for side in sides if any(relation(member, other) is Relation.CONFLICT for other in side.members)
        ]
        if len(fitting) == 1:
            fitting[0].members.append(member)
        # A member that agrees with several sides, or is unclear against one, cannot be placed.
        elif not fitting and len(against) == len(sides):
            sides.append(_Side(_stance(member, about) or "", [member]))
    return sides


def _figure(member: Statement, about: Comparison) -> Quantity | None:
    """Return the member's figure in the dimension of the contradiction, or ``None``."""
    dimensions = {quantity.dimension for quantity in about.quantities or ()}
    return next((quantity for quantity in member.quantities if quantity.dimension in dimensions), None)


def _stance(member: Statement, about: Comparison) -> str | None:
    """Return the member's stance on a contradiction in its own words, or ``None`` if it takes none."""
    if about.words:
        return _written(member, about.words)
    if about.quantities is None:
        return "denies it" if member.is_negated else "says so"
    figure = _figure(member, about)
    return EMPHASIS.sub("", member.text[figure.start : figure.end]).strip() if figure else None


def _written(member: Statement, words: tuple[str, str]) -> str | None:
    """Return which of the words in conflict a member writes; ``None`` if it is neither or both."""
    own = {*(token for tokens in member.exact.values() for token in tokens)}
    own |= {word for sides in member.opposites.values() for word in sides.values()}
    own |= {word for word in words if member.text.rstrip(" .!*_").endswith(f" {word}")}
    found = [word for word in words if word in own]
    return found[0] if len(found) == 1 else None


def _topic(members: list[Statement], about: Comparison) -> str:
    """Return the topic of a contradiction: the denied sentence, or the plainest one with a gap for the figure."""
    candidates = [one for one in members if about.quantities or about.words or not one.is_negated]
    plainest = min(
        candidates,
        key=lambda one: (not one.stems, not one.names_its_topic, one.text[0].islower(), len(one.text), one.text),
    )
    figure = _figure(plainest, about)
    if figure is None:
        return _short(plainest.text)
    return _short(f"{plainest.text[: figure.start]}…{plainest.text[figure.end :].rstrip('.!')}")


def _insights(alone: Iterable[Statement]) -> list[Finding]:
    """Return the most informative sentences that only one slot has, in the order of its answer."""
    by_slot: dict[str, list[Statement]] = {}
    for one in alone:
        if len(one.stems) >= TELLING:
            by_slot.setdefault(one.slot, []).append(one)
    best = [
        # Longer tells more, up to a dozen words; a figure counts as two.
        sorted(own, key=lambda one: (-min(len(one.stems), 12) - 2 * bool(one.quantities), one.start))[:MOST_INSIGHTS]
        for own in by_slot.values()
    ]
    return [
        Finding(id="", kind=FindingKind.UNIQUE_INSIGHT, text=_short(one.text), evidence=(_evidence(one),))
        for own in best
        for one in sorted(own, key=lambda one: one.start)
    ]


def _numbered(kind: FindingKind, found: list[Finding]) -> list[Finding]:
    name = kind.value.replace("_", "-")
    limit = len(found) if kind is FindingKind.UNIQUE_INSIGHT else MOST_FINDINGS
    return [one.model_copy(update={"id": f"{name}-{number}"}) for number, one in enumerate(found[:limit], start=1)]


def _evidence(one: Statement, stance: str = "") -> Evidence:
    return Evidence(slot=one.slot, stance=stance, quote=one.text, verified=True, span=(one.start, one.end))


def _as_written(analysis: Analysis, answers: Mapping[str, str]) -> Analysis:
    """Return an analysis with each quote as the whole answer has it at its span."""

    def quoted(evidence: Iterable[Evidence]) -> dict[str, tuple[Evidence, ...]]:
        quotes = ((one, answers[one.slot][slice(*one.span)] if one.span else one.quote) for one in evidence)
        return {"evidence": tuple(one.model_copy(update={"quote": quote}) for one, quote in quotes)}

    lines = tuple(line.model_copy(update=quoted(line.evidence)) for line in analysis.bottom_lines)
    findings = tuple(one.model_copy(update=quoted(one.evidence)) for one in analysis.findings)
    return analysis.model_copy(update={"bottom_lines": lines, "findings": findings})


def _is_unread_code(text: str, final: FinalAnswer | None) -> bool:
    """Return whether an answer is mostly code of which nothing was read: its final answer, if any, stands elsewhere."""
    blocks = [match.span(2) for match in CODE.finditer(text)] if "```" in text or "~~~" in text else []
    is_mostly_code = sum(end - start for start, end in blocks) >= MOSTLY * len(text.strip())
    return is_mostly_code and not (
        final and any(start < final.span[1] and final.span[0] < end for start, end in blocks)
    )


def _note(
    answers: Mapping[str, str],
    found: list[Statement],
    kinds: Mapping[FindingKind, list[Finding]],
    has_unread_code: bool,
    fieldwise: Fieldwise | None,
) -> str:
    """Return the note on the method, with the number of findings that were left out."""
    capped = ["JSON was compared field by field"] if fieldwise else []
    if fieldwise and fieldwise.is_cut:
        capped.append(f"the first {MOST_FIELDS} fields were compared")
    per_slot = [sum(one.slot == slot for one in found) for slot in answers]
    if any(len(text) > MOST_CHARACTERS for text in answers.values()):
        capped.append(f"the first {MOST_CHARACTERS:,} characters of each answer were read")
    if max(per_slot, default=0) >= MOST_SENTENCES:
        capped.append(f"the first {MOST_SENTENCES} sentences of each answer were compared")
    if any(len(one) > MOST_FINDINGS for kind, one in kinds.items() if kind is not FindingKind.UNIQUE_INSIGHT):
        capped.append(f"the first {MOST_FINDINGS} findings of each kind are shown")
    if has_unread_code:
        capped.append("code was not compared")
    if any(not one.language for one in found):
        capped.append("the language of some is not known, so only wording was compared")
    return "; ".join([NOTE, *capped])


def _short(text: str) -> str:
    """Return the text on one line, cut to the length of a heading."""
    text = _GAP.sub("", " ".join(text.split()))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1].rstrip() + "…"
