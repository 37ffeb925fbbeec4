"""A person has the fused answer checked, goes to the words that were found, and has the panel review itself."""

import json

from playwright.sync_api import expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.steps import FUSED, SMALL, finished_run, keep_pictures, pick_model, release_all, scrolls_sideways

FOUND = [
    {
        "fault": "unsupported",
        "point": "No answer says that they disagree.",
        "quote": "The answers disagree on its height.",
        "answer": "",
        "answer_quote": "",
    },
    {
        "fault": "drops_warning",
        "point": "The answer leaves out what is said of its height.",
        "quote": "",
        "answer": "B",
        "answer_quote": " ".join(SMALL.split()[:4]),
    },
]


def test_check_is_asked_for_and_its_findings_lead_to_the_words(open_page, bench, preset, upstream, axe):
    release_all(upstream)
    run = finished_run(bench)
    bench.model("checker", text=json.dumps({"findings": FOUND}))
    page = open_page(run.get_absolute_url())

    # The price is said before, and one press asks.
    fold = page.locator("#check > summary")
    fold.focus()
    expect(fold).to_be_focused()
    page.keyboard.press("Enter")
    pick_model(page.locator("#check-model-box"), "checker")
    expect(page.locator("#check-answer .go .price")).to_contain_text("1 call, ")
    page.locator("#answer").screenshot(path=ARTIFACTS / "check-form.png")
    page.get_by_role("button", name="Check", exact=True).click()

    # What was found stands above the answer when the call has ended.
    found = page.locator(".answer-check.found")
    expect(found).to_contain_text("The check found 2 things.")
    expect(found).to_contain_text("stands in no answer")
    expect(page.locator("#answer > .prose")).to_contain_text(FUSED[:20])
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")
    quote = found.locator("button.quote").first
    quote.press("Enter")
    expect(quote).to_have_attribute("aria-expanded", "true")
    quote.press("Enter")
    page.wait_for_function("() => CSS.highlights.get('quote')?.size === 1")

    # The panel reviews itself: the price first, then standings and a preference as opinions of models.
    for name in ("tall", "small", "tall-too"):
        upstream.script(name, "ok", text='{"ranking": ["B", "A"], "better": "X"}')
    page.locator("#peer-review > summary").click()
    expect(page.locator("#review-answers .price")).to_contain_text("9 calls, ")
    page.get_by_role("button", name="Review", exact=True).click()
    expect(page.locator(".peer-review")).to_contain_text("0 of 3 reviewers prefer the fused answer")
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")

    keep_pictures(page, "check")
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(page)
    page.screenshot(path=ARTIFACTS / "check-phone.png", full_page=True)
