"""The Web page: the engine of the site, its key that is never seen again, and a search that tries it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.connecting.environment import connect
from apps.catalogue.lookup.site import web_settings
from apps.catalogue.models import SearchSettings
from apps.catalogue.secrets import unseal
from apps.runs.spending import ledger
from apps.web.catalogue import web_views
from tests.lookup.web import Answer, FakeWeb, fake_web

PAGE, TRY = "/models/web/", "/models/web/try/"
KEY = "entered-by-hand-123"


@pytest.fixture
def fake() -> Iterator[FakeWeb]:
    with fake_web() as running:
        yield running


def form(**values: Any) -> dict[str, Any]:
    return {"engine": "", "base_url": "", "api_key": "", "price_per_1000": "", **values}


def test_page_says_that_search_is_off_and_how_to_turn_it_on(as_staff: Client) -> None:
    page = as_staff.get(PAGE).content.decode()

    assert "Search is off." in page
    assert "BRAVE_API_KEY" in page
    assert "Pages can be read" in page
    assert "Try a search" not in page


@pytest.mark.parametrize("proxy", ["", "http://proxy.test:3128"])
def test_page_says_that_pages_are_fetched_through_a_proxy(as_staff: Client, settings: Any, proxy: str) -> None:
    settings.FETCH_PROXY = proxy

    page = as_staff.get(PAGE).content.decode()

    assert ("through the proxy set in <code>FETCH_PROXY</code>" in page) is bool(proxy)


def test_page_shows_the_environment_s_engine(as_staff: Client, settings: Any) -> None:
    settings.BRAVE_API_KEY = KEY
    settings.FETCH_ALLOWED_HOSTS = ["wiki.example:8080"]

    page = as_staff.get(PAGE).content.decode()

    assert "with Brave, set in the environment" in page
    assert "wiki.example:8080" in page
    assert KEY not in page


def test_engine_is_saved_with_its_key_sealed(as_staff: Client) -> None:
    response = as_staff.post(PAGE, form(engine="brave", api_key=f" {KEY} ", price_per_1000="3.5"))

    row = SearchSettings.objects.get()
    assert response.status_code == 302
    assert KEY not in row.secrets
    assert unseal(row.secrets).api_key.get_secret_value() == KEY
    engine = web_settings().engine
    assert engine is not None
    assert (engine.label, engine.key, engine.price_per_1000) == ("Brave", KEY, Decimal("3.5"))
    assert KEY not in as_staff.get(PAGE).content.decode()


def test_key_is_kept_while_its_field_is_empty_and_the_place_the_same(as_staff: Client) -> None:
    as_staff.post(PAGE, form(engine="brave", api_key=KEY))

    assert as_staff.post(PAGE, form(engine="brave", price_per_1000="1")).status_code == 302
    assert unseal(SearchSettings.objects.get().secrets).api_key.get_secret_value() == KEY

    moved = as_staff.post(PAGE, form(engine="brave", base_url="https://93.184.215.14/v1"))
    assert moved.status_code == 400
    assert "It is not sent to another place." in moved.content.decode()
    assert as_staff.post(PAGE, form(engine="tavily")).status_code == 400
    assert as_staff.post(PAGE, form(engine="")).status_code == 302
    assert SearchSettings.objects.get().secrets == ""


def test_searxng_needs_an_address_and_no_key(as_staff: Client) -> None:
    refused = as_staff.post(PAGE, form(engine="searxng"))
    taken = as_staff.post(PAGE, form(engine="searxng", base_url="http://searxng:8080/"))

    assert (refused.status_code, taken.status_code) == (400, 302)
    assert "Enter the address of your SearXNG" in refused.content.decode()
    assert SearchSettings.objects.get().base_url == "http://searxng:8080"


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"engine": "brave"}, "Enter the key."),
        ({"engine": "brave", "api_key": "schlüssel"}, "The key contains characters that no key has."),
        (
            {"engine": "brave", "api_key": KEY, "base_url": "https://a:b@host.example"},
            "Leave user name and password out",
        ),
        ({"engine": "brave", "api_key": KEY, "price_per_1000": "-1"}, "greater than or equal to 0"),
        ({"engine": "google", "api_key": KEY}, "not one of the available choices"),
    ],
)
def test_entry_that_is_not_allowed_says_why(as_staff: Client, values: dict[str, str], sentence: str) -> None:
    response = as_staff.post(PAGE, form(**values))

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert KEY not in response.content.decode()
    assert not SearchSettings.objects.exists()


def test_search_may_be_turned_off_where_the_environment_names_an_engine(as_staff: Client, settings: Any) -> None:
    settings.BRAVE_API_KEY = KEY

    as_staff.post(PAGE, form(engine="off"))

    assert web_settings().engine is None
    assert "Search is off." in as_staff.get(PAGE).content.decode()


def test_robots_txt_may_be_passed_over_for_named_addresses(as_staff: Client) -> None:
    as_staff.post(PAGE, form())
    assert not web_settings().obeys_robots_for_named

    as_staff.post(PAGE, form(obeys_robots_for_named="on"))
    assert web_settings().obeys_robots_for_named


def test_trial_shows_what_came_and_is_paid_for(as_staff: Client, fake: FakeWeb) -> None:
    fake.results = [{"url": "https://a.example/", "title": "<b>Pears</b>", "content": "They keep."}]
    as_staff.post(PAGE, form(engine="brave", api_key=KEY, base_url=fake.engine_url("brave")))

    page = as_staff.post(TRY, {"query": "pears"}).content.decode()
    part = as_staff.post(TRY, {"query": "pears"}, headers={"HX-Request": "true"}).content.decode()

    assert "Search is on" in page
    for text in (page, part):
        assert "1 result from Brave in" in text
        assert "for $0.005" in text
        assert ">Pears</a>" in text
        assert KEY not in text
    assert "<html" not in part
    assert [one.query["q"] for one in fake.asked] == ["pears", "pears"]


def test_trial_books_its_cost(as_staff: Client, fake: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    booked: list[Decimal] = []
    monkeypatch.setattr(ledger, "book", lambda user, cost: booked.append(cost))
    as_staff.post(PAGE, form(engine="brave", api_key=KEY, base_url=fake.engine_url("brave")))
    fake.results = [{"url": "https://a.example/", "title": "A"}]

    as_staff.post(TRY, {"query": "pears"})

    assert booked == [Decimal("0.005")]


@pytest.mark.parametrize(
    "answer, sentence",
    [
        (Answer(status=401, media="application/json"), "Brave refuses the key. Enter another on the Web search page."),
        (Answer(b'{"web": {"results": []}}', "application/json"), "Brave answered, and found nothing for these words."),
        (Answer(b"<html>"), "Brave answered with a web page in place of results. Check its address."),
    ],
)
def test_trial_says_why_nothing_came(as_staff: Client, fake: FakeWeb, answer: Answer, sentence: str) -> None:
    fake.engine_answers = [answer]
    as_staff.post(PAGE, form(engine="brave", api_key=KEY, base_url=fake.engine_url("brave")))

    assert sentence in as_staff.post(TRY, {"query": "pears"}).content.decode()


def test_trial_without_an_engine_or_words_asks_nobody(as_staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_views.asyncio, "run", lambda _: pytest.fail("asked"))

    assert (
        "Web search is off" in as_staff.post(TRY, {"query": "pears"}, headers={"HX-Request": "true"}).content.decode()
    )
    assert "Enter a few words" in as_staff.post(TRY, {"query": " "}, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("method, address", [("get", PAGE), ("post", PAGE), ("post", TRY)])
def test_page_is_for_staff(as_charlie: Client, client: Client, db: None, method: str, address: str) -> None:
    assert getattr(as_charlie, method)(address, form(engine="")).status_code == 403
    assert getattr(client, method)(address).status_code == 302
    assert not SearchSettings.objects.exists()


def test_key_is_sealed_anew_at_the_next_start(as_staff: Client, settings: Any) -> None:
    as_staff.post(PAGE, form(engine="brave", api_key=KEY))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "the-next-one"

    lost = connect({})
    settings.SECRET_KEY_FALLBACKS = [old]
    connect({})
    settings.SECRET_KEY_FALLBACKS = []

    assert "Web search: the key of its engine cannot be decrypted; enter it again on the Web search page" in lost
    assert unseal(SearchSettings.objects.get().secrets).api_key.get_secret_value() == KEY


def test_key_that_cannot_be_decrypted_is_asked_for_again(as_staff: Client, settings: Any) -> None:
    as_staff.post(PAGE, form(engine="brave", api_key=KEY))
    settings.SECRET_KEY = "the-next-one"
    as_staff.force_login(User.objects.get(username="staff"))  # its session was signed with the old one

    page = as_staff.get(PAGE).content.decode()

    assert "The key cannot be decrypted" in page
