"""Peer reviews of a run: the standings of the answers, and who prefers the fused one; the newest review is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.fusion.peers import PeerRank, Preferences, borda, preferences, replies_of
from apps.fusion.vocabulary import Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class PeerReview:
    """One review: its calls, the rankings by reviewer, what they come to, and who prefers what.

    ``answer`` is the id of the fused answer that was compared, ``None`` for none. ``is_outdated``: it is not the run's.
    """

    rankers: tuple[CallSnapshot, ...]
    comparers: tuple[CallSnapshot, ...]
    rankings: Mapping[str, tuple[str, ...]]
    standings: tuple[PeerRank, ...]
    preferences: Preferences
    answer: int | None
    is_outdated: bool

    @property
    def calls(self) -> tuple[CallSnapshot, ...]:
        return (*self.rankers, *self.comparers)

    @property
    def is_live(self) -> bool:
        return any(not call.is_final for call in self.calls)

    @property
    def without_ranking(self) -> tuple[str, ...]:
        """The reviewers whose ranking failed, or could not be read."""
        return tuple(call.slot for call in self.rankers if call.is_final and call.slot not in self.rankings)


def review_of(run: RunSnapshot) -> PeerReview | None:
    """Return the newest peer review of a run, ``None`` for none."""
    calls = [*run.calls_as(Role.RANKING), *run.calls_as(Role.PREFERENCE)]
    batch = max((call.guidance.batch for call in calls if call.guidance), default=None)
    newest = [call for call in calls if call.guidance and call.guidance.batch == batch]
    if not newest:
        return None
    rankers = tuple(call for call in newest if call.role is Role.RANKING)
    comparers = tuple(call for call in newest if call.role is Role.PREFERENCE)
    rankings = {call.slot: call.verdict.ranking for call in rankers if call.verdict}
    reviewed = sorted({call.slot for call in rankers}.union(*rankings.values()))
    writers = {call.id for call in run.writers}
    answer = next((one for call in comparers for one in call.inputs if one in writers), None)
    return PeerReview(
        rankers=rankers,
        comparers=comparers,
        rankings=rankings,
        standings=borda(reviewed, rankings),
        preferences=preferences(replies_of((call.slot, call.take, call.verdict) for call in comparers)),
        answer=answer,
        is_outdated=answer is not None and (run.answer is None or run.answer.id != answer),
    )


def review_document(run: RunSnapshot) -> dict[str, Any] | None:
    """Return the newest review as the API and exports have it, ``None`` for none."""
    review = review_of(run)
    if review is None:
        return None
    said = review.preferences
    return {
        "state": "running" if review.is_live else "done",
        "answer": review.answer,
        "is_outdated": review.is_outdated,
        "standings": [standing.model_dump(mode="json") for standing in review.standings],
        "rankings": {slot: list(order) for slot, order in review.rankings.items()},
        "without_ranking": list(review.without_ranking),
        "preference": {"rate": said.rate, "n": said.n, **said.model_dump(mode="json")} if review.comparers else None,
    }
