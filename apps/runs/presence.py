"""Signs of life of workers, and how much waits for them."""

import logging

from django.conf import settings
from redis import RedisError

from apps.runs.valkey import client

log = logging.getLogger(__name__)


def say_alive(name: str, for_s: int = 15) -> None:
    """Say that a worker of this name lives; read by ``/readyz``."""
    try:
        client().set(alive_key(name), 1, ex=for_s)
    except RedisError as error:
        log.warning("%s cannot say that it lives: %s", name, error)


def alive_key(name: str) -> str:
    """Return the key under which a worker says that it lives."""
    return f"fusionweb:alive:{name}"


def queue_length(queue: str) -> int | None:
    """Return the number of messages in a Celery queue, of all ranks; ``None`` if Valkey is away."""
    pipeline = client().pipeline(transaction=False)
    for rank in settings.CELERY_RANKS:
        pipeline.llen(f"{queue}:{rank}" if rank else queue)
    try:
        return sum(int(length) for length in pipeline.execute())
    except RedisError:
        return None
