"""The claims of a run's answers with their support, and the figures that they come to."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from apps.fusion.opinions import Claim
from apps.fusion.vocabulary import ClaimLabel, Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class RunClaims:
    """The newest claims: the call that split the answers, and the one that found their support (``None``: not yet).

    ``claims`` are those with their support, or as they were made. ``silent`` are the slots of which none was taken.
    """

    split: CallSnapshot
    support: CallSnapshot | None
    claims: tuple[Claim, ...]
    silent: tuple[str, ...]

    @property
    def counts(self) -> Counter[ClaimLabel]:
        return Counter(claim.label for claim in self.claims)

    @property
    def precision(self) -> float | None:
        """The share of claims that another answer supports and none denies, 0 to 1; ``None`` without any.

        It says how far the answers back each other, and not how many of the claims are true.
        """
        return self.counts[ClaimLabel.SUPPORTED] / len(self.claims) if self.claims else None

    @property
    def is_live(self) -> bool:
        return not self.split.is_final or bool(self.support and not self.support.is_final)


def claims_of(run: RunSnapshot) -> RunClaims | None:
    """Return the newest claims of a run, ``None`` where its answers were not split into claims."""
    splits = sorted(run.calls_as(Role.CLAIMS), key=lambda call: call.id)
    if not splits:
        return None
    split = splits[-1]
    found = [call for call in run.calls_as(Role.SUPPORT) if split.id in call.inputs]
    support = max(found, key=lambda call: call.id, default=None)
    opinion = (support.verdict if support else None) or split.verdict
    claims = opinion.claims if opinion else ()
    made = {source.slot for claim in claims for source in claim.sources}
    read = {take.slot for column in run.columns for take in column.takes if take.id in split.inputs}
    return RunClaims(split, support, claims, tuple(sorted(read - made)) if split.verdict else ())


def claims_document(run: RunSnapshot) -> dict[str, Any] | None:
    """Return the newest claims as the API and exports have them, ``None`` for none."""
    found = claims_of(run)
    if found is None:
        return None
    return {
        "state": "running" if found.is_live else "done",
        "n": len(found.claims),
        "precision": found.precision,
        "labels": {label.value: found.counts[label] for label in ClaimLabel},
        "without_claims": list(found.silent),
        "claims": [{"label": claim.label.value, **claim.model_dump(mode="json")} for claim in found.claims],
        "arbiter": found.split.model,
    }
