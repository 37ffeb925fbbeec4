"""A person edits a run, follows it up, exports it, stops it, retries and fuses again, and deletes it."""

import json
import re

import pytest
from playwright.sync_api import expect

from apps.fusion.vocabulary import Role, Status
from apps.runs import actions
from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import (
    DRAW_ANEW,
    FUSED,
    PROMPT,
    SMALL,
    TALL,
    ask,
    check_everywhere,
    column,
    expect_values,
    finished_run,
    open_menu,
    release_all,
)
from tests.factories import make_local_preset, make_run

PANEL = ["up/tall", "up/small", "up/tall-too"]


@pytest.fixture
def run(bench, preset, upstream):
    release_all(upstream)
    return finished_run(bench)


def answered(page):
    expect(page.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(page.locator("#run-header")).to_have_attribute("data-status", "done")


def test_a_fork_starts_from_the_same_settings_and_the_tree_says_what_changed(open_page, run, axe):
    page = open_page(run.get_absolute_url())
    page.get_by_role("link", name="Change and run").click()
    page.wait_for_url("**/?from=*")

    expect(page.get_by_text("A fork of")).to_be_visible()
    expect_values(page, re.compile("^Prompt$"), [PROMPT])
    expect_values(page, re.compile("^Model of"), [model.removeprefix("up/") for model in PANEL])
    expect_values(page, re.compile("^Temperature of"), ["0.5"] * 3)
    page.get_by_label("Temperature of B").fill("0.9")
    ask(page, "How high is it in feet?")
    answered(page)

    again = Run.objects.latest("created_at")
    assert [(spec.model, spec.parameters.temperature) for spec in again.recipe.panel] == [
        *(("up/tall", 0.5), ("up/small", 0.9), ("up/tall-too", 0.5))
    ]
    assert [(one.prompt, one.status) for one in Run.objects.order_by("created_at")] == [
        *((PROMPT, Status.DONE), ("How high is it in feet?", Status.DONE))
    ]
    tree = page.locator("#forks")
    expect(tree.locator(".fork").nth(1)).to_contain_text("This run")
    expect(tree.locator(".fork").nth(1)).to_contain_text("B temperature: 0.5 → 0.9")

    open_menu(page, "more")
    page.get_by_role("button", name="Run again exactly").click()
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: again.public_id not in url)
    answered(page)
    expect(tree.locator(".fork")).to_have_count(3)
    expect(tree.locator(".fork").nth(2)).to_contain_text("run again exactly")
    check_everywhere(page, axe, "forks")
    tree.get_by_role("link", name=PROMPT).click()
    page.wait_for_url(f"**{run.get_absolute_url()}")
    expect(tree.locator(".fork")).to_have_count(2)


def test_follow_up_with_other_settings_shows_the_conversation_and_its_parent(open_page, run):
    page = open_page(run.get_absolute_url())
    page.get_by_role("link", name="Follow up").click()
    expect(page.get_by_label("Next prompt")).to_be_focused()
    page.get_by_role("link", name="Other models, settings or pictures").click()
    page.wait_for_url("**/?follow=*")

    expect(page.get_by_text("Following up on")).to_be_visible()
    expect_values(page, re.compile("^Prompt$"), [""])
    page.get_by_label("Prompt", exact=True).fill("And when was it finished?")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.wait_for_url(re.compile(r"/threads/\w+/"))
    answered(page)
    page.locator("#prompt > summary").click()
    expect(page.locator("#prompt")).to_have_attribute("open", "")
    page.screenshot(path=ARTIFACTS / "follow-up-1440.png")

    expect(page.locator(".turn > :is(.words, .prose)")).to_have_text([PROMPT, FUSED, "And when was it finished?"])
    assert page.locator(".turn").evaluate_all("(all) => all.map((one) => one.innerText.split(/\\n\\n?/)[0])") == [
        *("Question", "Answer", "Prompt")
    ]
    page.get_by_role("link", name="The run before this one").click()
    page.wait_for_url(f"**{run.get_absolute_url()}")


def download(page, name):
    """Return the name and the text of the file that an entry of the menu downloads."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return waiting.value.suggested_filename, waiting.value.path().read_text()


def test_exports_hold_the_whole_run(open_page, run):
    page = open_page(run.get_absolute_url())
    open_menu(page, "more")

    name, text = download(page, "Export as Markdown")
    data_name, data = download(page, "Export as JSON")

    assert (name, data_name) == (f"fusionweb-{run.public_id}.md", f"fusionweb-{run.public_id}.json")
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        *(f"# {PROMPT}", "## Prompt", "## Answer", "## Agreement", "### Contradictions", "### Consensus"),
        *("## Panel", "### A: tall", "### B: small", "### C: tall-too", "## Bill"),
    ]
    assert [text.count(said) for said in (f"\n{TALL}\n", f"\n{SMALL}\n", f"\n{FUSED}\n")] == [2, 1, 1]
    whole = json.loads(data)
    takes = [(column["slot"], take["text"]) for column in whole["columns"] for take in column["takes"]]
    assert takes == [("A", TALL), ("B", SMALL), ("C", TALL)]
    assert (whole["id"], whole["answer"]["text"], len(whole["analysis"]["contradictions"])) == (run.public_id, FUSED, 1)


def test_delete_asks_first_and_then_the_run_is_gone(open_page, run):
    page = open_page(run.get_absolute_url())
    open_menu(page, "more")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert Run.objects.count() == 1
    page.get_by_role("button", name="Delete").click()
    page.evaluate(DRAW_ANEW, "header")  # as when something of the run ends while one is asked
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/runs/")

    expect(page.get_by_text("The run is in the bin for 30 days.")).to_be_visible()
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    assert Run.objects.get().binned_at is not None


def test_run_deleted_in_the_history_leaves_the_others(open_page, bench):
    make_local_preset()
    for prompt in ("Why is the sky blue?", "Why is grass green?"):
        make_run(bench.owner, prompt)
    page = open_page("/runs/")

    page.get_by_role("button", name="Delete “Why is the sky blue?”").click()

    expect(page.locator("tr.run .p")).to_have_text(["Why is grass green?"])
    assert [run.prompt for run in Run.objects.filter(binned_at=None)] == ["Why is grass green?"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr.run .p")).to_have_text(["Why is grass green?", "Why is the sky blue?"])


def test_history_search_has_an_address(open_page, bench):
    make_local_preset()
    for prompt in ("Why is the sky blue?", "Why is grass green?", "How high is the sky?"):
        make_run(bench.owner, prompt)
    page = open_page("/runs/")
    found = page.locator("tr.run .p")

    page.get_by_label("Search runs").press_sequentially("sky")
    page.wait_for_url("**/runs/?q=sky")
    expect(found).to_have_text(["How high is the sky?", "Why is the sky blue?"])
    page.reload()
    expect(found).to_have_text(["How high is the sky?", "Why is the sky blue?"])
    expect(page.get_by_label("Search runs")).to_have_value("sky")
    page.get_by_label("Search runs").fill("sky blue")
    expect(found).to_have_text(["Why is the sky blue?"])
    page.go_back()

    expect(found).to_have_text(["How high is the sky?", "Why is the sky blue?"])


def test_stop_keeps_every_text_and_says_stopped(open_page, preset, upstream):
    page = open_page("/")
    ask(page)
    for slot in "ABC":
        expect(column(page, slot)).to_contain_text("The Eiffel Tower")

    page.locator("#run-header").get_by_role("button", name="Stop").click()

    expect(page.locator("#answer")).to_contain_text("Stopped before an answer was written.")
    for slot in "ABC":
        expect(column(page, slot).locator(".state")).to_have_text("stopped")
    stages = page.get_by_role("navigation", name="Stages").get_by_role("link")
    expect(stages).to_have_text(["Panel 0 of 3, 3 stopped", "Judge not asked", "Answer stopped"])
    page.screenshot(path=ARTIFACTS / "stopped-1440.png", full_page=True)
    expect(stages.locator(".dot")).to_have_class([re.compile(r"^\s*dot\s*$")] * 3)
    expect(page.locator(".call .prose")).to_have_text([re.compile(r"\S")] * 3)
    assert Run.objects.get().status == Status.CANCELLED


def test_stop_of_one_column_leaves_the_others(open_page, preset, upstream):
    page = open_page("/")
    ask(page)
    expect(column(page, "B")).to_contain_text("The Eiffel Tower")

    column(page, "B").get_by_role("button", name="Stop").click()
    expect(column(page, "B").locator(".state")).to_have_text("stopped")
    release_all(upstream)
    answered(page)

    run = Run.objects.get()
    assert {call.slot: call.status for call in run.calls.filter(role=Role.PANEL)} == {
        **dict.fromkeys("AC", Status.DONE),
        "B": Status.CANCELLED,
    }
    stages = page.get_by_role("navigation", name="Stages").get_by_role("link")
    expect(stages.first).to_have_text("Panel 2 of 3, 1 stopped")


def test_retried_column_is_fused_again(open_page, bench, run):
    bench.model("tall", text="The Eiffel Tower is 312 metres tall.")
    bench.model("writer", text="Now fused anew.")
    page = open_page(run.get_absolute_url())

    column(page, "A").get_by_role("button", name="Retry").click()
    expect(column(page, "A").locator(".take:visible")).to_contain_text("312 metres")
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")
    page.get_by_role("button", name="Fuse again").click()
    expect(page.locator("#answer > .prose")).to_contain_text("Now fused anew.")
    expect(page.locator("#agreement")).to_contain_text("312 metres")
    page.screenshot(path=ARTIFACTS / "fused-again-1440.png", full_page=True)

    run = bench.finish(run)
    newest = run.calls.get(slot="A", take=2)
    assert newest.pk in run.answer_call.inputs
    expect(page.locator("#fuse-again")).to_be_hidden()
    page.get_by_role("button", name="Earlier take").click()
    expect(column(page, "A").locator(".take:visible")).to_contain_text("330 metres")


def test_revoked_share_is_not_found_in_a_clean_profile(open_page, run):
    share = actions.share_run(run)
    page = open_page(share.get_absolute_url(), as_nobody=True)
    expect(page.locator("#answer .prose")).to_contain_text("It was finished in 1889")
    actions.revoke_share(share)

    answer = page.goto(share.get_absolute_url())

    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("Page not found")
    open_page.errors.clear()  # the browser logs the 404 that is wanted here


def test_revoked_share_vanishes_from_an_open_page_within_five_seconds(open_page, run):
    share = actions.share_run(run)
    page = open_page(share.get_absolute_url(), as_nobody=True, has_clock=True)
    expect(page.locator("#answer .prose")).to_contain_text("It was finished in 1889")

    actions.revoke_share(share)
    page.clock.fast_forward(5_000)  # what the dialog promises

    expect(page.locator("h1")).to_have_text("Page not found")
    open_page.errors.clear()  # the browser logs the 404 that is wanted here


def test_press_on_a_button_counts_if_it_is_replaced_meanwhile(open_page, bench, run):
    bench.model("writer", text="Now fused anew.")
    page = open_page(run.get_absolute_url())

    def answer_late(route):
        response = route.fetch()
        page.evaluate("() => { const it = document.getElementById('fuse-again'); it.replaceWith(it.cloneNode(true)); }")
        route.fulfill(response=response)

    page.route("**/fuse-again/", answer_late)
    column(page, "C").get_by_label("in fusion").uncheck()
    page.get_by_role("button", name="Fuse again").click()

    expect(page.locator("#answer > .prose")).to_contain_text("Now fused anew.")
