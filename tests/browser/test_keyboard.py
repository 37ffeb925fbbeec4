"""The main job without a mouse: every stop can be reached, shows that it has the focus, and keeps it."""

import re

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import Preset
from apps.runs.models import Run
from tests.browser.steps import PROMPT, SMALL, TALL, column, release_all
from tests.factories import make_local_preset, make_run
from tests.web.run_factories import make_finished_run

CALM = {"reduced_motion": "reduce"}  # a ring that fades in cannot be told from none

NAME = """() => {
  const stop = document.activeElement;
  const name = stop.getAttribute("aria-label") || stop.innerText || stop.labels?.[0]?.innerText || stop.localName;
  return name.replaceAll(/\\s+/g, " ").trim();
}"""
IS_SEEN = """() => {
  const stop = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(stop);
  const hasRing = (one) => one && getComputedStyle(one).boxShadow.includes("0px 0px 0px 3px");
  const isMarked = outlineStyle !== "none" && outlineWidth !== "0px";
  const { top, bottom, left, right } = stop.getBoundingClientRect();
  const isInSight = top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
  return isInSight && (isMarked || hasRing(stop) || hasRing(stop.closest(".box")));
}"""


def press(page, key):
    """Press a key that moves the focus at once; the name of what has it then. Whoever looks must see where it is."""
    page.keyboard.press(key)
    page.wait_for_function(IS_SEEN)
    return page.evaluate(NAME)


def expect_focus(page, name):
    """Wait until the focus, which a script moves, is on ``name`` and can be seen."""
    page.wait_for_function(f"(name) => ({NAME})() === name && ({IS_SEEN})()", arg=name)


def walk_to(page, wanted, key="Tab", most=80):
    """Press Tab until the focus is on ``wanted``; the names of all stops."""
    stops = []
    while len(stops) < most:
        stops.append(press(page, key))
        if stops[-1] == wanted:
            return stops
    raise AssertionError(f"{wanted!r} is not among {stops}")


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_finished_run(bench.owner)


def test_home_starts_a_run_of_a_preset_by_keyboard(open_page, preset, upstream):
    release_all(upstream)
    Preset.objects.create(slug="pair", name="Pair", panel=preset.panel[:2], judge=preset.judge, writer=preset.writer)
    page = open_page("/", **CALM)

    expect_focus(page, "Prompt")
    page.keyboard.type(PROMPT)
    walk_to(page, "Pair")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pair")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Model of C")).to_have_count(0)
    walk_to(page, "Prompt", "Shift+Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/\w+/"))

    expect(page.locator("#answer")).to_contain_text("The answers disagree on its height.")
    run = Run.objects.get()
    assert (run.prompt, run.preset, len(run.recipe.panel)) == (PROMPT, "pair", 2)


def test_run_page_shows_the_focus_in_reading_order(open_page, run):
    page = open_page(run.get_absolute_url(), **CALM)

    assert press(page, "Tab") == "Skip to content"
    head = walk_to(page, "Answer first")
    views = walk_to(page, "To C: SmolLM2 135M")
    columns = walk_to(page, "in fusion") + walk_to(page, "in fusion") + walk_to(page, "in fusion")
    rest = walk_to(page, "Bill 5 calls, $0.0105")

    assert head[0] == "FusionWeb, home"
    assert head[head.index("alice") + 1 :] == [
        *(PROMPT, "Change and run", "Follow up", "Share", "More"),
        *("Panel 3 of 3", "Judge", "Answer", "Columns first", "Answer first"),
    ]
    assert views == [
        *("Aligned", "Who said what", "Changes", "Keys", "One row", "Compact", "Copy plain text"),
        *("To A: SmolLM2 135M", "To B: SmolLM2 135M", "To C: SmolLM2 135M"),
    ]
    does = "Copy", "Go on from {}’s answer", "Good answer", "Bad answer", "Retry", "Collapse", "Expand", "in fusion"
    assert columns == [stop.format(slot) for slot in "ABC" for stop in ("Answer {}", *does)]
    assert [stop for stop in rest if "330 metres high" in stop] == ["“330 metres high”"] * 2


def test_skip_link_and_stages_move_the_focus_to_their_section(open_page, run):
    page = open_page(run.get_absolute_url(), **CALM)

    walk_to(page, "Skip to content")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector(':target') !== null")
    assert press(page, "Tab") == "Aligned"
    walk_to(page, "Judge", "Shift+Tab")
    page.keyboard.press("Enter")

    page.wait_for_function("() => document.querySelector('#agreement:target') !== null")
    expect(page.locator("#agreement")).to_be_in_viewport()
    assert press(page, "Tab") == "Agreement between each two answers"


def test_quote_opens_and_leads_to_its_column_by_enter(open_page, run):
    page = open_page(run.get_absolute_url(), **CALM)
    quote = page.locator("button.quote").first
    page.locator("#agreement .figure .scroll").focus()

    walk_to(page, "“330 metres high”")
    page.wait_for_function("() => CSS.highlights.get('quote')?.size === 1")
    page.keyboard.press("Enter")
    expect(quote).to_have_attribute("aria-expanded", "true")
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("Enter")

    expect(column(page, "A")).to_be_in_viewport()
    page.wait_for_function("() => document.activeElement.textContent.trim() === '“330 metres high”'")


def test_menus_open_by_enter_and_give_the_focus_back(open_page, run):
    page = open_page(run.get_absolute_url(), **CALM)

    for name, first in (("Share", "Without costs"), ("More", "Blind vote"), ("alice", "Templates")):
        walk_to(page, name, "Shift+Tab" if name == "alice" else "Tab")
        page.keyboard.press("Enter")
        expect(page.locator("details.menu[open]")).to_have_count(1)
        assert press(page, "Tab") == first
        page.keyboard.press("Escape")
        expect_focus(page, name)
        expect(page.locator("details.menu[open]")).to_have_count(0)


def test_link_is_made_and_revoked_by_keyboard(open_page, run):
    page = open_page(run.get_absolute_url(), **CALM)

    walk_to(page, "Share")
    page.keyboard.press("Enter")
    expect(page.locator("#share-menu")).to_have_attribute("open", "")
    walk_to(page, "Make a link")
    page.keyboard.press("Enter")
    expect(page.locator("#share-menu > summary")).to_have_text("Shared")
    walk_to(page, "Revoke", "Shift+Tab")
    page.keyboard.press("Enter")
    expect_focus(page, "Cancel")
    page.keyboard.press("Escape")
    expect_focus(page, "Revoke")
    page.keyboard.press("Enter")
    expect_focus(page, "Cancel")
    walk_to(page, "Revoke")  # of the question
    page.keyboard.press("Enter")

    expect(page.locator("#share-menu > summary")).to_have_text("Share")
    assert run.shares.get().revoked_at is not None
    page.wait_for_function("() => document.activeElement.closest('#run-header') !== null")


def test_focus_stays_in_a_column_that_is_stopped(open_page, preset, upstream):
    page = open_page("/", **CALM)
    expect_focus(page, "Prompt")
    page.keyboard.type(PROMPT)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(column(page, "B")).to_contain_text("The Eiffel Tower")
    page.locator("#slot-B .body").focus()

    walk_to(page, "Stop")
    page.keyboard.press("Enter")
    expect(column(page, "B")).to_contain_text("stopped")

    page.wait_for_function("() => document.activeElement.closest('article')?.id === 'slot-B'")


@pytest.mark.parametrize("words_before_it", [4, 0])
def test_key_pressed_again_after_a_stop_asks_nobody(open_page, bench, words_before_it):
    slow = bench.model("slow", text=TALL, gate_after=words_before_it)
    run = bench.start(bench.model("a", text=SMALL), slow)
    page = open_page(run.get_absolute_url(), **CALM)
    stop = column(page, "B").get_by_role("button", name="Stop")
    expect(column(page, "A").locator("header .word")).to_have_text("done")
    expect(column(page, "B").locator("header .word")).to_have_text("running")
    if words_before_it:
        expect(column(page, "B")).to_contain_text("The Eiffel Tower")

    stop.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")
    expect(column(page, "B").get_by_role("button", name="Ask again")).to_be_visible()
    page.wait_for_function("() => document.activeElement.closest('article')?.id === 'slot-B'")

    assert page.evaluate("() => document.activeElement.type") != "submit"


def test_history_is_searched_by_keyboard(open_page, run):
    make_run(run.owner, "Why is the sky blue?")
    page = open_page("/runs/", **CALM)

    walk_to(page, "Search runs")
    page.keyboard.type("sky")
    page.wait_for_url("**/runs/?q=sky")
    expect(page.locator("tr.run")).to_have_count(1)
    stops = walk_to(page, "Why is the sky blue?")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/runs/\w{5,}/"))
    marks = ["Select all runs of this page", "Select “Why is the sky blue?”"]
    assert stops == ["Search", "Save this search", "Newest", "Best match", *marks, "Why is the sky blue?"]
