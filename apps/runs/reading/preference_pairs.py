"""Pairs of a better and a worse answer to one prompt, from blind votes and rulings: for training on preferences."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from apps.fusion.frozen import Value
from apps.fusion.judging.findings import Finding
from apps.fusion.judging.topics import sides_of
from apps.fusion.prompting.variants import variant_of
from apps.fusion.values import Message, PromptVariant
from apps.fusion.vocabulary import FindingKind, Role, RulingKind
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


class PairOrigin(StrEnum):
    """The kinds of opinions that a pair may come from."""

    VOTE = "vote"
    RULING = "ruling"


class PreferencePair(Value):
    """Two answers to ``messages``, of which a person prefers ``chosen``; the models are references.

    A variant is what a column was told in place of the shared texts, with its name; ``None`` for nothing.
    """

    run: str
    origin: PairOrigin
    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    chosen_model: str
    rejected_model: str
    chosen_variant: PromptVariant | None = None
    rejected_variant: PromptVariant | None = None

    @property
    def prompt(self) -> str:
        """The newest question."""
        return self.messages[-1].text


def preference_pairs(runs: Iterable[RunSnapshot]) -> Iterator[PreferencePair]:
    """Yield the pairs of runs, one run after the other, each pair of texts of a run once and votes first.

    A vote prefers each answer that it chose to each that it did not. A ruling that picks a side of a contradiction
    prefers the answers on that side to those on the others. Where a run's votes or rulings say both, neither is told.
    Equal texts, and answers that are gone, make no pair.
    """
    for run in runs:
        calls = {call.id: call for call in run.calls}
        found: dict[tuple[str, str], PreferencePair] = {}
        for origin, better, worse in (*_of_votes(run, calls), *_of_rulings(run, calls)):
            pair = PreferencePair(
                run=run.id,
                origin=origin,
                messages=run.messages,
                chosen=better.text,
                rejected=worse.text,
                chosen_model=better.model,
                rejected_model=worse.model,
                chosen_variant=_variant(run, better),
                rejected_variant=_variant(run, worse),
            )
            if better.text.strip() and worse.text.strip() and better.text.strip() != worse.text.strip():
                found.setdefault((pair.chosen, pair.rejected), pair)
        yield from (pair for (chosen, rejected), pair in found.items() if (rejected, chosen) not in found)


def _variant(run: RunSnapshot, call: CallSnapshot) -> PromptVariant | None:
    return variant_of(run.recipe, call.slot) if call.role is Role.PANEL else None


Opinion = tuple[PairOrigin, CallSnapshot, CallSnapshot]


def _of_votes(run: RunSnapshot, calls: dict[int, CallSnapshot]) -> Iterator[Opinion]:
    for vote in run.blind_votes:
        there = [one for one in vote.answers if one.call in calls]
        for better in there:
            for worse in there:
                if better.is_chosen and not worse.is_chosen:
                    yield PairOrigin.VOTE, calls[better.call], calls[worse.call]


def _of_rulings(run: RunSnapshot, calls: dict[int, CallSnapshot]) -> Iterator[Opinion]:
    """Yield what the rulings say of the answers that the judge read, by the sides of its analysis."""
    read = {calls[one].slot: calls[one] for one in (run.judge.inputs if run.judge else ()) if one in calls}
    findings: dict[str, Finding] = {one.id: one for one in (run.analysis.findings if run.analysis else ())}
    for ruling in run.rulings:
        finding = findings.get(ruling.finding)
        if ruling.verdict is not RulingKind.SIDE or finding is None or finding.kind is not FindingKind.CONTRADICTION:
            continue
        sides = [set(side.slots) for side in sides_of(finding)]
        right = set().union(*(side for side in sides if side & set(ruling.right)))
        wrong = set().union(*sides) - right
        for better in sorted(right & read.keys()):
            for worse in sorted(wrong & read.keys()):
                yield PairOrigin.RULING, read[better], read[worse]
