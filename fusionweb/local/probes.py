"""Cheap questions to the parts while they start: asked several times a second, beside everything that loads."""

from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import redis

from apps.runs.presence import alive_key

DIRECT = build_opener(ProxyHandler({}))
WORKERS = ("calls", "control")


def page_answers(address: str, timeout: float = 5) -> bool:
    """Return whether the page at ``address`` (plain HTTP, on this machine) is there."""
    try:
        with DIRECT.open(address, timeout=timeout) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def worker_answers(broker: str, name: str) -> bool:
    """Return whether the worker called ``name`` keeps saying in Valkey that it lives."""
    try:
        with _client(broker) as client:
            return bool(client.exists(alive_key(name)))
    except redis.RedisError:
        return False


def forget_workers(broker: str) -> None:
    """Drop what the workers of an earlier start said last."""
    with _client(broker) as client:
        client.delete(*map(alive_key, WORKERS))


def _client(broker: str) -> redis.Redis:
    return redis.Redis.from_url(broker, socket_timeout=1, socket_connect_timeout=1)
