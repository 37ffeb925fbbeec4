"""The server: the library's protocol and tools, and the methods of resources, which it has not."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_mcpz.headers import decode_header_value
from django_mcpz.jsonrpc import INVALID_PARAMS, Message, MessageError, decode_message, error_response
from django_mcpz.legacy import is_legacy_request
from django_mcpz.server import HEADER_MISMATCH, MCPServer, ToolError
from pydantic import BaseModel, ValidationError

from apps.accounts.api_keys import Scope
from apps.api.auth import check_scope, key_of
from apps.api.errors import of_exception, of_validation
from apps.api.mcp.resources import UnknownResource, list_runs, list_templates, read_run
from apps.api.mcp.schemas import WithoutTitles
from apps.api.options import Strict
from apps.fusion.refusal import Refusal

Arguments = TypeVar("Arguments", bound=Strict)

INSTRUCTIONS = (
    "Asks several language models at once, compares their answers and fuses them into one. Start with fuse_start, then "
    "call fuse_wait until is_settled is true; models take from seconds to minutes. Show people the url. Contradictions "
    "are where models disagree: look at them before you rely on the answer."
)
DESCRIBES_ITSELF = ("initialize", "server/discover")
UNKNOWN_RESOURCE_BEFORE_2026 = -32002
UNCACHED = {"ttlMs": 0, "cacheScope": "private"}
"""Runs change while they are read."""


class RunServer(MCPServer):
    """The library's server with runs as resources. The view has let the request in before."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        message = _message_of(request)
        if message is None or not self._origin_allowed(request):
            return super().__call__(request)
        if message.method.startswith("resources/") and message.id is not msgspec.UNSET:
            return self._resources(request, message)
        response = super().__call__(request)
        if message.method in DESCRIBES_ITSELF and response.status_code == 200:
            body = orjson.loads(response.content)
            if "result" in body:
                body["result"]["capabilities"]["resources"] = {}
                response.content = orjson.dumps(body)
        return response

    def _origin_allowed(self, request: HttpRequest) -> bool:
        allowed = settings.API_CORS_ORIGINS
        return super()._origin_allowed(request) or "*" in allowed or request.headers["Origin"] in allowed

    def _resources(self, request: HttpRequest, message: Message) -> HttpResponse:
        """Answer a method of resources; raise :class:`ApiError`."""
        assert not isinstance(message.id, msgspec.UnsetType)
        params = {} if isinstance(message.params, msgspec.UnsetType) else message.params
        is_legacy = is_legacy_request(request)
        if not is_legacy:
            refusal = self._validate_metadata(request, message.id, message.method, params)
            if refusal is None and message.method == "resources/read" and not _is_named(request, params.get("uri")):
                sentence = "The Mcp-Name header does not name the resource"
                refusal = error_response(message.id, HEADER_MISMATCH, sentence, status=HTTPStatus.BAD_REQUEST)
            if refusal is not None:
                return refusal
        match message.method:
            case "resources/list":
                result = list_runs(request, params.get("cursor"))
            case "resources/templates/list":
                result = list_templates()
            case "resources/read":
                try:
                    result = read_run(request, params.get("uri"))
                except UnknownResource as error:
                    code = UNKNOWN_RESOURCE_BEFORE_2026 if is_legacy else INVALID_PARAMS
                    return error_response(message.id, code, str(error), data={"uri": params.get("uri")})
            case _:
                return super().__call__(request)
        return self._result(request, message.id, {**result, **UNCACHED})


server = RunServer(
    name="fusionweb",
    title="FusionWeb",
    version="1",
    instructions=INSTRUCTIONS,
    auth=lambda _: None,  # the view has done it, in words of its own
)


def tool(
    arguments: type[Arguments], result: type[BaseModel], scope: Scope, title: str
) -> Callable[[Callable[[HttpRequest, Arguments], BaseModel]], Callable[[HttpRequest, Arguments], BaseModel]]:
    """Offer a function as a tool by its name and docstring, for keys with a ``scope``; its refusals become sentences.

    Tools for which ``read`` is enough change nothing.
    """

    def register(
        function: Callable[[HttpRequest, Arguments], BaseModel],
    ) -> Callable[[HttpRequest, Arguments], BaseModel]:
        def call(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
            try:
                check_scope(key_of(request), scope)
                answer = function(request, arguments.model_validate(given))
            except ValidationError as error:
                problems = [{**problem, "loc": ("body", "arguments", *problem["loc"])} for problem in error.errors()]
                raise ToolError(of_validation(problems, given).message) from None
            except Refusal as error:
                raise ToolError(error.sentence) from None
            except Exception as error:  # noqa: BLE001 - whatever it is, the calling model needs a sentence
                raise ToolError(of_exception(error).message) from None
            return answer.model_dump(mode="json")

        is_read_only = scope is Scope.READ
        server.tool(
            name=function.__name__,
            title=title,
            description=(function.__doc__ or "").strip(),
            input_schema=arguments.model_json_schema(schema_generator=WithoutTitles),
            output_schema=result.model_json_schema(schema_generator=WithoutTitles, mode="serialization"),
            read_only=is_read_only,
            destructive=False,
            idempotent=is_read_only,
            open_world=not is_read_only,
        )(call)
        return function

    return register


def id_of(request: HttpRequest) -> str | int | None:
    """Return the id of a request's message, ``None`` where there is none or it cannot be read."""
    message = _message_of(request)
    return None if message is None or isinstance(message.id, msgspec.UnsetType) else message.id


def _message_of(request: HttpRequest) -> Message | None:
    with suppress(MessageError):
        return decode_message(request.body) if request.method == "POST" else None
    return None


def _is_named(request: HttpRequest, uri: Any) -> bool:
    with suppress(ValueError):
        return bool(decode_header_value(request.headers.get("Mcp-Name", "")) == uri)
    return False
