"""Strategies that work on answers, in a real browser: chosen in the form, watched, and read on the page of the run."""

import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import WIDE
from tests.browser.steps import SMALL, ask, check_everywhere, open_settings

NEW = "The Eiffel Tower is 330 metres tall since 2022. It was finished in 1889, for the World's Fair in Paris."
ISSUE = {"quote": "300 metres", "problem": "Antennas count: it is 330 metres.", "severity": 3, "fix": "330 metres"}
INVENTED = ISSUE | {"quote": "It is painted every day."}


def test_answers_are_compared_reviewed_and_layered(open_page, bench, preset, upstream, axe):
    for name in ("tall", "small", "tall-too"):
        upstream.release(name)
    bench.model("evaluator", "prefers", words="300 metres")
    preset.judge = "up/evaluator"
    preset.save()
    page = open_page("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("best_of")
    expect(page.locator("#setup")).to_contain_text("a preference that changes with the order counts as a tie")
    expect(page.locator("#facts")).to_contain_text("7 calls")
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("best_of")

    ask(page)

    contest = page.locator("#agreement .contest")
    expect(contest).to_contain_text("B was preferred in both orders")
    expect(page.locator("#run-header")).to_contain_text("B is the best of 3")
    expect(page.locator("#answer .prose")).to_contain_text("300 metres tall")
    expect(contest.locator("tbody tr")).to_have_count(2)
    check_everywhere(page, axe, "best-of")

    upstream.script("tall", "revises", text=SMALL, revised=NEW)
    upstream.script("small", "ok", text=json.dumps({"issues": [ISSUE, INVENTED]}))
    upstream.script("tall-too", "ok", text=json.dumps({"issues": []}))
    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("critique")
    expect(page.locator("#facts")).to_contain_text(re.compile(r"4 calls, \d if the reviews find something"))
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("critique")
    ask(page)

    first = page.locator("#agreement .critique").first
    expect(page.locator("#run-header")).to_contain_text("Revised once after a review")
    expect(first).to_contain_text("1 issue dropped: its quote is not in the text.")
    expect(first).to_contain_text("The author: I looked it up.")
    expect(first.locator("del").first).to_have_text("300")
    expect(first.locator("ins").first).to_have_text("330")
    expect(page.locator("#answer .prose")).to_contain_text("330 metres tall since 2022")
    page.set_viewport_size(WIDE)
    page.wait_for_function(
        "() => document.querySelector('#bill').offsetLeft === document.querySelector('#panel').offsetLeft"
    )
    check_everywhere(page, axe, "critique")

    upstream.script("evaluator", "judge")
    for name in ("tall", "small", "tall-too"):
        upstream.script(name, "ok", text=SMALL)
    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("layers")
    expect(page.locator("#facts")).to_contain_text("8 calls")
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("layers")
    ask(page)

    expect(page.locator("#run-header")).to_contain_text("Layer 2")
    expect(page.locator("#run-header")).to_contain_text("Fused from all 3")
    expect(page.locator("#slot-A .pager")).to_contain_text("2/2")

    claim = {"claim": "The tower is 300 metres tall.", "answer": "A", "quote": "The Eiffel Tower is 300 metres tall"}
    support = {"claim": 1, "answer": "B", "stance": "entails", "quote": "The Eiffel Tower is 300 metres tall"}
    replies = [json.dumps({"claims": [claim]}), json.dumps({"support": [support]})]
    bench.model("arbiter", texts=replies)
    preset.judge = "up/arbiter"
    preset.save()
    page.goto("/")
    open_settings(page)
    page.get_by_label("Strategy", exact=True).select_option("verify")
    expect(page.locator("#facts")).to_contain_text("6 calls")
    expect(page.get_by_label("Strategy", exact=True)).to_have_value("verify")
    ask(page)

    claims = page.locator("#agreement .claims")
    expect(page.locator("#run-header")).to_contain_text("Fused from all 3")
    expect(claims).to_contain_text("1 of 1 supported")
    expect(claims).to_contain_text("No claim was taken from")
    expect(page.locator("#answer")).not_to_contain_text("left out of the fusion")
    claims.locator("#claims-supported > summary").click()
    expect(claims.locator("q").first).to_be_visible()
    check_everywhere(page, axe, "verify")
