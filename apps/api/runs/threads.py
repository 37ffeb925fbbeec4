"""Threads: their turns, as a list, whole, or under a secret link. A run is made in one by the option ``thread``."""

import json
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status as Answered

from apps.api.auth import may_admin, may_read, owner_of
from apps.api.errors import not_found
from apps.api.run_requests import thread_url
from apps.api.runs.routes import summary_of
from apps.api.runs.schemas import ThreadDocument
from apps.api.schemas import with_errors
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.reading import threads
from apps.runs.reading.export import export_thread_json
from apps.runs.reading.thread_snapshot import take_thread_snapshot
from apps.runs.reading.threads import Thread

router = Router(tags=["Threads"])

ThreadId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,20}$", examples=["k3Xw9Qp2LmZa"])]


@router.get("/threads/{thread_id}", auth=may_read, response=with_errors({200: ThreadDocument}), summary="Get a thread")
def get_thread(request: HttpRequest, thread_id: ThreadId) -> Any:
    """Read the turns of a thread. A branch has those before it too."""
    thread = _find(request, thread_id)
    turns = [summary_of(request, turn) for turn in thread.turns]
    url = thread_url(request, thread.id)
    return {"id": thread.id, "url": url, "title": thread.title, "turns": turns, "deleted": thread.deleted}


@router.delete("/threads/{thread_id}", auth=may_admin, response=with_errors({204: None}), summary="Delete a thread")
def delete_thread(request: HttpRequest, thread_id: ThreadId) -> Any:
    """Delete the runs of a thread, but for those that a branch shares with the thread that it comes from."""
    actions.delete_thread(find_editable_thread(request, thread_id))
    return Answered(204, None)


@router.get(
    "/threads/{thread_id}/export",
    auth=may_read,
    response=with_errors({200: dict[str, Any]}),
    summary="Export a thread",
)
def export_thread(request: HttpRequest, thread_id: ThreadId) -> Any:
    """Return the same document as the page's JSON export."""
    return json.loads(export_thread_json(take_thread_snapshot(_find(request, thread_id))))


def _find(request: HttpRequest, thread_id: str) -> Thread:
    try:
        return threads.find_thread(owner_of(request), thread_id)
    except Run.DoesNotExist:
        raise not_found("thread") from None


def find_editable_thread(request: HttpRequest, thread_id: str) -> Thread:
    """Return a thread that the key's owner may change. Raise :class:`ApiError` for any other."""
    try:
        return threads.find_editable_thread(owner_of(request), thread_id)
    except Run.DoesNotExist:
        raise not_found("thread") from None
