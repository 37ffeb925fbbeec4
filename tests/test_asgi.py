"""A request over ASGI: middleware and view in one call in one thread; an asynchronous view in the server's loop."""

import asyncio
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.deprecation import MiddlewareMixin

from apps.api import start as starts
from apps.api.run_requests import UNHEARD
from apps.runs.models import Run
from fusionweb.asgi import Pages
from tests.sockets import LIMIT_S


class Holds(MiddlewareMixin):
    """Keeps a request in its thread until it may go on."""

    async_capable = False

    def process_request(self, _request: HttpRequest) -> None:
        has_begun.set()
        may_go_on.wait(LIMIT_S)


class Looks(MiddlewareMixin):
    """Synchronous, as ours; adds to the answer how its own part of a request was called."""

    async_capable = False

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        request.META["looked"] = ways_here()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response["Looked"] = " ".join(request.META["looked"])
        return response


def ways_here() -> list[str]:
    """Return the functions on the stack that wait in a thread for the loop."""
    return [frame.name for frame in traceback.extract_stack() if frame.name == "run_until_future"]


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(ways_here()))


async def stream(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(id(asyncio.get_running_loop())))


async def late(request: HttpRequest) -> HttpResponse:
    body: Any = None
    try:
        await starts.start(request, body, lambda _: body)
    finally:
        ended.set()
    return HttpResponse()


async def unheard(request: HttpRequest) -> HttpResponse:
    async def stop() -> None:
        stopped.append(request.path)

    request.scope[UNHEARD] = stop  # type: ignore[attr-defined]
    has_begun.set()
    return await asyncio.Future()


urlpatterns = [path("page", page), path("stream", stream), path("unheard", unheard), path("late", late)]
stopped: list[str] = []
has_begun, may_go_on, ended = threading.Event(), threading.Event(), threading.Event()


@pytest.fixture
def get() -> Callable[[str], Any]:
    async def get(address: str) -> tuple[str, str]:
        with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Looks"], ALLOWED_HOSTS=["*"]):
            scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": []}
            client = ApplicationCommunicator(Pages(), scope)
            await client.send_input({"type": "http.request"})
            start, answer = await client.receive_output(LIMIT_S), await client.receive_output(LIMIT_S)
            await client.wait(LIMIT_S)
            return dict(start["headers"])[b"Looked"].decode(), answer["body"].decode()

    return get


async def test_middleware_and_view_of_a_page_never_wait_for_the_loop(get: Callable[[str], Any]) -> None:
    assert await get("/page") == ("", "")


async def test_asynchronous_view_runs_in_the_loop_of_the_server(get: Callable[[str], Any]) -> None:
    assert await get("/stream") == ("", str(id(asyncio.get_running_loop())))


@asynccontextmanager
async def hung_up(address: str, middleware: type) -> AsyncIterator[None]:
    """Ask, and hang up once the request has begun; at the end wait for its own."""
    has_begun.clear()
    names = [f"{__name__}.{middleware.__name__}"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=names, ALLOWED_HOSTS=["*"]):
        scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": []}
        client = ApplicationCommunicator(Pages(), scope)
        await client.send_input({"type": "http.request"})
        await asyncio.to_thread(has_begun.wait, LIMIT_S)
        await client.send_input({"type": "http.disconnect"})
        yield
        await client.wait(LIMIT_S)


async def test_run_of_a_client_that_hangs_up_before_its_answer_is_waited_for_is_stopped() -> None:
    async with hung_up("/unheard", Looks):
        pass

    assert stopped == ["/unheard"]


async def test_no_run_is_made_for_a_client_that_hung_up_before_its_view_began(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[HttpRequest] = []

    async def make(request: HttpRequest, *_: Any) -> starts.Started:
        made.append(request)
        return starts.Started(Run(pk=7), "", [], False)

    monkeypatch.setattr(starts, "_start", make)

    async with hung_up("/late", Holds):
        while any("process_request" in repr(task) for task in asyncio.all_tasks()):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        may_go_on.set()

    assert (ended.is_set(), made) == (True, [])
