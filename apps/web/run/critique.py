"""The view model of a critique: draft, issues and revision side by side, with what the revision changed. Pure."""

from dataclasses import dataclass

from apps.fusion.text_diff import DiffPart, diff
from apps.runs.reading.critiques import Round, rounds_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted

SEVERITIES = {3: "wrong", 2: "matters", 1: "wording"}


@dataclass(frozen=True, slots=True)
class IssueRow:
    """An issue: its word for the severity, and the author's decision ('' before there is one) with the reason."""

    severity: str
    quote: str
    problem: str
    fix: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class RoundPage:
    """A round as the page of its run shows it."""

    round: Round
    number: int

    @property
    def issues(self) -> list[IssueRow]:
        rows = []
        for issue, decision in self.round.issues:
            word = ("accepted" if decision.accepted else "rejected") if decision else ""
            reason = decision.reason if decision else ""
            rows.append(IssueRow(SEVERITIES[issue.severity], issue.quote, issue.problem, issue.fix, word, reason))
        return rows

    @property
    def summary(self) -> str:
        """Say what the review found, and what was left out of it."""
        if not self.round.review.is_final:
            return "At work."
        if self.round.review.verdict is None:
            failure = self.round.review.failure
            return failure.sentence if failure else "It returned no review."
        found = self.round.issues
        said = f"{counted(len(found), 'issue')} found." if found else "No issue found."
        if not self.round.dropped:
            return said
        why = "its quote is" if self.round.dropped == 1 else "their quotes are"
        return f"{said} {counted(self.round.dropped, 'issue')} dropped: {why} not in the text."

    @property
    def changes(self) -> tuple[DiffPart, ...]:
        """Return the revision as the older text with its changes, () where there is none."""
        revision = self.round.revision
        return diff(self.round.version.text, revision.text) if revision and revision.is_usable else ()

    @property
    def why_none(self) -> str:
        """Say why there is no revision."""
        revision = self.round.revision
        if revision is None:
            return "There was nothing to revise." if self.round.review.verdict else ""
        if not revision.is_final:
            return "At work."
        return revision.failure.sentence if revision.failure else "It returned no text."


def page_of_critique(run: RunSnapshot) -> list[RoundPage]:
    """Return the rounds of a critique, none where nothing was reviewed."""
    return [RoundPage(one, number) for number, one in enumerate(rounds_of(run), 1)]
