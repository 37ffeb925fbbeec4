"""Batches of programs, in whichever form: one is made once, however often its request is sent."""

from collections.abc import Callable

from django.db import IntegrityError
from django.http import HttpRequest

from apps.accounts.models import ApiKey
from apps.api.idempotency import digest_of, idempotency_key, of_same_request
from apps.batches.actions import Once
from apps.batches.models import Batch


def made_once(request: HttpRequest, make: Callable[[Once], Batch]) -> Batch:
    """Return a new batch, or the one that the same request with the same idempotency key made before.

    Raises :class:`ApiError` for a key of another request, and what ``make`` raises.
    """
    once = Once(idempotency_key(request), digest_of(request, request.body))
    if earlier := _earlier(request, once):
        return earlier
    try:
        return make(once)
    except IntegrityError:  # the same request came twice at once
        raced = _earlier(request, once)
        if raced is None:
            raise
        return raced


def _earlier(request: HttpRequest, once: Once) -> Batch | None:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    found = (
        key.owner.batches.filter(idempotency_key=once.key).select_related("input_file").first() if once.key else None
    )
    return of_same_request(found, once.digest)
