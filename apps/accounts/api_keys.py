"""Keys of programs: made here, shown once, kept as a hash, found again by it. What a key may do is its scopes."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict, Unpack

import httpx
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import ApiKey, User
from apps.outbound.addresses import PRIVATE, asked_host, may_be_public, url_of

BEGINNING = "fw-"
WEBHOOK_SECRET_BEGINNING = "whsec_"  # noqa: S105 - a prefix
"""Before the base64 of a secret, as the Standard Webhooks specification has it."""
SHOWN = len(BEGINNING) + 6
"""Characters of a key by which people know it."""
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """The permission of a key: start and stop runs, read runs and models, or all else (share, delete, …).

    With ``web`` its runs may look things up; no other scope includes that.
    """

    RUN = "run"
    READ = "read"
    ADMIN = "admin"
    WEB = "web"


class KeyLimits(TypedDict, total=False):
    """The limits of a key; ``cap_per_day`` is USD, ``None`` is no limit."""

    expires_at: datetime | None
    requests_per_minute: int | None
    concurrent_runs: int | None
    cap_per_day: Decimal | None
    webhook_hosts: list[str]


class BadHost(ValueError):
    """A text that names no host for webhooks, or one that its owner's keys may not have; the message says which."""


def webhook_host(text: str, owner: User) -> str:
    """Return a host as webhooks name it, with its port if it has one. Raise :class:`BadHost`."""
    try:
        url = url_of(f"https://{text}")
    except httpx.InvalidURL:
        url = httpx.URL()
    host = asked_host(url)
    if not host or url.raw_path != b"/" or url.userinfo or url.fragment or "?" in text:
        raise BadHost(f"“{text}” is no host. Enter it without https:// and without a path.")
    if not (owner.is_superuser or may_be_public(host)):
        raise BadHost(PRIVATE.format(host))
    return host if url.port is None else f"{host}:{url.port}"


def make_key(owner: User, name: str, scopes: Collection[Scope], **limits: Unpack[KeyLimits]) -> tuple[ApiKey, str]:
    """Make a key in a person's own team. Return it and its secret, which is stored nowhere."""
    secret = BEGINNING + secrets.token_urlsafe(32)
    ordered = [str(scope) for scope in Scope if scope in scopes]
    key = ApiKey.objects.create(
        owner=owner,
        team=owner.personal_team,
        name=name,
        prefix=secret[:SHOWN],
        digest=_digest(secret),
        scopes=ordered,
        **limits,
    )
    return key, secret


def key_of_digest(digest: str) -> ApiKey | None:
    """Return the key of which this is the hash, with its owner, whether it is valid or not."""
    return ApiKey.objects.select_related("owner").filter(digest=digest).order_by().first()


def find_key(secret: str, look_up: Callable[[str], ApiKey | None] = key_of_digest) -> ApiKey | None:
    """Return the key of a secret, or ``None`` if it is revoked or expired or its owner may not sign in.

    The lookup is by a hash of 256 random bits, so its time reveals nothing useful; the comparison takes constant time.
    """
    digest = _digest(secret)
    key = look_up(digest)
    if key is None or not constant_time_compare(key.digest, digest):
        return None
    # A closed account closes its keys.
    return key if is_valid(key) and key.owner.is_active else None


def is_valid(key: ApiKey) -> bool:
    """Return whether a key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > timezone.now())


def allows(key: ApiKey, scope: Scope) -> bool:
    """Return whether a key carries a scope; ``admin`` includes the others, and ``run`` includes ``read``."""
    implied = {Scope.READ: (Scope.READ, Scope.RUN, Scope.ADMIN), Scope.RUN: (Scope.RUN, Scope.ADMIN)}
    return any(one in key.scopes for one in implied.get(scope, (scope,)))


def note_use(key: ApiKey) -> None:
    """Record that a key was used, at most once a minute."""
    now = timezone.now()
    if key.last_used_at and key.last_used_at >= now - USE_IS_NOTED_EVERY:
        return
    # Asked again in the statement: of many requests at once, one writes.
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def revoke(key: ApiKey) -> None:
    """Close a key for good; twice is once."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def webhook_secret(key: ApiKey) -> str:
    """Return the secret with which a key's webhooks are signed.

    It is reckoned from ``SECRET_KEY`` and not stored, so a new ``SECRET_KEY`` changes it.
    """
    secret = salted_hmac("fusionweb.webhook", key.digest, algorithm="sha256").digest()
    return WEBHOOK_SECRET_BEGINNING + base64.b64encode(secret).decode()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
