"""A template becomes a batch in a real browser: versions compared, paused, resumed, results with their checks."""

import re

from playwright.sync_api import expect

from apps.batches.actions import BatchRequest, create_batch
from apps.batches.models import Batch, BatchState
from apps.catalogue.models import Preset
from apps.fusion.values import Message, SlotSpec
from tests.browser.steps import check_everywhere, let_rest
from tests.browser.test_form import hold, newest
from tests.browser.test_offscreen import drawn_anew
from tests.factories import make_local_preset, make_recipe

TABLE = "city\n" + "".join(f"City {at}\n" for at in range(1, 9))


def make_template(page):
    """Write a template, and its second version."""
    page.get_by_label("Name").fill("Ages")
    page.get_by_label("Prompt", exact=True).fill("How old is {{city}}?")
    page.get_by_label("Output checks").fill("contains: old")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ages")
    page.get_by_label("Prompt", exact=True).fill("How old and large is {{city}}?")
    page.get_by_role("button", name="Save version 2").click()
    expect(page.get_by_role("button", name="Save version 3")).to_be_visible()


def press_while_it_comes(page, button):
    """Press a button; between the two ends of the press comes what the batch has asked for."""
    held = hold(page, "/batches/*/")
    asked = newest(page, held)
    button.hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: request == asked.request):
        asked.continue_()
    let_rest(page, 50)  # it is here, but may not have been put in place yet
    page.mouse.up()
    page.unroute_all(behavior="ignoreErrors")


def test_template_is_compared_and_run_as_a_batch_that_is_paused_and_resumed(open_page, bench, upstream, axe):
    model = bench.model("slow", text="It is old.", gate_after=1)
    Preset.objects.create(slug="test", name="Test", strategy="single", panel=(SlotSpec(slot="A", model=model),))
    page = open_page("/templates/new/")
    make_template(page)

    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#diff ins")).to_have_text("and large")
    page.set_viewport_size({"width": 1440, "height": 900})
    check_everywhere(page, axe, "template")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Run a batch").click()
    page.get_by_label("Table of values").fill("city\nParis,Rome\n")
    page.get_by_role("button", name="Review before it starts").click()
    expect(page.locator("#table-problem")).to_contain_text("Line 2 has 2 cells")
    open_page.errors.clear()  # the browser logs the 400 that is wanted here
    check_everywhere(page, axe, "batch-form")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Table of values").fill(TABLE)
    page.get_by_role("button", name="Review before it starts").click()
    expect(page.locator("#batch")).to_have_attribute("data-state", "ready")
    expect(page.get_by_text("Expected cost")).to_be_visible()

    page.get_by_role("button", name="Start").click()
    upstream.wait_for("slow", requests=6, events=1)
    press_while_it_comes(page, page.get_by_role("button", name="Pause"))
    expect(page.locator("#batch")).to_have_attribute("data-state", "paused")
    cap = page.get_by_label("Cap in USD")
    cap.fill("0.7")
    cap.press("ArrowLeft")
    for _ in range(2):
        with drawn_anew(page, "#batch"):
            pass
    expect(cap).to_be_focused()
    page.keyboard.type("1")
    expect(cap).to_have_value("0.17")
    upstream.release("slow")
    expect(page.get_by_role("status").first).to_contain_text("6 of 8")
    check_everywhere(page, axe, "batch-paused")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Resume").press("Enter")
    expect(page.locator("#batch")).to_have_attribute("data-state", "done")
    expect(page.get_by_text("8 of 8 passed")).to_be_visible()
    assert Batch.objects.get().rows.filter(passed=True).count() == 8

    page.get_by_text("Change the output checks").click()
    page.get_by_label("Output checks").fill("contains: young")
    check_everywhere(page, axe, "batch-checks")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Save and check all answers").click()
    expect(page.get_by_text("0 of 8 passed")).to_be_visible()
    expect(page.locator("#batch-checked")).to_have_count(0)

    page.locator("#open-3").click()
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(page.locator("#output-checks")).to_contain_text("0 of 1 passed")
    expect(page.locator("#output-checks")).to_contain_text("Row 3 of the batch")


def test_list_has_its_figures_below_each_other(open_page, bench, axe):
    make_local_preset()
    for state, name in ((BatchState.DONE, "Ages"), (BatchState.CANCELLED, "Sights of cities " * 8)):
        request = BatchRequest(recipe=make_recipe(), name=name, messages=(Message(role="user", text="Why?"),))
        Batch.objects.filter(pk=create_batch(bench.owner, request).pk).update(state=state)
    page = open_page("/batches/")

    for part in (".state", ".counts"):
        starts = page.locator(f".batches {part}").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().x)"
        )
        assert len(set(starts)) == 1, part
    for part in (".cost", "time"):
        ends = page.locator(f".batches {part}").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().right)"
        )
        assert len(set(ends)) == 1, part
    check_everywhere(page, axe, "batches")


def test_deleted_batch_leaves_its_address_for_the_list(open_page, bench):
    make_local_preset()
    request = BatchRequest(recipe=make_recipe(), name="Ages", messages=(Message(role="user", text="Why?"),))
    batch = create_batch(bench.owner, request)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.DONE)
    page = open_page(batch.get_absolute_url())

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    message = page.locator("#messages .message")
    expect(message).to_contain_text("The batch “Ages” is deleted.")
    page.wait_for_url("**/batches/")
    message.get_by_role("button", name="Dismiss").click()
    expect(message).to_have_count(0)
