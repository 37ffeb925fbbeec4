"""Two columns of one model with own prompts in a real browser: typed on the form, asked so, named on the columns."""

import re

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import Preset
from apps.fusion.values import SlotSpec
from tests.browser.steps import ask, check_everywhere, column, open_settings

OWN = {"A": ("brief", "Be brief.", "In a word: {{prompt}}"), "B": ("poet", "Answer in verse.", "")}


@pytest.fixture
def model(bench):
    model = bench.model("tall", text="It is 330 metres high.")
    panel = (SlotSpec(slot="A", model=model), SlotSpec(slot="B", model=model))
    writer = bench.model("writer", text="It is 330 metres high.")
    return Preset.objects.create(slug="twice", name="Twice", panel=panel, judge="builtin/overlap", writer=writer)


def test_two_seats_of_one_model_are_asked_with_their_own_prompts(open_page, bench, upstream, model, axe):
    page = open_page("/")
    page.wait_for_load_state()
    for slot, (name, system, prompt) in OWN.items():
        page.locator(f"#tune-{slot} > summary").click()
        fields = page.get_by_role("group", name=f"Own prompt of {slot}")
        fields.get_by_label("name of the variant").fill(name)
        fields.get_by_label("Its system prompt").fill(system)
        fields.get_by_label("Its prompt").fill(prompt)
    check_everywhere(page, axe, "own-prompts")
    open_settings(page)
    page.get_by_label("Strategy").select_option("vote")  # draws the seats anew
    for slot, (name, _system, _prompt) in OWN.items():
        expect(page.locator(f".slot[data-slot={slot}] .tag.variant")).to_have_text(name)
    check_everywhere(page, axe, "own-prompts-folded")

    ask(page, "How high is it?")

    for slot, (name, _system, _prompt) in OWN.items():
        expect(column(page, slot).locator(".tag.variant")).to_have_text(name)
        expect(column(page, slot).locator(".state .word")).to_have_text("done")
    expect(page.get_by_role("region", name=re.compile(r"^A tall brief$"))).to_be_visible()
    sent = [[turn["content"] for turn in one["body"]["messages"]] for one in upstream.ledger("tall")]
    assert sorted(sent) == [["Answer in verse.", "How high is it?"], ["Be brief.", "In a word: How high is it?"]]
    check_everywhere(page, axe, "own-prompt-columns")
