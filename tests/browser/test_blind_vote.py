"""Opinions of a person in a real browser: a rating, a blind vote without names, its reveal, and the leaderboard."""

import re

import pytest
from playwright.sync_api import expect

from apps.annotations.models import Rating
from apps.fusion.blind_votes import FUSED
from tests.browser.steps import check_everywhere, column
from tests.factories import GEMMA, make_local_preset
from tests.services import wait_until
from tests.votes import make_vote
from tests.web.run_factories import make_finished_run

NAMES = re.compile(r"smollm|gemma|data-slot|chip|\$|tok/s|written by", re.IGNORECASE)


@pytest.fixture
def run(bench):
    make_local_preset()
    for _ in range(11):
        make_vote(bench.owner, FUSED, tags=["law"])
    for _ in range(4):
        make_vote(bench.owner, GEMMA)
    return make_finished_run(bench.owner)


def test_answers_are_rated_voted_on_blind_and_ranked(open_page, run, axe):
    page = open_page(run.get_absolute_url(), reduced_motion="reduce")
    b = column(page, "B")
    b.get_by_role("button", name="Good answer").focus()
    page.keyboard.press("Enter")
    expect(b.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    expect(b.get_by_role("button", name="Good answer")).to_be_focused()
    b.get_by_text("Why is it good?").click()
    b.get_by_label("clear", exact=True).check()
    expect(b.get_by_role("status")).to_have_text("Saved.")
    b.get_by_label("Comment on answer B").fill("Short.")
    b.get_by_label("Comment on answer B").blur()
    wait_until(lambda: Rating.objects.filter(comment="Short.", reasons=["clear"]).exists(), "the comment is kept")
    answer = page.locator("#answer")
    answer.get_by_role("button", name="Bad answer").click()
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    expect(b.get_by_label("clear", exact=True)).to_be_checked()
    check_everywhere(page, axe, "rated")

    answer.get_by_role("link", name="Blind vote").click()
    cards = page.locator("main article")
    expect(cards).to_have_count(4)
    page.wait_for_load_state()  # the last of them may be half there
    assert not NAMES.search(page.locator("main").evaluate("(main) => main.outerHTML"))
    order = cards.locator("input").evaluate_all("(boxes) => boxes.map(({ value }) => value)")
    page.reload()
    expect(cards).to_have_count(4)
    assert cards.locator("input").evaluate_all("(boxes) => boxes.map(({ value }) => value)") == order
    check_everywhere(page, axe, "blind-vote")
    page.get_by_role("button", name="Vote", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the best answer")
    cards.filter(has_text="B says 300").get_by_label("Best").focus()
    page.keyboard.press("Space")
    expect(cards.filter(has_text="B says 300").get_by_label("Best")).to_be_checked()
    page.keyboard.press("Enter")

    expect(page.get_by_text(re.compile(r"You found answer \d best"))).to_be_visible()
    expect(page.locator("main article.chosen")).to_contain_text("the fused answer, by SmolLM2 135M")
    check_everywhere(page, axe, "blind-vote-revealed")

    page.get_by_role("link", name="leaderboard").click()
    sentence = "The fused answer beat your best single model 12 of 16 times (51–90 %)."
    expect(page.locator(".fused-record")).to_contain_text(sentence)
    expect(page.locator(".board tbody tr").first).to_contain_text("Fused answer")
    check_everywhere(page, axe, "leaderboard")
    page.get_by_label("Tag").select_option("law")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".fused-record")).to_contain_text("11 of 11 times (74–100 %)")
    page.goto("/")
    expect(page.get_by_text(sentence)).to_be_visible()
    check_everywhere(page, axe, "home-record")
