"""The two ways in which a client waits for the answer of a run: whole, or as a stream while it is written.

What is written of it, and how, is the form's; here are what all forms share: stopping a run whose client hangs up,
checking an answer, saying in a stream that has begun why it fails.
"""

import asyncio
from asyncio import to_thread
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from django.http import HttpRequest, StreamingHttpResponse

from apps.api import outcomes, sse
from apps.api.answer_stream import AnswerDelta, Moment, RunFinished, answered, follow, stop
from apps.api.errors import ApiError, of_exception
from apps.api.run_requests import UNHEARD
from apps.api.start import Started
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.web_account import WebAccount, web_account


@asynccontextmanager
async def stopping_at_hang_up(started: Started) -> AsyncIterator[None]:
    """Stop the run of a client that hangs up before its end, unless it goes on all the same."""
    started.scope.pop(UNHEARD, None)  # from here on it is heard
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        if not started.outlasts_client:
            # This task is being cancelled, and the stop must not be cancelled with it.
            await asyncio.shield(stop(started.run.pk))
        raise


@dataclass(frozen=True, slots=True)
class Answer:
    """A run that has an answer, the answer's text, and what was looked up for it, ``None`` for nothing."""

    run: RunSnapshot
    text: str
    web: WebAccount | None


Written = Moment | Answer
"""All that is written of an answer: the moments of its run until the last one, and in place of that the answer."""


async def whole_answer(request: HttpRequest, started: Started) -> Answer:
    """Return the answer of a run once it has ended; raise :class:`ApiError` if there is none."""
    async with stopping_at_hang_up(started):
        snapshot = await answered(started.run)
    # In a thread: checking a long answer by a schema would hold up every other request.
    text = await to_thread(outcomes.answer_text, started.run, snapshot, started.url)
    outcomes.note_kind(request, snapshot)
    return Answer(snapshot, text, web_account(snapshot))


def stream_answer(
    started: Started,
    write: Callable[[Written], bytes],
    fail: Callable[[ApiError], bytes],
    *,
    opening: bytes = b"",
    sign: bytes = sse.COMMENT,
) -> StreamingHttpResponse:
    """Return the stream of an answer: ``opening``, what ``write`` makes of each part, or ``fail`` of a failure.

    Where nothing is written for a while, a ``sign`` of life is.
    """
    return sse.response(sse.with_heartbeat(_frames(started, write, fail, opening), sign))


async def _frames(
    started: Started, write: Callable[[Written], bytes], fail: Callable[[ApiError], bytes], opening: bytes
) -> AsyncGenerator[bytes, None]:
    run = started.run
    # An answer in a form is checked as a whole before any of it is sent; one that calls tools needs none.
    moments = follow(run, in_pieces=run.recipe.answer_format is None, calls_in_pieces=True)
    async with stopping_at_hang_up(started), aclosing(moments):
        yield opening
        try:
            async for moment in moments:
                if isinstance(moment, RunFinished):
                    rest = await to_thread(outcomes.rest_of, run, moment.run, moment.sent, started.url)
                    calls = outcomes.rest_of_calls(moment.run, moment.sent_calls, started.url)
                    last: list[Written] = [AnswerDelta(rest)] * bool(rest)
                    # A call that has begun is ended before anything else.
                    for one in [*calls, *last] if moment.sent_calls else [*last, *calls]:
                        yield write(one)
                    yield write(Answer(moment.run, moment.sent + rest, web_account(moment.run)))
                else:
                    yield write(moment)
        except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
            yield fail(of_exception(error))
