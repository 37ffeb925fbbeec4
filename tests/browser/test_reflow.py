"""Every page at 320 px (1280 px at 400 %), 390 and 1440 px fits, and on the two ends is in order and accessible."""

from collections.abc import Callable
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
from tests.browser.long_names import WORD, name_all_long
from tests.browser.pages import addresses_of_pages
from tests.browser.steps import box_of
from tests.factories import make_local_preset, make_run, make_user
from tests.runs.stack import Bench
from tests.votes import make_vote
from tests.web.run_factories import ANSWERS, make_finished_run

NARROW = {"width": 320, "height": 640}
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
SMALL_FIELDS = """() => [...document.querySelectorAll("input, textarea, select")]
  .filter((field) => !["hidden", "checkbox", "radio", "submit", "file"].includes(field.type))
  .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
  .map((field) => field.outerHTML.slice(0, 120))"""
TITLE_AT = """() => {
  const [title, brand] = ["h1", ".brand"].map((one) => document.querySelector(one)?.getBoundingClientRect().x);
  return title === undefined || brand === undefined ? 0 : Math.round(title - brand);
}"""
"""Says by how many px the title of a page stands beside the beginning of the bar."""
SIDEWAYS = "() => document.documentElement.scrollWidth - window.innerWidth"


def faults(page: Page, axe: Callable[..., list[str]], *, is_card: bool = False) -> list[str]:
    """Return what is wrong with a page that has just been opened on the narrowest screen; the window stays wide.

    ``is_card``: it is a card in the middle of the window, as that of the sign-in, and its title stands there.
    """
    found = []
    levels = page.evaluate(LEVELS)
    if levels.count(1) != 1 or levels[0] > 2:  # a list of contents may stand before the title
        found.append(f"the page has no h1 of its own: {levels}")
    found += [f"h{one} is followed by h{two}" for one, two in pairwise(levels) if two > one + 1]
    page.keyboard.press("Tab")  # or what a script focuses shows nothing
    found += page.evaluate(UNREACHABLE)
    for viewport in (NARROW, PHONE, WIDE):
        page.set_viewport_size(viewport)
        if (pixels := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"{viewport['width']} px: {pixels} px run out of the window")
        if not is_card and (pixels := page.evaluate(TITLE_AT)) != 0:
            found.append(f"{viewport['width']} px: the title stands {pixels} px beside the bar's beginning")
        if viewport is PHONE:
            found += [f"under 16 px: {field}" for field in small_fields(page)]
        else:  # what 390 px show, and in which colours, is on one of these too
            in_dark = viewport is WIDE  # colours are the same on all widths
            found += [f"{viewport['width']} px: {line}" for line in axe(page, in_dark=in_dark)]
    return found


def small_fields(page: Page) -> list[str]:
    """Return the fields of smaller letters, which a phone would zoom in on."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    assert page.evaluate("() => matchMedia('(pointer: coarse)').matches")
    found: list[str] = page.evaluate(SMALL_FIELDS)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()
    return found


def crammed_pages(owner: User, bench: Bench) -> dict[str, str]:
    """Return addresses of pages that take the place of others, each with something long on it, and of a few more."""
    run = make_finished_run(owner, {slot: f"{HEADED}\n\n{text} {WORD}" for slot, text in ANSWERS.items()}, prompt=WORD)
    api_keys.make_key(owner, WORD[:50], [Scope.RUN])
    provider = Provider.objects.create(
        slug="entered", name=WORD[:40], base_url="https://host.example/v1", is_from_environment=False
    )
    model = Model.objects.create(provider=provider, name=WORD, reference=f"entered/{WORD}", label=WORD)
    recipe = bench.recipe("up/tall", model.reference, "up/wide", judge=model.reference, criteria="cites a source")
    create_preset(owner, "Legal questions", recipe)
    SavedSearch.objects.create(owner=owner, name=WORD[:60], query=f"tag:{WORD}", is_pinned=True)
    marks.change_marks(owner, MarkKind.BIN, public_ids=[make_run(owner, WORD).public_id])
    for _ in range(11):
        make_vote(owner, FUSED, tags=[WORD[:30]])
    return {
        "home?follow": f"/?follow={run.public_id}",
        "run": run.get_absolute_url(),
        "share": actions.share_run(run).get_absolute_url(),
        "runs?q": "/runs/?q=nothing-like-it",
        "model_settings": f"/models/{model.pk}/",
        "provider_change": "/models/providers/entered/",
        "preset_edit": "/presets/legal-questions/",
        "api-docs?q": "/api/docs/?q=retry",
        "missing": "/nowhere/",
        "login_link": make_login_path(make_user("dora")),
    }


@pytest.mark.timeout(1200)  # sixty pages, on three widths
def test_every_page_fits_and_is_accessible_on_all_widths(open_page, bench, axe) -> None:
    owner: User = bench.owner
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True, display_name=WORD[:60])
    addresses = addresses_of_pages(make_world(owner)) | crammed_pages(owner, bench)
    assert {"bin", "shares", "share_embed", "tool_servers", "web_search", "rules", "run_file"} <= addresses.keys()
    name_all_long()
    page = open_page("/login/", reduced_motion="reduce")
    page.set_default_navigation_timeout(120_000)  # some pages are long, and this is no test of speed
    found = {}

    for name, address in addresses.items():
        page.set_viewport_size(NARROW)
        page.goto(address)
        found[name] = faults(page, axe, is_card=name in {"missing", "login_link"})

    open_page.errors.clear()  # the 404 that is wanted here, and what a page says of the frame that it is not in
    assert [f"{name}: {line}" for name, lines in found.items() for line in lines] == []


@pytest.mark.timeout(300)
def test_pages_for_nobody_and_of_trouble_do_too(open_page, shared_site, axe) -> None:
    page = open_page("/login/", as_nobody=True, viewport=NARROW, reduced_motion="reduce")
    found = {"login": faults(page, axe, is_card=True)}

    page.set_viewport_size(NARROW)
    page.goto("/login/1/used/")
    found["dead-link"] = faults(page, axe, is_card=True)
    # Drawn from their templates: these happen to a request that a browser does not make by itself.
    for name in ("400.html", "403.html", "403_csrf.html", "500.html", "session/locked.html"):
        page.set_viewport_size(NARROW)
        page.goto("/login/")
        page.set_content(f'<base href="{shared_site.url}">' + render_to_string(name, {"minutes": 15}))
        found[name] = faults(page, axe, is_card=True)

    open_page.errors.clear()  # the browser logs the 403 that is wanted here
    assert [f"{name}: {line}" for name, lines in found.items() for line in lines] == []


def test_bar_has_every_page_in_reach_at_320_px(open_page, bench) -> None:
    make_local_preset()
    page = open_page("/", viewport=NARROW)

    names = ["New run", "Runs", "Models", "Presets"]
    boxes = [box_of(page.locator(".top").get_by_role("link", name=name, exact=True)) for name in names]
    menu = box_of(page.locator(".top .menu > summary"))

    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 and box["height"] >= 24 for box in [*boxes, menu])
