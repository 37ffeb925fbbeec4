"""Letting calls in: what a provider allows per minute and at the same time, asked before a call is claimed.

A call that is not let in stays queued with a reason; no thread waits for it. Valkey keeps the requests of the last
minute and a lease for every open stream, which ends with the heartbeat of its worker. When a stream ends, the first
waiting calls for which there is room are sent, by rank (a person's before bulk, the end of a run before its beginning)
and then the oldest; the sweep does the same once a second, and nothing else polls. A call that comes new lets those of
its rank, or a better one, go first. Where Valkey is away, everybody is let in.

A call whose fallback's turn it is waits for a place at the provider of that.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from redis import RedisError

from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import Priority, Role, Status, WaitReason
from apps.runs import hot_rows, valkey
from apps.runs.lifecycle.transitions import BULK_RANK, CROWDED_RANK, FIRST_ROLES, enqueue, rank_of
from apps.runs.models import Call, CallQuerySet, Run

log = logging.getLogger(__name__)

WINDOW_S = 60
RANK = (
    Case(*(When(role=role, then=Value(FIRST_ROLES.index(role.urgency))) for role in Role))
    + Case(When(run__is_crowded=True, then=Value(CROWDED_RANK)), default=Value(0))
    + Case(When(run__priority=Priority.BULK, then=Value(BULK_RANK)), default=Value(0))
)
"""``transitions.rank_of`` as the database reckons it."""
IN_LINE = [WaitReason.RATE_LIMIT, WaitReason.CONCURRENCY]
PLENTY = 1000
"""Calls that are sent at a time where a provider has no limit any more."""

ROOM = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local streams, requests, window = KEYS[1], KEYS[2], tonumber(ARGV[3])
local max_streams, per_minute = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', streams, '-inf', now)
redis.call('ZREMRANGEBYSCORE', requests, '-inf', now - window)
local room = {max_streams - redis.call('ZCARD', streams), per_minute - redis.call('ZCARD', requests)}
"""
"""The beginning of both scripts: the number of calls that could start, by either limit. The clock is Valkey's."""

ADMIT = (
    ROOM
    + """
local token, lease, ahead = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
if room[2] <= ahead then
  local oldest = redis.call('ZRANGE', requests, 0, 0, 'WITHSCORES')
  return {'rate_limit', #oldest > 0 and room[2] <= 0 and oldest[2] + window - now or 0}
end
if room[1] <= ahead then return {'concurrency', 0} end
redis.call('ZADD', streams, now + lease, token)
redis.call('PEXPIRE', streams, lease)
redis.call('ZADD', requests, now, token)
redis.call('PEXPIRE', requests, window)
return {'', 0}
"""
)
"""Let a call in behind so many others: '' if so, else why not, and the milliseconds until a place may be free."""

COUNT = ROOM + "return math.min(room[1], room[2])"

RENEW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class StreamLease:
    """A place among the streams of a provider; without a provider there was no limit to ask."""

    provider: Provider | None = None
    token: str = ""


def queued(call_id: int) -> Call | None:
    """Return a call that may be claimed as far as its row says, with its run and who pays for it."""
    if settings.HOT_ROWS:
        return hot_rows.queued_call(call_id, timezone.now())
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    with_payers = Call.objects.select_related("run__owner", "run__api_key").order_by()
    return with_payers.filter(due, pk=call_id, status=Status.QUEUED).first()


def acquire(call: Call) -> StreamLease | None:
    """Return the place of a queued call; ``None`` if it may not be claimed now: its row says why, and until when."""
    model = call.models_by_reference.get(call.next_model)
    if model is None or not model.provider.is_limited:
        return StreamLease()
    provider = model.provider
    lease = StreamLease(provider, uuid.uuid4().hex)
    rank = rank_of(call)
    ahead = _in_line(provider).filter(Q(rank__lt=rank) | Q(rank=rank, pk__lt=call.pk)).count()
    answer = _run(ADMIT, provider, [*_limits(provider), lease.token, _lease_ms(), ahead])
    if answer is None or not answer[0]:
        return lease
    _let_wait(call, WaitReason(answer[0].decode()), float(answer[1]) / 1000)
    return None


def renew(lease: StreamLease) -> None:
    """Keep a place for another while; called with every heartbeat."""
    if lease.provider:
        _run(RENEW, lease.provider, [lease.token, _lease_ms()])


def release(lease: StreamLease, *, unused: bool = False) -> None:
    """Free a place and send who waits for it; ``unused`` if no request was sent after all. Never raises."""
    if lease.provider is None:
        return
    try:
        # A request that was sent counts for its minute, whatever became of it.
        for key in _keys(lease.provider)[: 2 if unused else 1]:
            valkey.client().zrem(key, lease.token)
    except RedisError as error:
        log.warning("A place at %s is left to expire: %s", lease.provider, error)
    try:
        send_waiting(lease.provider)
    except (OperationalError, InterfaceError) as error:
        log.warning("The sweep will send who waits for %s: %s", lease.provider, error)


def send_all_waiting() -> None:
    """Send the waiting calls of every provider for which there is room; also those whose model is gone."""
    waiting = {routed_to or model for model, routed_to in waiting_calls().values_list("model", "routed_to").distinct()}
    if not waiting:
        return
    for provider in Provider.objects.filter(models__reference__in=waiting).distinct():
        send_waiting(provider)
    # Nobody limits a model that is gone; a worker ends its calls with that reason.
    _send(waiting_calls().filter(_asking(waiting - set(Model.objects.values_list("reference", flat=True)))), PLENTY)


def send_waiting(provider: Provider) -> None:
    """Send as many of the calls that wait for a provider as it has room for, by rank, then the oldest."""
    line = _in_line(provider)
    if not line.exists():
        return
    room = _run(COUNT, provider, _limits(provider)) if provider.is_limited else PLENTY
    # Those that were sent and are not claimed yet will take their places.
    on_their_way = line.filter(enqueued_at__gte=_horizon()).count()
    _send(line, (PLENTY if room is None else int(room)) - on_their_way)


def _send(line: CallQuerySet, count: int) -> None:
    """Send the first of a line, but none that is on its way; two who do this at once send different calls."""
    if count <= 0:
        return
    with transaction.atomic():
        unsent = line.filter(Q(enqueued_at=None) | Q(enqueued_at__lt=_horizon()))
        unsent = unsent.with_priority().order_by("rank", "pk")
        calls = list(unsent.select_for_update(skip_locked=True, of=("self",))[:count])
        Call.objects.filter(pk__in=[call.pk for call in calls]).update(enqueued_at=timezone.now(), not_before=None)
    # After COMMIT: a quick worker would still find the calls put off.
    enqueue(calls)


def _let_wait(call: Call, reason: WaitReason, wait_s: float) -> None:
    """Leave a call queued; it counts as not sent, so that it may be sent at any time. Readers see a new reason."""
    if call.wait_reason != reason:
        Run.objects.filter(pk=call.run_id).update(needs_resync=True)
    Call.objects.filter(pk=call.pk, status=Status.QUEUED, claim=call.claim).update(
        wait_reason=reason, not_before=timezone.now() + timedelta(seconds=wait_s), enqueued_at=None
    )


def waiting_calls() -> CallQuerySet:
    """Return the calls that wait for room at their provider, each with its ``rank``."""
    return Call.objects.filter(status=Status.QUEUED, wait_reason__in=IN_LINE).annotate(rank=RANK)


def _in_line(provider: Provider) -> CallQuerySet:
    return waiting_calls().filter(_asking(provider.models.values("reference")))


def _asking(references: Any) -> Q:
    """Return the condition that ``Call.next_model`` is one of these references."""
    return Q(routed_to="", model__in=references) | Q(routed_to__in=references)


def _horizon() -> Any:
    """Return the moment after which calls must have been sent to count as on their way to a worker."""
    return timezone.now() - timedelta(seconds=settings.REQUEUE_AFTER_SECONDS)


def _limits(provider: Provider) -> list[int]:
    no_limit = 10**9
    streams, requests = provider.max_streams, provider.requests_per_minute
    return [no_limit if streams is None else streams, no_limit if requests is None else requests, WINDOW_S * 1000]


def _lease_ms() -> int:
    return int(settings.LOST_AFTER_SECONDS * 1000)


def _keys(provider: Provider) -> list[str]:
    return [f"fusionweb:provider:{provider.pk}:{part}" for part in ("streams", "requests")]


def _run(script: str, provider: Provider, arguments: Sequence[Any]) -> Any:
    """Return the answer of a script; ``None`` if Valkey is away."""
    try:
        return valkey.client().eval(script, 2, *_keys(provider), *arguments)
    except RedisError as error:
        log.warning("The limits of %s are not held: %s", provider, error)
        return None
