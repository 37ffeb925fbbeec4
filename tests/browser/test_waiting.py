"""A call that is put off while somebody watches: the column says what it waits for, live, and goes on by itself."""

from django.utils import timezone
from playwright.sync_api import expect

from apps.fusion.vocabulary import Status
from apps.runs.models import Call
from tests.browser.steps import let_rest


def test_column_that_waits_again_says_so_without_a_reload_and_after_one(open_page, bench):
    run = bench.start(bench.model("a", "429-retry-after", retry_after="60", gate_after=0, times=1, text="Here it is."))
    bench.wait_for_call(run, Status.RUNNING)
    page = open_page(run.get_absolute_url())
    column = page.locator(".call[data-slot=A]")
    column.get_by_text("waits for the first token").wait_for()
    waits = column.get_by_text("waits, as Upstream asked")

    bench.upstream.release("a")

    waits.wait_for()
    expect(column.locator("header .word")).to_have_text("queued")
    with page.expect_websocket() as opened:
        page.reload()
    opened.value.wait_for_event("framereceived")  # the story so far, in which the call has started
    waits.wait_for()
    let_rest(page, 300)
    expect(waits).to_be_visible()

    Call.objects.update(not_before=timezone.now())

    column.get_by_text("Here it is.").first.wait_for()
