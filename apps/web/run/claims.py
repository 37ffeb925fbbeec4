"""The view model of claims: those that are denied first, each with its words and what other answers say of it. Pure."""

from dataclasses import dataclass

from apps.fusion.opinions import Claim
from apps.fusion.vocabulary import ClaimLabel
from apps.runs.reading.claims import RunClaims, claims_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, joined

ORDER = (ClaimLabel.CONTRADICTED, ClaimLabel.UNSUPPORTED, ClaimLabel.SUPPORTED)
OPEN_AT_ONCE = 12
"""Claims that are shown at once; of more those with support are folded."""


@dataclass(frozen=True, slots=True)
class ClaimsPage:
    """The claims as the page of a run shows them."""

    found: RunClaims

    @property
    def groups(self) -> list[tuple[str, list[Claim]]]:
        """Return the claims by label, those first that need a look."""
        groups = [(label.value, [one for one in self.found.claims if one.label is label]) for label in ORDER]
        return [(label, claims) for label, claims in groups if claims]

    @property
    def count(self) -> str:
        if self.found.is_live:
            return "at work"
        total = len(self.found.claims)
        return f"{self.found.counts[ClaimLabel.SUPPORTED]} of {total} supported" if total else "none"

    @property
    def meaning(self) -> str:
        """Say what the figures rest on, and who makes no claim."""
        if self.found.split.is_final and self.found.split.verdict is None:
            failure = self.found.split.failure
            return failure.sentence if failure else "The claims could not be read."
        if not self.found.claims:
            return ""
        parts = [
            f"{counted(len(self.found.claims), 'claim')} in all. “Supported” means that another answer says the same."
        ]
        if self.found.silent:
            parts.append(f"No claim was taken from {joined(list(self.found.silent))}.")
        if any(claim.by_words for claim in self.found.claims):
            parts.append("Support was found by comparing words, without a model; that way contradictions are missed.")
        return " ".join(parts)


def page_of_claims(run: RunSnapshot) -> ClaimsPage | None:
    """Return the newest claims of a run, ``None`` where its answers were not split into claims."""
    found = claims_of(run)
    return ClaimsPage(found) if found else None
