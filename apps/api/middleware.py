"""What every answer of the API has in common: headers of the key's limit, and errors in the envelope."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_only_middleware

from apps.api.errors import of_status

PREFIXES = ("/v1/", "/api/v1/")


@sync_only_middleware
def api_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Stands last, so that it sees what the API's views answer; other pages pass untouched.

    It is synchronous, so that all others are too: the whole chain then runs in one thread, where each middleware that
    Django adapts to a coroutine would hand the request from thread to thread twice.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _finished(request, get_response(request))

    return answer


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not request.path.startswith(PREFIXES):
        return response
    if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
        plain, response = response, of_status(response.status_code).response()
        if "Allow" in plain:
            response["Allow"] = plain["Allow"]
    allowance = getattr(request, "allowance", None)
    if allowance:
        for name, value in allowance.headers.items():
            response[name] = value
    response.setdefault("Cache-Control", "no-store")
    return response
