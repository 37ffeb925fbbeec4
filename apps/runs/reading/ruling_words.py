"""Rulings, ratings and blind votes in words, for pages and exports."""

from collections.abc import Iterable, Mapping

from apps.fusion.blind_votes import VotedAnswer
from apps.fusion.ratings import RatingReason, Thumb
from apps.fusion.values import Ruling
from apps.fusion.vocabulary import RulingKind
from apps.runs.reading.annotations import BlindVoteSnapshot, RatingSnapshot
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.inline import inline


def in_a_sentence(ruling: Ruling) -> str:
    """Return a ruling with its point in a sentence; a comment follows it."""
    slots = " and ".join(ruling.right)
    said = {
        RulingKind.SIDE: f"{slots} {'are' if len(ruling.right) > 1 else 'is'} right",
        RulingKind.STATEMENT: ruling.text,
        RulingKind.IMMATERIAL: "does not matter",
        RulingKind.DROP: "dropped",
        RulingKind.ADD: f"added: {ruling.text}",
        RulingKind.COMMENT: "",
    }[ruling.verdict]
    return ". ".join(part for part in (": ".join(filter(None, (ruling.point, said))), ruling.comment) if part)


def rating_in_words(rating: RatingSnapshot) -> str:
    """Return a rating as ``Good: correct, clear. The comment.``"""
    thumb = "Good" if rating.thumb is Thumb.UP else "Bad"
    said = ": ".join(filter(None, (thumb, ", ".join(map(reason_in_words, rating.reasons)))))
    return f"{said}. {rating.comment}" if rating.comment else said


def reason_in_words(reason: RatingReason) -> str:
    """Return ``too long`` for ``too_long``."""
    return reason.replace("_", " ")


def rating_lines(ratings: Iterable[RatingSnapshot], calls: Iterable[CallSnapshot]) -> list[str]:
    """Return a line of Markdown for each rating; a take is named where it is not the first."""
    known, lines = {call.id: call for call in calls}, []
    for rating in ratings:
        call = known[rating.call]
        whose = f"{call.slot}: {inline(call.name)}" if call.slot else f"written by {inline(call.label)}"
        take = f", take {call.take}" if call.take > 1 else ""
        by = f" *({inline(rating.author)})*" if rating.author else ""
        lines.append(f"- {whose}{take}: {inline(rating_in_words(rating))}{by}")
    return lines


def _voted_name(answer: VotedAnswer, labels: Mapping[str, str]) -> str:
    label = labels.get(answer.model, answer.model)
    return f"{label} · {answer.variant}" if answer.variant else label


def blind_vote_lines(votes: Iterable[BlindVoteSnapshot], labels: Mapping[str, str]) -> list[str]:
    """Return a line of Markdown for each blind vote: who was chosen, and among whom."""
    lines = []
    for vote in votes:
        names = {
            one.call: "the fused answer" if one.is_fused else f"{one.slot} ({inline(_voted_name(one, labels))})"
            for one in vote.answers
        }
        chosen = [names[one.call] for one in vote.answers if one.is_chosen]
        said = " and ".join(chosen) if chosen else "all are bad"
        by = f" *({inline(vote.author)})*" if vote.author else ""
        lines.append(f"- {vote.verdict.replace('_', ' ').capitalize()}: {said}, of {', '.join(names.values())}{by}")
    return lines
