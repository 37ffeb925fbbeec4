"""What a key is held to: requests per minute, counted in Valkey, and runs at the same time, counted in the database.

A Valkey that is away lets requests in: a limit is no reason to stand still.
"""

import logging
import time
from dataclasses import dataclass

from django.http import HttpRequest
from redis import RedisError

from apps.accounts.models import ApiKey
from apps.api.errors import ApiError
from apps.fusion.vocabulary import Status
from apps.runs.event_log import client
from apps.runs.models import Run

log = logging.getLogger(__name__)

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a key has in this window, how many are left, and the seconds until the next one begins."""

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


def check_concurrency(key: ApiKey) -> None:
    """Raises :class:`ApiError` if a key has as many runs at work as it may. Call it with the key's row locked."""
    if key.concurrent_runs is None:
        return
    if Run.objects.filter(api_key=key, status=Status.RUNNING).count() >= key.concurrent_runs:
        sentence = f"This key may have {key.concurrent_runs} runs at the same time. Wait for one to end, or cancel it."
        raise ApiError(429, "too_many_runs", sentence, headers={"Retry-After": "5"})


def _allowance(key: ApiKey, limit: int) -> Allowance | None:
    now = time.time()
    name = f"fusionweb:requests:{key.pk}:{int(now // WINDOW_S)}"
    try:
        pipeline = client().pipeline(transaction=True)
        pipeline.incr(name)
        pipeline.expire(name, WINDOW_S * 2)
        count = int(pipeline.execute()[0])
    except RedisError as error:
        log.warning("Requests are not counted: %s", error)
        return None
    return Allowance(limit, limit - count, max(1, round(WINDOW_S - now % WINDOW_S)))
