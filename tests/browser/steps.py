"""Steps that browser tests share: type a prompt, look at a column, release the models, make runs to look at."""

import re
from contextlib import suppress

from playwright.sync_api import Error, Page, expect

from apps.fusion.values import Message
from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE, TAKES_PICTURES, WIDE
from tests.services import wait_until

TALL = "The Eiffel Tower is 330 metres tall. It was finished in 1889, for the World's Fair in Paris."
SMALL = "The Eiffel Tower is 300 metres tall. It was finished in 1889, for the World's Fair in Paris."
FUSED = "It was finished in 1889, for the World's Fair in Paris.\n\nThe answers disagree on its height."
PROMPT = "How high is the Eiffel Tower?"
DRAW_ANEW = """async (names) => {
  const html = await (await fetch(document.body.dataset.fragments.replace("NAMES", names))).text();
  const main = [...document.scripts].find(({ src }) => src.endsWith("run/main.js"));
  const { swap } = await import(main.src.replace("main.js", "swap.js"));
  swap(html);
}"""
"""Puts parts of the page in place of themselves, as the server draws them now."""
REST = """async (milliseconds) => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame(); // what has happened is heard of
  await new Promise((done) => setTimeout(done, milliseconds));
  await frame();
}"""
IS_MARKED = r"""(words) => {
  const [range] = [...(CSS.highlights.get("quote") ?? [])];
  const shown = (text) => text.replaceAll(/\s+/g, "").replaceAll("\u2062", "");
  return range && shown(range.toString()) === shown(words);
}"""
"""Says whether these words are marked; formulas have spaces and signs of their own."""


def ask(page, prompt=PROMPT):
    """Type a prompt on the home page and run it."""
    page.wait_for_load_state()  # before its scripts are there, the keys run nothing
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/\w+/"))


def let_rest(page, milliseconds):
    """Let the page do what it is about to do within that time, by its own clock: on a busy machine it is late."""
    page.evaluate(REST, milliseconds)


def let_all_rest(pages, milliseconds):
    """Let several pages rest at the same time."""
    for page in pages:
        page.evaluate(f"(milliseconds) => {{ window.rest = ({REST})(milliseconds); }}", milliseconds)
    for page in pages:
        page.evaluate("() => window.rest")


def column(page: Page, slot: str):
    return page.locator(f"#slot-{slot}")


def box_of(locator):
    """Return place and size of an element, in pixels: one that is drawn anew at this moment has none for an instant."""
    box = None

    def has_place():
        nonlocal box
        box = locator.bounding_box()
        return box is not None

    wait_until(has_place, "the element has a place")
    return box


def expect_mark(page, element, words):
    """Point at a quote or a letter until its words are marked: a page that still moves takes the pointer off it."""
    for _ in range(10):
        element.hover()
        with suppress(Error):
            return page.wait_for_function(IS_MARKED, arg=words, timeout=3_000)
        page.mouse.move(0, 0)
    raise AssertionError(f"{words!r} are not marked.")


def pick_model(field, typed):
    """Take the first model that fits what is typed, as somebody does who has no mouse."""
    field.fill(typed)
    field.press("Enter")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value(typed)


def release_all(upstream):
    """Let the three models of the preset go on."""
    for name in ("tall", "small", "tall-too"):
        upstream.release(name)


def finished_run(bench):
    """Return a run of the preset's models that really ran; they must have been released."""
    recipe = bench.recipe("up/tall", "up/small", "up/tall-too", writer="up/writer")
    return bench.finish(actions.start_run(bench.owner, [Message(role="user", text=PROMPT)], recipe))


def open_menu(page, name):
    """Open a menu of the run's header: ``share`` or ``more``."""
    page.locator(f"#{name}-menu > summary").click()
    expect(page.locator(f"#{name}-menu")).to_have_attribute("open", "")


def open_settings(page):
    """Open the settings below the panel on the page for a new run."""
    page.locator("#settings").evaluate("(settings) => { settings.open = true; }")  # a cookie may have kept it open
    expect(page.locator("#settings")).to_have_attribute("open", "")


def expect_values(page, label, values):
    """Wait until the fields of a label are as many as the values, and hold them: scripts may still be at work."""
    fields = page.get_by_label(label)
    expect(fields).to_have_count(len(values))
    for at, value in enumerate(values):
        expect(fields.nth(at)).to_have_value(value)


def keep_pictures(page, name, *, full_page=True):
    """Keep pictures of a page in light and in dark, where pictures are asked for."""
    for scheme in ("light", "dark") if TAKES_PICTURES else ():
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=ARTIFACTS / f"{name}-{scheme}.png", full_page=full_page)


def check_everywhere(page, axe, name):
    """Keep pictures of a page, wide and on a phone, in light and in dark; it must be accessible and fit."""
    for viewport in (WIDE, PHONE):
        page.set_viewport_size(viewport)
        keep_pictures(page, f"{name}-{viewport['width']}")
        in_dark = viewport is WIDE  # colours are the same on all widths
        assert (axe(page, in_dark=in_dark), scrolls_sideways(page)) == ([], False), (name, viewport["width"])


def scrolls_sideways(page):
    return page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
