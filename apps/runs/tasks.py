"""The Celery tasks: doormen that claim a call, wait for it, and write how it ended; and the sweep."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillStreaming
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.db import InterfaceError, OperationalError, connection

from apps.catalogue.recipes.builtin_presets import write_presets
from apps.fusion.vocabulary import Builtin, Channel
from apps.runs import presence
from apps.runs.execution import background, inputs, requests, results
from apps.runs.execution.call_stream import Interrupted, Postponed, Streaming
from apps.runs.execution.crowd import CrowdMember, crowd
from apps.runs.execution.executor import executor
from apps.runs.execution.roles.role import Ahead
from apps.runs.execution.routes import Prepared
from apps.runs.execution.sent import keep_sent
from apps.runs.lifecycle import claims, rate_limits, reservations, search_rows, sweep, webhooks
from apps.runs.lifecycle.due import Work
from apps.runs.lifecycle.outages import MOST_REFUSED, is_refusal, state_of
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.lifecycle.rate_limits import StreamLease
from apps.runs.models import Call, Run
from apps.runs.reading.model_health import median_ttft, store_prompt_speeds
from apps.runs.sharing import close_expired, expired_shares, freeze_ended, shares_to_freeze
from apps.runs.spending import caps
from apps.runs.spending.metering import Meter, cost_of_failed_attempts

log = logging.getLogger(__name__)

T = TypeVar("T")

DATABASE_PATIENCE_S = 600
"""Longer than any restart: a result exists only in the memory of its worker, and while the database is away no sweep
can take the call from it. Once it is back, this worker writes within half a second; even a call that the sweep was
quicker to put back into the queue takes the result, as long as nobody has claimed it anew."""
MORE = (
    Work(webhooks.due_deliveries, webhooks.send_due_deliveries),
    Work(shares_to_freeze, freeze_ended),
    Work(expired_shares, close_expired),
    Work(search_rows.runs_to_index, search_rows.index_due_runs),
)
"""Work of the sweep beside the life of runs."""
FIRST_BEAT_S = 0.5
"""The first heartbeat comes early: a wish to stop may have come before the stream could hear it."""


@shared_task(name="runs.perform_call", ignore_result=True)
def perform_call(call_id: int) -> None:
    """Carry out one call, unless another worker has it, and those that it makes possible one after the other.

    Safe to deliver any number of times: if the worker is lost in between, the sweep sends what follows.
    """
    member = CrowdMember()
    following: int | None = call_id
    try:
        while following:
            following = _perform(following, member) or member.next_call()
    finally:
        member.release()


def _perform(call_id: int, member: CrowdMember) -> int | None:
    """Carry out one call; the call to go on with, if there is one."""
    if executor().is_stopping:
        claims.leave_to_others(call_id)
        return None
    # All that can say no is asked before the claim, since a claim counts as a delivery.
    call = rate_limits.queued(call_id)
    if call is None or not member.take(call):
        return None  # somebody has it, or it waits for a thread of its crowd
    with crowd().working(call):
        begun = _begun(call)
    if begun is None:
        return None
    prepared, lease = begun
    outcome, ahead = _streamed(call, prepared, lease)
    if outcome is None:
        return None
    with crowd().working(call):
        return _finish(call, lambda: results.build_result(call, outcome, background.read_so_far(ahead)), outcome)


def _begun(call: Call) -> tuple[Prepared, StreamLease] | None:
    """Claim a call; return its request, with its lease at the provider, or ``None`` if there is nothing to send."""
    lease = rate_limits.acquire(call)
    if lease is None:
        return None  # it is sent again when there is room for it
    prepared = None
    try:
        prepared = _claimed(call)
    finally:
        if prepared is None:  # also where the database went away meanwhile
            rate_limits.release(lease, unused=True)
    return (prepared, lease) if prepared else None


def _claimed(call: Call) -> Prepared | None:
    """Claim a call and return its request; ``None`` if somebody has it, its run is deleted, or there is no request."""
    try:
        is_mine = reservations.reserve(call) and claims.claim(call)
    except Run.DoesNotExist:
        return None
    if not is_mine:
        reservations.release(call.pk)
        return None
    if call.model in list(Builtin):
        claims.tell_started(call)
        _finish(call, lambda: results.builtin_result(call))
        return None  # where those are at work, none is streamed
    return _prepared(call)


@shared_task(name="runs.sweep", ignore_result=True)
def sweep_runs() -> None:
    """Once a second: rescue, wake and re-send what the database says is due."""
    sweep.sweep(MORE)
    presence.say_alive("control")


@shared_task(name="runs.deliver_webhook", ignore_result=True)
def deliver_webhook(delivery_id: int) -> None:
    """Tell a program's server that a run has ended; safe to deliver any number of times."""
    webhooks.deliver(delivery_id)
    connection.close()


@shared_task(name="runs.measure", ignore_result=True)
def measure_models() -> None:
    """Once an hour: choose the models of the presets anew, and note how fast local ones read, by our own calls."""
    write_presets(median_ttft())
    store_prompt_speeds()


def _prepared(call: Call) -> Prepared | None:
    """Return the request to send; ``None`` if the call ended because there is none."""
    try:
        prepared = requests.prepare(call)
        claims.note_dropped(call, prepared.routes[0].dropped)
        keep_sent(call, prepared)
        return prepared
    except (OperationalError, InterfaceError):
        raise
    except inputs.CannotSend as error:
        result = results.unsendable_result(call, error.failure)
    except Exception:
        log.exception("Call %s could not be prepared", call.pk)
        result = results.failed_result(call, None)
    _finish(call, lambda: result)
    return None


def _streamed(call: Call, prepared: Prepared, lease: StreamLease) -> "tuple[Outcome | None, Future[Ahead] | None]":
    """Return how the stream of a call ended, and what its role prepared meanwhile; its lease is free then."""
    try:
        meter, beat_s = caps.watch(call)
        connection.close()  # a stream may take minutes, in which this thread needs no database
        streaming = executor().start(prepared)
        ahead = background.read_ahead(call)
        return _wait(call, meter, beat_s, lease, streaming), ahead
    finally:
        rate_limits.release(lease)
        connection.close()


def _wait(call: Call, meter: Meter, beat_s: float, lease: StreamLease, streaming: Streaming) -> Outcome | None:
    """Wait for a stream with a heartbeat every few seconds; ``None`` if the call is no longer this worker's."""
    patience = FIRST_BEAT_S
    while True:
        try:
            return streaming.future.result(timeout=patience)
        except StillStreaming:
            if not _keep(call, meter, streaming):
                return None
            rate_limits.renew(lease)
            patience = beat_s
        except Interrupted:
            # The text so far is stored first, for its cost: the next worker begins anew.
            if _beat(call, meter, streaming) is not claims.Heartbeat.LOST:
                claims.requeue_on_shutdown(call, streaming.attempts)
            return None
        except Postponed as postponed:
            _persist(call, partial(_put_off, call, streaming.attempts, postponed))
            return None


def _put_off(call: Call, attempts: claims.Attempts, postponed: Postponed) -> None:
    if postponed.fallback:
        claims.requeue_for_fallback(call, attempts, postponed.fallback)
    else:
        claims.requeue_after(call, attempts, postponed.wait_s)


def _keep(call: Call, meter: Meter, streaming: Streaming) -> bool:
    try:
        beat = _beat(call, meter, streaming)
    except (OperationalError, InterfaceError) as error:
        log.warning("Call %s goes on without its heartbeat: %s", call.pk, error)
        return True
    finally:
        connection.close()
    if beat is not claims.Heartbeat.CONTINUE:
        executor().cancel(streaming)
    return beat is not claims.Heartbeat.LOST


def _beat(call: Call, meter: Meter, streaming: Streaming) -> claims.Heartbeat:
    """Store how far a call has come and what that has cost."""
    # Before the text: a request that ends meanwhile has its cost here, and its text counts no more.
    attempts = streaming.attempts
    text, reasoning = streaming.text(), streaming.text(Channel.REASONING)
    beat = claims.heartbeat(call, text, reasoning, attempts)
    cost = meter.so_far(
        streaming.step_text(),
        streaming.step_text(Channel.REASONING),
        streaming.answering.price if streaming.answering else meter.price,
        more_read=streaming.tokens_added,
        least_read=streaming.least_read,
    )
    if cost is not None and not streaming.is_asking:
        cost = Decimal(0)  # it looks things up, and no request is under way
    is_over = beat is claims.Heartbeat.CONTINUE and reservations.must_stop(
        call, cost, cost_of_failed_attempts(attempts)
    )
    return claims.Heartbeat.STOP if is_over else beat


def _finish(call: Call, build: Callable[[], Result], outcome: Outcome | None = None) -> int | None:
    """Conclude a call and write how it ended. Return the id of the call to go on with after a streamed ``outcome``."""
    try:
        return _conclude(call, lambda: _concluded(call, build, outcome), outcome)
    except Refused:
        # Left alone, the call would be taken for lost, and asked and paid for twice more.
        log.exception("Call %s could not be written as it ended", call.pk)
        return _conclude(call, lambda: results.failed_result(call, outcome), outcome)


def _conclude(call: Call, build: Callable[[], Result], outcome: Outcome | None) -> int | None:
    result = _persist(call, build)
    if result is None:
        return None
    ended = _persist(call, lambda: claims.end(call, result, run_next_here=outcome is not None))
    if ended is None:
        return None
    if ended.is_mine:
        background.render_later(call, result.outcome.reply.text)
    return ended.next_call


class Refused(Exception):
    """The database answers and refuses a write, again and again."""


def _persist(call: Call, write: Callable[[], T]) -> T | None:
    """Write what is only in memory, waiting for a database that is away. Return ``None`` if the run was deleted.

    Raise :class:`Refused` for what the database will not take.
    """
    deadline, refused = time.monotonic() + DATABASE_PATIENCE_S, 0
    while True:
        try:
            return write()
        except Run.DoesNotExist:
            return None
        except (OperationalError, InterfaceError) as error:
            state = state_of(error)
            refused += is_refusal(state)
            if refused == MOST_REFUSED:
                raise Refused(str(error)) from error
            if time.monotonic() > deadline:
                raise
            log.warning("The result of call %s waits for the database: %s", call.pk, error)
            connection.close()
            time.sleep(0.5)
            if state:  # it answers, also the sweep, which would take the call for lost
                with suppress(OperationalError, InterfaceError):
                    claims.keep_alive(call)


def _concluded(call: Call, build: Callable[[], Result], outcome: Outcome | None) -> Result:
    """Return the result; if making it breaks, one that fails the call with its text kept, and the run goes on."""
    try:
        return build()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("Call %s could not be concluded", call.pk)
        return results.failed_result(call, outcome)


@worker_ready.connect
def _announce(sender: Any, **_: Any) -> None:
    """Let /readyz see the worker: it is called after the part of its host name before the @."""
    executor().announce(str(sender.hostname).split("@")[0])
    crowd().resize(sender.controller.concurrency)


@worker_shutting_down.connect
def _let_go(**_: Any) -> None:
    executor().interrupt_all()
