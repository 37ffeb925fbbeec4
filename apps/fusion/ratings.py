"""Ratings of answers by people: a thumb, and reasons from a short list."""

from collections.abc import Iterable
from enum import StrEnum


class Thumb(StrEnum):
    """A person's opinion of one answer."""

    UP = "up"
    DOWN = "down"


class RatingReason(StrEnum):
    """The reasons for a thumb; :data:`REASONS` says which go with which."""

    CORRECT = "correct"
    COMPLETE = "complete"
    CLEAR = "clear"
    CONCISE = "concise"
    WELL_SOURCED = "well_sourced"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    TOO_LONG = "too_long"
    OFF_TOPIC = "off_topic"
    NOT_AS_ASKED = "not_as_asked"
    MADE_UP = "made_up"


REASONS = {
    Thumb.UP: (
        RatingReason.CORRECT,
        RatingReason.COMPLETE,
        RatingReason.CLEAR,
        RatingReason.CONCISE,
        RatingReason.WELL_SOURCED,
    ),
    Thumb.DOWN: (
        RatingReason.WRONG,
        RatingReason.INCOMPLETE,
        RatingReason.UNCLEAR,
        RatingReason.TOO_LONG,
        RatingReason.OFF_TOPIC,
        RatingReason.NOT_AS_ASKED,
        RatingReason.MADE_UP,
    ),
}
"""The reasons that go with a thumb, in the order in which they are offered."""


def fitting(thumb: Thumb, reasons: Iterable[RatingReason]) -> tuple[RatingReason, ...]:
    """Return those of some reasons that go with a thumb, each once and in the order of the list."""
    given = set(reasons)
    return tuple(reason for reason in REASONS[thumb] if reason in given)
