"""Content outside the window is not laid out, and is still there for quotes, searches, printing and scrolling."""

import json
import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from bench.upstream import markdown
from tests.browser.conftest import PHONE, WIDE
from tests.browser.steps import DRAW_ANEW, ask, column, let_rest, release_all
from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_finished_run

IS_LAID_OUT = "(one) => one.checkVisibility({ contentVisibilityAuto: true })"
MARKED_WORDS_STAND_IN_THEIR_COLUMN = """() => {
  const [range] = [...CSS.highlights.get("quote")];
  const words = range.getBoundingClientRect();
  const body = range.startContainer.parentElement.closest(".body").getBoundingClientRect();
  return words.top >= Math.max(0, body.top) && words.bottom <= Math.min(innerHeight, body.bottom);
}"""
FIRST_IN_SIGHT = """(body) => {
  const top = body.getBoundingClientRect().top;
  return [...body.querySelectorAll(".text > *")].find((one) => one.getBoundingClientRect().top >= top)?.textContent;
}"""
SCROLL_TO_THE_MIDDLE = f"""async (body) => {{
  body.scrollTop = 900;
  for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame); // heights become true
  return ({FIRST_IN_SIGHT})(body);
}}"""
PUT_ALL_COLUMNS_ANEW = """async () => {
  const names = [...document.querySelectorAll(".call")].map((column) => `column-${column.dataset.slot}`);
  const address = document.body.dataset.fragments.replace("NAMES", names.join("+"));
  const html = await (await fetch(address)).text();
  const main = [...document.scripts].find(({ src }) => src.endsWith("run/main.js"));
  const { swap } = await import(main.src.replace("main.js", "swap.js"));
  const old = [...document.querySelectorAll(".call")];
  const inEachFrame = [];
  swap(html);
  while (old.some((column) => column.isConnected)) {
    await new Promise(requestAnimationFrame);
    inEachFrame.push(old.filter((column) => !column.isConnected).length);
  }
  return inEachFrame;
}"""
FILLER = markdown(8_000)


@pytest.fixture
def long_run(bench):
    """Return a finished run with quotes in the middle of long answers."""
    make_local_preset()
    answers = {slot: f"{FILLER}\n\n{text}\n\n{FILLER}" for slot, text in ANSWERS.items()}
    return make_finished_run(bench.owner, {**answers, **dict.fromkeys("DEFGH", FILLER)})


def stream_paragraphs(bench):
    """Let the preset's models write long texts, and wait in the middle of them."""
    words = "\n\n".join(f"Paragraph {number} of many." for number in range(200))
    for name in ("tall", "small", "tall-too"):
        bench.model(name, text=f"{words}\n\nThe end of {name}.", gate_after=400)


def read_in_the_middle(open_page, bench, sockets=None):
    """Scroll to the middle of a streaming column; return the page, the column's body and what is read there.

    ``sockets`` is filled with the page's connections: the route to the server, and what came from there.
    """
    stream_paragraphs(bench)
    page = open_page("/", own=sockets is not None)
    if sockets is not None:
        page.route_web_socket(re.compile(r"/ws/runs/"), lambda route: sockets.append((route, listen(route))))
    ask(page)
    body = column(page, "A").locator(".body")
    expect(body).to_contain_text("Paragraph 60 of many.")
    read = body.evaluate(SCROLL_TO_THE_MIDDLE)
    assert read.startswith("Paragraph ")
    return page, body, read


def listen(route):
    """Connect a socket to the server; return a list that is filled with what comes from there."""
    heard, server = [], route.connect_to_server()

    def tell(message):
        route.send(message)
        heard.append(message)

    server.on_message(tell)
    return heard


@contextmanager
def drawn_anew(page, selector):
    """Wait at the end until the part of the page is another one than at the beginning."""
    page.locator(selector).evaluate("(part) => { window.before = part; }")
    yield
    page.wait_for_function("() => !window.before.isConnected")


def let_it_end(page, upstream):
    release_all(upstream)
    expect(page.locator("#answer")).to_contain_text("The answers disagree")


def wait_for_laid_out(page, selector, condition):
    """Wait until ``condition`` holds for ``some``, how many of ``all`` are laid out: the browser decides by frames."""
    page.wait_for_function(
        f"""(selector) => {{
          const found = [...document.querySelectorAll(selector)];
          const [all, some] = [found.length, found.filter({IS_LAID_OUT}).length];
          return {condition};
        }}""",
        arg=selector,
    )


def wait_for_first_in_sight(page, slot, text):
    """Wait until the reader of a column has the block that begins with the text at the top."""
    page.wait_for_function(
        f"([slot, text]) => ({FIRST_IN_SIGHT})(document.querySelector(`#slot-${{slot}} .body`)) === text",
        arg=[slot, text],
    )


def test_long_page_lays_out_what_is_near_the_window(open_page, long_run):
    page = open_page(long_run.get_absolute_url())

    assert page.locator(".call .prose li").count() > 400
    wait_for_laid_out(page, ".call .prose li", "some > 0 && some < all / 5")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_quote_leads_to_its_words_in_a_long_answer(open_page, long_run, viewport):
    page = open_page(long_run.get_absolute_url(), viewport=viewport)
    quote = page.get_by_role("button", name="finished in 1889")
    page.locator("details.quotes", has_text="finished in 1889").locator("summary").press("Enter")

    quote.press("Enter")
    expect(quote).to_have_attribute("aria-expanded", "true")
    quote.press("Enter")

    page.wait_for_function("() => CSS.highlights.get('quote')?.size === 1")
    page.wait_for_function(MARKED_WORDS_STAND_IN_THEIR_COLUMN)
    let_rest(page, 500)  # what comes near the window gets its true height: the words must stay
    page.wait_for_function(MARKED_WORDS_STAND_IN_THEIR_COLUMN)


def test_search_of_the_page_finds_words_that_are_not_laid_out(open_page, long_run):
    page = open_page(long_run.get_absolute_url())

    found = page.evaluate(
        "() => window.find('its permit ended after') && getSelection().anchorNode.parentElement.closest('.call').id"
    )

    assert found == "slot-C"


def test_print_shows_every_column_whole(open_page, long_run):
    page = open_page(long_run.get_absolute_url())

    page.emulate_media(media="print")

    wait_for_laid_out(page, ".call .prose li", "all > 0 && some === all")


def test_column_out_of_sight_streams_and_shows_its_end_when_it_is_reached(open_page, bench, preset, upstream):
    stream_paragraphs(bench)
    page = open_page("/", viewport=PHONE)
    ask(page)
    for slot in "AC":
        expect(column(page, slot)).to_contain_text("Paragraph 60 of many.")

    page.locator("[data-tab=C]").click()
    expect(column(page, "C").locator(".text")).to_be_in_viewport()
    let_it_end(page, upstream)

    expect(column(page, "C").locator(".text")).to_contain_text("The end of tall-too.")


def test_column_followed_before_it_left_the_window_is_followed_again(open_page, bench, preset, upstream):
    stream_paragraphs(bench)
    page = open_page("/", viewport={"width": 800, "height": 600})
    ask(page)
    for slot in "AC":
        expect(column(page, slot)).to_contain_text("Paragraph 60 of many.")

    column(page, "C").scroll_into_view_if_needed()

    body = "document.querySelector('#slot-C .body')"
    page.wait_for_function(f"() => {body}.scrollTop > 500")
    page.wait_for_function(f"() => {body}.scrollHeight - {body}.scrollTop - {body}.clientHeight < 2")
    let_it_end(page, upstream)


def test_reader_in_the_middle_of_a_column_stays_there_when_it_ends(open_page, bench, preset, upstream):
    page, _, read = read_in_the_middle(open_page, bench)

    let_it_end(page, upstream)

    expect(column(page, "A").locator(".state .word")).to_have_text("done")
    wait_for_first_in_sight(page, "A", read)


def test_columns_that_end_together_are_swapped_in_over_several_frames(open_page, long_run):
    page = open_page(long_run.get_absolute_url())
    page.locator("#slot-B .body").focus()
    read = page.locator("#slot-C .body").evaluate(SCROLL_TO_THE_MIDDLE)

    in_place = page.evaluate(PUT_ALL_COLUMNS_ANEW)

    assert len(in_place) > 2
    assert in_place[-1] == page.locator(".call").count()
    page.wait_for_function("() => document.activeElement.closest('.call')?.id === 'slot-B'")
    wait_for_first_in_sight(page, "C", read)


def test_column_swapped_in_is_laid_out_whole_only_near_the_window(open_page, long_run):
    page = open_page(long_run.get_absolute_url())
    page.locator("#slot-C .body").evaluate(SCROLL_TO_THE_MIDDLE)

    page.evaluate(PUT_ALL_COLUMNS_ANEW)

    wait_for_laid_out(page, "#slot-C .prose li", "all > 0 && some === all")
    wait_for_laid_out(page, "#slot-A .prose li", "some > 0 && some < all / 2")


def test_reader_of_a_streaming_column_stays_when_it_is_drawn_anew(open_page, bench, preset, upstream):
    """The end of a call is told just before it is stored: the server then draws the column as still streaming."""
    page, body, read = read_in_the_middle(open_page, bench)

    with drawn_anew(page, "#slot-A"):
        page.evaluate(DRAW_ANEW, "column-A")

    assert body.evaluate(FIRST_IN_SIGHT) == read
    expect(body.locator(".streaming")).to_contain_text("Paragraph 60 of many.")
    expect(column(page, "A").locator(".waits")).to_have_count(0)
    let_it_end(page, upstream)
    expect(column(page, "A").locator(".state .word")).to_have_text("done")
    wait_for_first_in_sight(page, "A", read)


def test_reader_of_a_streaming_column_stays_when_its_story_is_told_again(open_page, bench, preset, upstream):
    sockets = []
    page, body, read = read_in_the_middle(open_page, bench, sockets)
    resync = {"type": "resync", "run": page.url.split("/runs/")[1][:-1]}

    with drawn_anew(page, "#slot-A"):
        socket, _ = sockets[-1]
        socket.send(json.dumps({"events": [["", resync]]}))
        socket.close(code=1000)
    while len(sockets) < 2 or not sockets[1][1]:
        page.wait_for_timeout(50)
    let_rest(page, 50)  # the story is here, and is about to be shown

    assert body.evaluate(FIRST_IN_SIGHT) == read
    let_it_end(page, upstream)
    expect(column(page, "A").locator(".state .word")).to_have_text("done")
    wait_for_first_in_sight(page, "A", read)
