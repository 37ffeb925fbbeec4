"""The view model of a peer review: standings beside the judge's marks, and who prefers the fused answer. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from apps.fusion.peers import PeerRank
from apps.fusion.strategies.reviews import FEWEST_TO_RANK
from apps.fusion.vocabulary import AnswerKind, Role
from apps.runs.reading.peer_reviews import PeerReview, review_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, decimals, joined


@dataclass(frozen=True, slots=True)
class Ranked:
    """An answer among its peers: the standing, its model, the judge's mean mark ('' without one), its own ranking."""

    standing: PeerRank
    label: str
    mark: str
    order: tuple[str, ...]

    @property
    def percent(self) -> int | None:
        return None if self.standing.share is None else round(100 * self.standing.share)


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A peer review as the page shows it."""

    review: PeerReview
    rows: tuple[Ranked, ...]

    @property
    def has_marks(self) -> bool:
        """Return whether the judge gave marks to compare with."""
        return any(row.mark for row in self.rows)

    @property
    def progress(self) -> str:
        """Say how many of the replies are there; '' when all are."""
        if not self.review.is_live:
            return ""
        done = sum(call.is_final for call in self.review.calls)
        return f"{done} of {len(self.review.calls)} replies"

    @property
    def preference(self) -> str:
        """Say how many reviewers prefer the fused answer to their own; '' where nobody was asked."""
        said = self.review.preferences
        if said.n:
            asked = counted(said.n, "reviewer")
            prefer = (
                "prefers the fused answer to its own"
                if len(said.fused) == 1
                else "prefer the fused answer to their own"
            )
            return f"{len(said.fused)} of {asked} {prefer} in both orders."
        has_failed = self.review.comparers and not self.review.is_live
        return "Nobody gave a preference that could be read." if has_failed else ""

    @property
    def details(self) -> list[str]:
        """Say who prefers what, a sentence for each group that has anybody."""
        said = self.review.preferences
        groups = (
            (said.own, "prefers its own answer", "prefer their own answers"),
            (said.undecided, "chose by position, not by content", "chose by position, not by content"),
            (() if self.review.is_live else said.missing, "gave no preference", "gave no preference"),
            (self.review.without_ranking, "gave no ranking", "gave no ranking"),
        )
        return [f"{joined(slots)} {one if len(slots) == 1 else many}." for slots, one, many in groups if slots]


def page_of_review(run: RunSnapshot) -> ReviewPage | None:
    """Return the newest peer review of a run, ``None`` for none."""
    review = review_of(run)
    if review is None:
        return None
    labels = {call.slot: call.name for call in review.calls}
    assessments = run.analysis.assessments if run.analysis else ()
    return ReviewPage(
        review,
        tuple(
            Ranked(
                standing=standing,
                label=labels.get(standing.slot, ""),
                mark=_mean(one.score for one in assessments if one.slot == standing.slot),
                order=review.rankings.get(standing.slot, ()),
            )
            for standing in review.standings
        ),
    )


def can_be_reviewed(run: RunSnapshot) -> bool:
    """Return whether the panel of a run may be asked: it has answers to rank, or a fused one to compare with."""
    review, answers = review_of(run), sum(bool(column.answer) for column in run.columns)
    needed = 2 if run.answer_kind is AnswerKind.FUSED else FEWEST_TO_RANK
    is_free = run.is_final and (review is None or not review.is_live)
    return is_free and run.strategy.has(Role.JUDGE) and answers >= needed


def _mean(scores: Iterable[int]) -> str:
    found = list(scores)
    return decimals(fmean(found), 1) if found else ""
