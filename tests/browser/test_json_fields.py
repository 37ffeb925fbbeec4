"""Answers in JSON in a real browser: contradictions by field lead to the values, and fused fields have letters."""

import json

import pytest
from playwright.sync_api import expect

from apps.fusion.comparing.overlap import overlap
from apps.fusion.comparing.passages import index_answers, supporters
from apps.fusion.comparing.provenance import trace
from apps.markdown.rendering import render_answer, render_markdown
from tests.browser.steps import check_everywhere, expect_mark
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run

TOWER = {"city": "Paris", "height": 330, "opened": 1889, "levels": [57, 115]}
ANSWERS = {
    "A": json.dumps(TOWER),
    "B": f"```json\n{json.dumps(TOWER | {'height': 300}, indent=4)}\n```",
    "C": json.dumps(TOWER | {"levels": [57]}),
}
FUSED = f"```json\n{json.dumps(TOWER | {'architect': 'Sauvestre'}, indent=4)}\n```"


@pytest.fixture
def run(bench):
    make_local_preset()
    run = make_finished_run(bench.owner, ANSWERS)
    for call in run.calls.filter(role="panel"):
        change_output(call, html=render_markdown(ANSWERS[call.slot]))
    analysis, said = overlap(ANSWERS), index_answers(ANSWERS)
    passages = supporters(FUSED, ANSWERS, said)
    origins = trace(FUSED, passages, ANSWERS, said, analysis.findings).passages
    change_output(run.answer_call, text=FUSED, html=render_answer(FUSED, passages, origins))
    change_output(run.analysis_call, analysis=analysis)
    return run


def test_fields_lead_to_their_values_and_have_their_letters(open_page, run, axe):
    page = open_page(run.get_absolute_url(), reduced_motion="reduce")

    contradiction = page.locator("#agreement .contradiction")
    expect(contradiction).to_have_count(1)
    expect(contradiction.locator(".topic code")).to_have_text("/height")
    for words in ('"height": 330', '"height": 300'):
        # Only letters and digits are looked for, so the first quotation mark is not marked.
        expect_mark(page, contradiction.locator("button.quote", has_text=words).first, words[1:])
    code = page.locator("#answer pre code")
    expect(code.locator(".chips")).to_have_count(6)
    expect(code.locator(".chips").nth(1)).to_have_text("ACsides with A, C")
    expect(code.get_by_text("added by the writer")).to_have_count(1)
    expect_mark(page, code.locator(".chips").nth(1).locator(".chip").first, 'height": 330')

    check_everywhere(page, axe, "json")
