"""The part that every answer of the API has in common: headers, errors in the envelope, and answers to browsers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_only_middleware

from apps.api.errors import of_status

PREFIXES = ("/v1/", "/api/v1/", "/mcp")
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Max-Age": "86400",
}
COMPRESSED_FROM = 10_000
"""Bytes; smaller answers gain nothing that would pay for the work."""
COMPRESSION = GZipMiddleware(lambda _: HttpResponse())
EXPOSED = (
    "Retry-After, X-Analysis-Status, X-Answer-Kind, X-Cache, X-Ignored-Parameters, X-Panel, X-Request-Id, X-Route, "
)
EXPOSED += "X-Route-Rule, X-Should-Retry, "
EXPOSED += "X-RateLimit-Limit-Requests, X-RateLimit-Remaining-Requests, X-RateLimit-Reset-Requests"


@sync_only_middleware
def api_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Finish the answers of the API's views; other pages pass untouched. It stands last, to be next to the views.

    It is synchronous, so that all others are too: the whole chain then runs in one thread, where each middleware that
    Django adapts to a coroutine would hand the request from thread to thread twice.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIXES):
            response: HttpResponseBase = get_response(request)
            return response
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _with_cors(request, _preflight(request))
        return _with_cors(request, _finished(request, get_response(request)))

    return answer


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    # An error without JSON is a page of Django's own: for a wrong address, method or host.
    if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
        plain, response = response, of_status(response.status_code).response(request)
        if "Allow" in plain:
            response["Allow"] = plain["Allow"]
    allowance = getattr(request, "allowance", None)
    if allowance:
        for name, value in allowance.headers.items():
            response[name] = value
    if ignored := getattr(request, "ignored_parameters", ()):
        response["X-Ignored-Parameters"] = ", ".join(ignored)
    if run_id := getattr(request, "run_id", ""):
        response["X-Request-Id"] = response["Request-Id"] = run_id
    for name, value in getattr(request, "answer_headers", {}).items():
        response[name] = value
    response.setdefault("Cache-Control", "no-store")
    return _compressed(request, response)


def _compressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return a large document compressed, to those that take it; streams pass as they are, event by event."""
    if not isinstance(response, HttpResponse) or len(response.content) < COMPRESSED_FROM:
        return response
    compressed: HttpResponseBase = COMPRESSION.process_response(request, response)
    return compressed


def _preflight(request: HttpRequest) -> HttpResponse:
    """Return the answer to a browser that asks whether it may send a request; it asks without a key."""
    headers = {"Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "")}
    return HttpResponse(status=204, headers=PREFLIGHT | {name: value for name, value in headers.items() if value})


def _with_cors(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Let pages of the origins of ``API_CORS_ORIGINS`` read the answer. A key is no cookie: it is not sent unasked."""
    allowed, origin = settings.API_CORS_ORIGINS, request.headers.get("Origin", "")
    if not allowed:
        return response
    if "*" in allowed or origin in allowed:
        response["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
        response["Access-Control-Expose-Headers"] = EXPOSED
    # Also without a match, or a cache would give one origin's answer to another.
    patch_vary_headers(response, ["Origin"])
    return response
