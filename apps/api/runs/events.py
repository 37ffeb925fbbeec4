"""A run's events as a stream: resumed without a gap or a repeat from the run's log, ended when the run is.

Where the log cannot tell the story (it expired, or Valkey forgot it) there is one ``resync`` with the run as stored.
If the run is still at work, its story begins again after that.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any

import orjson
from channels.db import database_sync_to_async
from django.http import HttpRequest
from ninja import Header, Router

from apps.api import documents, sse
from apps.api.auth import may_read
from apps.api.errors import ApiError, of_exception
from apps.api.run_requests import run_url
from apps.api.runs.routes import RunId, find
from apps.api.schemas import EVENTS, with_errors
from apps.runs.event_log.follower import Entry, Gap, SlowReader
from apps.runs.event_log.run_stream import liveness, watch
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])

RESYNC = '"type":"resync"'
AGAIN_S = 1.0
"""Seconds before a log that had a gap is read again."""


@router.get(
    "/runs/{run_id}/events",
    auth=may_read,
    response=with_errors({200: None}),
    summary="Follow a run",
    openapi_extra={"responses": {200: {"content": EVENTS}}},
)
async def run_events(
    request: HttpRequest, run_id: RunId, last_event_id: Annotated[str, Header(max_length=60)] = ""
) -> Any:
    """Server-sent events, one for each of the run's; `Last-Event-ID` goes on behind that event.

    Hanging up does not stop the run.
    """
    after = last_event_id or "0"
    if after != "0" and not re.fullmatch(r"\d{1,20}-\d{1,20}", after, re.ASCII):
        raise ApiError(400, "invalid_parameter", "This is no id of an event.", "Last-Event-ID")
    run = await database_sync_to_async(find)(request, run_id)
    return sse.response(sse.with_heartbeat(_frames(run, after, run_url(request, run_id))))


async def _frames(run: Run, after: str, url: str) -> AsyncGenerator[bytes, None]:
    try:
        yield sse.COMMENT
        while True:
            try:
                async with aclosing(watch(run.public_id, after)) as batches:
                    async for batch in batches:
                        yield await _told(run.pk, batch, url)
                return
            except SlowReader:
                return  # it comes back with its last id
            except Gap:
                yield sse.data(await _resync(run.pk, url), "resync")
                if not (await liveness(run.public_id)).is_live:
                    return
                after = "0"
                await asyncio.sleep(AGAIN_S)
    except Exception as error:  # noqa: BLE001 - the status is sent: whatever it is, the stream has to say it
        yield sse.data(of_exception(error).envelope, "error")


async def _told(run_id: int, batch: Sequence[Entry], url: str) -> bytes:
    frames = []
    for entry in batch:
        # Events are missing before this one, so the reader gets the run as it is stored.
        if RESYNC in entry.text:
            frames.append(sse.data(await _resync(run_id, url), "resync", entry.id))
        else:
            frames.append(sse.data(entry.text.encode(), orjson.loads(entry.text)["type"], entry.id))
    return b"".join(frames)


@database_sync_to_async
def _resync(run_id: int, url: str) -> dict[str, Any]:
    run = Run.objects.select_related("parent").get(pk=run_id)
    document = documents.run_document(take_snapshot(run), url, run.metadata)
    return {"type": "resync", "run": run.public_id, "state": document}
