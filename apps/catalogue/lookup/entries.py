"""The cache of look-ups in the database, which all processes share; without the database they go on without one."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q
from django.utils import timezone

from apps.catalogue.models import LookupEntry
from apps.lookup.cache import Entry

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
"""The time after which a process that fetches counts as gone: longer than a look-up may take."""
KEPT = timedelta(hours=24)

T = TypeVar("T")


async def in_database_thread(work: Callable[[], T]) -> T:
    """Run work on the database in a thread, which gives its connection back."""

    def closing() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(closing)


class DatabaseCache:
    """Entries as rows of :class:`LookupEntry`."""

    async def read(self, kind: str, name: str) -> Entry | None:
        """Return an entry, however old."""

        def work() -> Entry | None:
            row = LookupEntry.objects.filter(key=_key(kind, name)).exclude(stored_at=None).first()
            if row is None or row.stored_at is None:
                return None
            return Entry(row.value, row.validators, (timezone.now() - row.stored_at).total_seconds())

        return await _unless_away(work, None)

    async def write(self, kind: str, name: str, entry: Entry) -> None:
        """Keep an entry, and let go of the lease on its name."""
        columns = {
            "kind": kind,
            "value": entry.value,
            "validators": dict(entry.validators),
            "stored_at": timezone.now(),
            "leased_until": None,
        }

        def work() -> None:
            LookupEntry.objects.update_or_create(key=_key(kind, name), defaults=columns)

        await _unless_away(work, None)

    async def lease(self, kind: str, name: str) -> bool:
        """Return whether the caller is the one to fetch it; ``False`` while another process does."""

        def work() -> bool:
            now = timezone.now()
            key, until = _key(kind, name), now + LEASE
            _, is_new = LookupEntry.objects.get_or_create(key=key, defaults={"kind": kind, "leased_until": until})
            is_free = Q(leased_until=None) | Q(leased_until__lte=now)
            return is_new or bool(LookupEntry.objects.filter(is_free, key=key).update(leased_until=until))

        return await _unless_away(work, True)

    async def release(self, kind: str, name: str) -> None:
        """Let go of a lease whose holder fetched nothing."""
        await _unless_away(lambda: LookupEntry.objects.filter(key=_key(kind, name)).update(leased_until=None), 0)


async def _unless_away(work: Callable[[], T], otherwise: T) -> T:
    """Run work on the database; where that is away, a look-up goes on with ``otherwise``, without a cache."""
    try:
        return await in_database_thread(work)
    except (DatabaseError, InterfaceError) as error:
        log.warning("A look-up goes on without its cache: %s", error)
        return otherwise


def forget_old_entries() -> int:
    """Delete what was stored more than a day ago, and return how many entries that were."""
    now = timezone.now()
    is_old = Q(stored_at__lt=now - KEPT) | Q(stored_at=None, leased_until__lt=now)
    return LookupEntry.objects.filter(is_old | Q(stored_at=None, leased_until=None)).delete()[0]


def _key(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()
