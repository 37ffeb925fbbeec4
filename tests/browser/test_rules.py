"""Rules of routing in a real browser: written, ordered by keyboard, tried, and named by the run that one chose."""

from playwright.sync_api import expect

from tests.browser.steps import PROMPT, ask, check_everywhere, column, open_settings, pick_model


def test_rules_are_written_ordered_tried_and_choose_a_run(open_page, bench, preset, axe):
    bench.model("quick", text="About 330 m.")
    page = open_page("/models/routes/new/")
    page.get_by_label("Name", exact=True).fill("Pictures")
    page.get_by_label("Images").check()
    page.get_by_label("Or the preset").select_option(preset.slug)
    page.get_by_role("button", name="Save rule").click()
    expect(page.locator(".rule-list")).to_contain_text("A prompt that comes with images goes to the preset")

    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Towers")
    page.get_by_label("It says one of").fill("tower, towers")
    check_everywhere(page, axe, "rule-form")
    pick_model(page.get_by_label("Ask the model"), "quick")
    page.get_by_role("button", name="Save rule").click()
    names = page.locator(".rule-list h2")
    expect(names).to_have_text(["Pictures", "Towers"])
    page.get_by_role("button", name="Move Towers up").focus()
    page.keyboard.press("Enter")
    expect(names).to_have_text(["Towers", "Pictures"])

    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#chosen")).to_contain_text("Chosen by your rule “Towers”: it says “tower”.")
    expect(page.locator("#chosen")).to_contain_text("It would ask quick.")
    expect(page.locator(".rule-list")).to_contain_text("it comes without images")
    check_everywhere(page, axe, "rules")

    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("route")
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("route")
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    expect(page.locator("#facts")).to_contain_text("Auto: Chosen by your rule “Towers”")
    expect(page.locator("#facts")).to_contain_text("1 call,")
    check_everywhere(page, axe, "auto")
    ask(page)

    expect(page.locator("#run-header")).to_contain_text("Chosen by your rule “Towers”: it says “tower”.")
    expect(column(page, "A")).to_contain_text("About 330 m.")
    check_everywhere(page, axe, "routed")
