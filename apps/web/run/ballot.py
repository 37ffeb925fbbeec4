"""The view model of a vote: its classes of answers with who voted for each, and what the result means."""

from dataclasses import dataclass
from functools import cached_property

from apps.fusion.answers.composing import ComposedAnswer
from apps.fusion.answers.fields import FieldVotes
from apps.fusion.confidence import confidence_words
from apps.fusion.values import Calibration, MemberRecord, VoteSettings, WeighedSettings
from apps.fusion.vocabulary import CountedKind, VoteResult, WeightBasis
from apps.fusion.voting import AnswerClass, Ballot, Vote
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.vote_notices import listed
from apps.web.formats import counted, joined

BY = {WeightBasis.ACCURACY: "by measured accuracy", WeightBasis.COST: "by price", WeightBasis.HAND: "set by hand"}
COUNTS = {
    CountedKind.NUMBER: "Only numbers count.",
    CountedKind.CHOICE: "Only the letters of options count.",
    CountedKind.FORMULA: "Only formulas and numbers count.",
    CountedKind.JSON: "Only whole answers in JSON count.",
    CountedKind.TEXT: "Only words, yes and no count.",
    CountedKind.MEANING: "Short texts count, those together that say the same by their words.",
}
OF_FIELDS = (VoteResult.FIELDS, VoteResult.NO_MAJORITY)
LONGEST = 120
"""Characters of an answer in the table; the quotes below have the words around it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A class of answers: the answer, whether it won, the votes of its members, and their share of the weight."""

    text: str
    is_winner: bool
    votes: tuple[Vote, ...]
    weight: str = ""

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(vote.slot for vote in self.votes)


@dataclass(frozen=True)
class BallotPage:
    """A vote as the page of its run shows it."""

    run: RunSnapshot
    ballot: Ballot

    @property
    def is_decided(self) -> bool:
        return self.ballot.result.is_decided

    @property
    def slots(self) -> tuple[str, ...]:
        """Return all members by letter, those without a vote too."""
        return tuple(
            sorted({*self.ballot.nulls, *self.ballot.waived, *(slot for row in self.rows for slot in row.slots)})
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._row(one) for one in self.ballot.classes)

    @property
    def is_weighed(self) -> bool:
        return self.ballot.weighed_by is not WeightBasis.EQUAL

    @property
    def waived(self) -> tuple[str, ...]:
        return self.ballot.waived

    @property
    def fields(self) -> tuple[FieldVotes, ...]:
        return self.ballot.fields

    @property
    def fields_summary(self) -> str:
        """Say on how many fields of JSON answers all agree, and on how many not even a majority does."""
        alike = sum(one.is_unanimous for one in self.fields)
        undecided = sum(not one.winner for one in self.fields)
        told = f"All agree on {alike} of {counted(len(self.fields), 'field')}"
        return f"{told}; {undecided} without a majority" if undecided else told

    @property
    def nulls(self) -> tuple[str, ...]:
        return self.ballot.nulls

    @property
    def counts(self) -> str:
        """Say which final answers count, '' for all."""
        if self.ballot.labels:
            return f"Only labels count: {', '.join(self.ballot.labels)}."
        return COUNTS.get(self.ballot.counts, "")

    @property
    def count(self) -> str:
        """Return the result in a word or two: ``2 of 3``, ``tie``, ``not applicable``."""
        if self.ballot.result is VoteResult.ESCALATED:
            return "escalated"
        if self.composed and self.ballot.result in OF_FIELDS:
            return f"{self.composed.decided} of {counted(self.composed.fields, 'field')}"
        if self.is_decided:
            return f"{self._winning} of {self.ballot.members}"
        return "tie" if self.ballot.result is VoteResult.TIE else "not applicable"

    @property
    def meaning(self) -> str:
        """Say what the result means and on how much it rests; agreement alone is no chance to be right."""
        if self.composed and self.ballot.result in OF_FIELDS:
            return self._of_fields(self.composed)
        if not self.is_decided:
            return "The vote decided nothing."
        if self.ballot.result is VoteResult.ESCALATED:
            others = [slot for slot in self.slots if slot != self.ballot.winner]
            if not any(slot in row.slots for row in self.rows for slot in others):
                return f"No final answer was read in {joined(others)}, so {self.ballot.winner} was asked."
            return f"{joined(others)} did not agree, so {self.ballot.winner} was asked, and its answer stands."
        said = "say this" if self._is_of_meanings else "gave this final answer"
        agree = f"{self._winning} of {counted(self.ballot.members, 'member')} {said}"
        if self.is_weighed:
            agree += f", with {100 * self.ballot.share:.0f} % of the weight {BY[self.ballot.weighed_by]}"
        if self.ballot.result is not VoteResult.TIE_BROKEN:
            certified = confidence_words(self.ballot, self.run.recipe)
            unknown = "How often such a vote is right was not measured; members may err alike."
            return f"{agree}. {certified or unknown}"
        record = self._record
        if record is None:
            return f"{agree}."
        told = f"{record.correct} of {record.items} items"
        return f"{agree}, as many as another. {self.ballot.winner} decided: it was right on {told}{self._task}."

    @property
    def whose(self) -> str:
        """Say whose text stands for the winning answer."""
        if not self.is_decided or self.ballot.result is VoteResult.FIELDS:
            return ""
        others = [slot for row in self.rows if row.is_winner for slot in row.slots if slot != self.ballot.winner]
        same = "the same in their own words" if self._is_of_meanings else "the same final answer"
        beside = f"; {joined(others)} gave {same}" if others else ""
        return f"The answer is {self.ballot.winner}’s text, word for word{beside}."

    @property
    def composed(self) -> ComposedAnswer | None:
        """Return the answer of each field's winner, ``None`` where whole answers were counted."""
        composed = self.ballot.composed
        return composed if composed and not composed.problem else None

    def _of_fields(self, composed: ComposedAnswer) -> str:
        told = f"A majority agrees on {composed.decided} of {counted(composed.fields, 'field')}"
        if self.is_weighed:
            told += f", with the weights {BY[self.ballot.weighed_by]}"
        if composed.left_out:
            told += f"; most answers lack {listed(composed.left_out)}, so it is left out"
        if self.ballot.result is VoteResult.NO_MAJORITY:
            return f"{told}. On {listed(composed.undecided)} none does, so judge and writer were asked."
        null = f" {listed(composed.undecided)} has none and is null." if composed.undecided else ""
        return f"{told}.{null} The answer is made of the winners, and perhaps no member wrote it like this."

    @property
    def _is_of_meanings(self) -> bool:
        return self.ballot.counts is CountedKind.MEANING

    @property
    def _winning(self) -> int:
        return next((len(row.votes) for row in self.rows if row.is_winner), 0)

    @property
    def _record(self) -> MemberRecord | None:
        calibration = self._calibration
        model = next((spec.model for spec in self.run.recipe.panel if spec.slot == self.ballot.winner), "")
        return calibration.record_of(model) if calibration else None

    @property
    def _calibration(self) -> Calibration | None:
        settings = self.run.recipe.settings
        return settings.calibration if isinstance(settings, VoteSettings | WeighedSettings) else None

    @property
    def _task(self) -> str:
        calibration = self._calibration
        if calibration is None:
            return ""
        task = f" of “{calibration.task}”" if calibration.task else ""
        return f"{task}, measured on {calibration.measured_on}" if calibration.measured_on else task

    def _row(self, one: AnswerClass) -> Row:
        text = " ".join(one.text.split())
        shown = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
        heaviest = self.ballot.classes[0].weight
        share = self.ballot.share * one.weight / heaviest if heaviest else 0.0
        return Row(shown, self.ballot.winner in one.slots, one.votes, f"{100 * share:.0f} %")
