"""The view: lets keys in as the API does, and hands their messages to the server."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django_mcpz.jsonrpc import INVALID_REQUEST, PARSE_ERROR, error_response

from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.api.auth import check_key, token_of
from apps.api.body import StrictParser
from apps.api.errors import NO_KEY, ApiError, of_exception
from apps.api.mcp import tools
from apps.api.mcp.server import id_of

REFUSED = -32000
"""JSON-RPC leaves the codes down to -32099 to servers; MCP takes those from -32020 on."""
UNREADABLE = {"invalid_json": PARSE_ERROR, "request_too_large": INVALID_REQUEST}
REALM = 'Bearer realm="FusionWeb"'


@csrf_exempt
def mcp(request: HttpRequest) -> HttpResponse:
    """Answer one message of the Model Context Protocol. A key that may read may connect; each tool has a scope."""
    try:
        if request.method == "POST":
            request.auth = _key(request)  # type: ignore[attr-defined]
            StrictParser().parse_body(request)
        return tools.server(request)
    except (ApiError, RequestDataTooBig, OperationalError, InterfaceError) as error:
        return _refusal(request, of_exception(error))


def _key(request: HttpRequest) -> ApiKey:
    """Return the key of a request, counted and noted as used; raise :class:`ApiError`."""
    token = token_of(request)
    try:
        key = check_key(request, token, Scope.READ) if token else None
    except ApiError as error:
        if error.status == 403:
            error.headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="read"'}
        raise
    if key is None:
        challenge = f'{REALM}, error="invalid_token"' if token else REALM
        raise ApiError(401, "invalid_api_key", NO_KEY, headers={"WWW-Authenticate": challenge})
    return key


def _refusal(request: HttpRequest, error: ApiError) -> HttpResponse:
    code = UNREADABLE.get(error.code)
    request_id = None if code else id_of(request)
    data, status = {"code": error.code}, HTTPStatus(error.status)
    response = error_response(request_id, code or REFUSED, error.message, data=data, status=status)
    for name, value in error.headers.items():
        response[name] = value
    return response
