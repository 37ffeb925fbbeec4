"""Health of the site: that it is alive (`/healthz`), and that every part that a run needs is there (`/readyz`)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import monotonic

import httpx
import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.runs.presence import alive_key

Parts = dict[str, bool | None]
"""Each part and whether it answered; ``None`` for one that this site does not have."""
TIMEOUT_S = 1.0
CONNECT_TIMEOUT_S = 2
"""Seconds for a connection to PostgreSQL, of which libpq takes no fewer."""
KEPT_S = 1.0
"""Seconds for which an answer is given again: anybody may ask, and each check opens connections."""
WORKER_KEYS = (alive_key("calls"), alive_key("control"))
"""Keys in Valkey that the workers renew every few seconds, and that expire without them."""


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer from the web process alone; nothing else is checked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 if every part answers, else 503; ``models`` is null where none run on this machine."""
    parts = kept_parts()
    ready = all(is_there is not False for is_there in parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


class KeptParts:
    """The parts as this process saw them last, looked at again after ``KEPT_S``; whoever asks meanwhile waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: Parts | None = None
        self._seen_at = 0.0

    def __call__(self) -> Parts:
        with self._lock:
            if self._parts is None or monotonic() - self._seen_at >= KEPT_S:
                self._parts, self._seen_at = check_parts(), monotonic()
            return self._parts

    def forget(self) -> None:
        """Look again when asked next."""
        self._parts = None


kept_parts = KeptParts()


def check_parts() -> Parts:
    """Check all parts at the same time. Return for each whether it answered within about a second."""
    checks: dict[str, Callable[[], bool | None]] = {
        "postgres": _has_postgres,
        "valkey": _has_valkey,
        "workers": _has_workers,
        "models": _has_models,
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        running = {name: pool.submit(check) for name, check in checks.items()}
        return {name: check.result() for name, check in running.items()}


def _has_postgres() -> bool:
    """Connect anew: the pool may be exhausted, or may wait much longer."""
    parameters = {**connection.get_connection_params(), "connect_timeout": CONNECT_TIMEOUT_S}
    try:
        with psycopg.connect(**parameters) as fresh:
            return fresh.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def _valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def _has_valkey() -> bool:
    try:
        with _valkey() as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _has_workers() -> bool:
    try:
        with _valkey() as client:
            return bool(client.exists(*WORKER_KEYS) == len(WORKER_KEYS))
    except redis.RedisError:
        return False


def _has_models() -> bool | None:
    addresses = [pair.split("=", 1)[1] for pair in settings.LOCAL_MODELS.split() if "=" in pair]
    return all(map(_is_model_ready, addresses)) if addresses else None


def _is_model_ready(address: str) -> bool:
    """Ask the `/health` that llama.cpp serves beside its `/v1`."""
    try:
        return httpx.get(address.rstrip("/").removesuffix("/v1") + "/health", timeout=TIMEOUT_S).is_success
    except httpx.HTTPError:
        return False
