"""Words of people and models that are written from right to left, outside of the answers' texts."""

import pytest
from playwright.sync_api import expect

from apps.fusion.judging.analysis import Evidence, Finding
from apps.fusion.vocabulary import FindingKind
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_analysis, make_finished_run

PROMPT = "מה גובהו של מגדל אייפל?"
TOPIC = "הגובה של המגדל?"
SIDES = """(element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const boxOf = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  while (walker.nextNode()) {
    const { data } = walker.currentNode;
    const [first, last] = [data.search(/[א-ת]/), data.search(/[?]/)];
    if (first >= 0 && last >= 0) return boxOf(walker.currentNode, last).left < boxOf(walker.currentNode, first).left;
  }
}"""
"""Says whether the mark at the end of a question stands left of its first letter."""


@pytest.fixture
def run(bench):
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS, prompt=PROMPT)
    sides = tuple(Evidence(slot=slot, stance=f"{TOPIC} {slot}") for slot in "AB")
    findings = (Finding(id="k1", kind=FindingKind.CONTRADICTION, text=TOPIC, evidence=sides),)
    change_output(run.analysis_call, analysis=make_analysis(ANSWERS, findings=findings))
    return run


def test_titles_prompts_and_findings_run_in_their_own_direction(open_page, run):
    page = open_page(run.get_absolute_url())
    page.locator("#prompt > summary").click()
    shown = [page.locator(part).first for part in ("#prompt h1", "#prompt .words", "#finding-k1")]
    assert [part.evaluate(SIDES) for part in shown] == [True] * len(shown)

    page.goto("/runs/")
    title = page.locator("tr.run .p a")
    expect(title).to_have_text(PROMPT)
    assert title.evaluate(SIDES)

    page.goto("/")
    assert page.locator(".recents .title").evaluate(SIDES)
    assert page.locator("#prompt").evaluate("(field) => getComputedStyle(field).unicodeBidi") == "plaintext"
