"""A conversation of several turns on one page: asked, reloaded, on a second device, shared, and kept as a draft."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import FormDraft
from apps.fusion.vocabulary import EarlierAnswers
from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import (
    PROMPT,
    SMALL,
    TALL,
    ask,
    check_everywhere,
    column,
    expect_values,
    finished_run,
    let_rest,
    release_all,
)
from tests.browser.test_form import hold, let_go
from tests.services import wait_until

FUSED = "It was finished in 1889, for the World's Fair in Paris. The answers disagree on its height."
END = "The answers disagree on its height."


@pytest.fixture
def run(bench, preset, upstream):
    release_all(upstream)
    return finished_run(bench)


def ask_next(page: Page, prompt: str, own: bool = False) -> Run:
    """Ask the next turn in the field below the page, wait for its end, and return it."""
    before = Run.objects.count()
    page.get_by_label("Next prompt").fill(prompt)
    if own:
        page.get_by_label("Each model goes on with its own answers").check()
    page.get_by_label("Next prompt").press("Control+Enter")
    wait_until(lambda: Run.objects.count() > before, "the turn is asked")
    turn = Run.objects.latest("pk")
    page.wait_for_url(f"**/threads/*/#turn-{turn.public_id}")  # the page before it shows a run that is done, too
    expect(page.locator("#run-header")).to_have_attribute("data-status", "done")
    return turn


def conversation(page: Page) -> list[str]:
    """Return the questions and the answers of a page in the order in which they stand there, without letters."""
    texts: list[str] = page.locator(".turn-card .turn-prompt, .turn-card > .prose, #answer .prose").evaluate_all(
        """(parts) => parts.map((part) => {
            const copy = part.cloneNode(true);
            for (const chips of copy.querySelectorAll(".chips")) chips.remove();
            return copy.textContent.replace(/\\s+/g, " ").trim();
        })"""
    )
    return texts


def sent_to(bench, model: str) -> list[list[str]]:
    return [[turn["content"] for turn in entry["body"]["messages"]] for entry in bench.upstream.ledger(model)]


def test_three_turns_with_own_answers_survive_a_reload_and_a_second_device(open_page, run, bench):
    page = open_page(run.get_absolute_url())
    page.get_by_role("link", name="Follow up").click()
    expect(page.get_by_label("Next prompt")).to_be_focused()
    second = ask_next(page, "Are you sure?", own=True)
    expect(page.get_by_label("Each model goes on with its own answers")).to_be_checked()
    third = ask_next(page, "And when was it finished?")

    expected = [PROMPT, FUSED, "Are you sure?", FUSED, "And when was it finished?", FUSED]
    address = f"/threads/{run.public_id}/"
    other = open_page(address)
    page.reload()
    for device in (page, other):
        assert conversation(device) == expected
        expect(device.get_by_role("heading", level=2, name=re.compile("^Turn"))).to_have_text(
            ["Turn 1", "Turn 2", "Turn 3"]
        )
        expect(column(device, "B")).to_contain_text("Goes on with its own answers.")
        expect(column(device, "B").locator(".text")).to_have_text(SMALL)
    assert [turn.earlier_answers for turn in (second, third)] == [EarlierAnswers.OWN] * 2
    assert sent_to(bench, "small")[-1] == [PROMPT, SMALL, "Are you sure?", SMALL, "And when was it finished?"]
    assert sent_to(bench, "tall")[-1] == [PROMPT, TALL, "Are you sure?", TALL, "And when was it finished?"]
    page.screenshot(path=ARTIFACTS / "thread-1440.png", full_page=True)

    page.goto("/runs/")
    row = page.locator("tr.run")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("3 turns")
    page.screenshot(path=ARTIFACTS / "thread-history-1440.png")
    row.get_by_role("link", name=PROMPT).click()
    page.wait_for_url(re.compile(address))


def test_a_new_turn_streams_below_the_earlier_ones(open_page, run, bench, upstream):
    page = open_page(run.get_absolute_url())
    for name, text in {"tall": TALL, "small": SMALL, "tall-too": TALL}.items():
        bench.model(name, text=text, gate_after=4)

    page.get_by_label("Next prompt").fill("Are you sure?")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(re.compile(r"/threads/\w+/"))
    other = open_page(f"/threads/{run.public_id}/")

    for device in (page, other):
        expect(column(device, "B").locator(".streaming")).to_contain_text("The Eiffel Tower")
        expect(device.locator(".turn-card .prose")).to_contain_text(END)
        expect(device.get_by_role("button", name="Ask")).to_have_attribute("aria-disabled", "true")
    release_all(upstream)
    for device in (page, other):
        expect(device.locator("#answer .prose")).to_contain_text(END)
        expect(device.get_by_role("button", name="Ask")).not_to_have_attribute("aria-disabled", "true")
    page.wait_for_function(
        """() => {
          const { top } = document.querySelector(".turn-card.now").getBoundingClientRect();
          return top >= 0 && top <= innerHeight / 2;
        }"""
    )


def test_stopped_turn_offers_what_it_has_and_keeps_what_was_chosen(open_page, bench, preset, upstream):
    upstream.release("tall")
    page = open_page()
    ask(page)
    choices = page.locator("#earlier-answers input")
    expect(choices).to_have_count(5)
    page.get_by_role("radio", name="A’s answer").check()
    expect(column(page, "A").locator("header .state")).to_contain_text("done")

    page.locator("#run-header").get_by_role("button", name="Stop").click()

    expect(page.get_by_text("That turn has no answer to go on with.")).to_be_visible()
    assert choices.evaluate_all("(all) => all.map(({ value, checked }) => [value, checked])") == [
        *(["fused", False], ["A", True]),
    ]
    release_all(upstream)


def test_a_page_that_is_open_says_that_a_turn_was_asked_elsewhere(open_page, run):
    page = open_page(run.get_absolute_url())
    ask_next(page, "Are you sure?")
    other = open_page(f"/threads/{run.public_id}/", has_clock=True)

    ask_next(page, "Really?")
    other.clock.fast_forward(10_000)

    other.get_by_text("Another turn was asked elsewhere.").wait_for()
    other.get_by_role("link", name="Show it").click()
    expect(other.locator(".turn-prompt").last).to_have_text("Really?")


def test_a_thread_is_shared_read_and_revoked_as_a_whole(open_page, run):
    page = open_page(run.get_absolute_url())
    ask_next(page, "Are you sure?")
    page.locator("#thread-share-menu > summary").click()
    page.locator("#thread-share-menu").get_by_role("button", name="Make a link").click()
    link = page.get_by_label(re.compile("^Link of"))
    expect(link).to_have_value(re.compile("^http"))
    path = "/" + link.input_value().split("/", 3)[3]

    reader = open_page(path, as_nobody=True, has_clock=True)
    assert conversation(reader) == [PROMPT, FUSED, "Are you sure?", FUSED]
    reader.get_by_role("link", name="Columns and agreement of turn 1").click()
    expect(column(reader, "B").locator(".text")).to_have_text(SMALL)
    expect(reader.locator("#now-title")).to_have_text("Turn 1")
    expect(reader.get_by_label("Next prompt")).to_have_count(0)

    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("#thread-share-menu > summary")).to_have_text("Share thread")
    reader.clock.fast_forward(10_000)
    expect(reader.get_by_text("404")).to_be_visible()
    open_page.errors.clear()  # the browser logs the 404 that is wanted here


def test_columns_of_an_earlier_turn_open_where_they_stand(open_page, run):
    page = open_page(run.get_absolute_url())
    ask_next(page, "Are you sure?")

    page.get_by_text("What each model answered").click()

    expect(page.locator(".columns-of-turn .prose")).to_have_text([TALL, SMALL, TALL])


def test_a_thread_is_accessible_and_fits(open_page, run, axe):
    page = open_page(run.get_absolute_url())
    ask_next(page, "Are you sure?", own=True)
    page.get_by_text("What each model answered").click()
    page.locator(".columns-of-turn .prose").first.wait_for()

    # A column's button chooses its answer, and the thread says that the turn went on from it.
    page.locator("a[data-go-on-from=B]").press("Enter")
    expect(page.get_by_label("B’s answer, small")).to_be_checked()
    expect(page.get_by_label("Next prompt")).to_be_focused()
    page.get_by_text("with the turns before it").wait_for()
    third = ask_next(page, "How high, then?")
    assert (third.from_slot, third.messages[-2].text) == ("B", SMALL)
    expect(page.locator(".turn-card.now")).to_contain_text("went on from B’s answer")
    expect(page.get_by_text("The next turn went on from")).to_be_visible()
    expect(page.get_by_label("All go on with the fused answer")).to_be_checked()

    page.get_by_label("Next prompt").fill("And when was it finished?")
    page.get_by_text("with the turns before it").wait_for()
    check_everywhere(page, axe, "thread")


def wait_for_draft(place: str = "", **texts: str) -> None:
    """Wait until the server has kept these texts."""
    found = FormDraft.objects.filter(place=place, **{f"fields__{name}": [text] for name, text in texts.items()})
    wait_until(found.exists, "the draft is kept")


def test_what_is_typed_survives_a_reload_the_way_back_and_another_device(open_page, preset):
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).fill("A long question")
    page.get_by_label("Temperature of B").fill("0.9")
    page.get_by_role("button", name="Remove C").click()
    expect(page.get_by_label(re.compile("^Model of"))).to_have_count(2)
    page.get_by_text("System prompt, criteria and instructions").click()
    page.get_by_label("System prompt", exact=True).fill("Be brief.")

    wait_for_draft(prompt="A long question", system="Be brief.")

    page.goto("/models/")
    for again in (page.go_back, page.reload):
        again()
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("A long question")
        expect(page.get_by_label("System prompt", exact=True)).to_have_value("Be brief.")
        expect(page.get_by_label("Temperature of B")).to_have_value("0.9")
        expect(page.get_by_label(re.compile("^Model of"))).to_have_count(2)
    other = open_page("/")
    expect(other.get_by_text("This is what you had typed and not sent.")).to_be_visible()
    expect(other.get_by_label("Prompt", exact=True)).to_have_value("A long question")

    other.screenshot(path=ARTIFACTS / "draft-1440.png")

    other.get_by_role("link", name="Start over").click()
    expect(other.get_by_label("Prompt", exact=True)).to_have_value("")


def test_the_last_panel_is_a_press_away_and_a_run_takes_its_draft_with_it(open_page, run, upstream):
    page = open_page("/")
    expect(page.get_by_label(re.compile("^Model of"))).to_have_count(3)
    page.get_by_role("button", name="Remove A").click()
    expect(page.get_by_label(re.compile("^Model of"))).to_have_count(2)
    page.get_by_label("Prompt", exact=True).fill("Typed before")

    page.get_by_role("button", name="Same panel as last time").click()

    expect_values(page, re.compile("^Model of"), ["tall", "small", "tall-too"])
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Typed before")
    page.get_by_role("button", name="Run").click()
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    release_all(upstream)
    page.goto("/")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")


def test_a_run_waits_for_a_draft_that_is_on_its_way(open_page, preset):
    """The server may be done with the run first: the draft would come back as what was not sent."""
    page = open_page("/")
    held, sent = hold(page, "/draft/"), []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    with page.expect_request("**/draft/"):
        page.get_by_label("Prompt", exact=True).fill("How high is it?")
    page.get_by_label("Prompt", exact=True).press("Control+Enter")
    let_rest(page, 50)
    assert sent == []
    expect(page.locator("[data-run]")).to_have_text("Saving …")
    let_go(page, held)

    page.wait_for_url(re.compile(r"/runs/\w+/"))
    assert Run.objects.get().prompt == "How high is it?"
    page.goto("/")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")


def test_drafts_are_sent_one_after_the_other(open_page, preset):
    page = open_page("/", has_clock=True)
    held = hold(page, "/draft/")
    with page.expect_request("**/draft/"):
        page.get_by_label("Prompt", exact=True).fill("Half a question")
    page.get_by_label("Prompt", exact=True).fill("A whole question")
    page.clock.fast_forward(1_000)  # the next one is due
    let_rest(page, 50)
    assert len(held) == 1
    let_go(page, held)
    let_go(page, held)

    wait_for_draft(prompt="A whole question")


LEAVE = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.hidden;
}"""


def test_no_older_draft_comes_after_that_of_a_page_that_is_left(open_page, preset):
    page = open_page("/")
    page.evaluate(
        """() => { window.fetch = (_, { signal }) => {
          window.given = signal;
          return new Promise((_, reject) => signal.addEventListener("abort", reject));
        }; }"""
    )
    page.get_by_label("Prompt", exact=True).fill("Half a question")
    page.wait_for_function("() => window.given")
    page.get_by_label("Prompt", exact=True).fill("A whole question")

    page.evaluate(LEAVE)

    assert page.evaluate("() => window.given.aborted")
    wait_for_draft(prompt="A whole question", draft_number="2")  # if the server has the first already, this is newer


def test_draft_on_its_way_is_sent_again_where_the_page_is_left(open_page, preset):
    page = open_page("/")
    page.evaluate("() => { window.fetch = () => { window.isAsked = true; return new Promise(() => {}); }; }")
    page.get_by_label("Prompt", exact=True).fill("A question")
    page.wait_for_function("() => window.isAsked")

    page.evaluate(LEAVE)

    wait_for_draft(prompt="A question")


def test_long_draft_of_a_page_that_is_hidden_is_sent_all_the_same(open_page, preset):
    """A beacon takes 64 KB."""
    page = open_page("/")
    page.get_by_label("Prompt", exact=True).evaluate(
        f"""(field, text) => {{
          field.value = text;
          field.dispatchEvent(new Event("input", {{ bubbles: true }}));
          ({LEAVE})();
        }}""",
        "long " * 14_000,
    )

    wait_for_draft(prompt="long " * 14_000)


def test_the_field_below_a_thread_keeps_its_text(open_page, run):
    page = open_page(run.get_absolute_url())
    page.get_by_label("Next prompt").fill("Half a question")
    wait_for_draft(run.public_id, prompt="Half a question")

    page.reload()
    expect(page.get_by_label("Next prompt")).to_have_value("Half a question")

    page.get_by_role("link", name="Other models, settings or pictures").click()
    page.wait_for_url("**/?follow=*")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Half a question")
    expect(page.get_by_text("Following up on")).to_be_visible()
