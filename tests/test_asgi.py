"""A request over ASGI: middleware and view in one call in one thread; an asynchronous view in the server's loop."""

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.deprecation import MiddlewareMixin

from fusionweb.asgi import Pages
from tests.sockets import LIMIT_S


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


urlpatterns = [path("page", page), path("stream", stream)]


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
