"""A live run tells how it goes to who looks, to who looks elsewhere, and when the network is gone."""

import json
import re

import pytest
from playwright.sync_api import expect

from apps.fusion.vocabulary import Status
from apps.runs import actions
from apps.runs.starting import Lineage
from tests.browser.conftest import ARTIFACTS, WIDE
from tests.browser.steps import SMALL, TALL, box_of, check_everywhere, column, let_rest, open_menu
from tests.browser.test_reading_place import ENOUGH_FRAMES, FOUND, LAPTOP, MOST_PX, WATCH

A_MINUTE = 60_000
"""Milliseconds: longer than any list waits before it asks for its changes."""
LONG = "The tower is 330 metres high, and it was finished in 1889. " * 200


def expect_icon(page, name):
    """Wait until the icon of the tab is the file of this name, and return its address."""
    icon = page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile(rf"/{name}[.\w]*svg$"))
    return icon.get_attribute("href")


def test_columns_tell_their_tokens_and_speed_or_that_they_are_silent(open_page, bench):
    busy = bench.model("busy", text=LONG, delay_s=0.03, gate_after=0)
    run = bench.start(busy, bench.model("stalled", text=TALL, gate_after=4))
    page = open_page(run.get_absolute_url())
    expect(column(page, "B")).to_contain_text("The Eiffel Tower")
    busy_pace, stalled_pace = (column(page, slot).locator(".pace") for slot in "AB")

    bench.upstream.release("busy")
    expect(busy_pace).to_have_text(re.compile(r"^≈ [\d,]+ tokens · \d+ tok/s$"))
    expect(stalled_pace).to_have_text(re.compile(r"^silent for ([5-9]|\d{2,}) s$"))
    expect(stalled_pace).to_have_class("pace silent")
    beside = column(page, "B").locator(".metrics .timer")  # of one line, whatever else is called silent
    assert box_of(stalled_pace)["y"] == pytest.approx(box_of(beside)["y"], abs=1)
    page.screenshot(path=ARTIFACTS / "live-silent-1440.png")
    bench.upstream.release("stalled")

    expect(column(page, "B").locator("header .word")).to_have_text("done")
    expect(stalled_pace).to_have_count(0)
    actions.cancel_run(run)
    bench.finish(run)


ANNOUNCED = """() => {
  const announcer = document.getElementById("announcer");
  window.announced = [];
  new MutationObserver(() => announced.push(announcer.textContent)).observe(announcer, { childList: true });
  return announcer.getAttribute("aria-live");
}"""
"""Collects whatever a screen reader is told from now on."""


def test_tab_and_screen_reader_are_told_of_the_run_and_not_of_tokens(open_page, bench):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    bench.wait_for_call(run, Status.RUNNING, slot="A")
    page = open_page(run.get_absolute_url())
    expect(page).to_have_title(f"● {run.title} · FusionWeb")
    expect_icon(page, "favicon-running")
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")
    assert page.evaluate(ANNOUNCED) == "polite"

    bench.upstream.release("a")

    page.wait_for_function("() => announced.some((words) => /Column A, [^,]+, is finished\\./.test(words))")
    assert page.evaluate("() => announced.filter((words) => /Eiffel|metres|Fair/.test(words))") == []
    expect(page).to_have_title(f"✓ {run.title} · FusionWeb")
    assert page.request.get(expect_icon(page, "favicon-done")).ok
    page.reload()
    expect(page).to_have_title(f"{run.title} · FusionWeb")  # it had ended before
    expect_icon(page, "favicon")


STUB = """
window.told = [];
window.asked = 0;
let permission = "default";
window.Notification = class {
  static get permission() { return permission; }
  static async requestPermission() { window.asked += 1; return (permission = "granted"); }
  constructor(title, options) { window.told.push([title, options.body]); }
};
Object.defineProperty(document, "visibilityState", { get: () => window.isAway ? "hidden" : "visible" });
"""


@pytest.mark.parametrize("is_away", [True, False])
def test_notification_is_asked_for_by_a_press_and_told_to_who_is_away(open_page, bench, is_away):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    page = open_page("/", own=True)
    page.add_init_script(STUB)
    page.goto(run.get_absolute_url())
    assert page.evaluate("() => window.asked") == 0
    open_menu(page, "more")

    page.get_by_role("button", name="Notify me at the end").click()
    expect(page.get_by_role("button", name="Do not notify me")).to_be_visible()
    page.evaluate("(away) => { window.isAway = away; }", is_away)
    bench.upstream.release("a")
    expect(page).to_have_title(re.compile("^✓"))

    assert page.evaluate("() => window.asked") == 1
    if is_away:
        page.wait_for_function("() => window.told.length > 0")
    told = [["Fused from all 2", f"{run.title} · FusionWeb"]] if is_away else []
    assert page.evaluate("() => window.told") == told


def test_offline_is_said_at_once_and_the_page_catches_up(open_page, bench):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    page = open_page(run.get_absolute_url())
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")

    page.context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("offline")
    expect(page.locator("#lost")).to_contain_text("You are offline.")
    bench.upstream.release("a")
    bench.finish(run)
    assert page.locator("#run-header").get_attribute("data-status") == "running"
    page.context.set_offline(False)

    expect(page.locator("#run-header")).to_have_attribute("data-status", "done")
    expect(column(page, "A")).to_contain_text("for the World's Fair in Paris.")
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#lost")).to_be_hidden()
    open_page.errors.clear()  # the browser logs the requests that failed meanwhile


def test_grace_is_counted_down(open_page, bench, axe):
    slow = bench.model("slow", text=TALL, gate_after=4)
    run = bench.start(bench.model("a", text=TALL), bench.model("b", text=SMALL), slow, grace_s=300)
    page = open_page(run.get_absolute_url())

    headline = page.locator("#run-header .headline")
    counted = re.compile(r"2 of 3 answered\s+· goes on in (5:00|[0-4]:\d\d) without C")

    expect(headline).to_contain_text(counted)
    first = headline.inner_text()
    expect(headline).not_to_have_text(first)
    check_everywhere(page, axe, "countdown")


def test_history_moves_by_itself(open_page, bench):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    page = open_page("/runs/", has_clock=True)
    row = page.locator(f"#run-{run.public_id}")
    expect(row.locator(".status")).to_have_text("running")
    row.get_by_role("checkbox").check()
    row.get_by_role("link").focus()

    bench.upstream.release("a")
    bench.finish(run)
    page.clock.fast_forward(A_MINUTE)

    expect(row.locator(".status")).to_have_text("done")
    expect(page.locator(f"#open-{run.public_id}")).to_be_focused()
    expect(row.get_by_role("checkbox")).to_be_checked()
    other = bench.start(bench.model("a", text=TALL), bench.model("b", text=SMALL), prompt="And how wide?")
    bench.finish(other)
    page.clock.fast_forward(A_MINUTE)
    expect(page.locator("tr.run").first.locator(".p")).to_have_text("And how wide?")
    expect(page.locator(f"#run-{other.public_id} .status")).to_have_text("done")
    expect(page.locator("tr.run")).to_have_count(2)
    expect(page.get_by_label("Select all runs of this page")).not_to_be_checked()
    recipe = bench.recipe("up/a", "up/b")
    turn = bench.finish(actions.start_run(bench.owner, [bench.message("And how deep?")], recipe, Lineage(other)))
    page.clock.fast_forward(A_MINUTE)
    expect(page.locator("tr.run").first.locator(".p")).to_contain_text("2 turns", timeout=60_000)
    expect(page.locator("tr.run")).to_have_count(2)
    expect(page.locator(f"#run-{turn.public_id} .status")).to_have_text("done")


def test_recent_runs_move_by_themselves(open_page, bench, preset):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    page = open_page("/", has_clock=True)
    page.get_by_label("Prompt", exact=True).fill("A draft")
    state = page.locator(".recents .state").first
    expect(state).to_have_text("running")

    bench.upstream.release("a")
    bench.finish(run)
    page.clock.fast_forward(A_MINUTE)

    expect(state).not_to_have_text("running")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("A draft")


def test_list_does_not_complain_while_the_server_is_away(open_page, bench, shared_site):
    run = bench.start(bench.model("a", text=TALL, gate_after=4), bench.model("b", text=SMALL))
    page = open_page("/runs/", has_clock=True)
    expect(page.locator("tr.run .status")).to_have_text("running")
    page.context.set_offline(True)
    with page.expect_event("requestfailed", lambda request: "/history/changes/" in request.url):
        page.clock.fast_forward(A_MINUTE)
    let_rest(page, 300)
    expect(page.locator(".message.error")).to_have_count(0)
    page.context.set_offline(False)
    bench.upstream.release("a")
    bench.finish(run)
    page.clock.fast_forward(A_MINUTE)

    expect(page.locator("tr.run .status")).to_have_text("done")
    open_page.errors.clear()  # the browser logs the requests that failed


IS_AT_END = "() => scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
EDGES = """() => ["panel", "answer", "agreement", "bill"].map((id) => {
  const { left, width } = document.getElementById(id).getBoundingClientRect();
  return [Math.round(left), Math.round(width)];
})"""


def read_live(open_page, run, layout, viewport=WIDE):
    """Return a page in a layout of its own, that can watch a word."""
    page = open_page("about:blank", viewport=viewport, own=True)
    page.context.add_cookies([{"name": "layout", "value": layout, "url": open_page.url}])
    page.add_init_script(WATCH)
    page.goto(run.get_absolute_url())
    return page


def scroll_to(page, element):
    """Turn the wheel until an element stands in the upper half of the window."""
    page.mouse.move(600, 450)
    while (top := box_of(element)["y"]) > 450 and not page.evaluate(IS_AT_END):
        page.mouse.wheel(0, min(top - 300, 600))
        page.wait_for_timeout(50)


def watch(page, selector, word):
    let_rest(page, 300)  # until the page has noticed what is read
    page.evaluate("([selector, word]) => watchWord('word', selector, word)", [selector, word])


def moved(page, frames=ENOUGH_FRAMES):
    page.wait_for_function("(enough) => framesOf('word') >= enough", arg=frames)
    moves = page.evaluate("() => movesOf('word')")
    return max(moves["x"], moves["y"])


def test_run_that_ends_short_gives_its_half_back_where_that_moves_nothing_read(open_page, bench):
    judge = bench.model("judge", text=json.dumps(FOUND))
    writer = bench.model("writer", text="They disagree on its height.", gate_after=0)
    run = bench.start(*(bench.model(name, text=TALL) for name in "abc"), judge=judge, writer=writer)
    columns, findings = (read_live(open_page, run, layout) for layout in ("columns", "answer"))
    typing = read_live(open_page, run, "columns", LAPTOP)
    for page in (columns, findings, typing):
        expect(page.locator("#agreement")).to_contain_text("Topic T11")
        expect(page.locator(".renew")).to_be_hidden()
    columns.locator("#slot-A .text p").hover()
    watch(columns, "#slot-A .text", "metres")
    findings.locator("#agreement .topic").first.hover()
    watch(findings, "#agreement .topic", "T10")
    scroll_to(typing, typing.locator("#next-prompt"))
    typing.locator("#next-prompt").click()
    watch(typing, "#go-on", "Go on")

    bench.upstream.release("writer")

    expect(columns.locator("main")).to_have_attribute("data-stacked", "")
    for page in (columns, findings, typing):
        expect(page.locator("#run-header")).to_have_attribute("data-status", "done")
        expect(page.locator(".renew")).to_be_visible()
        assert moved(page, frames=60) <= MOST_PX
    expect(typing.locator("#next-prompt")).to_be_focused()
    expect(findings.locator("main")).not_to_have_attribute("data-stacked", "")
    scroll_to(findings, findings.locator("#slot-A .text"))
    findings.locator("#slot-A .text p").hover()
    expect(findings.locator("main")).to_have_attribute("data-stacked", "")
    for page in (columns, findings):
        edges = page.evaluate(EDGES)
        page.reload()
        page.wait_for_function("() => 'settled' in document.getElementById('main').dataset")
        assert page.evaluate(EDGES) == edges
