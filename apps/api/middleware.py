"""What every answer of the API has in common: headers of the key's limit, and errors in the envelope."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from apps.api.errors import of_status

PREFIXES = ("/v1/", "/api/v1/")


@sync_and_async_middleware
def api_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Stands last, so that it sees what the API's views answer; other pages pass untouched."""

    async def answer_async(request: HttpRequest) -> HttpResponseBase:
        return _finished(request, await get_response(request))

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _finished(request, get_response(request))

    return answer_async if iscoroutinefunction(get_response) else answer


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
