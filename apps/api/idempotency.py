"""One thing for one request, however often it is sent with the same ``Idempotency-Key``."""

import hashlib
from typing import Protocol, TypeVar

from django.http import HttpRequest

from apps.api.errors import NO_RETRY, ApiError

IDEMPOTENCY_HEADER = "Idempotency-Key"
LONGEST_IDEMPOTENCY_KEY = 255


class MadeOnce(Protocol):
    """A thing that keeps a digest of the request by which it was made."""

    request_digest: str


Made = TypeVar("Made", bound=MadeOnce)


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the key of a request, ``None`` for none. Raises :class:`ApiError` for one that is not allowed."""
    name = request.headers.get(IDEMPOTENCY_HEADER) or None
    if name and (len(name) > LONGEST_IDEMPOTENCY_KEY or not name.isascii() or not name.isprintable()):
        sentence = f"An idempotency key is at most {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters."
        raise ApiError(400, "invalid_parameter", sentence, IDEMPOTENCY_HEADER)
    return name


def digest_of(request: HttpRequest, body: bytes) -> str:
    """Return a digest of what is asked: with the path, because the same body asks for another answer elsewhere."""
    return hashlib.sha256(request.path.encode() + b"\n" + body).hexdigest()


def of_same_request(made: Made | None, digest: str) -> Made | None:
    """Return what was made under a key; raise :class:`ApiError` if another request made it."""
    if made and made.request_digest != digest:
        sentence = "This idempotency key was used for another request. Use a new one."
        raise ApiError(409, "idempotency_conflict", sentence, IDEMPOTENCY_HEADER, headers=NO_RETRY)
    return made
