"""Two runs are selected in the history and compared: findings, texts as changes, another baseline, only differences."""

import re

from playwright.sync_api import expect

from apps.fusion.vocabulary import Role
from tests.browser.steps import check_everywhere
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run


def test_runs_are_selected_and_compared(open_page, bench, axe):
    make_local_preset()
    first = make_finished_run(bench.owner, prompt="How high is it?")
    second = make_finished_run(
        bench.owner, ANSWERS | {"B": "It is red.\n\n```py\nx = 1\n```"}, prompt="How high is it now?"
    )
    found = make_analysis(ANSWERS)
    gone, *kept = found.findings
    new = gone.model_copy(update={"id": "k9", "text": "Colour of the tower"})
    change_output(second.calls.get(role=Role.JUDGE), analysis=found.model_copy(update={"findings": (*kept, new)}))

    page = open_page("/runs/", reduced_motion="reduce")
    compare = page.get_by_role("button", name="Compare")
    page.get_by_label(f"Select “{first.title}”").check()
    expect(compare).to_be_disabled()
    page.get_by_label(f"Select “{second.title}”").check()
    compare.click()
    page.wait_for_url("**/compare/?runs=*")

    other = page.locator(".compared-runs .card").nth(1)
    expect(other.locator(".gone")).to_contain_text("Height of the tower")
    expect(other.locator(".new")).to_contain_text("Colour of the tower")
    expect(other.locator(".set-up")).to_have_text(re.compile(r"prompt changed \(\+2 −1 words\)"))  # noqa: RUF001
    expect(page.locator("#prompt-2 ins").first).to_have_text("now")
    expect(page.locator("#column-1-2 ins.code")).to_contain_text("x = 1")
    expect(page.locator("#column-0-2 .tally")).to_contain_text("no changes")
    check_everywhere(page, axe, "compare")

    page.get_by_role("link", name="Make baseline").click()
    expect(page.locator(".compared-runs .card").nth(0).locator(".gone")).to_contain_text("Colour of the tower")
    expect(page.locator("#prompt-1 del").first).to_have_text("now")
    page.get_by_role("link", name="Only what differs").click()
    expect(page.locator("#column-0-1")).to_have_count(0)
    expect(page.locator("#column-1-1 del.code")).to_contain_text("x = 1")
    expect(page.get_by_text("stayed")).to_have_count(0)
