"""Parts that several tables share: constraints of enums, the two columns of a failure, moments."""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode, Status

UNFINISHED = [Status.QUEUED, Status.RUNNING]


def one_of(field: str, words: Any, *, blank: bool = False) -> models.CheckConstraint:
    """Return the constraint that a field holds one of these words, or '' if it may be blank; NULL passes."""
    allowed = [str(word) for word in words] + ([""] if blank else [])
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": allowed}), name=f"%(app_label)s_%(class)s_{field}_is_known"
    )


def failure_of(code: FailureCode | None, sentence: str) -> Failure | None:
    """Return the failure of two columns."""
    return Failure(code=code, sentence=sentence) if code else None


def columns_of(failure: Failure | None) -> tuple[FailureCode | None, str]:
    """Return the two columns of a failure."""
    return (failure.code, failure.sentence) if failure else (None, "")


def seconds(moment: datetime | None) -> float | None:
    """Return a moment as seconds since 1970, the form that the core reckons in."""
    return moment.timestamp() if moment else None


def moment(since_1970: float) -> datetime:
    """Return the moment of so many seconds since 1970."""
    return datetime.fromtimestamp(since_1970, UTC)
