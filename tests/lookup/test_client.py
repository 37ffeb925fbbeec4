"""The client: settings, cache, revalidation, robots.txt, and each request made once."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from apps.fusion.lookups import LookupFailure, LookupFault
from apps.lookup.client import Lookups, WebSettings
from apps.lookup.engines import engine_of
from apps.lookup.engines.base import EngineName
from tests.lookup.kept import MemoryCache, door, rules_for
from tests.lookup.web import Answer, FakeWeb

HOUR = 3600.0


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache()


async def fault_of(lookups: Lookups, url: str, **options: bool) -> LookupFailure:
    with pytest.raises(LookupFault) as caught:
        await lookups.fetch(url, **options)
    return caught.value.code


async def test_search_without_an_engine_says_how_to_turn_it_on(web: FakeWeb) -> None:
    async with door(web, WebSettings()) as lookups:
        with pytest.raises(LookupFault) as caught:
            await lookups.search("pears")

        assert await lookups.engine() is None
        assert caught.value.code is LookupFailure.NOT_CONFIGURED
        assert "Web search page" in caught.value.sentence


async def test_fetch_works_without_an_engine(web: FakeWeb) -> None:
    async with door(web, WebSettings(rules=rules_for(web))) as lookups:
        assert (await lookups.fetch(web.url("/article"))).title == "Keeping pears"


async def test_same_search_within_a_quarter_of_an_hour_costs_nothing(web: FakeWeb, cache: MemoryCache) -> None:
    web.results = [{"url": "https://a.example/", "title": "A"}]
    brave = engine_of(EngineName.BRAVE, base_url=web.engine_url("brave"), key="k")
    async with door(web, WebSettings(brave), cache) as lookups:
        first = await lookups.search("pears  keep")
        again = await lookups.search(" pears keep")
        other = await lookups.search("pears keep", 6)
        cache.passed_s = HOUR / 4 + 1
        later = await lookups.search("pears keep")

    assert [one.cost for one in (first, again, other, later)] == [
        Decimal("0.005"),
        0,
        Decimal("0.005"),
        Decimal("0.005"),
    ]
    assert first.hits == again.hits
    assert len(web.asked) == 3


async def test_same_search_at_the_same_time_is_made_and_paid_once(web: FakeWeb) -> None:
    brave = engine_of(EngineName.BRAVE, base_url=web.engine_url("brave"), key="k")
    web.gate.clear()
    async with door(web, WebSettings(brave)) as lookups:
        searching = [asyncio.create_task(lookups.search("pears")) for _ in range(3)]
        await web.is_asked()
        web.gate.set()
        found = await asyncio.gather(*searching)

    assert sorted(one.cost or 0 for one in found) == [0, 0, Decimal("0.005")]
    assert len(web.asked) == 1


async def test_page_is_asked_for_once_in_an_hour_under_any_spelling(web: FakeWeb, cache: MemoryCache) -> None:
    async with door(web, cache=cache) as lookups:
        first = await lookups.fetch(web.url("/article"))
        again = await lookups.fetch(web.url("/article#apples"))
        cache.passed_s = HOUR + 1
        await lookups.fetch(web.url("/article"))

    assert again == first.model_copy(update={"url": web.url("/article#apples")})
    assert len(web.asked_for("/article")) == 2


async def test_page_that_another_process_has_just_fetched_is_not_asked_for_again(
    web: FakeWeb, cache: MemoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door(web, cache=cache) as other:
        fetched = await other.fetch(web.url("/article"))
    stored = cache.entries.pop(("page", web.url("/article")))

    async def lease(kind: str, name: str) -> bool:
        # The other one stores it between this one's look and its lease.
        if kind == "page":
            cache.entries[kind, name] = stored
        return await MemoryCache.lease(cache, kind, name)

    monkeypatch.setattr(cache, "lease", lease)
    async with door(web, cache=cache) as lookups:
        assert await lookups.fetch(web.url("/article")) == fetched

    assert len(web.asked_for("/article")) == 1
    assert cache.leased == set()


async def test_old_page_is_asked_for_again_only_if_it_changed(web: FakeWeb, cache: MemoryCache) -> None:
    web.page("/pears", Answer(b"<p>Pears keep for three weeks.</p>", headers={"ETag": '"v1"'}))
    async with door(web, cache=cache) as lookups:
        first = await lookups.fetch(web.url("/pears"))
        cache.passed_s = HOUR + 1
        revalidated = await lookups.fetch(web.url("/pears"))
        cache.passed_s += 10
        await lookups.fetch(web.url("/pears"))
        web.page("/pears", Answer(b"<p>Pears keep for four weeks.</p>", headers={"ETag": '"v2"'}))
        cache.passed_s += HOUR
        changed = await lookups.fetch(web.url("/pears"))

    assert revalidated == first
    assert [one.headers.get("if-none-match") for one in web.asked_for("/pears")] == [None, '"v1"', '"v1"']
    assert changed.text == "Pears keep for four weeks."


async def test_text_begins_at_the_offset(web: FakeWeb) -> None:
    web.page("/long", Answer(b"0123456789", "text/plain"))
    async with door(web) as lookups:
        assert (await lookups.fetch(web.url("/long"), 4)).text == "456789"
        with pytest.raises(LookupFault, match="The page has 10 characters, so none at offset 10"):
            await lookups.fetch(web.url("/long"), 10)


async def test_columns_that_want_the_same_page_fetch_it_once(web: FakeWeb) -> None:
    web.gate.clear()
    async with door(web) as lookups:
        fetching = [asyncio.create_task(lookups.fetch(web.url("/article"))) for _ in range(4)]
        await web.is_asked()
        web.gate.set()
        pages = await asyncio.gather(*fetching)

    assert len(set(pages)) == 1
    assert len(web.asked_for("/article")) == 1


async def test_failure_is_told_to_all_who_wait_and_is_not_kept(web: FakeWeb, cache: MemoryCache) -> None:
    web.gate.clear()
    async with door(web, cache=cache) as lookups:
        fetching = [asyncio.create_task(lookups.fetch(web.url("/broken"))) for _ in range(2)]
        await web.is_asked()
        web.gate.set()
        faults = await asyncio.gather(*fetching, return_exceptions=True)
        web.page("/broken", "<p>It works again.</p>")
        page = await lookups.fetch(web.url("/broken"))

    assert [type(fault) for fault in faults] == [LookupFault, LookupFault]
    assert page.text.endswith("It works again.")
    assert cache.leased == set()


async def test_cancelled_column_leaves_the_page_to_the_next(web: FakeWeb, cache: MemoryCache) -> None:
    web.gate.clear()
    async with door(web, cache=cache) as lookups:
        first = asyncio.create_task(lookups.fetch(web.url("/article")))
        await web.is_asked()
        second = asyncio.create_task(lookups.fetch(web.url("/article")))
        await asyncio.sleep(0)
        first.cancel()
        web.gate.set()

        assert (await second).title == "Keeping pears"
        assert first.cancelled()


async def test_page_that_another_process_fetches_is_waited_for(web: FakeWeb, cache: MemoryCache) -> None:
    async with door(web, cache=cache) as one, door(web, cache=cache) as other:
        web.gate.clear()
        fetching = [asyncio.create_task(lookups.fetch(web.url("/article"))) for lookups in (one, other)]
        await web.is_asked()
        web.gate.set()
        first, second = await asyncio.gather(*fetching)

    assert first == second
    assert len(web.asked_for("/article")) == 1


async def test_entry_of_an_earlier_version_is_fetched_anew(web: FakeWeb, cache: MemoryCache) -> None:
    async with door(web, cache=cache) as lookups:
        await lookups.fetch(web.url("/article"))
        key = ("page", web.url("/article"))
        cache.entries[key] = (replace(cache.entries[key][0], value='{"old": 1}'), cache.entries[key][1])

        assert (await lookups.fetch(web.url("/article"))).title == "Keeping pears"


async def test_robots_txt_closes_a_page_and_is_asked_for_once_a_day(web: FakeWeb, cache: MemoryCache) -> None:
    web.page("/robots.txt", Answer(b"User-agent: *\nDisallow: /article\nAllow: /", "text/plain"))
    async with door(web, cache=cache) as lookups:
        assert await fault_of(lookups, web.url("/article")) is LookupFailure.ROBOTS_DISALLOWED
        assert await fault_of(lookups, web.url("/to-article")) is LookupFailure.ROBOTS_DISALLOWED
        assert (await lookups.fetch(web.url("/notes.txt"))).text
        assert len(web.asked_for("/robots.txt")) == 1
        cache.passed_s = 24 * HOUR + 1
        await fault_of(lookups, web.url("/article"))

    assert len(web.asked_for("/robots.txt")) == 2
    assert web.asked_for("/article") == []


async def test_robots_txt_may_name_this_program(web: FakeWeb) -> None:
    web.page("/robots.txt", Answer(b"User-agent: *\nAllow: /\n\nUser-agent: fusionweb\nDisallow: /", "text/plain"))
    async with door(web) as lookups:
        assert await fault_of(lookups, web.url("/article")) is LookupFailure.ROBOTS_DISALLOWED


@pytest.mark.parametrize("obeys_for_named", [True, False])
async def test_address_of_the_person_may_be_excepted_from_robots_txt(web: FakeWeb, obeys_for_named: bool) -> None:
    web.page("/robots.txt", Answer(b"User-agent: *\nDisallow: /", "text/plain"))
    settings = WebSettings(rules=rules_for(web), obeys_robots_for_named=obeys_for_named)
    async with door(web, settings) as lookups:
        assert await fault_of(lookups, web.url("/article")) is LookupFailure.ROBOTS_DISALLOWED
        if obeys_for_named:
            assert await fault_of(lookups, web.url("/article"), is_named=True) is LookupFailure.ROBOTS_DISALLOWED
        else:
            assert (await lookups.fetch(web.url("/article"), is_named=True)).title == "Keeping pears"


@pytest.mark.parametrize(
    "robots",
    [
        Answer(status=404), Answer(status=403), Answer(b"<html>Disallow: /</html>"), Answer(b"\x00\xff\xfe%%%",
        "text/plain"),
        Answer(b"x" * 3 * 2**20, "text/plain"), Answer(b"Disallow: /", "image/png"), Answer(b"", "text/plain"),
    ],
)  # fmt: skip
async def test_robots_txt_that_says_nothing_closes_nothing(web: FakeWeb, robots: Answer) -> None:
    web.page("/robots.txt", robots)
    async with door(web) as lookups:
        assert (await lookups.fetch(web.url("/article"))).title == "Keeping pears"


async def test_server_that_cannot_show_its_robots_txt_closes_all_for_minutes(web: FakeWeb, cache: MemoryCache) -> None:
    web.page("/robots.txt", Answer(status=503))
    async with door(web, cache=cache) as lookups:
        assert await fault_of(lookups, web.url("/article")) is LookupFailure.ROBOTS_DISALLOWED
        del web.pages["/robots.txt"]
        assert await fault_of(lookups, web.url("/article")) is LookupFailure.ROBOTS_DISALLOWED
        cache.passed_s = 301

        assert (await lookups.fetch(web.url("/article"))).title == "Keeping pears"


async def test_address_inside_is_refused_also_from_the_cache(web: FakeWeb, cache: MemoryCache) -> None:
    async with door(web, cache=cache) as lookups:
        await lookups.fetch(web.url("/article"))
    async with door(web, WebSettings(), cache) as stricter:
        assert await fault_of(stricter, web.url("/article")) is LookupFailure.URL_NOT_ALLOWED
