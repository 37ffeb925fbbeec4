"""The views of strategies that work on answers in place of a judge's analysis: comparisons, reviews, claims."""

from typing import NamedTuple

from apps.runs.reading.snapshot import RunSnapshot
from apps.web.run.claims import ClaimsPage, page_of_claims
from apps.web.run.contest import ContestPage, page_of_contest
from apps.web.run.critique import RoundPage, page_of_critique


class Refining(NamedTuple):
    """The outcome of such a strategy: a contest, the rounds of a critique, claims; ``None`` or empty for the others."""

    contest: ContestPage | None
    critique: list[RoundPage]
    claims: ClaimsPage | None

    @property
    def is_there(self) -> bool:
        return bool(self.contest or self.critique or self.claims)


def refining_of(run: RunSnapshot) -> Refining:
    """Return what the strategy of a run made of its answers."""
    return Refining(page_of_contest(run), page_of_critique(run), page_of_claims(run))
