"""A person rules on a contradiction, has the answer written again, reads what was sent, and asks three writers."""

from playwright.sync_api import expect

from apps.runs.models import Run
from tests.browser.conftest import ARTIFACTS, WIDE
from tests.browser.steps import finished_run, keep_pictures, let_rest, pick_model, release_all, scrolls_sideways
from tests.browser.test_form import hold, let_go, newest


def test_writer_is_asked_before_its_price_is_known(open_page, bench, preset, upstream):
    release_all(upstream)
    page = open_page(finished_run(bench).get_absolute_url())
    held = hold(page, "/renew/rewrite/price/")
    page.locator("#rulings > summary").click()
    newest(page, held)

    with page.expect_request("**/rewrite/"):
        page.get_by_role("button", name="Fuse again with rulings").click()


def test_ruling_changes_what_the_next_writer_is_told(open_page, bench, preset, upstream, axe):
    release_all(upstream)
    run = finished_run(bench)
    upstream.script("writer", "ok", text="It is 330 metres tall, as was ruled.")
    page = open_page(run.get_absolute_url())

    # A ruling is kept as it is made.
    page.locator("#rulings > summary").click()
    right = page.locator("#ruling-form input[value^='side:']").first
    right.focus()
    expect(right).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#rulings-state")).to_have_text("Saved: 1 ruling.")
    expect(page.locator("#rulings-rewrite .price")).to_contain_text("1 call, ")
    page.locator("#ruling-added").fill("It sways in the wind.")
    page.locator("#rulings").screenshot(path=ARTIFACTS / "rulings.png")

    # The writer is told it, also what is saved by the press alone; the old answer stays beside the new one.
    held, asked = hold(page, "/rulings/save/"), []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/rewrite/") else None)
    page.get_by_role("button", name="Fuse again with rulings").click()
    page.keyboard.press("Enter")  # which asks nobody else
    expect(page.locator("#rulings-rewrite button")).to_have_text("Saving …")
    let_rest(page, 50)
    assert asked == []
    let_go(page, held)
    expect(page.locator("#answer > .prose")).to_contain_text("as was ruled", timeout=20_000)
    expect(page.locator(".answer-takes")).to_contain_text("take 1")
    assert len(asked) == 1
    page.locator("#bill-details > summary").click()
    page.locator("#sent > summary").click()
    page.locator(".sent > li").last.locator("summary").click()
    expect(page.locator(".sent > li").last).to_contain_text("State it as settled.")
    expect(page.locator(".sent > li").last).to_contain_text("State this as well, as a point that all hold: It sways")

    # Three merges at once, beside the two that are there.
    page.locator("#renew > summary").click()
    page.locator("#renew-judge-box").click()
    boxes = page.locator("#renew-judge-box ~ .model-list .option > *")
    expect(boxes.first).to_be_visible()
    assert boxes.evaluate_all("(all) => new Set(all.map((one) => getComputedStyle(one).backgroundColor)).size") == 1
    page.keyboard.press("Escape")
    for number in (2, 3):
        pick_model(page.locator(f"#renew-writer-{number}-box"), "writer")
    expect(page.locator("#rewrite .go .price")).to_contain_text("3 calls, ")
    page.locator("#ruling-remark").fill("Be brief.")
    page.get_by_role("button", name="Write again", exact=True).click()
    let_rest(page, 50)
    assert len(asked) == 1  # it waits for the remark
    let_go(page, held)
    expect(page.locator(".answer-takes > details")).to_have_count(4, timeout=20_000)
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false", timeout=20_000)
    keep_pictures(page, "again")
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(page)
    page.screenshot(path=ARTIFACTS / "again-phone.png", full_page=True)

    # One pages between them with the keyboard; the one that counts stays.
    page.set_viewport_size(WIDE)
    counts = Run.objects.get(pk=run.pk).answer_call.take  # the first of three that was ready
    expect(page.locator("#answer .page")).to_have_text(f"Answer {counts} of 5")
    for pressed, number in (("earlier", counts - 1), ("earlier", counts - 2), ("later", counts - 1)):
        link = page.locator(f"#answer-{pressed}")
        link.focus()
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#answer .page")).to_have_text(f"Answer {number} of 5")
        expect(link).to_be_focused()
    assert Run.objects.get(pk=run.pk).answer_call.take == counts
    page.screenshot(path=ARTIFACTS / "versions-1440.png", full_page=True)
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".whole > .card")).to_have_count(2)
    page.screenshot(path=ARTIFACTS / "side-by-side-1440.png")
    assert axe(page) == []
    page.get_by_role("link", name="Back to the run").click()

    # Another of them is chosen.
    page.locator("#answer details").filter(has_text="take 1").locator("summary").click()
    page.get_by_role("button", name="Use this answer: writer, take 1").click()
    expect(page.locator("#answer > .prose")).to_contain_text("The answers disagree on its height.", timeout=20_000)
