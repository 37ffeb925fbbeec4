"""Columns that search the web and share the search; their contradiction is settled with a source and fused again."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.catalogue.models import SearchSettings
from apps.fusion.lookup_steps import LookupSettings
from tests.browser.conftest import ARTIFACTS
from tests.lookup.web import fake_web
from tests.runs.stack import Bench

pytestmark = pytest.mark.django_db(transaction=True)

YEARS = "It was finished in 1889, for the World's Fair in Paris."
TEXTS = {
    "tall": f'The Eiffel Tower is 330 metres tall [1: "exactly 330 metres tall"]. {YEARS}',
    "small": f'The Eiffel Tower is 300 metres tall [1: "barely 300 metres tall"]. {YEARS}',
    "tall-too": f'The Eiffel Tower is 330 metres tall [1: "exactly 330 metres tall"]. {YEARS}',
}
SETTLED = 'It is 330 metres tall [1: "exactly 330 metres tall"].'


def searching(bench: Bench, name: str, text: str) -> str:
    """Return a model that searches once and answers ``text``."""
    call = {"name": "web_search", "arguments": json.dumps({"query": "height of the tower"})}
    return bench.model(name, "looks-up", rounds=[{"calls": [call]}], text=text)


def test_contradiction_of_columns_that_searched_is_settled_and_fused_again(
    bench: Bench, open_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    models = [searching(bench, name, text) for name, text in TEXTS.items()]
    searching(bench, "looker", SETTLED)
    writer = bench.model("writer", text="The answers disagree on its height.")
    with fake_web() as web:
        SearchSettings.objects.create(engine="searxng", base_url=web.engine_url("searxng"))
        words = "Since 2022 the tower is exactly 330 metres tall."
        web.results = [{"url": "https://tower.example/height", "title": "Height of the tower", "content": words}]
        run = bench.finish(bench.start(*models, writer=writer, web=LookupSettings()))
        page = open_page(run.get_absolute_url())
        for slot in "ABC":
            expect(page.locator(f"#slot-{slot} .lookups")).to_contain_text("searched “height of the tower”")
        for slot, unfound in (("A", 0), ("B", 1), ("C", 0)):
            expect(page.locator(f"#slot-{slot} .prose a.cite")).to_have_count(1)
            expect(page.locator(f"#slot-{slot} .prose a.cite.unfound")).to_have_count(unfound)
        assert len(web.asked) == 1

        page.locator("#rulings > summary").click()
        page.get_by_role("button", name="Settle this").first.click()
        page.locator("#settle-model").select_option("up/looker")
        expect(page.locator("#settle-form .price")).to_contain_text("1 call, ")
        page.get_by_role("button", name="Look it up").click()
        proposed = page.locator("#settlements textarea")
        expect(proposed).to_have_value(SETTLED, timeout=60_000)
        expect(page.locator("#settlements")).to_contain_text("words found there")
        page.locator("#agreement").screenshot(path=ARTIFACTS / "settled.png")
        assert axe(page) == []
        page.get_by_role("button", name="Accept").click()
        expect(page.locator("#settlements")).to_contain_text("Accepted as a ruling")

        bench.model("writer", "ok", text=SETTLED)
        page.get_by_role("button", name="Fuse again with rulings").click()
        expect(page.locator("#answer > .prose")).to_contain_text("It is 330 metres tall", timeout=60_000)
        expect(page.locator("#answer > .prose a.cite:not(.unfound)")).to_have_count(1)
