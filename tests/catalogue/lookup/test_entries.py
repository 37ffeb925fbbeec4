"""The cache in the database: fresh and old entries, one fetcher at a time, and what is forgotten."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from apps.catalogue import tasks
from apps.catalogue.lookup import entries
from apps.catalogue.lookup.entries import LEASE, DatabaseCache
from apps.catalogue.lookup.site import open_lookups
from apps.catalogue.models import LookupEntry
from apps.lookup.cache import Entry
from tests.lookup.web import FakeWeb, fake_web

pytestmark = pytest.mark.django_db(transaction=True)
CACHE = DatabaseCache()


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with fake_web() as running:
        yield running


def test_entry_is_kept_with_its_age_and_validators() -> None:
    async def act() -> Entry | None:
        await CACHE.write("page", "https://a.example/", Entry("text", {"If-None-Match": "v1"}))
        return await CACHE.read("page", "https://a.example/")

    found = asyncio.run(act())

    assert found is not None
    assert (found.value, found.validators) == ("text", {"If-None-Match": "v1"})
    assert found.age_s >= 0
    assert asyncio.run(CACHE.read("robots", "https://a.example/")) is None


def test_lease_belongs_to_one_until_the_entry_is_there() -> None:
    async def act() -> list[bool]:
        first = [await CACHE.lease("page", "a"), await CACHE.lease("page", "a"), await CACHE.lease("page", "b")]
        await CACHE.release("page", "a")
        released = [await CACHE.lease("page", "a"), await CACHE.lease("page", "a")]
        await CACHE.write("page", "a", Entry("text"))
        return [*first, *released, await CACHE.lease("page", "a")]

    assert asyncio.run(act()) == [True, False, True, True, False, True]
    assert asyncio.run(CACHE.read("page", "b")) is None


def test_lease_of_a_process_that_is_gone_ends() -> None:
    asyncio.run(CACHE.lease("page", "a"))
    LookupEntry.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert asyncio.run(CACHE.lease("page", "a"))


def test_only_old_entries_are_forgotten() -> None:
    now = timezone.now()
    day = timedelta(days=1, seconds=1)
    rows = {
        "fresh": (now, None),
        "old": (now - day, None),
        "under way": (None, now + LEASE),
        "given up": (None, now - LEASE),
        "released": (None, None),
    }
    for key, (stored_at, leased_until) in rows.items():
        LookupEntry.objects.create(key=key, kind="page", stored_at=stored_at, leased_until=leased_until)

    tasks.forget_lookups()

    assert set(LookupEntry.objects.values_list("key", flat=True)) == {"fresh", "under way"}


@pytest.mark.parametrize("fault", [DatabaseError, InterfaceError])
def test_look_up_goes_on_without_the_database(fault: type[Exception]) -> None:
    with mock.patch.object(entries.LookupEntry, "objects", mock.Mock(filter=mock.Mock(side_effect=fault("away")))):
        assert asyncio.run(CACHE.read("page", "a")) is None


def test_two_processes_fetch_a_page_once(web: FakeWeb, settings: object) -> None:
    settings.FETCH_ALLOWED_HOSTS = [web.host]  # type: ignore[attr-defined]
    web.gate.clear()

    async def act() -> list[str]:
        doors = [open_lookups(), open_lookups()]
        fetching = [asyncio.create_task(door.fetch(web.url("/article"))) for door in doors]
        await web.is_asked()
        web.gate.set()
        pages = await asyncio.gather(*fetching)
        for door in doors:
            await door.aclose()
        return [page.title for page in pages]

    assert asyncio.run(act()) == ["Keeping pears", "Keeping pears"]
    assert len(web.asked_for("/article")) == 1
    assert set(LookupEntry.objects.values_list("kind", flat=True)) == {"page", "robots"}
