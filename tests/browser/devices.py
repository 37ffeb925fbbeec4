"""Devices: contexts of the browser that tests use one after another, each with cookies of its own.

What a device has loaded and compiled, it need not load again, and its process lives as long as it has a page: the two
are half of what a page costs. So a test leaves its cache and an empty page behind, and nothing that a page could read.
"""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LIMIT_MS = 30_000
"""For what must happen: a limit costs time only where it strikes."""
FREE: list[BrowserContext] = []
"""The devices that no test uses."""


class Devices:
    """The devices of a test: those that are lent to it, and those with options, which end with it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.lent: list[BrowserContext] = []
        self.own: list[BrowserContext] = []

    def open(self, viewport: Any = WIDE, reduced_motion: Any = None, has_clock: bool = False, **options: Any) -> Page:
        """Return an empty page on a device that has no other."""
        if options or has_clock:
            self.own.append(self._make(**options))
            page = self.own[-1].new_page()
        else:
            self.lent.append(FREE.pop() if FREE else self._make_with_a_page())
            page = self.lent[-1].new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(reduced_motion=reduced_motion)
        if has_clock:  # the device keeps it
            page.clock.install()  # it goes on as ever, and a test may set it forward
        return page

    def _make(self, **options: Any) -> BrowserContext:
        context = self.browser.new_context(base_url=self.url, viewport=WIDE, **options)
        context.set_default_timeout(LIMIT_MS)
        return context

    def _make_with_a_page(self) -> BrowserContext:
        context = self._make()
        context.new_page().goto("/healthz")
        return context

    def take_back(self) -> None:
        """Close the test's pages, and leave nothing on the devices that the next test could see."""
        for context in self.own:
            context.close()
        for context in self.lent:
            first, *pages = context.pages
            for page in pages:
                page.close()
            first.evaluate("() => localStorage.clear()")
            context.clear_cookies()
            context.clear_permissions()
            FREE.append(context)
