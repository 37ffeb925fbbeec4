"""Files in a prompt in a real browser: attached three ways, refused beside the field, cited, opened at the passage."""

import re

import pytest
from playwright.sync_api import expect

from apps.catalogue.models import Preset
from apps.fusion.values import SlotSpec
from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.browser.steps import DRAW_ANEW
from tests.browser.test_form import hold, let_go
from tests.browser.test_offscreen import drawn_anew
from tests.lookup.pdfs import pdf
from tests.services import wait_until

NOTES = "\n".join(f"Note {number}: nothing of it." for number in range(200)) + "\nPears keep for three weeks.\n"
TABLE = "sort,weeks\nConference,12\n"
CITING = 'They keep [1: "Pears keep for three weeks"]. Some say [3: "Pears of the paper"]. They are green.'
DROP = """([kind, name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, { type: "text/plain" }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector("#prompt").dispatchEvent(event);
}"""

MARKED = """(count) => {
  const marks = [...(CSS.highlights.get("unsourced") ?? [])];
  return marks.length === count && marks.every((range) => range.toString() !== "");
}"""


@pytest.fixture
def preset(bench):
    models = [bench.model("a", text=CITING), bench.model("b", text="They keep for a while.")]
    panel = tuple(SlotSpec(slot=s, model=m) for s, m in zip("AB", models, strict=True))
    writer = bench.model("writer", text=CITING)
    return Preset.objects.create(slug="test", name="Test", panel=panel, judge="builtin/overlap", writer=writer)


def test_files_are_attached_refused_sent_and_cited(open_page, preset, axe):
    page = open_page("/")
    attach = page.get_by_label("Attach files")
    shown = page.locator(".attached .file")

    page.get_by_label("Prompt", exact=True).fill("How long do pears keep?")
    attach.set_input_files([{"name": "notes.md", "mimeType": "text/markdown", "buffer": NOTES.encode()}])
    expect(shown).to_have_count(1)
    page.evaluate(DROP, ["paste", "table.csv", TABLE])
    expect(shown).to_have_count(2)
    attach.set_input_files([{"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf("Pears of the paper.")}])
    expect(shown).to_have_count(3)
    page.evaluate(DROP, ["drop", "broken.txt", "Pears\0"])
    expect(page.locator("#files-problem")).to_have_text("“broken.txt” is no text. Attach text, Markdown, CSV or PDF.")
    expect(shown).to_have_count(3)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("How long do pears keep?")
    shown.first.locator("summary").click()
    expect(shown.first.locator("pre")).to_contain_text("Pears keep for three weeks.")
    expect(shown.nth(2)).to_contain_text("1 page,")
    page.screenshot(path=ARTIFACTS / "files-1440.png", full_page=True)
    assert axe(page) == []
    page.set_viewport_size(PHONE)
    page.screenshot(path=ARTIFACTS / "files-390.png", full_page=True)
    page.set_viewport_size(WIDE)
    shown.nth(1).get_by_role("checkbox").uncheck()
    page.evaluate(DROP, ["drop", "later.txt", "Quinces."])  # and at once, while it is being read:
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    wait_until(lambda: Run.objects.get().is_final, "the run ends")

    assert [file.name for file in Run.objects.get().messages[-1].files] == ["notes.md", "paper.pdf", "later.txt"]
    answer = page.locator("#answer")
    expect(answer.locator("a.cite")).to_have_count(2)
    expect(answer.locator("a.cite.unfound")).to_have_text("3?")
    answer.get_by_text("2 of 3 sentences have no source").click()
    answer.get_by_label("Mark them in the text").check()
    page.wait_for_function(MARKED, arg=2)
    with drawn_anew(page, "#answer"):
        page.evaluate(DRAW_ANEW, "answer")  # as when something of it comes later
    page.wait_for_function(MARKED, arg=2)
    expect(answer.get_by_label("Mark them in the text")).to_be_checked()
    held = hold(page, "/run/unsourced*.js")
    page.reload(wait_until="commit")
    answer.get_by_text("2 of 3 sentences have no source").click()
    answer.get_by_label("Mark them in the text").check()  # before its script is there
    let_go(page, held)
    page.wait_for_function(MARKED, arg=2)
    page.screenshot(path=ARTIFACTS / "files-run-1440.png", full_page=True)
    assert axe(page) == []
    answer.locator("a.cite").first.click()
    page.wait_for_url(re.compile(r"/runs/\w+/files/1/\?start=\d+&end=\d+#passage"))
    expect(page.locator("mark.chosen")).to_have_text("Pears keep for three weeks")
    expect(page.locator("mark.chosen")).to_be_in_viewport()
    expect(page.locator("h1")).to_have_text("notes.md")
    expect(page.locator("header.page-head")).to_contain_text("the passage on line 201")
    page.screenshot(path=ARTIFACTS / "files-passage-1440.png")
    assert axe(page) == []
    page.set_viewport_size(PHONE)
    page.screenshot(path=ARTIFACTS / "files-passage-390.png")


def test_file_whose_answer_breaks_off_holds_no_press_back(open_page, preset):
    page = open_page("/")
    page.route("**/files/", lambda route: route.fulfill(status=200, content_type="application/json", body="{"))
    page.get_by_label("Attach files").set_input_files([{"name": "a.md", "mimeType": "text/markdown", "buffer": b"A"}])

    expect(page.locator("#files-problem")).to_have_text("“a.md” could not be sent. Attach it again.")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Write a prompt first.")).to_be_visible()
    open_page.errors.clear()  # the browser logs the 400 that is wanted here
