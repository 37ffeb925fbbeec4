"""The Web page in a browser: an administrator turns search on and tries it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.lookup.web import fake_web
from tests.runs.stack import Bench

pytestmark = pytest.mark.django_db(transaction=True)


def test_search_is_turned_on_and_tried(
    bench: Bench, open_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    bench.owner.is_staff = True
    bench.owner.save()
    with fake_web() as web:
        web.results = [
            {"url": "https://pears.example/keeping", "title": "How long pears keep", "content": "Three weeks. " * 30},
            {"url": "https://fruit.example/" + "a-long-address/" * 12, "title": "Fruit", "content": "Cool."},
        ]
        page = open_page("/models/")
        page.get_by_role("link", name="Web search").click()
        expect(page.get_by_text("Search is off.")).to_be_visible()
        assert axe(page) == []

        page.get_by_label("Search engine").select_option("searxng")
        page.get_by_label("Address", exact=True).fill(web.engine_url("searxng"))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Search is on")).to_be_visible()

        page.get_by_label("Search for").fill("pears")
        page.get_by_role("button", name="Try a search").click()
        expect(page.get_by_role("link", name="How long pears keep")).to_be_visible()
        assert axe(page) == []

        page.set_viewport_size(PHONE)
        page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Try a search").click()
    expect(page.get_by_text("SearXNG cannot be reached")).to_be_visible()
