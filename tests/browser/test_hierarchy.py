"""The order that the eye finds: levels of type, topics that stay above their stances, a header that gives way."""

from datetime import timedelta
from io import BytesIO
from itertools import combinations, product

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.models import Run
from tests.browser.conftest import PHONE, WIDE
from tests.browser.steps import box_of, let_rest
from tests.browser.test_widths import LONG, analysis_of_eight
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run.test_headline import with_settings
from tests.web.run_factories import ANSWERS, make_finished_run, make_live_run

TABLET = {"width": 1024, "height": 768}
SIZES = [WIDE, TABLET, PHONE]
IDS = ["1440", "1024", "390"]
TYPE = """(selector) => {
  const found = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility() && one.textContent.trim());
  const { fontSize, fontWeight } = getComputedStyle(found);
  return [parseFloat(fontSize), Number(fontWeight)];
}"""
LEVELS = {
    "/": ["h1", "#recent-title", "#settings-line"],
    "/presets/": ["h1", ".preset-list h2", ".models .model", ".preset-list .tag"],
    "/settings/": ["h1", ".settings h2", ".field label", ".help"],
    "run": ["h1", "#agreement h2", "#agreement .found h3", ".call .prose p", ".metrics"],
}
"""Titles, headings, text and asides of a page, by their size and weight."""
STUCK = """(topic) => {
  const header = document.querySelector(innerWidth > 760 ? "#run-header" : ".rail").getBoundingClientRect();
  const whole = topic.closest(".contradiction").getBoundingClientRect();
  window.scrollBy({ top: whole.bottom - header.bottom - 60, behavior: "instant" });
  const [box, below] = [topic.getBoundingClientRect(), document.querySelector(".rail").getBoundingClientRect().bottom];
  const top = document.elementFromPoint(box.left + 4, box.top + box.height / 2);
  const edge = innerWidth > 760 ? document.getElementById("run-header").getBoundingClientRect().bottom : below;
  return { gap: Math.round(box.top - edge), isOnTop: topic === top || topic.contains(top) };
}"""
SIDES = """(sides) => sides.map((side) => ({
  letters: side.querySelectorAll(".stance .chip").length,
  width: Math.round(side.getBoundingClientRect().width),
  isWhole: side.scrollWidth <= side.clientWidth,
}))"""
ARROW_PX = 24
"""From the right edge of a select: its arrow, and nothing else."""
HIDE_ARROWS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("select::picker-icon { opacity: 0 !important } select { transition: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""


@pytest.fixture
def of_eight(bench) -> Run:
    make_local_preset()
    run = make_finished_run(bench.owner, {slot: f"{slot} says: {LONG}" for slot in "ABCDEFGH"}, prompt=LONG * 4)
    change_output(run.answer_call, text=LONG, html=f"<p>{LONG}</p>")
    change_output(run.analysis_call, analysis=analysis_of_eight(run))
    return run


@pytest.mark.parametrize("viewport", SIZES, ids=IDS)
def test_topic_stays_above_the_stances_of_eight_models(open_page, of_eight, viewport):
    page = open_page(of_eight.get_absolute_url(), viewport=viewport)
    page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")
    first = page.locator(".contradiction").first
    first.scroll_into_view_if_needed()
    for quotes in first.locator(".quotes > summary").all():
        quotes.click()  # eight of them: more than a phone shows at once

    sides = first.locator(".side").evaluate_all(SIDES)
    assert [side["letters"] for side in sides] == [4, 4]  # a stance once, behind it whose it is
    assert all(side["isWhole"] and side["width"] >= 150 for side in sides)
    stuck = first.locator(".topic").evaluate(STUCK)
    assert stuck == {"gap": 0, "isOnTop": True}


def test_levels_of_type_differ_on_every_kind_of_page(open_page, of_eight):
    page = open_page("/")
    alike = []

    for path, viewport in product(LEVELS, (WIDE, PHONE)):
        if viewport is WIDE:
            page.goto(of_eight.get_absolute_url() if path == "run" else path)
        page.set_viewport_size(viewport)
        levels = {part: page.evaluate(TYPE, part) for part in LEVELS[path]}
        sizes = [size for size, _ in levels.values()]
        assert sizes[0] == max(sizes), (path, viewport, levels)
        for (one, (size, weight)), (other, (size_2, weight_2)) in combinations(levels.items(), 2):
            is_told_by_size = max(size, size_2) / min(size, size_2) >= 1.08
            if not is_told_by_size and abs(weight - weight_2) < 150:
                alike.append((path, viewport, one, other, levels))

    assert alike == []


def test_text_of_a_select_ends_before_its_arrow(open_page, bench):
    make_local_preset()
    page = open_page("/", viewport=PHONE, has_touch=True)
    looked_at, hidden = 0, []

    for path in ("/settings/", "/models/"):
        page.goto(path)
        page.evaluate(HIDE_ARROWS)
        page.evaluate("() => { for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true; }")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            for select in page.locator("select:visible").all():
                looked_at += 1
                if not is_blank(select.screenshot(animations="disabled"), ARROW_PX):
                    hidden.append((path, width, select.evaluate("(one) => one.name || one.id")))

    assert looked_at >= 8
    assert hidden == []


def is_blank(picture: bytes, width: int) -> bool:
    """Return whether the right end of a picture, without its border, is of one colour."""
    image = Image.open(BytesIO(picture)).convert("L")
    part = image.crop((image.width - width, 4, image.width - 9, image.height - 4))  # some have round corners
    darkest, lightest = part.getextrema()
    return lightest - darkest < 24


def test_prompt_that_was_opened_scrolls_away_and_leaves_the_stages(open_page, of_eight):
    page = open_page(of_eight.get_absolute_url())
    page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")
    page.locator("#prompt > summary").click()
    expect(page.locator("#prompt .conversation")).to_be_in_viewport(ratio=0.9)

    page.mouse.move(700, 700)
    page.mouse.wheel(0, 1500)

    expect(page.locator("#prompt .conversation")).not_to_be_in_viewport()
    expect(page.locator(".rail")).to_be_in_viewport(ratio=1)
    header = box_of(page.locator("#run-header"))
    assert header["y"] + header["height"] < 110  # of 900 px
    page.mouse.wheel(0, -3000)
    expect(page.locator("#prompt > summary")).to_be_in_viewport(ratio=1)
    page.locator("#prompt > summary").click()
    expect(page.locator("#prompt .conversation")).not_to_be_visible()


@pytest.mark.parametrize("how", ["a press elsewhere", "Escape"])
def test_prompt_that_is_opened_while_reading_moves_nothing_and_closes_like_a_menu(open_page, of_eight, how):
    page = open_page(of_eight.get_absolute_url())
    page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")
    words = page.locator("#agreement h3").first
    words.evaluate("(one) => one.scrollIntoView({ block: 'end', behavior: 'instant' })")
    summary = page.locator("#prompt > summary")
    page.wait_for_function("() => document.getElementById('run-header').getBoundingClientRect().top === 0")
    before = box_of(words)["y"], box_of(summary)["y"]

    page.mouse.click(box_of(summary)["x"] + 40, box_of(summary)["y"] + 16)  # without scrolling to it

    expect(page.locator("#prompt .conversation")).to_be_in_viewport(ratio=1)
    let_rest(page, 300)  # until what is read would be held
    assert (box_of(words)["y"], box_of(summary)["y"]) == before
    if how == "Escape":
        page.keyboard.press("Escape")
        expect(summary).to_be_focused()
    else:
        page.mouse.click(700, 860)
    expect(page.locator("#prompt .conversation")).not_to_be_visible()
    assert box_of(words)["y"] == before[0]


def test_keys_that_go_to_the_header_scroll_nothing(open_page, of_eight):
    page = open_page(of_eight.get_absolute_url())
    page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")
    page.evaluate("() => scrollTo({ top: 900, behavior: 'instant' })")

    for stop in page.locator(":is(#run-header summary, .rail a, .actions a):visible").all():
        stop.evaluate("(one) => one.focus()")
        assert page.evaluate("() => scrollY") == 900


def test_prompt_on_a_phone_scrolls_away(open_page, of_eight):
    page = open_page(of_eight.get_absolute_url(), viewport=PHONE)
    page.locator("#prompt > summary").click()
    expect(page.locator("#prompt .conversation")).to_be_in_viewport(ratio=0.9)

    page.mouse.move(200, 700)
    page.mouse.wheel(0, 1200)

    expect(page.locator("#prompt .conversation")).not_to_be_in_viewport()
    expect(page.locator(".rail")).to_be_in_viewport(ratio=1)


def test_rail_on_a_phone_takes_two_lines_whatever_happened(open_page, bench):
    make_local_preset()
    capped, failed = (make_finished_run(bench.owner) for _ in range(2))
    over = {"status": Status.CANCELLED, "cap_reached": True, "failure_code": FailureCode.CAPPED}
    Run.objects.filter(pk=capped.pk).update(**over, answer_call=None, answer_kind=None, failure_sentence="Too dear.")
    failed.calls.filter(role=Role.PANEL, slot__in="BC").update(status=Status.FAILED)
    waiting = with_settings(make_live_run(bench.owner, {"A": ANSWERS["A"], "B": ANSWERS["B"]}), grace_s=30.0)
    Run.objects.filter(pk=waiting.pk).update(wake_at=timezone.now() + timedelta(hours=1))
    page = open_page("/")

    for run, width in product((capped, failed, waiting), (390, 360)):
        if width == 390:
            page.goto(run.get_absolute_url())
        page.set_viewport_size({"width": width, "height": 844})
        nav, layout, sentence, rail = (
            box_of(page.locator(f".rail {part}".strip())) for part in ("nav", ".layout", ".headline", "")
        )
        assert abs(nav["y"] + nav["height"] / 2 - layout["y"] - layout["height"] / 2) < 3
        assert sentence["y"] >= nav["y"] + nav["height"]
        assert rail["height"] <= 64, rail


def test_agreement_of_a_run_without_an_answer_has_the_whole_width(bench, open_page):
    make_local_preset()
    run = make_finished_run(bench.owner)
    Run.objects.filter(pk=run.pk).update(
        status=Status.CANCELLED, failure_code=FailureCode.CANCELLED, answer_call=None, answer_kind=None
    )
    page = open_page(run.get_absolute_url(), viewport=WIDE)

    panel, agreement = (box_of(page.locator(part))["width"] for part in ("#panel", "#agreement"))

    assert abs(panel - agreement) <= 1


@pytest.mark.parametrize("address", ["/batches/new/", "/templates/new/"])
def test_fields_of_a_form_are_no_wider_than_its_frame(open_page, address):
    page = open_page(address, viewport={"width": 1920, "height": 900})

    widths = page.locator("main .input").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().width)")

    assert max(widths) <= 960
