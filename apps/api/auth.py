"""Authentication of programs by a key, ``Authorization: Bearer …`` or ``x-api-key``. Cookies count for nothing here."""

from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey, User
from apps.api import limits
from apps.api.errors import ApiError
from apps.runs import hot_rows


class ApiKeyAuth(HttpBearer):
    """Lets in a valid key that carries a scope and is within its limit of requests."""

    is_async = True

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        """Read the key from Anthropic's header too, where there is no other."""
        if "Authorization" not in request.headers and (token := request.headers.get("x-api-key")):
            return self.authenticate(request, token)
        return super().__call__(request)

    async def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key: ApiKey | None = await database_sync_to_async(check_key)(request, token.strip(), self.scope)
        return key


def check_key(request: HttpRequest, token: str, scope: Scope) -> ApiKey | None:
    """Return a valid key, its request counted and its use noted; ``None`` for any other. Raise :class:`ApiError`."""
    key = api_keys.find_key(token, hot_rows.key_of_digest if settings.HOT_ROWS else api_keys.key_of_digest)
    if key is None:
        return None
    # Before the scope is looked at: a key that asks for what it may not do is limited too.
    limits.count_request(request, key)
    check_scope(key, scope)
    api_keys.note_use(key)
    return key


def check_scope(key: ApiKey, scope: Scope) -> None:
    """Raise :class:`ApiError` if a key does not carry a scope."""
    if not api_keys.allows(key, scope):
        sentence = f"This key may {', '.join(key.scopes) or 'nothing'}; the request needs the scope “{scope}”."
        raise ApiError(403, "missing_scope", sentence)


def token_of(request: HttpRequest) -> str:
    """Return the key that a request sends, '' for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if "Authorization" not in request.headers:
        return request.headers.get("x-api-key", "").strip()
    return token.strip() if scheme.lower() == "bearer" else ""


may_run, may_read, may_admin = ApiKeyAuth(Scope.RUN), ApiKeyAuth(Scope.READ), ApiKeyAuth(Scope.ADMIN)


class KeyRequest(HttpRequest):
    """The request as views behind a key get it, for types only."""

    auth: ApiKey


def key_of(request: HttpRequest) -> ApiKey:
    """Return the key of a request that was let in."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def owner_of(request: HttpRequest) -> User:
    """Return the person whose key it is."""
    return key_of(request).owner
