"""Every page at 320 px, which is 1280 px at 400 %: nothing runs out of the window, and no heading is out of order.

Pages that no other test looks at are also searched by axe at 390 and at 1440 px.
"""

from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.login_links import make_login_path
from apps.accounts.models import User
from apps.catalogue.models import Model, Provider
from apps.catalogue.recipes.presets import create_preset
from apps.fusion.blind_votes import FUSED
from apps.fusion.vocabulary import MarkKind
from apps.runs import actions, marks
from apps.runs.models import SavedSearch
from tests.access.world import make_world
from tests.browser.conftest import PHONE, WIDE
from tests.browser.pages import addresses_of_pages
from tests.factories import make_local_preset, make_run, make_user
from tests.votes import make_vote
from tests.web.run_factories import ANSWERS, make_finished_run

NARROW = {"width": 320, "height": 640}
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
HEADED = "## Height\n\nIt is 330 metres high.\n\n#### Antennas\n\nThey count.\n\n# Paint\n\nEvery seven years."
LEVELS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((one) => Number(one.tagName[1]))"
UNREACHABLE = """() => {
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const named = (one) => one.outerHTML.replaceAll(/\\s+/g, " ").slice(0, 100);
  const isRinged = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow.includes("0px 0px 0px 3px");
  };
  const around = (one) =>
    [one, one.nextElementSibling, one.parentElement, one.closest("label, .box, .slot")].filter(Boolean);
  const faults = [];
  for (const stop of document.querySelectorAll(STOPS)) {
    if (!isShown(stop) || stop.disabled || stop.tabIndex < 0) continue;
    if (stop.tabIndex > 0) faults.push(`out of order: ${named(stop)}`);
    stop.focus();
    if (document.activeElement !== stop) faults.push(`takes no focus: ${named(stop)}`);
    else if (!around(stop).some(isRinged)) faults.push(`shows no focus: ${named(stop)}`);
  }
  for (const one of document.querySelectorAll("[hx-get], [hx-post], [role=button], [role=tab], [role=checkbox]")) {
    const trigger = one.getAttribute("hx-trigger");
    const isPressed = trigger ? trigger.includes("click") : !one.matches("form, input, select, textarea");
    if (isPressed && isShown(one) && one.tabIndex < 0 && !one.querySelector(STOPS))
      faults.push(`only for a mouse: ${named(one)}`);
  }
  return faults;
}"""
"""Says which stops cannot be reached, or do not show that they have the focus; a key must have been pressed before."""
SIDEWAYS = "() => document.documentElement.scrollWidth - window.innerWidth"


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page: too wide, headings out of order, what the keyboard does not reach."""
    found = []
    if (pixels := page.evaluate(SIDEWAYS)) > 0:
        found.append(f"{pixels} px run out of the window")
    levels = page.evaluate(LEVELS)
    if levels.count(1) != 1 or levels[0] > 2:  # a list of contents may stand before the title
        found.append(f"the page has no h1 of its own: {levels}")
    found += [f"h{one} is followed by h{two}" for one, two in pairwise(levels) if two > one + 1]
    page.keyboard.press("Tab")  # or what a script focuses shows nothing
    return found + page.evaluate(UNREACHABLE)


def faults_at_widths(page: Page, axe) -> list[str]:
    """Return what axe finds on a phone and in a wide window; the window is narrow again afterwards."""
    found = []
    for viewport in (PHONE, WIDE):
        page.set_viewport_size(viewport)
        found += [f"{viewport['width']} px: {line}" for line in axe(page)]
    page.set_viewport_size(NARROW)
    return found


@pytest.fixture
def addresses(bench) -> dict[str, str]:
    """Return the address of every page by its name, each with something long on it."""
    owner: User = bench.owner
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True, display_name=WORD[:60])
    make_local_preset()
    run = make_finished_run(owner, {slot: f"{HEADED}\n\n{text} {WORD}" for slot, text in ANSWERS.items()}, prompt=WORD)
    share = actions.share_run(run)
    make_run(owner, WORD)
    create_preset(owner, "Legal questions", bench.recipe("up/tall", "up/wide", criteria="cites a source"))
    api_keys.make_key(owner, WORD[:50], [Scope.RUN])
    provider = Provider.objects.create(
        slug="entered", name=WORD[:40], base_url="https://host.example/v1", is_from_environment=False
    )
    model = Model.objects.create(provider=provider, name=WORD, reference=f"entered/{WORD}", label=WORD)
    return {
        "home": "/",
        "follow-up": f"/?follow={run.public_id}",
        "run": run.get_absolute_url(),
        "shared": share.get_absolute_url(),
        "history": "/runs/",
        "history-empty": "/runs/?q=nothing-like-it",
        "models": "/models/",
        "model": f"/models/{model.pk}/",
        "provider-new": "/models/providers/add",
        "provider": "/models/providers/entered/",
        "presets": "/presets/",
        "preset-new": "/presets/new/",
        "preset": "/presets/legal-questions/",
        "settings": "/settings/",
        "password": "/settings/password/",
        "reference": "/api/docs/",
        "reference-chapter": "/api/docs/runs/",
        "reference-search": "/api/docs/?q=retry",
        "missing": "/nowhere/",
        "link": make_login_path(make_user("dora")),
    }


@pytest.mark.timeout(600)  # twenty pages
def test_every_page_reflows_at_320_px_with_headings_in_order_and_is_accessible(open_page, addresses, axe) -> None:
    page = open_page("/login/", viewport=NARROW, reduced_motion="reduce")
    page.set_default_navigation_timeout(120_000)  # some pages are long, and this is no test of speed
    found = {}

    for name, address in addresses.items():
        page.goto(address)
        found[name] = faults(page) + axe(page)
        if name in AT_WIDTHS:
            found[name] += faults_at_widths(page, axe)

    open_page.errors.clear()  # the browser logs the 404 that is wanted here
    assert [f"{name}: {line}" for name, lines in found.items() for line in lines] == []


AT_WIDTHS = {"models", "model", "presets", "preset-new", "settings", "password", "reference", "reference-chapter"}
"""Pages of the list above that are looked at on other widths too."""
VISITED = (
    *("home", "home?follow", "run", "share", "runs", "runs?q", "models", "presets", "preset_new", "preset_edit"),
    *("settings", "password", "api-docs", "api-chapter"),
)
"""Pages of the list above, by the names of their addresses."""


@pytest.mark.timeout(900)  # thirty pages
def test_every_other_page_of_the_access_table_does_too(open_page, bench, axe) -> None:
    owner: User = bench.owner
    world = make_world(owner)
    addresses = {name: one for name, one in addresses_of_pages(world).items() if name not in VISITED}
    assert {"run_vote", "leaderboard", "compare?runs", "template", "batch", "batch_new", "bin"} <= addresses.keys()
    assert {"shares", "share_embed", "share_file", "run_file", "rules", "rule_edit", "thread"} <= addresses.keys()
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True, display_name=WORD[:60])
    SavedSearch.objects.create(owner=owner, name=WORD[:60], query=f"tag:{WORD}", is_pinned=True)
    binned = make_run(owner, WORD)
    marks.change_marks(owner, MarkKind.BIN, public_ids=[binned.public_id])
    for _ in range(11):
        make_vote(owner, FUSED, tags=[WORD[:30]])
    addresses |= {"saved-search": "/runs/", "tool-servers": "/models/tool-servers/", "web": "/models/web/"}
    page = open_page("/login/", viewport=NARROW, reduced_motion="reduce")
    page.set_default_navigation_timeout(120_000)
    found = {}

    for name, address in addresses.items():
        page.goto(address)
        found[name] = faults(page) + axe(page)

    open_page.errors.clear()  # what a page says of the frame that it is not in
    assert [f"{name}: {line}" for name, lines in found.items() for line in lines] == []


@pytest.mark.timeout(300)
def test_pages_for_nobody_and_of_trouble_reflow_too(open_page, shared_site) -> None:
    page = open_page("/login/", as_nobody=True, viewport=NARROW, reduced_motion="reduce")
    found = {"login": faults(page)}

    page.goto("/login/1/used/")
    found["dead-link"] = faults(page)
    # Drawn from their templates: these happen to a request that a browser does not make by itself.
    for name in ("400.html", "403.html", "403_csrf.html", "500.html", "session/locked.html"):
        page.goto("/login/")
        page.set_content(f'<base href="{shared_site.url}">' + render_to_string(name, {"minutes": 15}))
        found[name] = faults(page)

    open_page.errors.clear()  # the browser logs the 403 that is wanted here
    assert [f"{name}: {line}" for name, lines in found.items() for line in lines] == []


def test_bar_has_every_page_in_reach_at_320_px(open_page, bench) -> None:
    make_local_preset()
    page = open_page("/", viewport=NARROW)

    names = ["New run", "Runs", "Models", "Presets"]
    boxes = [page.locator(".top").get_by_role("link", name=name, exact=True).bounding_box() for name in names]
    menu = page.locator(".top .menu > summary").bounding_box()

    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 and box["height"] >= 24 for box in [*boxes, menu])
