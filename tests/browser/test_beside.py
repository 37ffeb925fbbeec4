"""A person asks judges beside the analysis of a run: its order is checked, for a price that is said before."""

from playwright.sync_api import expect

from apps.fusion.values import Message
from apps.runs import actions
from tests.browser.steps import PROMPT, check_everywhere, release_all

JUDGE = {"favours": "first", "best": {"answer": "A", "reason": "It is whole as it stands."}}


def judged_run(bench, upstream):
    """Return a run of the preset's models that a judge compared which favours what it reads first; it waits then."""
    release_all(upstream)
    judge = bench.model("judge", "judge", **JUDGE)
    recipe = bench.recipe("up/tall", "up/small", "up/tall-too", judge=judge, writer="up/writer")
    run = bench.finish(actions.start_run(bench.owner, [Message(role="user", text=PROMPT)], recipe))
    upstream.script("judge", "judge", **JUDGE, gate_after=0)
    return run


def answer_late(page, route):
    """Answer a press after its card was replaced, as happens where news of the run come meanwhile."""
    if route.request.method != "POST":
        return route.continue_()
    response = route.fetch()
    page.locator("#agreement").evaluate("(card) => card.replaceWith(card.cloneNode(true))")
    return route.fulfill(response=response)


def test_order_check_marks_what_depends_on_it(open_page, bench, preset, upstream, axe):
    run = judged_run(bench, upstream)
    page = open_page(run.get_absolute_url())
    fold = page.locator("#order-check")
    expect(fold.locator("summary")).to_contain_text("not made")

    fold.locator("summary").focus()
    expect(fold.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(fold.locator(".price")).to_contain_text("2 calls, ")
    button = fold.get_by_role("button", name="Check the order")
    button.focus()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    upstream.release("judge")

    expect(fold.locator("summary")).to_contain_text("2 of 3 stable")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator("summary")).to_be_focused()  # its button was gone while the judge was at work
    expect(fold).to_contain_text("2 of 3 findings came up in each of 3 orders of the answers.")
    expect(page.locator("#finding-contradiction-1")).to_contain_text("stable, 3 of 3")
    expect(page.locator("#finding-unique-insight-1")).to_contain_text("unstable, 1 of 3")
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")
    expect(fold.locator(".price")).to_contain_text("2 calls, ")
    check_everywhere(page, axe, "order-check")

    # One that cannot be read changes nothing, and says so.
    upstream.script("judge", text="Both are right.")
    fold.get_by_role("button", name="Check the order again").click()
    expect(fold.locator(".notice")).to_have_count(2)
    expect(fold.locator(".notice").first).to_contain_text("What counted before stays.")
    expect(fold.locator("summary")).to_contain_text("2 of 3 stable")

    # Another model judges too.
    bench.model("second", "judge")
    fold = page.locator("#second-judge")
    fold.locator("summary").click()
    expect(fold.get_by_label("Model", exact=True)).to_have_value("second")  # the judge itself is not offered
    expect(fold.locator(".price")).to_contain_text("1 call, ")
    page.route("**/second-judge/", lambda route: answer_late(page, route))
    fold.get_by_role("button", name="Ask a second judge").click()
    expect(fold.locator("summary")).to_contain_text("2 of 3 shared")
    expect(fold).to_contain_text("judge and second share 2 of 3 findings (67 %).")
    expect(fold.get_by_label("Model", exact=True)).to_be_visible()
    expect(page.locator("#run-header")).to_have_attribute("data-live", "false")
    check_everywhere(page, axe, "second-judge")

    # The judge would give one answer as it is: it is read, taken, and the fused one is taken again.
    suggestion = page.locator(".as-is")
    expect(suggestion).to_contain_text("’s answer as it is: It is whole as it stands.")
    suggestion.locator("summary").focus()
    expect(suggestion.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(suggestion.locator(".prose")).to_contain_text("It was finished in 1889")
    check_everywhere(page, axe, "best-as-is")
    suggestion.get_by_role("button", name="Use this answer").click()
    expect(page.locator("#answer > header")).to_contain_text("’s answer as it is, by ")
    expect(page.locator(".as-is")).to_have_count(0)
    page.locator(".answer-takes summary").first.click()
    page.get_by_role("button", name="Use this answer: writer").click()
    expect(page.locator("#answer > header")).to_contain_text("written by writer")
    expect(page.locator("#answer > .prose")).to_contain_text("The answers disagree on its height.")
