"""The bridge between waiting task threads and the one asyncio loop of a worker process that streams all calls.

The loop holds the one HTTP client. What is asked again, and when: ``retries.py``. Text is gathered for about 40 ms and
appended to the logs of all runs in one round trip. When the connection to Valkey breaks, every live call is told again
from its start, since the log may be gone: ``call.started`` empties the column and the whole text follows.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import cache, partial

import uvloop
from django.conf import settings
from redis import RedisError

from apps.fusion.events import AnyEvent
from apps.fusion.values import Failure, Reply, Usage
from apps.fusion.vocabulary import Channel, FailureCode, FinishReason, Status
from apps.providers import batched_reads
from apps.providers.base import CallPiece, End, Paused, Reasoning, Text, TextWasReasoning
from apps.providers.dialects import STREAM
from apps.providers.errors import ProviderError
from apps.runs.event_log.writer import AsyncLog
from apps.runs.execution.call_stream import Interrupted, Postponed, Streaming
from apps.runs.execution.circuits import SharedCircuits
from apps.runs.execution.lookup_client import lookup_client
from apps.runs.execution.lookup_loop import LookupLoop
from apps.runs.execution.prompt_turns import PromptTurns
from apps.runs.execution.retries import call_with_fallback
from apps.runs.execution.routes import Prepared, Route
from apps.runs.lifecycle.lookups import NotMine
from apps.runs.lifecycle.outcomes import Outcome

log = logging.getLogger(__name__)

ALIVE_SECONDS = 15
AGAIN_S = 1.0


class Executor:
    """One loop, one HTTP client, all streams of this process."""

    def __init__(self) -> None:
        self._live: dict[tuple[int, int], Streaming] = {}
        self._loop = uvloop.new_event_loop()
        self._must_retell = False
        self._name = ""
        self.is_stopping = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="streams", daemon=True)
        self._thread.start()
        # Its clients belong to the loop, so they are made in it, before any call can come.
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    def announce(self, name: str) -> None:
        """Keep saying in Valkey that a worker called ``name`` lives."""
        self._name = name

    def start(self, prepared: Prepared) -> Streaming:
        """Begin streaming a call; wait on the ``future`` of what comes back, which may raise ``Postponed``."""
        streaming = Streaming(prepared)
        self._loop.call_soon_threadsafe(self._begin, streaming)
        return streaming

    def cancel(self, streaming: Streaming) -> None:
        """Close a call's upstream connection; its future gives the text so far."""
        self._loop.call_soon_threadsafe(_stop, streaming)

    def interrupt_all(self) -> None:
        """Close every stream because the worker stops; the futures of those that are not over raise ``Interrupted``."""
        self.is_stopping = True
        self._loop.call_soon_threadsafe(self._interrupt_all)

    async def _start(self) -> None:
        self._client = batched_reads.client(settings.COALESCE_SECONDS)
        self._log = AsyncLog()
        self._circuits = SharedCircuits()
        self._turns = PromptTurns()
        self._flushing = asyncio.Lock()
        self._dirty = asyncio.Event()
        self._tasks = [asyncio.create_task(_again(work)) for work in (self._flush_forever, self._hear, self._live_on)]

    def _begin(self, streaming: Streaming) -> None:
        self._live[streaming.key] = streaming
        streaming.wake_teller = self._dirty.set
        streaming.task = self._loop.create_task(self._run(streaming))
        streaming.task.add_done_callback(partial(self._ended, streaming))
        # It was claimed just before the worker was told to stop.
        if self.is_stopping:
            self._interrupt_all()

    def _cancel(self, call: int) -> None:
        for streaming in self._live.values():
            if streaming.key[0] == call:
                _stop(streaming)

    def _interrupt_all(self) -> None:
        for streaming in self._live.values():
            streaming.is_interrupted = True
            _stop(streaming)

    async def _run(self, streaming: Streaming) -> Outcome:
        """Stream a call; tell that it is under way, at once, and the last of its text. Raises ``Postponed``."""
        # Beside the request, since nobody should wait for a vendor's first token to see that the call has begun.
        announcing = asyncio.create_task(self._flush())
        outcome, is_told = await self._outcome(streaming), False
        try:
            await announcing
            is_told = await self._flush()
        except asyncio.CancelledError:
            log.info("Call %s was stopped while its end was told", streaming.key)
        except Exception:  # the boundary of a call: its answer is kept
            log.exception("The end of call %s could not be told", streaming.key)
        # Where deltas may be lost, the end carries the whole text.
        return outcome if is_told else replace(outcome, text_changed=True)

    def _ended(self, streaming: Streaming, task: "asyncio.Task[Outcome]") -> None:
        """Give the waiting thread its answer: also of a task that was stopped before its first step, and never ran."""
        self._live.pop(streaming.key, None)
        if not task.cancelled() and (error := task.exception()):
            streaming.future.set_exception(error)
            return
        outcome = streaming.outcome(Status.CANCELLED) if task.cancelled() else task.result()
        if streaming.is_interrupted and outcome.status is Status.CANCELLED:  # an answer that is whole is kept
            streaming.future.set_exception(Interrupted())
        else:
            streaming.future.set_result(outcome)

    async def _outcome(self, streaming: Streaming) -> Outcome:
        try:
            async with self._turns.turn(streaming.prepared.routes[0]):
                streaming.restart_clock()
                outcome = await self._answered(streaming)
            return replace(outcome, attempts=streaming.attempts)
        except (asyncio.CancelledError, NotMine):
            return streaming.outcome(Status.CANCELLED)
        except ProviderError as error:
            # What the vendor had counted; without text, the attempt has it.
            reply = _reply(error.told, whole=False) if error.told and streaming.first_at else None
            return streaming.outcome(Status.FAILED, reply, Failure(code=error.code, sentence=error.sentence))
        except Postponed:
            raise
        except Exception:  # the boundary of a call: whatever it was, the call ends and says so
            log.exception("Call %s broke", streaming.key)
            sentence = "Something went wrong inside FusionWeb; the log of the worker has the details."
            failure = Failure(code=FailureCode.UNEXPECTED_ERROR, sentence=sentence)
            return streaming.outcome(Status.FAILED, failure=failure)

    async def _answered(self, streaming: Streaming) -> Outcome:
        """Ask until there is an answer, with look-ups in between where the call may make some."""
        ask = partial(call_with_fallback, streaming, self._circuits, self._stream)
        plan = streaming.prepared.lookups
        return await (LookupLoop(streaming, plan, ask, lookup_client()).answer() if plan else ask())

    async def _stream(self, streaming: Streaming, route: Route, first_text: Callable[[], Awaitable[None]]) -> Outcome:
        reply = Reply()
        sent = STREAM[route.dialect](self._client, route.endpoint, route.request)
        async with aclosing(sent) as pieces:
            async for piece in pieces:
                is_first, streaming.answering = streaming.answering is not route, route
                if isinstance(piece, Text):
                    streaming.add(Channel.TEXT, piece.text)
                    if route.guard and streaming.guard.feed(piece.text):
                        return streaming.outcome(Status.DONE, Reply(finish_reason=FinishReason.LOOP, usage=Usage()))
                elif isinstance(piece, Reasoning):
                    streaming.add(Channel.REASONING, piece.text)
                elif isinstance(piece, TextWasReasoning):
                    streaming.text_was_reasoning()
                elif isinstance(piece, CallPiece):
                    streaming.note_call(piece)
                elif isinstance(piece, Paused):
                    streaming.pause(piece, route)
                else:
                    reply, streaming.refused = _reply(piece), piece.dropped
                self._dirty.set()
                if is_first:  # not before the text is kept: a call may be stopped wherever it waits
                    await first_text()
        return streaming.outcome(Status.DONE, reply)

    async def _flush_forever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await self._flush()
            await asyncio.sleep(settings.COALESCE_SECONDS)

    async def _flush(self) -> bool:
        """Tell what waits; False if Valkey did not take it, and it will be told anew."""
        # One at a time, or the news of a call could be appended in another order than they came.
        async with self._flushing:
            try:
                if self._must_retell:
                    await self._retell()
                gone = await self._append_pending()
                self._must_retell = bool(gone)
            except asyncio.CancelledError:  # with the end of one call, the news of all were on their way
                self._must_retell = True
                self._dirty.set()
                raise
            except (RedisError, OSError) as error:
                log.warning("Text waits for Valkey: %s", error)
                self._must_retell = True
            except Exception:  # the boundary of a round: text that cannot be told now is told anew
                log.exception("Text could not be told")
                self._must_retell = True
            if self._must_retell:
                self._loop.call_later(0.25, self._dirty.set)
            return not self._must_retell

    async def _append_pending(self) -> set[str]:
        events: list[AnyEvent] = []
        for streaming in self._live.values():
            events += streaming.news()
        return await self._log.append(events) if events else set()

    async def _retell(self) -> None:
        events: list[AnyEvent] = []
        for streaming in self._live.values():
            events += streaming.whole()
        if events:
            await self._log.append(events, create=True)
        self._must_retell = False

    async def _hear(self) -> None:
        """Stop calls that somebody asked to stop; a broken connection here also says that the log may be gone."""
        while True:
            with suppress(RedisError, OSError):
                async with await self._log.nudges() as nudges:
                    async for message in nudges.listen():
                        if message["type"] == "message":
                            self._cancel(int(message["data"]))
            self._must_retell = True
            self._dirty.set()
            await asyncio.sleep(0.5)

    async def _live_on(self) -> None:
        while True:
            if self._name:
                with suppress(RedisError, OSError):
                    await self._log.alive(self._name, ALIVE_SECONDS)
            # Three signs in the life of one, so that a late one does not make the worker look dead.
            await asyncio.sleep(ALIVE_SECONDS / 3 if self._name else 0.2)


def _reply(end: End, *, whole: bool = True) -> Reply:
    """Return the reply without its text; calls of tools only where the answer came ``whole``."""
    return Reply(
        tool_calls=end.tool_calls if whole else (),
        vendor_data=end.vendor_data if whole else None,
        search=end.search,
        finish_reason=end.finish_reason,
        usage=end.usage,
        cost=end.cost,
        upstream_id=end.upstream_id[:200],
        version=end.version,
    )


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """Do work that has no end, and begin it anew where it breaks: without it the worker would be mute, or deaf."""
    while True:
        try:
            await work()
        except Exception:  # whatever it was
            log.exception("Work of the streams broke, and begins anew")
            await asyncio.sleep(AGAIN_S)


def _stop(streaming: Streaming) -> None:
    if streaming.task:
        streaming.task.cancel()


@cache
def executor() -> Executor:
    """Return the executor of this process, started at first use."""
    return Executor()
