"""The whole flow in a real browser: ask, watch, read, share, come back."""

import re

from playwright.sync_api import expect

from apps.accounts.login_links import make_login_path
from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import ask, box_of, column, finished_run, release_all
from tests.factories import make_user


def test_run_is_started_watched_shared_and_reloaded(open_page, preset, upstream, axe):
    page = open_page("/")
    ask(page)

    for slot in "ABC":  # all three show text before the first one ends
        expect(column(page, slot)).to_contain_text("The Eiffel Tower")
    assert {call.status for call in Run.objects.get().calls.all()} == {Status.RUNNING}
    page.screenshot(path=ARTIFACTS / "live-1440.png", full_page=True)
    assert axe(page) == []

    page.reload()
    for slot in "ABC":
        expect(column(page, slot)).to_contain_text("The Eiffel Tower")

    release_all(upstream)
    expect(page.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(column(page, "B")).to_contain_text("300 metres tall")
    expect(page.locator("#agreement")).to_contain_text("word overlap, no model")
    expect(page.locator("#agreement")).to_contain_text("quotes verified")
    expect(page.locator("#answer a.chip").first).to_be_visible()
    page.screenshot(path=ARTIFACTS / "run-1440.png", full_page=True)

    page.locator("#share-menu > summary").click()
    page.get_by_role("button", name="Make a link").click()
    field = page.locator("#share-menu input[readonly]")
    expect(field).to_have_value(re.compile("^http"))
    link = field.input_value()
    shared = open_page(link, as_nobody=True)
    expect(shared.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(shared.get_by_role("button", name="Delete")).to_have_count(0)

    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("#share-menu > summary")).to_have_text("Share")
    assert shared.goto(link).status == 404
    expect(shared.locator("body")).not_to_contain_text("The answers disagree")
    open_page.errors.clear()  # the browser logs the 404 that is wanted here

    page.goto("/runs/")
    expect(page.get_by_role("link", name="How high is the Eiffel Tower?")).to_be_visible()


def test_second_device_sees_the_same_and_goes_on_live(open_page, preset, upstream):
    page = open_page("/")
    ask(page)
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")
    second = open_page(f"/runs/{Run.objects.get().public_id}/")
    expect(column(second, "A")).to_contain_text("The Eiffel Tower")

    release_all(upstream)

    for device in (page, second):
        expect(device.locator("#answer")).to_contain_text("The answers disagree on its height.")
        expect(column(device, "A")).to_contain_text("for the World's Fair in Paris.")


def test_run_page_goes_on_after_a_restart_of_the_web_process(open_page, preset, upstream, shared_site):
    page = open_page("/")
    ask(page)
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")

    stopped = shared_site.process
    shared_site.stop()
    assert stopped.returncode == 0  # in order: requests that are under way hold it up no longer
    expect(page.locator("#lost")).to_have_text("Connection lost. Reconnecting … The run continues on the server.")
    shared_site.start()
    expect(page.locator("#lost")).to_be_hidden()
    release_all(upstream)

    expect(page.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(column(page, "B")).to_contain_text("300 metres tall")
    open_page.errors.clear()  # the browser logs the refused connections that are wanted here


def test_stop_keeps_the_text_and_retry_adds_a_take(open_page, bench, preset, upstream):
    page = open_page("/")
    ask(page)
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")

    words = column(page, "A").locator(".text p")
    before = box_of(words)["y"]
    column(page, "A").get_by_role("button", name="Stop").click()
    expect(column(page, "A")).to_contain_text("stopped")
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")
    expect(column(page, "A").locator(".notice")).to_contain_text("Stopped on request; the text so far is kept.")
    assert abs(box_of(words)["y"] - before) <= 2

    release_all(upstream)
    expect(page.locator("#answer")).to_contain_text("The answers disagree on its height.")
    column(page, "A").get_by_role("button", name="Retry").click()
    expect(column(page, "A")).to_contain_text("2/2")
    expect(column(page, "A")).to_contain_text("330 metres tall")


def test_hostile_answer_stays_text(open_page, bench, preset):
    hostile = (
        "<script>document.title='hacked'</script> ![x](http://example.invalid/leak.png) "
        "[click](javascript:alert(1)) <img src=x onerror=alert(1)>"
    )
    for name in ("tall", "small", "tall-too", "writer"):
        bench.model(name, text=hostile)
    page = open_page("/", own=True)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    ask(page)

    expect(column(page, "A")).to_contain_text("done")
    expect(page.locator("#answer .prose")).to_contain_text("click")

    assert [url for url in requests if "example.invalid" in url] == []
    expect(page.locator("main img, main script, main a[href^='javascript']")).to_have_count(0)
    assert "hacked" not in page.title()


def test_blank_prompt_is_refused_with_a_sentence(open_page, preset):
    page = open_page("/")

    page.get_by_label("Prompt", exact=True).fill("   ")
    page.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_text("Write a prompt first.")).to_be_visible()
    open_page.errors.clear()  # the browser logs the 400 that is wanted here
    assert Run.objects.count() == 0


def test_quote_lights_up_in_its_column(open_page, bench, preset, upstream):
    release_all(upstream)
    page = open_page(finished_run(bench).get_absolute_url())

    quote = page.locator("#agreement button.quote:visible").first
    quote.focus()

    page.wait_for_function("() => [...CSS.highlights.values()].some((highlight) => highlight.size > 0)")


def test_share_is_within_reach_on_a_phone(open_page, bench, preset, upstream):
    release_all(upstream)
    run = finished_run(bench)
    page = open_page(run.get_absolute_url(), viewport=PHONE)

    page.locator("#share-menu > summary").click()
    expect(page.locator("#share-menu .items")).to_be_visible()
    box = box_of(page.locator("#share-menu .items"))
    page.screenshot(path=ARTIFACTS / "share-390.png")
    page.get_by_role("button", name="Make a link").click()

    expect(page.locator("#share-menu input[readonly]")).to_be_visible()
    assert (box["x"] >= 0, box["x"] + box["width"] <= PHONE["width"]) == (True, True)


def test_run_is_hidden_from_a_stranger(open_page, bench, preset, upstream, shared_site, browser):
    release_all(upstream)
    run = finished_run(bench)
    page = open_page("/login/", as_nobody=True)

    page.goto(make_login_path(make_user("charlie")))
    page.get_by_role("button", name="Sign in as charlie").click()
    page.wait_for_url(f"{shared_site.url}/")
    answer = page.goto(run.get_absolute_url())

    assert answer.status == 404
    open_page.errors.clear()  # the browser logs the 404 that is wanted here
