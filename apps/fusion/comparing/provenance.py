"""The provenance of each passage of a fused text: its supporters, or the writer, and its side in a contradiction.

Everything is found by words, and nothing is said where that is not enough. A passage counts as added by the writer only
if most of its words stand in no answer and not in the question; one that nobody supports, but that may be put
differently somewhere, is left unmarked. A passage takes a side only if it agrees with that side and conflicts with
every other.
"""

from collections.abc import Iterable, Mapping, Sequence

from apps.fusion.answers.qualifiers import corrected_at, corrects_within
from apps.fusion.comparing.comparison import SAME_SUBJECT, Relation, compare, similarity
from apps.fusion.comparing.passages import MOST_CHARACTERS, AnswerIndex, Passage
from apps.fusion.comparing.statements import Statement, statements
from apps.fusion.comparing.words import words
from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.vocabulary import FindingKind

TELLING = 5
"""Content words from which a passage can be told to be the writer's own."""
NEW = 0.75
"""The share of a passage's content words that stand in no answer and not in the question, if the writer added it."""
SAME_BEGINNING = 4
"""Letters with which two words begin that may be forms of one."""
SAME_LANGUAGE = 0.3
"""The share of its words that must stand in the answers, or a text without any supporter is not compared at all."""
FORMULAS = ("$", "\\(", "\\[")
"""Marks of formulas, which are not read: of a passage with one it is not told who wrote it."""
MOST_CONTRADICTIONS = 20
"""Contradictions in which sides are looked for."""


class Side(Value):
    """The side of a contradiction that a passage takes: the id of the finding, the stance, and whose it is."""

    finding: str
    stance: str
    slots: tuple[str, ...]


class Origin(Value):
    """Where a passage of the fused text comes from; its span counts characters, end exclusive.

    ``slots`` support it. Without any it is ``is_added`` by the writer, or nothing is known of it.
    """

    start: int
    end: int
    slots: tuple[str, ...] = ()
    is_added: bool = False
    sides: tuple[Side, ...] = ()


class Provenance(Value):
    """The origins of a fused text's passages; ``traced`` is the share (0 to 1) of their characters with a supporter.

    ``None`` if there is no passage, or if the text cannot be compared, as one in another language than the answers.
    """

    traced: float | None = None
    passages: tuple[Origin, ...] = ()


def trace(
    fused: str,
    passages: Sequence[Passage],
    answers: Mapping[str, str],
    said: Mapping[str, AnswerIndex],
    findings: Sequence[Finding] = (),
    question: str = "",
) -> Provenance:
    """Return the provenance of a fused text whose supported ``passages`` are known.

    ``said`` has the index of each of the ``answers``, by slot, and ``findings`` those of the analysis of them.
    """
    known = {word.stem for word in words(question[:MOST_CHARACTERS])}.union(*(one.stems for one in said.values()))
    beginnings = {stem[:SAME_BEGINNING] for stem in known}
    claims = statements("", fused[:MOST_CHARACTERS])
    is_comparable = any(passage.slots or passage.pointer for passage in passages) or _share_language(claims, known)
    if not is_comparable:
        return Provenance()
    disputes = [
        (finding, _members(finding.evidence, answers))
        for finding in findings
        if finding.kind is FindingKind.CONTRADICTION
    ]
    standing = _standing(claims, fused)
    origins = []
    for passage in passages:
        if passage.pointer:
            origins.append(_origin_of_field(passage, findings))
            continue
        held = [claim for claim in claims if passage.start <= claim.start and claim.end <= passage.end]
        taken = (
            _side([claim for claim in held if claim in standing], finding.id, members)
            for finding, members in disputes[:MOST_CONTRADICTIONS]
        )
        origins.append(
            Origin(
                start=passage.start,
                end=passage.end,
                slots=passage.slots,
                is_added=not passage.slots
                and not any(mark in fused[passage.start : passage.end] for mark in FORMULAS)
                and _is_new(held, known, beginnings),
                sides=tuple(side for side in taken if side),
            )
        )
    total = sum(one.end - one.start for one in origins)
    supported = sum(one.end - one.start for one in origins if one.slots)
    return Provenance(traced=round(supported / total, 4) if total else None, passages=tuple(origins))


def _standing(claims: Sequence[Statement], text: str) -> list[Statement]:
    """Return the claims of a text whose figures are not corrected: by the next sentence, or within themselves.

    Of "it has 324 m … actually, 375 m" the figure at the end holds.
    """
    kept = []
    for at, claim in enumerate(claims):
        figures = claim.quantities
        after = claims[at + 1] if at + 1 < len(claims) else None
        if not figures or not _is_corrected(claim, after, text):
            kept.append(claim)
    return kept


def _is_corrected(claim: Statement, after: Statement | None, text: str) -> bool:
    """Return whether words behind a claim's first figure correct it, where another figure follows."""
    first, last = claim.quantities[0], claim.quantities[-1]
    if len(claim.quantities) > 1 and corrects_within(text[claim.start + first.end : claim.start + last.start]):
        return True
    if after is None or not after.quantities:
        return False
    between = text[claim.start + last.end : after.start]
    return corrects_within(between) or corrected_at(text, after.start, after.end) is not None


def _origin_of_field(passage: Passage, findings: Sequence[Finding]) -> Origin:
    """Return where a field of JSON comes from: a value that no answer has was added, any other is on its side."""
    sides = []
    for finding in findings:
        stances = {one.slot: one.stance for one in finding.evidence if one.slot in passage.slots}
        is_about = finding.kind is FindingKind.CONTRADICTION and finding.pointer == passage.pointer
        if is_about and len(set(stances.values())) == 1:
            sides.append(Side(finding=finding.id, stance=next(iter(stances.values())), slots=tuple(sorted(stances))))
    is_added = not passage.slots
    return Origin(start=passage.start, end=passage.end, slots=passage.slots, is_added=is_added, sides=tuple(sides))


def _share_language(claims: Sequence[Statement], known: set[str]) -> bool:
    """Return whether a text has so many words of the answers that it is no translation."""
    stems = {stem for claim in claims for stem in claim.stems}
    return bool(stems) and len(stems & known) >= SAME_LANGUAGE * len(stems)


def _is_new(claims: Sequence[Statement], known: set[str], beginnings: set[str]) -> bool:
    """Return whether most words of a passage, and of each of its sentences that tells something, stand nowhere else."""
    telling = [{word.stem for word in claim.words} for claim in claims]
    stems = {stem for own in telling for stem in own}
    if len(stems) < TELLING:
        return False
    new = {one for one in stems - known if len(one) < SAME_BEGINNING or one[:SAME_BEGINNING] not in beginnings}
    return all(len(own & new) >= NEW * len(own) for own in [stems, *(own for own in telling if len(own) >= TELLING)])


# ---------------------------------------------------------------- contradictions


def _members(evidence: Iterable[Evidence], answers: Mapping[str, str]) -> dict[str, dict[str, list[Statement]]]:
    """Return what each stance's slots say, by stance and slot: the sentences in which their verified quotes stand."""
    members: dict[str, dict[str, list[Statement]]] = {}
    for item in evidence:
        text = answers.get(item.slot, "")
        if item.verified and item.span and text:
            start, end = _around(text, *item.span)
            line = text[start:end]
            first, last = item.span[0] - start, item.span[1] - start
            found = [one for one in statements(item.slot, line) if one.start < last and first < one.end]
            members.setdefault(item.stance, {}).setdefault(item.slot, []).extend(found)
    return members


def _around(text: str, first: int, last: int) -> tuple[int, int]:
    """Return the span from the line or sentence in which a quote begins to the one in which it ends."""
    start = max(text.rfind("\n", 0, first) + 1, text.rfind(". ", 0, first) + 2 if ". " in text[:first] else 0)
    ends = (text.find("\n", last), text.find(". ", last) + 1)
    return start, min((end for end in ends if end > 0), default=len(text))


def _side(
    claims: Sequence[Statement], finding: str, members: Mapping[str, Mapping[str, list[Statement]]]
) -> Side | None:
    """Return the one side that a passage agrees with while it conflicts with every other, or ``None``."""
    if len(members) < 2:
        return None
    relations = {
        stance: {_relation(claims, said) for said in by_slot.values()} - {None} for stance, by_slot in members.items()
    }
    for stance, own in relations.items():
        others = [found for other, found in relations.items() if other != stance]
        if own == {Relation.AGREE} and all(found == {Relation.CONFLICT} for found in others):
            return Side(finding=finding, stance=stance, slots=tuple(sorted(members[stance])))
    return None


def _relation(claims: Sequence[Statement], said: Sequence[Statement]) -> Relation | None:
    """Return how a passage relates to what a slot says on the same subject; ``None`` if it does not speak of it."""
    found = set()
    for claim in claims:
        for other in said:
            # Most pairs share too little to be compared closely, which takes a hundred times as long.
            if 2 * len(claim.stems & other.stems) < min(len(claim.stems), len(other.stems)):
                continue
            alike = similarity(claim, other, {})
            if alike >= SAME_SUBJECT:
                found.add(compare(claim, other, alike).relation)
    if len(found) > 1:
        return Relation.UNCLEAR
    return next(iter(found), None)
