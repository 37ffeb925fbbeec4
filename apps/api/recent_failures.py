"""Failures that are kept for a minute, so that a client that retries by itself does not pay for them again.

Most clients ask again after a status of 500 or more, and only OpenAI's heed ``X-Should-Retry``. The same request of
the same key then gets the run that failed. Without Valkey each request makes a run.
"""

import logging

from redis import RedisError

from apps.accounts.models import ApiKey
from apps.runs.models import Run
from apps.runs.valkey import client

log = logging.getLogger(__name__)

KEPT_S = 60


def remember_failure(run: Run) -> None:
    """Keep a failed run for the next minute's requests that are the same. Never raises."""
    if run.idempotency_key or not run.request_digest or run.api_key_id is None:
        return  # with an idempotency key it is found in the database, for longer
    try:
        client().set(_name(run.api_key_id, run.request_digest), run.pk, ex=KEPT_S)
    except RedisError as error:
        log.warning("A failure is not kept for retries: %s", error)


def recent_failure(key: ApiKey, digest: str) -> Run | None:
    """Return the run that the same request of the same key made within a minute and that failed, if there is one."""
    try:
        found = client().get(_name(key.pk, digest))
    except RedisError as error:
        log.warning("Failures are not looked up: %s", error)
        return None
    return key.owner.runs.filter(pk=int(found)).first() if found else None


def _name(key: int, digest: str) -> str:
    return f"fusionweb:failed:{key}:{digest}"
