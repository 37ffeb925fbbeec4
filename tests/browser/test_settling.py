"""Columns that search the web at the same time; what they contradict each other on is settled with a source."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.catalogue.models import SearchSettings
from apps.fusion.lookup_steps import LookupSettings
from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import DRAW_ANEW, let_rest
from tests.browser.test_form import hold, let_go
from tests.browser.test_offscreen import drawn_anew
from tests.lookup.web import fake_web
from tests.runs.stack import Bench
from tests.services import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

YEARS = "It was finished in 1889, for the World's Fair in Paris."
TEXTS = {
    "tall": f'The Eiffel Tower is 330 metres tall [1: "exactly 330 metres tall"]. {YEARS}',
    "small": f'The Eiffel Tower is 300 metres tall [1: "exactly 300 metres tall"]. {YEARS}',
    "tall-too": f'The Eiffel Tower is 330 metres tall [1: "exactly 330 metres tall"]. {YEARS}',
}
SETTLED = 'It is 330 metres tall [1: "exactly 330 metres tall"].'
TYPE_AS_SOON_AS_IT_COMES = """() => new MutationObserver((changes, observer) => {
  const box = document.querySelector("#settle-model-box");
  if (!box) return;
  observer.disconnect();
  box.focus();
}).observe(document.body, { childList: true, subtree: true })"""

ASKS_FOR_ITSELF = """() => {
  const part = document.getElementById("settlements");
  part.setAttribute("hx-get", `${location.pathname}settlements/`);
  part.setAttribute("hx-trigger", "every 1s");
  htmx.process(part);
}"""
"""Lets the points that were looked up ask for themselves, as while another one still is."""


def searching(query: str) -> list[dict[str, Any]]:
    """Return the one round of a model that searches."""
    return [{"before": "", "calls": [{"name": "web_search", "arguments": json.dumps({"query": query})}]}]


def panel_that_waits(bench: Bench) -> list[str]:
    """Return models of which none searches before it is released."""
    return [
        bench.model(name, "looks-up", rounds=[{**searching(f"tower {name}")[0], "before": "I look."}], text=text,
                    gate_after=0)
        for name, text in TEXTS.items()
    ]  # fmt: skip


def test_columns_search_at_the_same_time_and_their_contradiction_is_settled(
    bench: Bench, open_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    settled = {"rounds": searching("height"), "settled": "Its owner says 330 metres [1: 'exactly 330 metres tall']."}
    judge = bench.model("judge", "judge", **settled)
    bench.model("looker", "looks-up", rounds=searching("height of the tower"), text=SETTLED)
    writer = bench.model("writer", text="The answers disagree on its height.")
    with fake_web() as web:
        SearchSettings.objects.create(engine="searxng", base_url=web.engine_url("searxng"))
        words = "Since 2022 the tower is exactly 330 metres tall."
        web.results = [{"url": "https://tower.example/height", "title": "Height of the tower", "content": words}]
        run = bench.start(*panel_that_waits(bench), judge=judge, writer=writer, web=LookupSettings())
        page = open_page(run.get_absolute_url())
        wait_until(lambda: all(bench.upstream.ledger(name) for name in TEXTS), "all columns are asked")
        web.gate.clear()
        for name in TEXTS:
            bench.upstream.release(name)
        wait_until(lambda: len(web.asked) == 3, "three columns search")
        expect(page.locator("#web-sources")).to_be_hidden()
        for slot, name in zip("ABC", TEXTS, strict=True):
            expect(page.locator(f"#slot-{slot} .lookups")).to_contain_text(f"searches “tower {name}”")
        web.gate.set()
        bench.finish(run)
        for slot, unfound in (("A", 0), ("B", 1), ("C", 0)):
            expect(page.locator(f"#slot-{slot} .lookups")).to_contain_text("1 result")
            expect(page.locator(f"#slot-{slot} .prose a.cite")).to_have_count(1)
            expect(page.locator(f"#slot-{slot} .prose a.cite.unfound")).to_have_count(unfound)
        topic = page.locator("#agreement .contradiction .topic")
        expect(topic).to_contain_text("Its owner says 330 metres")
        expect(topic.locator("a.cite")).to_have_attribute("href", "#source-1")
        expect(topic.locator("a.cite:not(.unfound)")).to_have_attribute("title", re.compile(", found in the source$"))
        expect(page.locator("#source-1 .chip[data-slot]")).to_have_text(["A", "B", "C"])

        page.locator("#rulings > summary").click()
        page.evaluate(TYPE_AS_SOON_AS_IT_COMES)
        page.get_by_role("button", name="Settle this").first.click()
        box, fetched = page.locator("#settle-model-box"), []
        expect(page.locator("#settle-form .go .price")).to_contain_text("1 call, ")  # it is all there
        expect(box).to_be_focused()
        page.keyboard.type("look")
        expect(page.locator(".model-list:popover-open [role=option]")).to_have_count(1)
        page.evaluate("() => document.querySelector('#rulings > .within').classList.add('htmx-settling')")  # just come
        page.on("request", lambda request: fetched.append(request.url) if "/rulings/" in request.url else None)
        page.evaluate(DRAW_ANEW, "agreement")  # as while others still write: what is typed here stays
        expect(box).to_be_focused()
        expect(page.locator(".model-list:popover-open [role=option]")).to_have_count(1)
        page.keyboard.type("er")
        page.keyboard.press("Enter")
        expect(box).to_have_value("looker")
        assert fetched == []
        expect(page.locator("#settle-form .go .price")).to_contain_text("1 call, ")
        page.get_by_role("button", name="Look it up").click()
        proposed = page.locator("#settlements textarea")
        expect(proposed).to_have_value(SETTLED, timeout=60_000)
        expect(page.locator("#settlements")).to_contain_text("words found there")
        page.locator("#agreement").screenshot(path=ARTIFACTS / "settled.png")
        assert axe(page) == []
        proposed.press("Control+Home")
        page.keyboard.type("Yes. ")
        with drawn_anew(page, "#settlements"):
            page.evaluate(ASKS_FOR_ITSELF)
        expect(proposed).to_have_value(f"Yes. {SETTLED}")
        expect(proposed).to_be_focused()
        held = hold(page, "/rulings/save/")
        page.locator("#ruling-remark").fill("Trust its owner.")
        page.get_by_role("button", name="Accept").click()
        with page.expect_response("**/settlements/"):
            page.evaluate(ASKS_FOR_ITSELF)
        let_rest(page, 50)
        expect(proposed).to_be_visible()  # or the remark, which is not saved yet, would be gone
        let_go(page, held)
        expect(page.locator("#settlements")).to_contain_text("Accepted as a ruling")
        expect(page.locator("#ruling-remark")).to_have_value("Trust its owner.")

        bench.model("writer", "ok", text=SETTLED)
        page.get_by_role("button", name="Fuse again with rulings").click()
        expect(page.locator("#answer > .prose")).to_contain_text("It is 330 metres tall", timeout=60_000)
        expect(page.locator("#answer > .prose a.cite:not(.unfound)")).to_have_count(1)
