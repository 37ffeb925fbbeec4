"""Devices: pages that tests use one after another, each in a context and with cookies of its own.

What a page has loaded and compiled, its next address need not load again, and a page that lives need not be made: the
two are half of what a page costs. So a test leaves its page behind, and nothing on it that the next one could see.
"""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LIMIT_MS = 30_000
"""For what must happen: a limit costs time only where it strikes."""
SENT = "() => document.querySelectorAll('[data-draft]').forEach((form) => { form.dataset.sent = 'yes'; })"
"""Lets a page that is left send no draft, which would be written while the tables are emptied."""
FREE: list[Page] = []
"""The pages that no test uses."""


class Devices:
    """The devices of a test: those that are lent to it, and those of its own, which end with it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.lent: list[Page] = []
        self.own: list[BrowserContext] = []

    def open(
        self,
        viewport: Any = WIDE,
        reduced_motion: Any = None,
        has_clock: bool = False,
        own: bool = False,
        **options: Any,
    ) -> Page:
        """Return a page on a device that has no other; ``own``: one that may be given scripts and listeners to keep."""
        if options or has_clock or own:
            page = self._make(**options)
            self.own.append(page.context)
        else:
            page = FREE.pop() if FREE else self._make()
            self.lent.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(media="null", color_scheme="light", reduced_motion=reduced_motion or "no-preference")
        if has_clock:  # the device keeps it
            page.clock.install()  # it goes on as ever, and a test may set it forward
        return page

    def _make(self, **options: Any) -> Page:
        """Return the page of a new device, whose window has no tabs: theirs turn a wheel while a page is loaded.

        Each turn draws the window anew, a tenth of what the pages of all tests cost. Nor is the window given another
        size, which it could not take: that of the page is emulated.
        """
        context = self.browser.new_context(base_url=self.url, no_viewport=True, **options)
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        session = context.new_cdp_session(page)
        window = session.send("Browser.getWindowForTarget")["windowId"]
        session.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "fullscreen"}})
        session.detach()
        return page

    def take_back(self) -> None:
        """Leave nothing of the test on the devices that the next one could see."""
        for context in self.own:
            context.close()
        for page in self.lent:
            context = page.context
            context.set_offline(False)
            page.unroute_all(behavior="ignoreErrors")
            page.mouse.move(0, 0)
            try:
                page.evaluate(SENT)
                page.goto("/healthz")  # of the same site: from another, the process of the page would end
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            except Error:  # the page was about to go elsewhere
                context.close()
                continue
            for other in context.pages:
                if other is not page:
                    other.close()
            context.clear_cookies()  # a page that lives would ask for a sign-in
            context.clear_permissions()
            FREE.append(page)
