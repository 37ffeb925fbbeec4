"""Making, finding and removing rulings. A run's rights are checked by who calls; rulings follow their run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.annotations.models import Ruling
from apps.fusion import values
from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.judging.topics import find_topic, sides_of
from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import FindingKind, RulingKind

LONGEST_TEXT = 2_000
MOST_RULINGS = 60
"""Rulings of a run: a writer has to read all of them."""
OF_POINTS = {RulingKind.ADD: (), RulingKind.SIDE: (FindingKind.CONTRADICTION,), RulingKind.DROP: tuple(FindingKind)}
"""The kinds of findings that a verdict may be about; the others go with any."""


class BadRuling(Refusal):
    """A ruling that cannot be made; ``field`` says what to change."""


@dataclass(frozen=True, slots=True)
class RulingRequest:
    """A ruling to be made. ``finding`` is the id of a finding of the analysis that counts, '' for none."""

    verdict: RulingKind
    finding: str = ""
    right: tuple[str, ...] = ()
    text: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """A ruling beside an analysis: the finding that it is about there, ``None`` if no finding is.

    ``applies``: a writer of that analysis is told it. One that adds a point, or is about the whole, always applies.
    """

    ruling: Ruling
    finding: Finding | None
    applies: bool

    @property
    def value(self) -> values.Ruling:
        """The ruling as a writer is told it, in the words of the finding that it is about."""
        ruling = self.ruling
        return values.Ruling(
            verdict=ruling.verdict,
            point=self.finding.text if self.finding else ruling.topic,
            sides=sides_of(self.finding) if self.finding else ruling.sides,
            right=ruling.right,
            text=ruling.text,
            comment=ruling.comment,
        )


def rulings_of(run_ids: Iterable[int]) -> dict[int, list[Ruling]]:
    """Return the rulings of runs with their authors, oldest first, by the key of the run; one query."""
    found: dict[int, list[Ruling]] = {key: [] for key in run_ids}
    for ruling in Ruling.objects.filter(run__in=found).select_related("author").order_by("pk"):
        found[ruling.run_id].append(ruling)
    return found


def match(rulings: Iterable[Ruling], analysis: Analysis | None, judge: int | None) -> list[Matched]:
    """Return each ruling with the finding of this analysis (that of the call ``judge``) that it is about.

    One of another analysis is matched by kind and topic; where it picked a side, that has to be a side there too.
    """
    findings = analysis.findings if analysis else ()
    return [_matched(ruling, findings, judge) for ruling in rulings]


def put_ruling(
    run_id: int, author: User, request: RulingRequest, analysis: Analysis | None, judge: int | None
) -> Ruling:
    """Write a ruling on a finding of this analysis, in place of the one on it before; raises :class:`BadRuling`.

    Without a finding it is added to those that are there.
    """
    finding = _checked(request, analysis)
    with transaction.atomic():
        earlier = list(Ruling.objects.select_for_update().filter(run=run_id).order_by("pk"))
        same = [one.ruling for one in match(earlier, analysis, judge) if finding and one.finding == finding]
        if len(earlier) - len(same) >= MOST_RULINGS:
            raise BadRuling(f"A run has at most {MOST_RULINGS} rulings. Remove one first.", "verdict")
        created = same[0].created_at if same else timezone.now()
        Ruling.objects.filter(pk__in=[one.pk for one in same]).delete()
        return Ruling.objects.create(
            run_id=run_id,
            author=author,
            judge=judge if finding else None,
            finding=finding.id if finding else "",
            kind=finding.kind if finding else None,
            topic=finding.text if finding else "",
            sides=sides_of(finding) if finding else (),
            verdict=request.verdict,
            right=tuple(sorted(set(request.right))) if request.verdict is RulingKind.SIDE else (),
            text=_plain(request.text) if request.verdict in (RulingKind.STATEMENT, RulingKind.ADD) else "",
            comment=_plain(request.comment),
            created_at=created,
        )


def delete_ruling(run_id: int, ruling_id: int) -> None:
    """Remove a ruling; raises ``Ruling.DoesNotExist`` if the run has none of that id."""
    deleted, _ = Ruling.objects.filter(run=run_id, pk=ruling_id).delete()
    if not deleted:
        raise Ruling.DoesNotExist


def _matched(ruling: Ruling, findings: Sequence[Finding], judge: int | None) -> Matched:
    if not ruling.finding:
        return Matched(ruling, None, applies=True)
    if ruling.judge == judge:
        found = next((finding for finding in findings if finding.id == ruling.finding), None)
        return Matched(ruling, found, applies=found is not None)
    found = find_topic(findings, ruling.kind, ruling.topic) if ruling.kind else None
    if found and ruling.verdict is RulingKind.SIDE and not _is_on_one_side(ruling.right, found):
        found = None
    return Matched(ruling, found, applies=found is not None)


def _is_on_one_side(slots: Iterable[str], finding: Finding) -> bool:
    picked = set(slots)
    return any(picked <= set(side.slots) for side in sides_of(finding))


def _checked(request: RulingRequest, analysis: Analysis | None) -> Finding | None:
    """Return the finding that a ruling is about; raises :class:`BadRuling` where the two do not go together."""
    verdict, text = request.verdict, _plain(request.text)
    longest = max(len(text), len(_plain(request.comment)))
    if longest > LONGEST_TEXT:
        raise BadRuling(f"A ruling has at most {LONGEST_TEXT:,} characters. Shorten it.", "text")
    finding = next((one for one in (analysis.findings if analysis else ()) if one.id == request.finding), None)
    if request.finding and finding is None:
        raise BadRuling("The analysis has no such finding. It may have been made anew: reload it.", "finding")
    if finding is None and verdict not in (RulingKind.ADD, RulingKind.COMMENT):
        raise BadRuling("Name the finding that this ruling is about.", "finding")
    if finding and verdict in OF_POINTS and finding.kind not in OF_POINTS[verdict]:
        raise BadRuling("This verdict does not go with such a finding.", "verdict")
    if verdict in (RulingKind.STATEMENT, RulingKind.ADD) and not text:
        raise BadRuling("Write the statement.", "text")
    if verdict is RulingKind.COMMENT and not _plain(request.comment):
        raise BadRuling("Write the comment.", "comment")
    if verdict is RulingKind.SIDE and finding and not (request.right and _is_on_one_side(request.right, finding)):
        raise BadRuling("Pick one of the sides.", "right")
    return finding


def _plain(text: str) -> str:
    return text.replace("\x00", "").strip()
