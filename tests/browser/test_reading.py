"""Reading aids of the run page: code, letters behind passages, quotes as text, and input that is left alone."""

import pytest
from playwright.sync_api import expect

from apps.fusion.comparing.passages import supporters
from apps.fusion.judging.analysis import Evidence, Finding
from apps.fusion.judging.quotes import locate
from apps.fusion.values import Attempt, Failure
from apps.fusion.vocabulary import FailureCode, FindingKind
from apps.markdown.rendering import render_answer, render_markdown
from apps.runs import actions
from apps.runs.lifecycle.claims import store_attempts
from tests.browser.conftest import PHONE, WIDE
from tests.browser.steps import IS_MARKED, box_of, check_everywhere, column, expect_mark, let_rest
from tests.factories import make_local_preset
from tests.services import wait_until
from tests.web.run_factories import change_output, make_analysis, make_finished_run

CODE = "def f(n):\n    return n  # " + "long " * 60 + "\n"
ANSWERS = {
    "A": f"# Towers\n\nThe Eiffel Tower is **330 metres** tall.\n\n```python\n{CODE}```\n\nIt was finished in 1889.",
    "B": "The tower stands in Paris.\n\n- The Eiffel Tower is 330 metres tall\n- [ ] check it\n\n$E = mc^2$",
    "C": "برج إيفل في باريس.\n\nIt was finished in 1889 for the fair.",
}
FUSED = (
    "The Eiffel Tower is 330 metres tall.\n\n- It was finished in 1889.\n\n| year | event |\n|---|---|\n"
    "| 1889 | It was finished in 1889 |\n\n$$x^2$$\n\nNobody else says this here."
)
KEEP_CLIPBOARD = "window.clipboard = navigator.clipboard;"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
HEAR = """() => {
  const heard = { shown: document.querySelector("[data-copied]") !== null, said: [] };
  const observer = new MutationObserver((records) => {
    for (const { target, type } of records) {
      if (type === "attributes") heard.shown ||= "copied" in target.dataset;
      else if (target.role === "status") heard.said.push(target.textContent);
    }
  });
  observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-copied"] });
  window.heard = heard;
}"""
"""Notes from now on whether a button showed that it has copied, and what a screen reader is told."""
ENTER_FIELDS = ["[data-enter=preset-save]", "[data-enter=set-save]", "#prompt"]
MARKED = "The Eiffel Tower is 330 metres tall"
"""The words of the sentence of column A."""
PRESS_ENTER = """([selectors, init]) => {
  const heard = [];
  document.addEventListener("keydown", (event) => heard.push(event.target.id));
  for (const selector of selectors) {
    const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init });
    if (init.code229) Object.defineProperty(event, "keyCode", { value: 229 });
    document.querySelector(selector).dispatchEvent(event);
  }
  return heard.length;
}"""


@pytest.fixture
def run(bench):
    """Return a finished run whose answer has letters as the writer's role makes them."""
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS)
    change_output(run.answer_call, text=FUSED, html=render_answer(FUSED, supporters(FUSED, ANSWERS)))
    quote = "The Eiffel Tower is **330 metres** tall."
    evidence = Evidence(slot="A", stance="**330** m", quote=quote, verified=True, span=locate(quote, ANSWERS["A"]))
    finding = Finding(id="c9", kind=FindingKind.CONSENSUS, text="How `tall` it **is**", evidence=(evidence,))
    topic = Finding(id="k9", kind=FindingKind.CONTRADICTION, text="The $x^2$ of *it*", evidence=(evidence,))
    change_output(run.analysis_call, analysis=make_analysis(ANSWERS, findings=(finding, topic)))
    return run


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_letters_are_large_and_stand_in_one_group_for_a_block(open_page, run, viewport):
    page = open_page(run.get_absolute_url(), viewport=viewport)

    sizes = page.locator("#answer .chips .chip, #agreement a.chip").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 24
    groups = page.locator("#answer .prose > *").evaluate_all(
        "(all) => all.filter((one) => !one.matches('ul, ol')).map((one) => one.querySelectorAll('.chips').length)"
    )
    assert max(groups) == 1
    assert page.locator("#answer table .chips").count() == 0
    head = box_of(page.locator("#answer > header"))
    assert box_of(page.locator("#answer .prose > p").first)["y"] > head["y"] + head["height"] + 4


def test_run_page_with_letters_is_accessible_and_fits(open_page, run, axe):
    check_everywhere(open_page(run.get_absolute_url()), axe, "reading")


def test_letter_marks_its_sentence_shows_it_leads_to_it_and_back(open_page, run):
    page = open_page(run.get_absolute_url(), viewport={"width": 1440, "height": 300})
    letter = page.locator("#answer p .chip[data-slot=A]").first
    letter.scroll_into_view_if_needed()

    expect_mark(page, letter, MARKED)
    letter.click()
    expect(page.locator("#answer .passage mark")).to_have_text("The Eiffel Tower is 330 metres tall")
    assert ". def f(n): return n" in page.locator("#answer .passage").inner_text()  # and no word of its buttons
    before = box_of(letter)["y"]
    letter.click()
    expect(column(page, "A").locator(".text h4 + p")).to_be_in_viewport()
    page.wait_for_function(IS_MARKED, arg=MARKED)
    page.get_by_role("button", name="Back to the answer").click()

    expect(letter).to_be_focused()
    wait_until(lambda: abs(box_of(letter)["y"] - before) <= 2, "the letter stands where it stood")
    expect(page.locator("#back")).to_be_hidden()


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_code_answers_and_findings_are_copied_in_either_form(open_page, run, has_clipboard):
    page = open_page(run.get_absolute_url(), viewport=WIDE if has_clipboard else PHONE, own=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # Without the interface as on a plain address of a network; the test itself reads by it.
    page.add_init_script(KEEP_CLIPBOARD if has_clipboard else KEEP_CLIPBOARD + NO_CLIPBOARD)
    page.reload()
    code = column(page, "A").locator(".code")
    expect(code.locator(".bar span")).to_have_text("python")

    def copies(button, said):
        """Press a button by the keyboard, wait until eye and ear were told, and return what was copied."""
        page.evaluate(HEAR)
        button.press("Enter")
        page.wait_for_function("(said) => heard.shown && heard.said.includes(said)", arg=said)
        return page.evaluate("() => Clipboard.prototype.readText.call(clipboard)")

    in_code = code.locator("[data-copy-code]")
    assert copies(in_code, "Copied") == copies(in_code, "Copied") == CODE
    expect(in_code).to_have_text("Copy")  # again, also after two presses in a row
    finding = page.locator("#finding-c9").get_by_role("button", name="Copy finding")
    answer = page.locator("#answer").get_by_role("button", name="Copy", exact=True)
    whole = column(page, "A").locator("footer").get_by_role("button", name="Copy", exact=True)
    said = "Copied as Markdown"
    assert copies(finding, said) == "How `tall` it **is** (A)\n\n> A: “The Eiffel Tower is **330 metres** tall.”"
    assert (copies(answer, said), copies(whole, said)) == (FUSED, ANSWERS["A"])

    # The whole prompt is copied as it was typed.
    title = page.locator("#prompt > summary")
    title.press("Enter")
    assert copies(page.get_by_role("button", name="Copy: Prompt"), "Copied") == run.messages[-1].text
    title.press("Enter")
    expect(page.locator("#prompt")).not_to_have_attribute("open", "")

    # Plain text is a choice for all of them, and outlasts the page.
    page.get_by_role("button", name="Copy plain text").press("Enter")
    expect(page.get_by_role("button", name="Copy plain text")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="Copy plain text")).to_have_attribute("aria-pressed", "true")
    said = "Copied as plain text"
    assert copies(finding, said) == "How tall it is (A)\n\nA: “The Eiffel Tower is 330 metres tall.”"
    assert copies(whole, said) == ANSWERS["A"].replace("# ", "", 1).replace("**", "").replace(
        "```python\n", ""
    ).replace("```\n", "")
    assert copies(answer, said).endswith(
        "year\tevent\n1889\tIt was finished in 1889\n\nx^2\n\nNobody else says this here."
    )
    topic = page.locator("#finding-k9").get_by_role("button", name="Copy finding")
    assert copies(topic, said).startswith("The x^2 of it\n\n- A: 330 m\n")

    assert code.locator("pre").evaluate("(pre) => pre.scrollWidth > pre.clientWidth")
    code.get_by_role("button", name="Wrap").click()
    expect(code.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    assert code.locator("pre").evaluate("(pre) => pre.scrollWidth <= pre.clientWidth")


def test_each_block_runs_in_its_own_direction(open_page, run):
    page = open_page(run.get_absolute_url())
    text = column(page, "C").locator(".text")

    box, first, second = (box_of(text), *(text.locator("p").nth(at) for at in (0, 1)))

    ends = (
        "(p) => { const words = document.createRange(); words.selectNodeContents(p);"
        " const box = words.getBoundingClientRect(); return [box.left, box.right]; }"
    )
    assert abs(first.evaluate(ends)[1] - (box["x"] + box["width"])) < 2
    assert abs(second.evaluate(ends)[0] - box["x"]) < 2


@pytest.mark.parametrize("modifier", [{}, {"ctrlKey": True}], ids=["enter", "ctrl-enter"])
def test_enter_of_an_input_method_sends_and_saves_nothing(open_page, preset, modifier):
    page = open_page("/", own=True)
    page.route("**/*", lambda route: route.fulfill(status=204) if route.request.method == "POST" else route.continue_())
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)

    for init in ({"isComposing": True}, {"code229": True}):  # while composing; as Safari reports it
        assert page.evaluate(PRESS_ENTER, [ENTER_FIELDS, {**init, **modifier}]) == 0
    let_rest(page, 300)
    assert posted == []

    assert page.evaluate(PRESS_ENTER, [ENTER_FIELDS, modifier]) == len(ENTER_FIELDS)
    wait_until(lambda: page.wait_for_timeout(20) or posted != [], "the Enter of nobody's method is sent")


def test_quotes_and_topics_are_drawn_as_text(open_page, run):
    page = open_page(run.get_absolute_url())
    quote = page.locator("#agreement button.quote").first

    expect(quote).to_have_text("“The Eiffel Tower is 330 metres tall.”")
    expect(quote.locator("strong")).to_have_text("330 metres")
    expect(page.locator("#agreement .points code")).to_have_text("tall")
    assert page.locator("#agreement .topic math").count() == 1
    quote.click()
    assert "**" not in page.locator("#agreement").inner_text()
    expect_mark(page, quote, MARKED)


PUT_ALL_ANEW = """async () => {
  const columns = [...document.querySelectorAll(".call")].map((column) => `column-${column.dataset.slot}`);
  const names = ["header", "answer", "agreement", "panel-bar", "bill", ...columns];
  const answer = await fetch(document.body.dataset.fragments.replace("NAMES", names.join("+")));
  const main = [...document.scripts].find(({ src }) => src.endsWith("run/main.js"));
  const { swap } = await import(main.src.replace("main.js", "swap.js"));
  const old = ["#answer", "#agreement", "#bill", "#slot-A", "#slot-B"].map((one) => document.querySelector(one));
  swap(await answer.text());
  while (old.some((part) => part.isConnected)) await new Promise(requestAnimationFrame);
}"""
SELECT = """(paragraph) => {
  const range = document.createRange();
  range.setStart(paragraph.firstChild, 4);
  range.setEnd(paragraph.firstChild, 12);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""
STATE = """() => ({
  wrapped: document.querySelector("#slot-A pre").className,
  pressed: document.querySelector("#slot-A [data-wrap-code]").getAttribute("aria-pressed"),
  table: document.querySelector("#slot-B .scroll").scrollLeft,
  formula: document.querySelector("#slot-B .math.block").scrollLeft,
  quotes: [...document.querySelectorAll("button.quote")].map((one) => one.getAttribute("aria-expanded")),
  contexts: [...document.querySelectorAll("#agreement .context")].map((one) => one.hidden),
  letter: document.querySelector("#answer .chip[aria-expanded]")?.textContent,
  preview: document.querySelector("#answer .passage mark")?.textContent,
  asked: document.querySelector("#slot-A details.asked").open,
  folds: [...document.querySelectorAll("#agreement details")].map((one) => one.open),
  bill: document.querySelector("#bill details").open,
  wide: [...document.querySelectorAll("#slot-B [data-size-to]")].map((one) => one.textContent),
  selected: getSelection().toString(),
  focus: document.activeElement.textContent.trim(),
})"""


def test_everything_that_a_reader_set_in_a_part_outlives_its_being_drawn_anew(open_page, run):
    first, second = run.calls.filter(slot__in="AB").order_by("slot")
    busy = Failure(code=FailureCode.OVERLOADED, sentence="Busy.")
    store_attempts(first, [Attempt(model=first.model, started_at=1.0, ended_at=2.0, waited_s=1.0, failure=busy)] * 2)
    table = "| " + " | ".join("Wideword" * 3 for _ in range(9)) + " |\n" + "|---" * 9 + "|\n"
    wide = f"{table}\n$$" + " + ".join("x^{2}" for _ in range(90)) + "$$"
    change_output(second, text=wide, html=render_markdown(wide))
    page = open_page(run.get_absolute_url())
    a, b = column(page, "A"), column(page, "B")
    b.get_by_role("button", name="Expand").click()
    a.get_by_role("button", name="Wrap").click()
    a.locator("details.asked > summary").click()
    for inner in (".scroll:not(.math)", ".math.block"):
        b.locator(inner).evaluate("(one) => { one.scrollLeft = 70; }")
    for fold in page.locator("#agreement details.quotes > summary").all():
        fold.click()
    page.locator("#agreement button.quote").nth(1).click()
    page.locator("#bill-details > summary").click()
    page.locator("#answer p .chip[data-slot=A]").first.click()
    column(page, "C").locator("p").last.evaluate(SELECT)
    page.locator("#agreement button.quote").nth(1).focus()
    before = page.evaluate(STATE)

    page.evaluate(PUT_ALL_ANEW)

    assert before["table"] == before["formula"] == 70
    assert (len(before["selected"]), len(before["preview"]) > 0, before["asked"]) == (8, True, True)
    assert page.evaluate(STATE) == before


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_prompt_opens_below_its_title_which_stays_in_place(open_page, run, viewport):
    for address in (run.get_absolute_url(), actions.share_run(run).get_absolute_url()):
        page = open_page(address, viewport=viewport)
        page.wait_for_function("() => document.documentElement.style.scrollPaddingTop")
        title = page.locator("#prompt > summary")
        before = box_of(title)["y"]

        title.click()
        expect(page.locator("#prompt .conversation")).to_be_in_viewport(ratio=0.9)
        let_rest(page, 300)  # until what is read would be held

        assert box_of(title)["y"] == before


def test_column_that_is_stopped_by_its_button_moves_nothing(open_page, bench):
    slow = bench.model("slow", text="Height. " * 40 + "\n\n# Why\n\n" + "In Paris. " * 40, gate_after=60)
    run = bench.start(bench.model("a", text="It is 330 metres tall. " * 200), slow)
    page = open_page(run.get_absolute_url())
    stop = column(page, "B").get_by_role("button", name="Stop")
    expect(column(page, "A").locator("header .word")).to_have_text("done")
    expect(column(page, "B")).to_contain_text("In Paris.")
    before = box_of(stop)

    stop.click()
    expect(column(page, "B").get_by_role("button", name="Ask again")).to_be_visible()

    after = box_of(column(page, "B").get_by_role("button", name="Retry"))
    assert page.evaluate("() => document.getElementById('main').style.marginTop") == ""
    assert after["y"] == pytest.approx(before["y"], abs=2)
