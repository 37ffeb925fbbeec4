"""Everything goes out by a button and comes back by a page, in a real browser."""

from playwright.sync_api import expect

from apps.annotations.models import Rating, Ruling
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import FindingKind, RulingKind
from apps.runs.models import Run
from tests.browser.steps import check_everywhere, open_menu
from tests.factories import make_local_preset
from tests.services import wait_until
from tests.web.run_factories import make_finished_run

PRESS_TWICE = """() => {
  const form = document.querySelector("[data-progress-form]");
  const stop = (event) => event.preventDefault();
  window.addEventListener("submit", stop);
  const tokens = [1, 2].map(() => {
    form.requestSubmit();
    form.elements.archive.dispatchEvent(new Event("input", { bubbles: true })); // as if half a minute were over
    return form.elements.progress.value;
  });
  window.removeEventListener("submit", stop);
  return tokens;
}"""


def test_everything_is_downloaded_deleted_and_imported_again(open_page, bench, axe, tmp_path):
    make_local_preset()
    run = make_finished_run(bench.owner, prompt="How high is the tower?")
    right = {"verdict": RulingKind.SIDE, "right": ("A", "C"), "kind": FindingKind.CONTRADICTION}
    said = {"judge": run.analysis_call_id, "finding": "k1", "topic": "Height of the tower"}
    Ruling.objects.create(run=run, author=bench.owner, comment="I measured it.", **right, **said)
    Rating.objects.create(run=run, author=bench.owner, call=run.answer_call_id, thumb=Thumb.UP)
    page = open_page("/runs/", reduced_motion="reduce")

    open_menu(page, "export")
    with page.expect_download() as begun:
        page.get_by_role("link", name="Markdown").click()
    assert begun.value.path().read_text().startswith("# Runs")
    expect(page.locator("#export-progress")).to_have_text("1 run in the file.")

    page.goto("/settings/")
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download everything").click()
    archive = tmp_path / begun.value.suggested_filename
    begun.value.save_as(archive)
    expect(page.locator("#export-progress")).to_have_text("1 run in the archive.")
    Run.objects.all().delete()
    page.get_by_role("link", name="Import an archive").click()
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(archive.read_bytes()[:2000])
    page.get_by_label("Archive", exact=True).set_input_files(wrong)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was imported.")
    open_page.errors.clear()  # the browser logs the 400 that is wanted here
    check_everywhere(page, axe, "import")
    page.get_by_label("Archive", exact=True).set_input_files(archive)
    first, second = page.evaluate(PRESS_TWICE)
    assert first == second != ""  # the token by which the server knows the second press
    page.get_by_label("Archive", exact=True).set_input_files(wrong)
    expect(page.locator("[name=progress]")).to_have_value("")
    page.get_by_label("Archive", exact=True).set_input_files(archive)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Imported: 1 run.")).to_be_visible()

    def is_found() -> int:  # a worker that indexes it at the same moment keeps it from the search until it is done
        page.goto("/runs/?q=is:imported")
        return page.get_by_role("link", name="How high is the tower?").count()

    wait_until(is_found, "the search finds the imported run")
    page.get_by_role("link", name="How high is the tower?").click()

    page.wait_for_url(f"**/runs/{run.public_id}/")
    expect(page.locator("#run-header")).to_contain_text("imported It came out of an archive on")
    expect(page.locator("#answer")).to_contain_text("The tower is 330 metres high; B says 300.")
    expect(page.locator("#answer").get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Height of the tower").first).to_be_visible()
    page.locator("summary").filter(has_text="Your rulings").click()
    expect(page.locator("[name=comment-k1]")).to_have_value("I measured it.")
    check_everywhere(page, axe, "imported")
