"""Reasons why a run ended with the answer that it has, and values for what is known of how good that is. Pure."""

from enum import StrEnum

from apps.fusion.frozen import Value
from apps.fusion.vocabulary import ExitReason, VoteResult
from apps.fusion.voting import Ballot


class EndReason(StrEnum):
    """The reasons why a run ended: by its strategy, for want of answers, by a person, or by a limit."""

    FUSED = "fused"
    UNDECIDED = "undecided"
    MAJORITY = "majority"
    PLURALITY = "plurality"
    TIE_BROKEN = "tie_broken"
    FIELDS = "fields"
    CERTAIN = "certain"
    CERTIFIED = "certified"
    AGREED = "agreed"
    ESCALATED = "escalated"
    PREFERRED = "preferred"
    NO_PREFERENCE = "no_preference"
    NO_ISSUES = "no_issues"
    ROUNDS = "rounds"
    LITTLE_CHANGED = "little_changed"
    NOT_REVISED = "not_revised"
    NOT_REVIEWED = "not_reviewed"
    ANSWERED = "answered"
    ONLY_ANSWER = "only_answer"
    NO_WRITER = "no_writer"
    CHOSEN = "chosen"
    REUSED = "reused"
    STOPPED = "stopped"
    CAPPED = "capped"
    FAILED = "failed"


class ConfidenceBasis(StrEnum):
    """The grounds of a confidence: a certificate, a measured accuracy, or only what models said; or nothing at all."""

    CERTIFICATE = "certificate"
    ACCURACY = "accuracy"
    VOTES = "votes"
    AGREEMENT = "agreement"
    CLAIMS = "claims"
    PAIRS = "pairs"
    REVIEWS = "reviews"
    NOTHING = "nothing"


class Confidence(Value):
    """The grounds to trust an answer: its ``meaning`` in a sentence, and the ``n`` things that it rests on.

    These are labelled items, members, points, claims, pairs or reviews, by the ``basis``. ``share`` is a number of it,
    from 0 to 1, and a chance to be right only with a certificate; ``None`` where there is none.
    """

    basis: ConfidenceBasis
    meaning: str
    n: int = 0
    share: float | None = None


class RunExit(Value):
    """The end of a run: why it ended, in a word and in a sentence, and what is known of its answer."""

    reason: EndReason
    sentence: str
    confidence: Confidence


def reason_of_vote(ballot: Ballot) -> EndReason:
    """Return why a vote ended; that it waited for no more goes before how many agree."""
    if not ballot.result.is_decided:
        return EndReason.UNDECIDED
    if ballot.exit in (ExitReason.CERTAIN, ExitReason.CERTIFIED):
        return EndReason(ballot.exit.value)
    return EndReason(ballot.result.value)


def words_of_vote(ballot: Ballot, reason: EndReason) -> str:
    """Say why a vote ended."""
    votes = len(ballot.winning.votes) if ballot.winning else 0
    of = f"{votes} of {ballot.members}"
    match reason:
        case EndReason.CERTAIN:
            return f"{of} gave the same final answer, and no outstanding member could change that."
        case EndReason.CERTIFIED:
            return f"The share of the weight that is certified was reached with {of}."
        case EndReason.MAJORITY:
            return f"A majority gave the same final answer: {of}."
        case EndReason.PLURALITY:
            return f"More gave this final answer than any other: {of}."
        case EndReason.TIE_BROKEN:
            return f"The vote was a tie, and measured accuracy decided for {ballot.winner}."
        case EndReason.AGREED:
            return f"The members that were asked agreed, so no further stage was needed: {of}."
        case EndReason.ESCALATED:
            return f"The stages before did not agree, so {ballot.winner} was asked, and its answer stands."
        case EndReason.FIELDS:
            return "A majority was found field by field."
        case _:
            return "The vote decided nothing, so the answers were judged and fused."


def share_of_vote(ballot: Ballot) -> float | None:
    """Return the share of the weight, or of a cascade's members, that is behind the answer."""
    if ballot.result in (VoteResult.AGREED, VoteResult.ESCALATED):
        return round(len(ballot.winning.votes) / ballot.members, 4) if ballot.winning and ballot.members else None
    return ballot.share if ballot.winning else None
