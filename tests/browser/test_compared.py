"""The answers side by side in a browser: aligned by keyboard and as cards, whole with marks, as changes to a base."""

import re

import pytest
from playwright.sync_api import expect

from apps.fusion.vocabulary import SLOTS, Role
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import scrolls_sideways
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

CODE = "```python\nprint({})\nprint('done')\n```"
ANSWERS = {
    "A": f"The Eiffel Tower is **330 metres** high.\n\n- It opened in 1889.\n\n{CODE.format(1)}",
    "B": f"The Eiffel Tower is 300 metres high. It was painted brown.\n\n{CODE.format(2)}\n\n- It opened in 1889.",
    "C": "- It opened in 1889.\n\n东京的人口大约是一千四百万人。\n\n| river | length |\n|---|---|\n| Nile | 6,650 km |",
}
FUSED = f"The Eiffel Tower is 330 metres high. It opened in 1889.\n\n{CODE.format(1)}\n\n东京的人口大约是一千三百万人。"


@pytest.fixture
def run(bench):
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS)
    change_output(run.calls.get(role=Role.SYNTHESIS), text=FUSED)
    return run


def focused(page, text):
    page.wait_for_function("(text) => document.activeElement.textContent.includes(text)", arg=text)


def test_aligned_rows_are_walked_by_keys_and_lead_to_the_words(open_page, run, axe):
    page = open_page(f"{run.get_absolute_url()}aligned/")
    page.screenshot(path=ARTIFACTS / "aligned-1440.png")
    page.locator(".aligned a[tabindex='0']").focus()
    focused(page, "330 metres")
    for key, text in [
        ("ArrowRight", "300 metres"), ("ArrowDown", ""), ("ArrowRight", "It opened in 1889."), ("End", ""),
        ("Home", "same"), ("Control+End", ""), ("Control+Home", "numbers differ"), ("ArrowDown", "same"),
        ("ArrowRight", "It opened in 1889."),
    ]:  # fmt: skip
        page.keyboard.press(key)
        focused(page, text)
    assert axe(page) == []

    page.keyboard.press("Enter")

    page.wait_for_url("**/#said-*")
    page.wait_for_function("() => [...(CSS.highlights.get('quote') ?? [])].join() === 'It opened in 1889'")
    expect(page.locator("#slot-A")).to_be_in_viewport()


@pytest.mark.parametrize("columns", [3, 4, 6, 8])
def test_aligned_rows_are_cards_on_a_phone(open_page, bench, axe, columns):
    make_local_preset()
    run = make_finished_run(bench.owner, {slot: ANSWERS["ABC"[at % 3]] for at, slot in enumerate(SLOTS[:columns])})
    page = open_page(f"{run.get_absolute_url()}aligned/", viewport=PHONE)

    page.screenshot(path=ARTIFACTS / "aligned-390.png", full_page=True)
    assert not scrolls_sideways(page)
    expect(page.locator(".aligned td.silent").first).to_be_hidden()
    expect(page.locator(".aligned td:not(.silent) .chip").first).to_be_visible()
    assert axe(page) == []


MARKED = """() => Object.fromEntries(['contradicted', 'common', 'shared', 'alone'].map((kind) =>
  [kind, [...CSS.highlights.get(`passage-${kind}`)].map((range) => range.toString().trim())]))"""


def test_whole_answers_carry_marks_by_kind(open_page, run, axe):
    page = open_page(f"{run.get_absolute_url()}whole/")
    page.wait_for_function("() => document.querySelector('.whole').dataset.marked > 0")

    marked = page.evaluate(MARKED)
    assert marked["common"] == ["It opened in 1889"] * 3
    assert sorted(marked["alone"]) == ["It was painted brown", "Nile\n6,650 km", "东京的人口大约是一千四百万人"]
    assert marked["contradicted"][:2] == ["The Eiffel Tower is 330 metres high", "print(1)\nprint('done"]
    expect(page.locator("#whole-B .tally")).to_have_text("2 contradicted, 1 in all answers, 1 only here")
    page.screenshot(path=ARTIFACTS / "whole-1440.png")
    assert axe(page) == []

    page.get_by_role("link", name="Only what differs").click()
    page.wait_for_url("**/whole/?only=differences")
    expect(page.locator(".whole[data-only-differences]")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "whole-only-1440.png")


def changes(page, slot, kind):
    return page.locator(f"#changes-{slot} {kind}")


def test_changes_are_marked_against_the_fused_answer_or_a_column(open_page, run, axe):
    page = open_page(f"{run.get_absolute_url()}changes/")

    expect(page.locator("#changes-A .tally")).to_contain_text("by words")
    expect(changes(page, "C", "del").filter(has_text="三")).to_have_count(1)
    expect(changes(page, "B", "del.code").filter(has_text="print(1)")).to_have_text("print(1)\n")
    expect(changes(page, "B", "ins.code").filter(has_text="print(2)")).to_have_text("print(2)\n")
    page.screenshot(path=ARTIFACTS / "changes-1440.png")
    assert axe(page) == []

    page.get_by_label("Changes against").select_option("B")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/changes/?base=B")
    expect(page.locator("#changes-B")).to_have_count(0)
    expect(changes(page, "A", "ins").filter(has_text="330")).to_have_count(1)
    expect(changes(page, "A", "del").filter(has_text="300")).to_have_count(1)


def test_long_texts_are_compared_by_a_worker_and_by_a_coarser_unit_when_that_takes_long(open_page, run):
    lines = [f"Line {n} of {n * 7919 % 1000} and {n * 104729 % 997} on {n * 31 % 89}." for n in range(900)]
    change_output(run.calls.get(slot="A"), text="\n".join(lines))
    change_output(run.calls.get(slot="B"), text="\n".join(reversed(lines)))
    page = open_page(f"{run.get_absolute_url()}changes/?base=A")

    expect(page.locator("#changes-B [data-changes]")).to_have_attribute(
        "data-unit", re.compile("sentence|line"), timeout=60_000
    )
    expect(page.locator("#changes-B .tally")).to_contain_text("by words it would take too long")
    assert len(page.workers) == 1
