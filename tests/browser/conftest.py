"""A real browser on a real site: Daphne and a worker as processes, on the test's own database and Valkey.

Pytest may load this file before Django is set up, so what needs models is imported where it is used.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.devices import FREE, LIMIT_MS, PHONE, WIDE, Devices

if TYPE_CHECKING:
    from apps.catalogue.models import Preset
    from tests.runs.stack import Bench, Worker
    from tests.site import Site

__all__ = ["PHONE", "WIDE"]

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = BASE_DIR / "artifacts"
TAKES_PICTURES = bool(os.environ.get("PICTURES"))
"""People look at pictures of pages, no test does."""
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --process-per-site"
).split()
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "chromium-browser")
expect.set_options(timeout=LIMIT_MS)
running: dict[Browser, ExitStack] = {}
"""The one browser that lives, with what ends it."""


def is_error(line: ConsoleMessage) -> bool:
    """Return whether the page logs what should not be; that it gave a request up for a newer one is no such thing."""
    return line.type == "error" and not line.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))


def told(line: ConsoleMessage) -> str:
    """Return what the page logs, and of which address."""
    return f"{line.text} {line.location['url']}"


def find_browser() -> str:
    names = (os.environ.get("FUSIONWEB_BROWSER", ""), *BROWSERS)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("No browser is installed; `make test` installs one.")
    return found


@pytest.fixture
def browser() -> Browser:
    """Return the Chromium that tests share as long as they follow one another; start it if none lives."""
    if not running:
        ARTIFACTS.mkdir(exist_ok=True)
        with ExitStack() as stack:
            playwright = stack.enter_context(sync_playwright())
            # Playwright's loop is in this thread; the tests themselves are synchronous.
            stack.enter_context(pytest.MonkeyPatch.context()).setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            stack.callback(browser.close)
            running[browser] = stack.pop_all()
    return next(iter(running))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None]:
    """End Chromium before a test without it: Playwright's loop in this thread would disturb the others."""
    try:
        return (yield)
    finally:
        if "browser" not in getattr(nextitem, "fixturenames", ()):
            end_browser()


def pytest_sessionfinish() -> None:
    end_browser()


def end_browser() -> None:
    FREE.clear()
    while running:
        running.popitem()[1].close()


@pytest.fixture(autouse=True)
def pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take pictures of pages only where ``PICTURES`` asks for them."""
    if not TAKES_PICTURES:
        monkeypatch.setattr(Page, "screenshot", lambda *_, **__: b"")


@pytest.fixture
def open_page(browser: Browser, shared_site: Site, bench: Bench, worker: Worker) -> Iterator[Callable[..., Page]]:
    """Open pages as Alice (or as nobody); a page that logs an error fails the test."""
    from django.conf import settings
    from django.test import Client

    devices = Devices(browser, shared_site.url)
    errors: list[str] = []
    listeners: dict[Any, Callable[[Any], None]] = {
        "pageerror": lambda error: errors.append(str(error)),
        "console": lambda line: errors.append(told(line)) if is_error(line) else None,
    }

    def make(path: str = "/", *, as_nobody: bool = False, **options: Any) -> Page:
        page = devices.open(**options)
        for event, listener in listeners.items():
            page.on(event, listener)
        if not as_nobody:
            client = Client()
            client.force_login(bench.owner)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": shared_site.url}])
        page.goto(path)
        return page

    make.errors = errors  # type: ignore[attr-defined]
    make.url = shared_site.url  # type: ignore[attr-defined]
    yield make
    for page in devices.lent:  # the next test has listeners of its own
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    devices.take_back()
    assert errors == []


@pytest.fixture
def preset(bench: Bench) -> Preset:
    """Return a preset of three models that pause in the middle of their answers, so that a test can look at them."""
    from apps.catalogue.models import Preset
    from apps.fusion.values import SlotSpec
    from tests.browser.steps import FUSED, SMALL, TALL

    texts = {"tall": TALL, "small": SMALL, "tall-too": TALL}
    models = [bench.model(name, text=text, gate_after=4) for name, text in texts.items()]
    panel = tuple(SlotSpec(slot=s, model=m) for s, m in zip("ABC", models, strict=True))
    writer = bench.model("writer", text=FUSED)
    return Preset.objects.create(slug="test", name="Test", panel=panel, judge="builtin/overlap", writer=writer)


@pytest.fixture
def auto_preset(bench: Bench) -> Preset:
    """Return a preset of three models that answer at once, with Auto for judge and writer."""
    from apps.catalogue.models import Preset
    from apps.fusion.values import SlotSpec

    models = [bench.model(name, text=f"It is {name}.") for name in ("tall", "small", "wide")]
    panel = tuple(SlotSpec(slot=s, model=m) for s, m in zip("ABC", models, strict=True))
    return Preset.objects.create(slug="test", name="Test", panel=panel, judge="auto", writer="auto")


OURS = {"resultTypes": ["violations"], "iframes": False, "preload": False}
"""For each run of axe: frames have none of it in them, and no page has a film or a sound."""
RUN_AXE = """async (options) => {
  const { violations } = await axe.run(options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => [id, target]));
}"""
"""Returns what is wrong; what axe finds in order is fifty times as long, and would be brought here all the same."""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules of axe that may answer otherwise in the dark."""


def violations(page: Page, scheme: str, options: dict[str, Any]) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    return [f"{rule} ({scheme}): {target}" for rule, target in page.evaluate(RUN_AXE, {**OURS, **options})]


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """Return a function that lists the accessibility violations of a page in light and in dark, a line each."""
    source = (BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page, *, in_dark: bool = True) -> list[str]:
        page.wait_for_load_state()  # after a link, its styles may still be on their way
        if page.evaluate("() => !('axe' in window)"):
            page.evaluate(source)
        return violations(page, "light", {}) + (violations(page, "dark", COLOURS) if in_dark else [])

    return check
