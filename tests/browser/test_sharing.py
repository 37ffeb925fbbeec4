"""Links with each of their choices: made from the dialog, read in a clean profile, live and frozen, and closed."""

import re
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from apps.annotations.ratings import RatingRequest
from apps.annotations.rulings import RulingRequest
from apps.fusion.ratings import Thumb
from apps.fusion.values import Message
from apps.fusion.vocabulary import RulingKind
from apps.runs import again, rating
from apps.runs.models import Run, Share
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import DRAW_ANEW, ask, column, open_menu, release_all
from tests.factories import make_local_preset, make_user
from tests.services import wait_until
from tests.web.run_factories import make_finished_run

SECRET = "Answer as a lighthouse keeper."
RULED, RATED = "Measured by me.", "Well counted."


def test_live_run_is_shared_with_choices_and_closed(open_page, preset, upstream, axe):
    page = open_page("/")
    ask(page)
    expect(column(page, "A")).to_contain_text("The Eiffel Tower")

    # A link as it comes: a stranger sees the answers stream.
    open_menu(page, "share")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#share-menu input[readonly]")).to_have_value(re.compile("^http"))
    plain = Share.objects.get()
    live = open_page(plain.get_absolute_url(), as_nobody=True)
    expect(column(live, "A")).to_contain_text("The Eiffel Tower")
    expect(live.locator("#run-header")).to_have_attribute("data-live", "true")

    # One with everything: what is selected is blacked out, and streams to nobody.
    title = page.locator("h1")
    title.select_text()
    menu = page.locator("#share-menu")
    expect(menu).to_have_attribute("open", "")
    menu.get_by_label("Without costs").check()
    menu.get_by_label("Without the JSON file").check()
    expect(menu.get_by_text("what each call cost")).to_be_hidden()
    menu.get_by_label("With the models' reasoning").check()
    expect(menu.get_by_text("the models’ reasoning", exact=True)).to_be_visible()
    lasts = menu.get_by_label("Open for")
    lasts.click()
    page.evaluate(DRAW_ANEW, "header")  # as when something of the run ends while its list stands open
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(lasts).to_have_value("7")
    menu.get_by_text("Black out passages").click()
    menu.get_by_role("button", name="Add the selected text").click()
    passages = menu.get_by_label("Passages, one on each line")
    expect(passages).to_have_value("How high is the Eiffel Tower?")
    passages.fill("ffel Tower\n300 metres")
    passages.press("Control+Home")
    page.evaluate(DRAW_ANEW, "header")  # as when something of the run ends: one writes on where one wrote
    page.keyboard.type("Ei")
    expect(passages).to_have_value("Eiffel Tower\n300 metres")
    page.screenshot(path=ARTIFACTS / "share-dialog.png")
    menu.get_by_role("button", name="Make a link to the run as it is now").click()
    expect(page.locator("#share-menu input[readonly]")).to_have_count(2)
    chosen = Share.objects.exclude(pk=plain.pk).get()
    black = open_page(chosen.get_absolute_url(), as_nobody=True)
    expect(black.locator("h1")).to_have_text("How high is the [redacted]?")
    expect(column(black, "A")).to_contain_text("waits for the first token")

    release_all(upstream)
    expect(live.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(live.locator("#run-header")).to_have_attribute("data-live", "false")
    expect(column(black, "B")).to_contain_text("[redacted] tall")
    expect(black.locator("#answer")).to_contain_text("The answers disagree on its height.")
    expect(black.locator("body")).not_to_contain_text("Eiffel")
    expect(black.get_by_role("link", name="JSON")).to_have_count(0)
    expect(black.get_by_role("link", name="Markdown")).to_be_visible()
    black.screenshot(path=ARTIFACTS / "share-black.png", full_page=True)
    assert axe(black) == []

    # The page of all links revokes both, and their open pages close.
    page.goto("/shares/")
    expect(page.get_by_text("2 passages blacked out")).to_be_visible()
    expect(page.get_by_text("1 view")).to_have_count(2)
    page.screenshot(path=ARTIFACTS / "shares-1440.png")
    assert axe(page) == []
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=ARTIFACTS / "shares-390-dark.png")
    for left in (1, 0):
        page.get_by_role("button", name="Revoke the link").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("button", name="Revoke the link")).to_have_count(left)
    for reader in (live, black):
        expect(reader.locator("h1")).to_have_text("Page not found")
    assert Run.objects.get().shares.filter(revoked_at=None).count() == 0
    open_page.errors.clear()  # the browser logs the 404s that are wanted here


@pytest.fixture
def other_site():
    """Serve a page of another site that shows the address in its query in a frame; yields the site's port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            address = urlsplit(self.path).query
            body = f'<!DOCTYPE html><title>Other</title><iframe width="700" height="500" src="{address}"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_finished_run_is_shared_with_the_other_choices_seen_and_closed(open_page, bench, axe, other_site):
    make_local_preset()
    prompt = "How high is the Eiffel Tower?"
    messages = [Message(role="system", text=SECRET), Message(role="user", text=prompt)]
    run = make_finished_run(bench.owner, messages=messages, prompt=prompt)
    again.put_ruling(run, bench.owner, RulingRequest(RulingKind.SIDE, "k1", right=("A", "C"), comment=RULED))
    rating.rate(run, bench.owner, run.calls.get(slot="A").pk, RatingRequest(Thumb.UP, comment=RATED))
    page = open_page(run.get_absolute_url(), viewport=PHONE)
    menu = page.locator("#share-menu")

    def make_link(count):
        menu.get_by_role("button", name=re.compile("^Make a link")).click()
        expect(menu.locator("input[readonly]")).to_have_count(count)
        return Share.objects.latest("pk")

    # One link without and one with what is private; the dialog names the difference before.
    open_menu(page, "share")
    private = "the system prompt", "your rulings, without", "your ratings and blind votes"
    for words in private:
        expect(menu.locator("li", has_text=words)).to_be_hidden()
    plain = make_link(1)
    for label in ("With the system prompt", "With my rulings", "With my ratings"):
        menu.get_by_label(label).check()
    for words in private:
        expect(menu.locator("li", has_text=words)).to_be_visible()
    menu.get_by_text("Embed in other sites").click()
    menu.get_by_label("Sites that may show it in a frame").fill(f"http://127.0.0.1:{other_site}")
    full = make_link(2)
    menu.get_by_label("Only for people who are signed in").check()
    menu.get_by_label("Open for").select_option("1")
    menu.get_by_role("button", name=re.compile("^Make a link")).click()
    expect(page.get_by_text("A link for signed-in people cannot be embedded")).to_be_visible()
    menu.get_by_label("Sites that may show it in a frame").fill("")
    members = make_link(3)

    stranger = open_page(plain.get_absolute_url(), as_nobody=True)
    for words in (SECRET, RULED, RATED):
        expect(stranger.locator("body")).not_to_contain_text(words)
    stranger.goto(full.get_absolute_url())
    stranger.locator("#prompt > summary").click()
    for words in (SECRET, RULED, RATED):
        expect(stranger.get_by_text(words)).to_be_visible()
    assert axe(stranger) == []

    # The site that is named shows it in a frame, and another one, which this server also is, does not.
    embedded = f"{open_page.url}{full.get_absolute_url()}embed/"
    stranger.goto(f"http://127.0.0.1:{other_site}/?{embedded}")
    frame = stranger.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text(prompt)
    expect(frame.get_by_role("link", name="Open in FusionWeb")).to_be_visible()
    stranger.goto(f"http://localhost:{other_site}/?{embedded}")
    wait_until(
        lambda: stranger.wait_for_timeout(20) or any("frame-ancestors" in error for error in open_page.errors),
        "the browser refuses the frame",
    )
    expect(frame.locator("body")).not_to_contain_text("Eiffel")

    # Whoever is signed in reads the third, and nobody else; a day later, neither.
    stranger.goto(members.get_absolute_url())
    expect(stranger).to_have_url(re.compile("/login/"))
    client = Client()
    client.force_login(make_user("charlie"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    stranger.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": open_page.url}])
    stranger.goto(members.get_absolute_url())
    expect(stranger.locator("h1")).to_have_text(prompt)
    expect(stranger.get_by_role("link", name="Continue as my own")).to_be_visible()
    Share.objects.filter(pk=members.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    expect(stranger.locator("h1")).to_have_text("Page not found")  # by itself

    page.goto("/shares/")
    for left in (1, 0):
        page.get_by_role("button", name="Revoke the link").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("button", name="Revoke the link")).to_have_count(left)
    for share in (plain, full):
        stranger.goto(share.get_absolute_url())
        expect(stranger.locator("h1")).to_have_text("Page not found")
    open_page.errors.clear()  # the browser logs the 404s and the refused frame that are wanted here
