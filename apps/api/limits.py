"""The limits of a key: requests per minute, counted in Valkey, and runs at the same time, counted in the database.

Caps are ``apps/runs/spending/caps.py``'s; here they are asked before a key lets a run that exists cost more. A Valkey
that is away lets requests in: a limit is no reason to stand still.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from redis import RedisError

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.api.errors import ApiError
from apps.catalogue.recipes.resolve import models_of
from apps.runs.models import Run
from apps.runs.spending import caps
from apps.runs.starting import check_cap
from apps.runs.valkey import client

log = logging.getLogger(__name__)

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """A key's requests in this window, those that are left, and the seconds until the next window."""

    limit: int
    left: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit-Requests": str(self.limit),
            "X-RateLimit-Remaining-Requests": str(max(0, self.left)),
            "X-RateLimit-Reset-Requests": f"{self.reset_s}s",
        }


def count_request(request: HttpRequest, key: ApiKey) -> None:
    """Count a request of a key; raises :class:`ApiError` beyond its limit. ``request.allowance`` is set for headers."""
    if key.requests_per_minute is None:
        return
    allowance = _allowance(key, key.requests_per_minute)
    if allowance is None:
        return
    request.allowance = allowance  # type: ignore[attr-defined]
    if allowance.left < 0:
        sentence = f"This key may ask {key.requests_per_minute} times a minute. Wait {allowance.reset_s} s."
        headers = {"Retry-After": str(allowance.reset_s)}
        raise ApiError(429, "rate_limit_exceeded", sentence, headers=headers)


@contextmanager
def spending_on(run: Run, key: ApiKey) -> Iterator[None]:
    """Guard an action of a key that may make a run cost more; the run's own key pays, whoever acts.

    Raises :class:`ApiError` if another pays and the key may not do that, or has enough runs at work, and
    ``InvalidRun`` if a cap of the key or its owner is used up.
    """
    if run.api_key_id != key.pk and not api_keys.allows(key, Scope.ADMIN):
        sentence = "This run was not made with this key, which would not pay: that needs the scope “admin”."
        raise ApiError(403, "missing_scope", sentence)
    with transaction.atomic():
        # Held until the action is written, so that whoever waits for the lock counts it.
        key = locked(key)
        check_concurrency(key, but=run)
        if cap := caps.used_up(key.owner, key):
            check_cap(cap, run.recipe, models_of(run.recipe))
        yield


@contextmanager
def in_turn(key: ApiKey) -> Iterator[None]:
    """Guard the start of a key's run: one after the other where the key may have only so many at work.

    Raises :class:`ApiError` if it has enough.
    """
    if key.concurrent_runs is None:
        yield
        return
    with transaction.atomic():
        check_concurrency(locked(key))
        yield


def locked(key: ApiKey) -> ApiKey:
    """Return a key with its row locked: requests of one key wait for each other here, so that none slips past a limit.

    Its owner's row is not locked, nor rows that point to the key: those are locked after a run, and this before it.
    """
    return ApiKey.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=key.pk)


def check_concurrency(key: ApiKey, but: Run | None = None) -> None:
    """Raises :class:`ApiError` if a key has as many runs at work, beside ``but``, as it may. Have the key locked."""
    if key.concurrent_runs is None:
        return
    runs = Run.objects.live().filter(api_key=key)
    if (runs.exclude(pk=but.pk) if but else runs).count() >= key.concurrent_runs:
        sentence = f"This key may have {key.concurrent_runs} runs at the same time. Wait for one to end, or cancel it."
        raise ApiError(429, "too_many_runs", sentence, headers={"Retry-After": "5"})


def _allowance(key: ApiKey, limit: int) -> Allowance | None:
    now = time.time()
    name = f"fusionweb:requests:{key.pk}:{int(now // WINDOW_S)}"
    try:
        pipeline = client().pipeline(transaction=True)
        pipeline.incr(name)
        # Each window has a counter of its own, which outlives it; nothing has to be set back.
        pipeline.expire(name, WINDOW_S * 2)
        count = int(pipeline.execute()[0])
    except RedisError as error:
        log.warning("Requests are not counted: %s", error)
        return None
    return Allowance(limit, limit - count, max(1, round(WINDOW_S - now % WINDOW_S)))
