"""The line that tells a page how far a long download or an import is: kept in Valkey for some minutes, and asked for.

A page makes a token, sends it with its request, and asks here with the same. Nothing waits for the line: where Valkey
does not answer, the page is told nothing.
"""

import json
import time
from collections.abc import Iterator
from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from apps.accounts.models import User
from apps.runs.valkey import client
from apps.web.formats import counted
from apps.web.requests import SignedInRequest

KEPT_S = 600
EACH_S = 0.3
"""Seconds between two lines."""
LONGEST_TOKEN = 40


class ProgressLine:
    """The line of one request; with a token that is none it is told to nobody."""

    def __init__(self, user: User, token: str) -> None:
        self._key = _key(user, token) if token.isalnum() and len(token) <= LONGEST_TOKEN else ""
        self._due = 0.0
        self.done = 0

    def tell(self, done: int, total: int | None) -> None:
        """Tell how many runs are done, of how many if that is known."""
        self.done = done
        if self._key and time.monotonic() >= self._due:
            self._due = time.monotonic() + EACH_S
            self._store(f"{done:,} of {counted(total, 'run')}" if total is not None else counted(done, "run"))

    def end(self, text: str) -> None:
        """Tell how it ended; the page asks no more."""
        if self._key:
            self._store(text, is_over=True)

    def ended(self) -> str:
        """Return the text with which a request of this token ended, '' if none has."""
        found = None
        with suppress(RedisError):
            found = client().get(self._key) if self._key else None
        told = json.loads(found) if isinstance(found, bytes) else {}
        return told["text"] if told.get("is_over") else ""

    def _store(self, text: str, *, is_over: bool = False) -> None:
        with suppress(RedisError):
            client().set(self._key, json.dumps({"text": text, "is_over": is_over}), ex=KEPT_S)


def counting(keys: Iterator[int], line: ProgressLine, total: int | None) -> Iterator[int]:
    """Yield the keys of runs, and tell the line of each that was asked for."""
    is_whole = False
    try:
        line.tell(0, total)
        for number, key in enumerate(keys, 1):
            yield key
            line.tell(number, total)
        is_whole = True
    finally:
        # A download that its reader breaks off ends in the middle of a run.
        line.end(f"{counted(line.done, 'run')} in the file." if is_whole else f"Stopped after {line.done:,}.")


@never_cache
@login_required
@require_safe
def progress(request: SignedInRequest, token: str) -> HttpResponse:
    """Return the line of a request of this person; nothing while there is none, which is no error."""
    try:
        found = client().get(_key(request.user, token))
    except RedisError:
        found = None
    if not isinstance(found, bytes):
        return HttpResponse(status=204)
    return HttpResponse(found, content_type="application/json")


def _key(user: User, token: str) -> str:
    return f"progress:{user.pk}:{token}"
