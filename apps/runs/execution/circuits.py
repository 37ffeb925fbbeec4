"""The circuits of all models, in Valkey, shared by all workers. When a model is asked again: ``retries.py``.

A model's circuit opens when at least half of at least five requests of the last minute failed by the vendor's fault.
It stays open for half a minute, then lets exactly one probe pass: success closes it and forgets the past, failure opens
it for twice as long. The scripts run alone in Valkey and read its clock, so workers cannot disagree.
"""

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from redis import RedisError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from apps.providers.resilience import CallHealth, Circuit, CircuitState, Refusal
from apps.runs import valkey

log = logging.getLogger(__name__)

WINDOW_S = 60
LEAST_REQUESTS = 5
RATE = 0.5
LONGEST_OPEN_S = 300
PROBE_S = 90
"""A probe that is not heard of for so long was lost with its worker; another may pass."""
PROBE_MARGIN_S = 10
"""Seconds on top of the time that a model has for its first word, where that is longer."""
MEMORY_S = 3600
"""Seconds for which a circuit that nobody asks for is remembered."""

ENTER = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local opens_until = tonumber(redis.call('HGET', KEYS[1], 'opens_until') or 0)
if opens_until == 0 then return {0} end
local probed_until = tonumber(redis.call('HGET', KEYS[1], 'probed_until') or 0)
local refused_for = math.max(opens_until, probed_until) - now
if refused_for > 0 then return {refused_for, redis.call('HGET', KEYS[1], 'reason') or ''} end
redis.call('HSET', KEYS[1], 'probe', ARGV[1], 'probed_until', now + ARGV[2] * 1000)
return {0}
"""
"""May the request ARGV[1] be sent: 0, or the milliseconds for which it may not, and the last failure.

ARGV[2]: seconds for a probe.
"""

TELL = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local request, health = ARGV[1], ARGV[2]
local window, least, rate = ARGV[3] * 1000, tonumber(ARGV[4]), tonumber(ARGV[5])
local shortest, longest, memory = ARGV[6] * 1000, ARGV[7] * 1000, tonumber(ARGV[8])

local function open_again()
  local times = redis.call('HINCRBY', KEYS[1], 'times', 1)
  local opens_for = math.min(longest, shortest * 2 ^ math.min(times - 1, 20))
  redis.call('HDEL', KEYS[1], 'probe', 'probed_until')
  redis.call('HSET', KEYS[1], 'opens_until', string.format('%.0f', now + opens_for), 'reason', ARGV[9])
  redis.call('EXPIRE', KEYS[1], memory)
end

if redis.call('HEXISTS', KEYS[1], 'opens_until') == 1 then
  if redis.call('HGET', KEYS[1], 'probe') ~= request then return end
  if health == 'good' then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  elseif health == 'bad' then open_again()
  else redis.call('HDEL', KEYS[1], 'probe', 'probed_until') end
  return
end
if health == 'none' then return end
redis.call('ZADD', KEYS[2], now, request)
if health == 'bad' then redis.call('ZADD', KEYS[3], now, request) end
for _, key in ipairs({KEYS[2], KEYS[3]}) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  redis.call('PEXPIRE', key, window)
end
local requests, failures = redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])
if health == 'bad' and requests >= least and failures >= rate * requests then open_again() end
"""
"""Take note of how the request ARGV[1] went, and open or close the circuit. ARGV[9]: why it was bad.

While it is open only the probe counts: all other requests were sent before it opened.
"""


def keys_of(reference: str) -> list[str]:
    """Return the keys of a model's circuit: its state, the requests of the window, and those that failed."""
    return [f"fusionweb:circuit:{reference}:{part}" for part in ("state", "requests", "failures")]


class Question(NamedTuple):
    """The question of one call to Valkey, and the future on which it waits for the answer."""

    script: str
    keys: list[str]
    arguments: list[Any]
    answer: asyncio.Future[Any]


class SharedCircuits:
    """The circuits as a worker's loop uses them. Where Valkey is away they count as closed.

    What many calls ask at the same time goes out in one round trip: a hundred that begin at once would otherwise open
    a hundred connections, or wait for each other.
    """

    def __init__(self) -> None:
        self._client = valkey.async_client(
            socket_timeout=valkey.LOOP_PATIENCE_S, retry=Retry(NoBackoff(), 1), health_check_interval=15
        )
        self._asked: list[Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def enter(self, reference: str, request: str, patience_s: float = 0) -> Refusal | None:
        """Return ``None`` if the request may be sent, else when to ask again, and why the model is not asked.

        ``patience_s`` is the request's time for its first word.

        A probe may hold the circuit for longer than that, but most are over sooner.
        """
        probe_s = max(PROBE_S, patience_s + PROBE_MARGIN_S)
        wait_ms, *reason = await self._ask(ENTER, keys_of(reference)[:1], [request, probe_s]) or [0]
        # A call that is put off for longer than that would not be let wait, and fail.
        return Refusal(min(wait_ms / 1000, LONGEST_OPEN_S), *reason) if wait_ms else None

    async def tell(self, reference: str, request: str, health: CallHealth, reason: str = "") -> None:
        """Take note of how a request went."""
        rules = [WINDOW_S, LEAST_REQUESTS, RATE, settings.CIRCUIT_OPEN_SECONDS, LONGEST_OPEN_S, MEMORY_S]
        await self._ask(TELL, keys_of(reference), [request, health, *rules, reason])

    async def _ask(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        """Return the answer of a script; ``None`` if Valkey is away.

        Shielded: redis-py may swallow a cancellation that comes while it connects, and the call would not be stopped.
        """
        question = Question(script, keys, arguments, asyncio.get_running_loop().create_future())
        self._asked.append(question)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(question.answer)

    async def _ask_all(self) -> None:
        while self._asked:
            # What is asked while these are under way goes out with the next round.
            asked, self._asked = self._asked, []
            for question, answer in zip(asked, await self._answers(asked), strict=True):
                question.answer.set_result(answer)

    async def _answers(self, asked: list[Question]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, arguments, _ in asked:
            pipeline.eval(script, len(keys), *keys, *arguments)
        try:
            return await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("The circuits cannot be used: %s", error)
            return [None] * len(asked)

    async def settle(self) -> None:
        """Wait for what was asked of Valkey by calls that were stopped meanwhile."""
        if self._asking:
            await self._asking

    async def close(self) -> None:
        await self._client.aclose()


def circuit_of(references: Collection[str]) -> dict[str, Circuit]:
    """Return the circuits of these models, for people to look at; all closed if Valkey is away."""
    try:
        seconds, micros = valkey.client().time()
        now = seconds * 1000 + micros // 1000
        pipeline = valkey.client().pipeline(transaction=False)
        for reference in references:
            state, requests, failures = keys_of(reference)
            pipeline.hget(state, "opens_until")
            # Old requests are dropped only when another is told of, so those of the window are counted here.
            pipeline.zcount(requests, now - WINDOW_S * 1000, "+inf")
            pipeline.zcount(failures, now - WINDOW_S * 1000, "+inf")
        answers = pipeline.execute()
    except RedisError as error:
        log.warning("The circuits cannot be seen: %s", error)
        return {reference: Circuit() for reference in references}
    parts = zip(references, answers[::3], answers[1::3], answers[2::3], strict=True)
    return {reference: _circuit(now, *part) for reference, *part in parts}


def _circuit(now: int, opens_until: bytes | None, requests: int, failures: int) -> Circuit:
    """Return a circuit from what is stored; moments are milliseconds since 1970."""
    if opens_until is None:
        return Circuit(CircuitState.CLOSED, failures, requests)
    state = CircuitState.OPEN if now < float(opens_until) else CircuitState.HALF_OPEN
    return Circuit(state, failures, requests, datetime.fromtimestamp(float(opens_until) / 1000, UTC))
