"""A vote in a real browser: chosen in the form, counted while one watches, its ballot on the page."""

import re

from playwright.sync_api import expect

from tests.browser.steps import ask, check_everywhere, column, open_settings


def test_vote_is_chosen_watched_and_read(open_page, bench, preset, upstream, axe):
    for name, text in (
        ("tall", "It is 330 m. The answer is 330 m."),
        ("small", "300 m"),
        ("tall-too", "Answer: 330 m"),
    ):
        bench.model(name, text=text)
    page = open_page("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("vote")
    expect(page.locator("#setup")).to_contain_text("Judge and writer are asked only if the vote decides nothing")
    expect(page.locator("#facts")).to_contain_text(re.compile(r"3 calls, \d if the vote decides nothing"))
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("vote")

    ask(page)

    expect(column(page, "B")).to_contain_text("300 m")
    ballot = page.locator("#agreement .ballot")
    expect(ballot).to_contain_text("2 of 3 members gave this final answer.")
    expect(ballot).to_contain_text("The answer is A’s text, word for word; C gave the same final answer.")
    expect(page.locator("#run-header")).to_contain_text("2 of 3 agree")
    expect(page.locator("#answer")).to_contain_text("answer A as it is, by vote")
    expect(page.locator("#answer .prose")).to_contain_text("The answer is 330 m.")

    ballot.locator("summary").first.click()
    expect(ballot.locator("q").first).to_have_text("The answer is 330 m.")
    check_everywhere(page, axe, "vote")

    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("cascade")
    expect(page.locator("#facts")).to_contain_text("2 calls, 3 if they do not agree")
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("cascade")
    ask(page)

    expect(ballot).to_contain_text("A and B did not agree, so C was asked, and its answer stands.")
    expect(column(page, "C")).to_contain_text("Answer: 330 m")
    expect(page.locator("#run-header")).to_contain_text("Escalated to C")
    expect(page.locator("#answer .prose")).to_contain_text("Answer: 330 m")

    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("weighted")
    basis = page.get_by_label("Weights", exact=True)
    expect(basis).to_have_value("cost")
    basis.select_option("hand")
    weights = page.get_by_label("Weights, one for each model")
    expect(page.locator("#weights-problem")).to_contain_text("Write 3 weights from 0")
    weights.fill("1, 1, 2")
    weights.blur()
    expect(page.locator("#weights-problem")).to_have_count(0)
    expect(weights).to_have_value("1, 1, 2")
    check_everywhere(page, axe, "weights")
    ask(page)

    expect(ballot).to_contain_text("2 of 3 members gave this final answer, with 75 % of the weight set by hand.")
    check_everywhere(page, axe, "weighted")

    bench.model("small", text="300 m", gate_after=0)
    page.goto("/")
    page.locator("#strategies summary").click()
    page.get_by_role("button", name="Early exit", exact=True).click()
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("early_exit")
    expect(page.locator("#facts")).to_contain_text(re.compile(r"3 calls, \d if the vote decides nothing"))
    ask(page)

    # B is held and never answers: two equal answers of three end the run without it.
    expect(ballot).to_contain_text("not waited for")
    expect(page.locator("#answer .prose")).to_contain_text("The answer is 330 m.")
    expect(page.locator('#slot-B[data-status="cancelled"], #slot-B [data-status="cancelled"]').first).to_be_attached()
