"""The rounds of a critique: each version of a text with its review, and the revision that came of it."""

from dataclasses import dataclass
from typing import Any

from apps.fusion.opinions import Decision, Issue
from apps.fusion.vocabulary import Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Round:
    """A version, a review of it, and its revision; ``None`` where there is none (yet)."""

    version: CallSnapshot
    review: CallSnapshot
    revision: CallSnapshot | None

    @property
    def issues(self) -> tuple[tuple[Issue, Decision | None], ...]:
        """The issues that count, each with the author's decision if there is one."""
        issues = self.review.verdict.issues if self.review.verdict else ()
        made = self.revision.verdict.decisions if self.revision and self.revision.verdict else ()
        decisions = {one.issue: one for one in made}
        return tuple((issue, decisions.get(number)) for number, issue in enumerate(issues, 1))

    @property
    def dropped(self) -> int:
        return self.review.verdict.dropped if self.review.verdict else 0


def rounds_of(run: RunSnapshot) -> tuple[Round, ...]:
    """Return the rounds of a critique, oldest first; () where nothing was reviewed."""
    by_id = {call.id: call for call in run.calls}
    revisions = run.calls_as(Role.REVISION)
    reviews = sorted(run.calls_as(Role.REVIEW), key=lambda call: call.id)
    return tuple(
        Round(
            by_id[review.inputs[0]],
            review,
            next((one for one in reversed(revisions) if review.id in one.inputs), None),
        )
        for review in reviews
        if review.inputs[0] in by_id
    )


def critique_document(run: RunSnapshot) -> list[dict[str, Any]] | None:
    """Return the rounds as the API and exports have them, ``None`` where nothing was reviewed."""
    rounds = rounds_of(run)
    return [_document(one) for one in rounds] if rounds else None


def _document(one: Round) -> dict[str, Any]:
    failure = one.review.failure
    return {
        "version": one.version.id,
        "review": one.review.id,
        "reviewer": one.review.slot,
        "revision": one.revision.id if one.revision and one.revision.is_usable else None,
        "issues": [
            {
                **issue.model_dump(mode="json"),
                "decision": decision.model_dump(mode="json", exclude={"issue"}) if decision else None,
            }
            for issue, decision in one.issues
        ],
        "dropped": one.dropped,
        "failure": failure.model_dump(mode="json") if failure else None,
    }
