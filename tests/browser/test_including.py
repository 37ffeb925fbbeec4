"""Going on without the slow, and including later what came late, broke off, or is another take."""

import re

from playwright.sync_api import expect

from apps.fusion.vocabulary import Role, Status
from apps.runs import actions
from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import DRAW_ANEW, SMALL, TALL, column
from tests.services import wait_until


def fused(run):
    """Return the slots and takes that the newest judge read."""
    judge = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    return sorted(run.calls.filter(pk__in=judge.inputs, role=Role.PANEL).values_list("slot", "take"))


def ended(page):
    expect(page.locator("#run-header")).to_have_attribute("data-status", "done")


def test_late_column_goes_on_and_is_included(open_page, bench):
    slow = bench.model("slow", text=TALL, gate_after=4)
    run = bench.start(bench.model("a", text=TALL), bench.model("b", text=SMALL), slow)
    page = open_page(run.get_absolute_url())
    expect(column(page, "C")).to_contain_text("The Eiffel Tower")

    page.get_by_role("button", name="Go on without C").click()
    ended(page)
    expect(page.locator("#run-header")).to_contain_text("Fused from 2 of 3 · C still answering")
    expect(column(page, "C").locator("header .word")).to_have_text("running")
    page.screenshot(path=ARTIFACTS / "late-1440.png", full_page=True)
    bench.upstream.release("slow")
    expect(column(page, "C").locator("header .word")).to_have_text("done")
    assert fused(run) == [("A", 1), ("B", 1)]
    page.get_by_role("button", name="Include C and fuse again").click()

    expect(page.locator("#run-header")).to_contain_text("Fused from all 3")
    assert fused(run) == [("A", 1), ("B", 1), ("C", 1)]


def test_stopped_column_is_included_when_it_is_ticked(open_page, bench):
    slow = bench.model("slow", text=TALL, gate_after=4)
    run = bench.start(bench.model("a", text=TALL), bench.model("b", text=SMALL), slow)
    page = open_page(run.get_absolute_url())
    expect(column(page, "C")).to_contain_text("The Eiffel Tower")
    column(page, "C").get_by_role("button", name="Stop").click()
    expect(column(page, "C").locator("header .word")).to_have_text("stopped")
    ended(page)
    expect(page.locator("#fuse-again")).to_be_hidden()

    column(page, "C").get_by_label("in fusion").check()
    page.get_by_role("button", name="Include C and fuse again").click()

    expect(page.locator("#answer")).to_contain_text("C broke off")
    assert fused(run) == [("A", 1), ("B", 1), ("C", 1)]


def test_pager_shows_the_state_and_the_model_of_each_take_and_that_take_is_fused(open_page, bench):
    run = bench.finish(bench.start(bench.model("a", text=TALL), bench.model("b", text=SMALL)))
    bench.model("other", text=TALL, gate_after=4)
    again = actions.retry_call(run.calls.get(slot="A"), "up/other", bench.owner)
    bench.wait_for_call(run, Status.RUNNING, slot="A", take=2)
    actions.cancel_call(again)
    bench.finish(run)
    page = open_page(run.get_absolute_url())
    head, foot = column(page, "A").locator("header"), column(page, "A").locator("footer")
    expect(head.locator(".word")).to_have_text("stopped")
    expect(head.locator("h3")).to_have_text("other")

    head.get_by_role("button", name="Earlier take").click()
    expect(head.locator(".word")).to_have_text("done")
    expect(head.locator("h3")).to_have_text("a")
    expect(foot.locator("label")).to_have_text("in fusion")
    expect(page.locator("#fuse-again")).to_be_hidden()
    page.screenshot(path=ARTIFACTS / "takes-1440.png")
    third = actions.retry_call(run.calls.get(slot="A", take=1))
    bench.finish(run)
    page.reload()
    expect(page.get_by_role("button", name="Fuse again")).to_be_visible()  # take 3 is shown
    head.get_by_role("button", name="Earlier take").click()  # take 2, which may hold no answer
    expect(foot.locator("label")).to_have_text(re.compile("take 3 in fusion"))
    head.get_by_role("button", name="Earlier take").click()
    expect(page.get_by_role("button", name="Fuse again")).to_be_hidden()
    column(page, "B").get_by_label("in fusion").uncheck()
    column(page, "B").get_by_label("in fusion").check()
    head.get_by_role("button", name="Later take").click()
    head.get_by_role("button", name="Later take").click()
    page.get_by_role("button", name="Fuse again").click()

    wait_until(lambda: run.calls.filter(role=Role.JUDGE).count() == 2, "the answers are judged anew")
    bench.finish(run)
    assert fused(run) == [("A", third.take), ("B", 1)]


def test_another_model_answers_in_a_column_that_failed(open_page, bench):
    bench.model("other", text=SMALL)
    run = bench.finish(bench.start(bench.model("a", text=TALL), bench.model("broken", "401")))
    page = open_page(run.get_absolute_url())
    failed = column(page, "B")

    field = failed.get_by_label("Model for column B")
    field.fill("other")
    expect(failed.locator(".model-list").get_by_role("option", name="other")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("other")
    page.screenshot(path=ARTIFACTS / "another-model-1440.png")
    # The choice survives that the column is drawn anew.
    page.evaluate("document.querySelector('#slot-B').dataset.before = 'yes'")
    page.evaluate(DRAW_ANEW, "column-B")
    expect(page.locator("#slot-B[data-before]")).to_have_count(0)
    expect(field).to_have_value("other")
    expect(field).to_be_focused()
    failed.get_by_role("button", name="Ask again").click()

    expect(failed.locator("header .word")).to_have_text("done")
    expect(failed.locator("h3")).to_have_text("other")
    expect(page.get_by_role("button", name="Include B and fuse again")).to_be_visible()


def test_failed_columns_are_retried_with_one_press(open_page, bench):
    broken = bench.model("broken", "401")
    run = bench.finish(bench.start(bench.model("a", text=TALL), broken, broken))
    bench.model("broken", text=SMALL)
    page = open_page(run.get_absolute_url())
    page.screenshot(path=ARTIFACTS / "failed-1440.png")

    page.get_by_role("button", name="Retry 2 failed").click()

    for slot in "BC":
        expect(column(page, slot).locator("header .word")).to_have_text("done")
    expect(page.get_by_role("button", name="Include B and C and fuse again")).to_be_visible()
