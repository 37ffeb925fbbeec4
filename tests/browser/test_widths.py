"""From a phone to a very wide screen: nothing runs out of the window, and lines stay readable."""

import pytest
from playwright.sync_api import expect

from apps.fusion.judging.agreement import agreement
from apps.fusion.judging.analysis import Assessment, Evidence, Finding
from apps.fusion.vocabulary import AnswerKind, FailureCode, FindingKind, Role, Status
from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.browser.steps import box_of, column, open_menu, scrolls_sideways
from tests.calls import change_output
from tests.factories import SMOL, make_local_preset, make_recipe, make_run
from tests.services import wait_until
from tests.web.run_factories import make_analysis, make_call, make_finished_run

HUGE = {"width": 2560, "height": 1300}
LONG = "The tower of Paris was built for a fair, stood longer than its permit, and is painted every seven years. " * 12
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LONGEST_LINE = 85
"""Characters; books have 60 to 75, and a page with chips in its lines a few more."""

CHARACTERS_PER_LINE = """(part) => {
  const shown = [...document.querySelectorAll(part)].filter((one) => one.checkVisibility());
  return shown.map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.bottom / 8)));
    return Math.round(one.textContent.length / lines.size);
  });
}"""


TITLED = """/ /runs/ /compare/ /models/ /models/routes/ /models/routes/new/ /presets/ /presets/new/ /calibrations/new/
/batches/new/ /templates/new/ /shares/ /settings/ /settings/import/ /settings/password/""".split()
TITLE_AT = """() => {
  const [title, brand] = ["h1", ".brand"].map((one) => document.querySelector(one).getBoundingClientRect());
  const { fontSize } = getComputedStyle(document.querySelector("h1"));
  return [Math.round(title.x - brand.x), Math.round(title.y), fontSize];
}"""
"""Says where the title of a page stands, from the beginning of the bar and the top of the window, and its size."""
FORMS = [path for path in TITLED if path.endswith(("s/new/", "import/", "password/")) and path != "/presets/new/"]
"""Pages that are one form, whose title stands beside it where there is room."""
IS_EMPTY_ON_THE_RIGHT = """() => {
  const title = document.querySelector(".page-head").getBoundingClientRect();
  const bar = document.querySelector(".top .end").getBoundingClientRect();
  const { right } = [...document.querySelectorAll("main form.card")].at(-1).getBoundingClientRect();
  return right < bar.right - (bar.right - title.left) / 6;
}"""
STACKED_AS_WIDE_AS_THE_PANEL = """() => {
  const parts = ["#answer", "#agreement", ".panel"].map((one) => document.querySelector(one).getBoundingClientRect());
  const [answer, agreement] = parts;
  const edges = parts.map(({ x, width }) => `${Math.round(x)} ${Math.round(width)}`);
  return answer.bottom < agreement.top && new Set(edges).size === 1;
}"""
COVERS_NOTHING = """() => {
  const edge = (id, name) => document.getElementById(id).getBoundingClientRect()[name];
  return edge("panel", "top") >= Math.max(edge("answer", "bottom"), edge("agreement", "bottom"));
}"""
FOLLOWS_ANSWER = """() => {
  const [answer, agreement, bill] = ["answer", "agreement", "bill"].map((id) => document.getElementById(id));
  const box = (one) => one.getBoundingClientRect();
  return box(bill).left === box(answer).left && box(bill).top > box(answer).bottom &&
    Math.abs(box(bill).bottom - box(agreement).bottom) < 1;
}"""
FOOTERS = """(columns) => columns.map((column) => [
  Math.round(column.getBoundingClientRect().top),
  Math.round(column.querySelector(":scope > footer").getBoundingClientRect().top),
])"""
IS_AT_END = """(slot) => {
  const { scrollTop, scrollHeight, clientHeight } = document.querySelector(`#slot-${slot} .body`);
  return scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 2;
}"""


@pytest.fixture
def panel_of_eight(bench):
    make_local_preset()
    run = make_finished_run(bench.owner, {slot: f"{slot} says: {LONG}" for slot in "ABCDEFGH"}, prompt=LONG * 2)
    change_output(run.answer_call, text=LONG, html="")
    change_output(run.analysis_call, analysis=analysis_of_eight(run))
    return run


def analysis_of_eight(run):
    """Return an analysis of eight answers with fifteen findings of all kinds and three marks for each answer."""
    answers = {call.slot: call.output.text for call in run.calls.filter(role=Role.PANEL)}
    kinds = {"contradiction": "ABCDEFGH", "consensus": "ABCDEFGH", "partial_coverage": "ABC", "unique_insight": "D"}
    counts = {"contradiction": 3, "consensus": 5, "partial_coverage": 3, "unique_insight": 3}
    quote = "The tower of Paris was built for a fair"
    findings = [
        Finding(
            id=f"{kind}-{at}",
            kind=FindingKind(kind),
            text=f"The tower was built for a fair and stood longer than its permit ({at})",
            evidence=tuple(
                Evidence(slot=slot, stance=f"for {1 + n % 2}0 years", quote=quote, verified=True, span=(8, 47))
                for n, slot in enumerate(kinds[kind])
            ),
        )
        for kind, count in counts.items()
        for at in range(count)
    ]
    findings.append(Finding(id="b1", kind=FindingKind.BLIND_SPOT, text="Nobody says what its paint weighs."))
    marks = [
        Assessment(slot=slot, criterion=criterion, score=1 + at % 5, reason="Short.")
        for at, slot in enumerate(answers)
        for criterion in ("accuracy", "completeness", "clarity")
    ]
    found = {"findings": tuple(findings), "assessments": tuple(marks), "outliers": ()}
    return make_analysis(answers, **found, agreement=agreement(found["findings"]))


def boxes(page):
    """Return the panel's columns, and the place for one more where there is one, as (left, top, width)."""
    shown = page.locator("article.call, .tile").filter(visible=True)
    measure = "(all) => all.map((one) => one.getBoundingClientRect()).map(({left, top, width}) => [left, top, width])"
    return shown.evaluate_all(measure)


def expand(page, slot):
    button = column(page, slot).locator("[data-size-to=full]")  # its name becomes "Restore"
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def rows(page):
    """Return the number of columns in each row of the panel; fail if one leaves a hole or runs out of it."""
    panel, found = box_of(page.locator(".panel")), boxes(page)
    tops = [top for _, top, _ in found]
    footers = page.locator("article.call").filter(visible=True).evaluate_all(FOOTERS)
    assert len({tuple(footer) for footer in footers}) == len({top for top, _ in footers})  # one line in each row
    for top in set(tops):
        ends = max(left + width for left, other, width in found if other == top)
        assert abs(ends - panel["x"] - panel["width"]) < 2
    assert not scrolls_sideways(page)
    return [tops.count(top) for top in dict.fromkeys(tops)]


def test_eight_columns_on_a_very_wide_screen_stand_four_across(open_page, panel_of_eight):
    page = open_page(panel_of_eight.get_absolute_url(), viewport=HUGE)
    page.screenshot(path=ARTIFACTS / "run-2560.png", full_page=True)

    assert rows(page) == [4, 4]


def test_columns_fill_their_rows_and_the_view_is_remembered(open_page, bench, axe):
    make_local_preset()
    runs = {count: make_finished_run(bench.owner, dict.fromkeys("ABCDEFGH"[:count], LONG * 4)) for count in (4, 5, 8)}
    stopped = {"status": Status.CANCELLED, "failure_code": FailureCode.CANCELLED, "failure_sentence": "Stopped."}
    runs[4].calls.filter(slot="B").update(**stopped)  # a notice stands above its text
    page = open_page(runs[4].get_absolute_url(), reduced_motion="reduce")
    found = [rows(page)]
    page.get_by_role("button", name="Compact").click()
    found.append(rows(page))
    for count in (5, 8):
        page.goto(runs[count].get_absolute_url())
        expect(page.get_by_role("button", name="Compact")).to_have_attribute("aria-pressed", "true")
        found.append(rows(page))
        widths = [width for _, _, width in boxes(page)]
        assert max(widths) - min(widths) < 2
    assert found == [[2, 2], [4], [3, 3], [4, 4]]  # the sixth is the place for one more

    page.get_by_role("button", name="One row").click()
    assert len({top for _, top, _ in boxes(page)}) == 1
    assert not scrolls_sideways(page)
    column(page, "A").locator(".body").hover()
    page.mouse.wheel(0, 10_000)
    page.wait_for_function(IS_AT_END, arg="B")
    page.locator(".panel").evaluate("(panel) => panel.scrollTo(panel.scrollWidth, 0)")
    for slot in "GH":
        page.wait_for_function(IS_AT_END, arg=slot)  # it caught up when it came into sight
    page.screenshot(path=ARTIFACTS / "one-row.png")
    assert axe(page) == []

    page.get_by_role("button", name="Scroll together").click()
    column(page, "H").locator(".body").hover()
    page.mouse.wheel(0, -10_000)
    page.wait_for_function("() => document.querySelector('#slot-H .body').scrollTop === 0")
    assert page.evaluate(IS_AT_END, "G")
    page.reload()
    expect(page.get_by_role("button", name="Scroll together")).to_have_attribute("aria-pressed", "false")


def test_lines_on_a_very_wide_screen_stay_readable(open_page, panel_of_eight):
    page = open_page(panel_of_eight.get_absolute_url(), viewport=HUGE)
    page.locator("#prompt > summary").click()
    expect(page.locator("#prompt")).to_have_attribute("open", "")
    expand(page, "A")

    for part in (".answer .prose p", ".call .prose p", ".turn .words"):
        lengths = page.evaluate(CHARACTERS_PER_LINE, part)
        assert (lengths != [], [length for length in lengths if length > LONGEST_LINE]) == (True, []), part


def test_home_and_history_on_a_very_wide_screen_stay_together(open_page, panel_of_eight):
    page = open_page("/", viewport=HUGE)
    page.screenshot(path=ARTIFACTS / "home-2560.png")
    widths = [box_of(page.locator("#compose"))["width"]]

    page.goto("/runs/")
    page.screenshot(path=ARTIFACTS / "history-2560.png")
    widths.append(box_of(page.locator("table.runs"))["width"])

    assert [width <= 1560 for width in widths] == [True, True]


@pytest.mark.parametrize(("path", "beside"), [("/presets/", "#advisor"), ("/models/routes/", ".trial")])
def test_short_list_leaves_no_half_of_its_page_empty(open_page, bench, path, beside):
    make_local_preset()
    page = open_page(path)
    parts = (".page-head", ":is(.preset-list, .rule-list) > .card", beside)

    for viewport in (WIDE, HUGE):
        page.set_viewport_size(viewport)
        head, card, other = (box_of(page.locator(part)) for part in parts)
        assert (card["x"], card["y"]) == (head["x"], other["y"]), viewport
        assert 0 < other["x"] - card["x"] - card["width"] <= 24, viewport
        assert other["x"] + other["width"] == head["x"] + head["width"], viewport


def test_every_page_has_its_title_where_the_bar_begins(open_page, bench):
    make_local_preset()
    page = open_page("/")
    wrong = {}

    for path in (*TITLED, "/api/docs/"):
        page.goto(path)
        for viewport in (WIDE, HUGE, PHONE):
            page.set_viewport_size(viewport)
            expected = [0, 68, "22px"] if viewport is PHONE else [0, 84, "30px"]
            place = page.evaluate(TITLE_AT)
            seen = slice(1 if path == "/api/docs/" else 3)  # a list of contents may stand above its title
            if place[seen] != expected[seen]:
                wrong[path, viewport["width"]] = place
            if path in FORMS and viewport is not PHONE and page.evaluate(IS_EMPTY_ON_THE_RIGHT):
                wrong[path, viewport["width"], "right"] = "empty"

    assert wrong == {}


def test_eight_columns_on_a_phone_are_swiped(open_page, panel_of_eight):
    page = open_page(panel_of_eight.get_absolute_url(), viewport=PHONE)
    page.screenshot(path=ARTIFACTS / "run-of-eight-390.png")

    assert len({top for _, top, _ in boxes(page)}) == 1
    assert {width <= PHONE["width"] for _, _, width in boxes(page)} == {True}
    page.locator("[data-tab='H']").click()
    page.wait_for_function("() => document.querySelector('[data-tab=H]').ariaCurrent === 'true'")
    wait_until(lambda: round(box_of(column(page, "H"))["x"]) == 12, "the swipe has come to its end")
    assert not scrolls_sideways(page)


def test_run_page_with_menus_and_long_words_fits_a_phone(open_page, bench):
    make_local_preset()
    run = make_finished_run(bench.owner, dict.fromkeys("ABC", WORD), prompt=WORD)
    page = open_page(run.get_absolute_url(), viewport=PHONE)
    found = []

    for name in ("share", "more"):
        open_menu(page, name)
        box = box_of(page.locator(f"#{name}-menu > .items"))
        found.append((box["x"] >= 0, box["x"] + box["width"] <= PHONE["width"], scrolls_sideways(page)))
    page.screenshot(path=ARTIFACTS / "more-390.png")
    for address in (run.get_absolute_url(), actions.share_run(run).get_absolute_url()):
        page.goto(address)
        page.locator("#prompt > summary").click()
        expect(page.locator("#prompt .conversation")).to_be_visible()
        page.wait_for_function("() => document.getAnimations().every(({ playState }) => playState !== 'running')")
        found.append(scrolls_sideways(page))
    page.goto("/runs/")
    found.append(scrolls_sideways(page))

    assert found == [(True, True, False), (True, True, False), False, False, False]


def test_name_of_a_model_with_two_takes_is_whole_on_a_phone(open_page, bench):
    make_local_preset()
    run = make_run(bench.owner)
    for take in (1, 2):
        make_call(run, slot="A", take=take, text=LONG, model="local/gemma3-270m")
    page = open_page(run.get_absolute_url(), viewport=PHONE)
    page.screenshot(path=ARTIFACTS / "takes-390.png")

    name = page.locator("#name-A")

    assert name.inner_text() == "Gemma 3 270M (base)"
    assert name.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_findings_stand_beside_the_answer_on_a_wide_screen(open_page, panel_of_eight):
    words = "Nobody in the panel says this. " * 30
    change_output(panel_of_eight.answer_call, text=words, html=f"<p>{words}</p>")
    page = open_page(panel_of_eight.get_absolute_url(), viewport=WIDE)
    page.get_by_role("button", name="Answer first").click()
    answer, agreement = page.locator("#answer"), page.locator("#agreement")

    left, right = box_of(answer), box_of(agreement)
    assert (left["y"], left["x"] + left["width"] < right["x"]) == (right["y"], True)
    assert right["height"] <= 2 * WIDE["height"], right
    edges = [box_of(page.locator(part))["x"] for part in (".answer .notice", ".answer .prose p")]
    assert edges[0] == edges[1]

    page.locator("#judge-takes > summary").evaluate("(one) => one.scrollIntoView({ block: 'end' })")
    expect(answer).to_be_in_viewport(ratio=1)  # though much shorter than what stands beside it

    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function(COVERS_NOTHING)  # both stick, and neither runs over the columns below
    page.get_by_role("button", name="Columns first").click()
    page.wait_for_function(FOLLOWS_ANSWER)

    page.set_viewport_size({"width": 1279, "height": 900})
    page.wait_for_function("""() => {
      const [answer, agreement] = ["answer", "agreement"].map((id) => document.getElementById(id));
      return agreement.getBoundingClientRect().top >= answer.getBoundingClientRect().bottom;
    }""")


def test_answer_of_a_few_lines_leaves_no_half_empty(open_page, panel_of_eight):
    words = "Nobody in the panel says this."
    change_output(panel_of_eight.answer_call, text=words, html=f"<p>{words}</p>")
    page = open_page(panel_of_eight.get_absolute_url())

    for layout in ("Columns first", "Answer first"):
        page.get_by_role("button", name=layout).click()
        for viewport in (WIDE, HUGE):
            page.set_viewport_size(viewport)
            page.wait_for_function(STACKED_AS_WIDE_AS_THE_PANEL)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_one_model_alone_is_shown_once_and_reads_well(open_page, bench, axe, viewport):
    make_local_preset()
    run = make_run(bench.owner, recipe=make_recipe(SMOL))
    run.answer_call, run.answer_kind = make_call(run, slot="A", text=LONG), AnswerKind.ONLY
    run.save()
    page = open_page(run.get_absolute_url(), viewport=viewport)
    page.screenshot(path=ARTIFACTS / f"alone-{viewport['width']}.png")

    expect(page.locator("p:visible", has_text=LONG[:100])).to_have_count(1)
    expect(column(page, "A").locator("p", has_text=LONG[:100])).to_be_visible()
    assert max(page.evaluate(CHARACTERS_PER_LINE, ".call .prose p")) <= LONGEST_LINE
    panel, go_on = box_of(page.locator("#panel")), box_of(page.locator("#go-on"))
    if viewport is WIDE:  # the next question stands beside the text
        assert panel["x"] + panel["width"] < go_on["x"]
        assert go_on["y"] < panel["y"] + panel["height"]
    else:
        assert panel["y"] + panel["height"] < go_on["y"]
    assert (axe(page), scrolls_sideways(page)) == ([], False)


def test_matrix_of_eight_is_whole_on_a_wide_screen(open_page, panel_of_eight):
    page = open_page(panel_of_eight.get_absolute_url(), viewport=WIDE)

    assert page.locator(".figure .scroll").evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_run_is_in_reach_on_a_phone_and_hides_nothing(open_page, bench, axe):
    make_local_preset()
    page = open_page("/", viewport=PHONE)
    button = page.get_by_role("button", name="Run", exact=True)
    expect(button).to_be_in_viewport(ratio=1)

    page.locator("#facts").scroll_into_view_if_needed()

    facts, press = box_of(page.locator("#facts")), box_of(page.locator(".press"))
    assert facts["y"] + facts["height"] <= press["y"]
    assert axe(page) == []


def test_strips_stand_beside_a_column_that_is_expanded(open_page, panel_of_eight):
    page = open_page(panel_of_eight.get_absolute_url())
    for letter in "BC":
        page.locator(f"#slot-{letter}").get_by_role("button", name="Collapse").click()
    expand(page, "A")

    (_, top, width), *strips = boxes(page)[:3]
    assert [strip[1] for strip in strips] == [top, top]
    assert width > 0.8 * box_of(page.locator(".panel"))["width"]


@pytest.mark.parametrize(("viewport", "sticks"), [(WIDE, True), ({"width": 1000, "height": 500}, False)])
def test_column_reached_by_link_stands_clear_of_the_header(open_page, panel_of_eight, viewport, sticks):
    page = open_page(panel_of_eight.get_absolute_url(), viewport=viewport)
    page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")

    page.evaluate("() => { location.hash = '#slot-D'; }")

    page.wait_for_function(
        """(sticks) => {
          const edge = (id, name) => document.getElementById(id).getBoundingClientRect()[name];
          return Math.round(edge("slot-D", "top") - (sticks ? edge("run-header", "bottom") : 0)) === 16;
        }""",
        arg=sticks,
    )
    assert page.evaluate("() => getComputedStyle(document.getElementById('slot-D')).getPropertyValue('--head')") == ""
