"""Make findings of a judge's reply: each with the slots that hold it and their quotes, as far as they can be found."""

from collections import Counter
from collections.abc import Iterable, Mapping

from apps.fusion.judging.agreement import same_side
from apps.fusion.judging.answer_names import named
from apps.fusion.judging.empty_words import is_empty_word
from apps.fusion.judging.escapes import without_controls
from apps.fusion.judging.findings import Assessment, BestAsIs, BottomLine, Evidence, Finding
from apps.fusion.judging.omissions import left_out
from apps.fusion.judging.quotes import QuoteSearch
from apps.fusion.judging.reply_forms import (
    AssessmentForm,
    BottomLineForm,
    ContradictionForm,
    InsightForm,
    PointForm,
    ReplyForm,
    SupportForm,
)
from apps.fusion.vocabulary import FindingKind

MOST_FINDINGS = 50
"""Findings of one kind that are kept."""
MOST_ASSESSMENTS = 100
"""Assessments that are kept."""
LONGEST_TEXT = 2_000
"""Characters of a single text that are kept."""


class Findings:
    """Builds the findings, bottom lines and assessments of a reply, and counts what is left out."""

    def __init__(self, answers: Mapping[str, str], letters: Mapping[str, str]) -> None:
        self._answers = answers
        self._slots = {letter.upper(): slot for letter, slot in letters.items() if slot in answers}
        self._letters = sorted(letter.upper() for letter in letters)
        self._left_out: Counter[str] = Counter()
        self._quotes = QuoteSearch()
        self._known = self._unknown = 0

    def leave_out(self, what: str, count: int) -> None:
        """Count something as left out."""
        self._left_out[what] += count

    def bottom_lines(self, form: ReplyForm) -> tuple[BottomLine, ...]:
        """Return the conclusions in the order in which they were first named; answers with the same one share it."""
        lines: dict[str, list[Evidence]] = {}
        texts: dict[str, str] = {}
        named_already: set[str] = set()
        for one in form.bottom_lines[:MOST_FINDINGS]:
            text = clean(one.bottom_line)
            evidence = [item for item in self._evidence([_supporter(one)]) if item.slot not in named_already]
            if not (text and evidence):
                self._left_out["bottom lines without words or an answer"] += 1
                continue
            named_already |= {item.slot for item in evidence}
            texts.setdefault(same_side(text), text)
            lines.setdefault(same_side(text), []).extend(evidence)
        return tuple(BottomLine(text=texts[side], evidence=tuple(found)) for side, found in lines.items())

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
            FindingKind.BLIND_SPOT: (self._blind_spot(clean(text)) for text in form.blind_spots),
        }
        return tuple(finding for kind, found in kinds.items() for finding in self._numbered(kind, found))

    def assessments(self, form: ReplyForm) -> tuple[Assessment, ...]:
        kept: dict[tuple[str, str], Assessment] = {}
        for one in form.assessments[:MOST_ASSESSMENTS]:
            criterion = clean(one.criterion)
            self._left_out["assessments without a criterion"] += not criterion
            for evidence in self._evidence([_supporter(one)]) if criterion else ():
                found = evidence.model_dump(exclude={"stance"})
                assessment = Assessment(criterion=criterion, score=one.score, reason=clean(one.reason), **found)
                kept.setdefault((evidence.slot, criterion.casefold()), assessment)
        self._left_out["assessments over the limit"] += max(0, len(form.assessments) - MOST_ASSESSMENTS)
        return tuple(kept.values())

    def best_as_is(self, form: ReplyForm) -> BestAsIs | None:
        """Return the answer to give unchanged; ``None`` if the judge names none, several, or gives no reason."""
        # Not by `_slots_of`: a bad suggestion, which nobody needs, must not make the whole reply a bad one.
        letters = [
            (letter, clean(one.reason)) for one in form.best_as_is for letter in named(one.answer, self._letters)
        ]
        found = [BestAsIs(slot=self._slots.get(letter, ""), reason=reason) for letter, reason in letters]
        if len(found) == 1 and found[0].slot and found[0].reason:
            return found[0]
        self._left_out["suggestions without a single answer and a reason"] += len(form.best_as_is)
        return None

    def notes(self) -> list[str]:
        """Return sentences about the findings and assessments that were left out."""
        return [left_out(count, what) for what, count in self._left_out.items() if count]

    def lost_most(self, texts: int, lost: int) -> bool:
        """Return whether more was left out than kept: of the texts, or of the mentions of answers."""
        return 2 * lost > texts or self._unknown > self._known

    def too_little(self) -> str:
        """Return the reason why what is left does not do."""
        letters = f" The answers are called {', '.join(self._letters)}." if self._unknown else ""
        return f"Most of the judge's reply cannot be used. {' '.join(self.notes())}{letters}"

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
        if text and is_attributed:
            return Finding(id="", kind=kind, text=text, evidence=evidence)
        # A mention of an answer that does not exist is counted already.
        self._left_out["points without words" if not text else "points that no answer holds"] += (
            not text or not form.support or not form.support[0].answer
        )
        return None

    def _blind_spot(self, text: str) -> Finding | None:
        self._left_out["points without words"] += not text
        return Finding(id="", kind=FindingKind.BLIND_SPOT, text=text) if text else None

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
            find = self._quotes.find
            matches = {slot: find(quote, self._answers[slot]) if quote else None for slot in named_slots}
            is_found = any(matches.values())
            for slot, match in matches.items():
                if slot in kept:
                    self._left_out["second mentions of an answer in a finding"] += 1
                    continue
                # One quote for several answers is of those that have it.
                said = quote if match or not (is_found or is_empty_word(quote)) else ""
                kept[slot] = Evidence(
                    slot=slot,
                    stance=stance,
                    quote=said,
                    verified=match is not None and match.exact,
                    similar=match is not None and not match.exact,
                    span=(match.start, match.end) if match else None,
                )
        return tuple(kept.values())

    def _slots_of(self, name: str) -> list[str]:
        """Return the slots that a judge means, and count a name that means none or one that does not exist."""
        letters = named(name, self._letters)
        known = [self._slots[letter] for letter in letters if letter in self._slots]
        unknown = max(len(letters), 1) - len(known) if name.strip() else 0
        self._left_out["mentions of answers that do not exist"] += unknown
        self._known, self._unknown = self._known + len(known), self._unknown + unknown
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


def _supporter(form: InsightForm | BottomLineForm | AssessmentForm) -> SupportForm:
    return SupportForm(answer=form.answer, quote=form.quote)


def _insight(form: InsightForm) -> PointForm:
    return PointForm(point=form.insight, support=[_supporter(form)])
