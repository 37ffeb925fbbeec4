"""A run that a cap stops, as a person sees it: the notice, the bill, and going on without a reload."""

from decimal import Decimal

from playwright.sync_api import expect

from apps.catalogue.models import Model
from tests.browser.steps import check_everywhere


def test_run_that_a_cap_stopped_can_be_let_go_on(open_page, bench, axe):
    a = bench.model("a", text="It is 330 m high. " * 60, gate_after=200)
    Model.objects.filter(reference=a).update(price_input=0, price_output=1000)
    run = bench.finish(bench.start(a, max_cost=Decimal("0.11")))
    page = open_page(run.get_absolute_url())
    page.locator("#bill-details > summary").click()

    notice = page.locator("#run-header .notice").filter(has_text="Cap reached:")
    expect(notice).to_be_visible()
    expect(page.get_by_text("would have cost about")).to_be_visible()
    check_everywhere(page, axe, "capped")

    bench.upstream.script("a", "ok", text="It is 330 m high.")
    page.get_by_label("Continue with a cap of").fill("2")
    page.get_by_role("button", name="Continue", exact=True).click()

    expect(page.locator("#slot-A .prose").get_by_text("It is 330 m high.", exact=True)).to_be_visible()
    expect(notice).to_have_count(0)
    assert bench.finish(run).recipe.max_cost == 2
