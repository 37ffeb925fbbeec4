"""Every page at 320 px, which is 1280 px at 400 %: nothing runs out of the window, and no heading is out of order."""

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
from apps.runs import actions
from tests.factories import make_local_preset, make_run, make_user
from tests.web.run_factories import ANSWERS, make_finished_run

NARROW = {"width": 320, "height": 640}
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
HEADED = "## Height\n\nIt is 330 metres high.\n\n#### Antennas\n\nThey count.\n\n# Paint\n\nEvery seven years."
LEVELS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((one) => Number(one.tagName[1]))"
SIDEWAYS = "() => document.documentElement.scrollWidth - window.innerWidth"


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page: pixels that run out of the window, headings out of order."""
    found = []
    if (pixels := page.evaluate(SIDEWAYS)) > 0:
        found.append(f"{pixels} px run out of the window")
    levels = page.evaluate(LEVELS)
    if levels.count(1) != 1 or levels[0] > 2:  # a list of contents may stand before the title
        found.append(f"the page has no h1 of its own: {levels}")
    found += [f"h{one} is followed by h{two}" for one, two in pairwise(levels) if two > one + 1]
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
    page = open_page("/login/", viewport=NARROW)
    page.set_default_navigation_timeout(120_000)  # some pages are long, and this is no test of speed
    found = {}

    for name, address in addresses.items():
        page.goto(address)
        found[name] = faults(page) + axe(page)

    open_page.errors.clear()  # the browser logs the 404 that is wanted here
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.timeout(300)
def test_pages_for_nobody_and_of_trouble_reflow_too(open_page, shared_site) -> None:
    page = open_page("/login/", as_nobody=True, viewport=NARROW)
    found = {"login": faults(page)}

    page.goto("/login/1/used/")
    found["dead-link"] = faults(page)
    # Drawn from their templates: these happen to a request that a browser does not make by itself.
    for name in ("400.html", "403.html", "403_csrf.html", "500.html", "session/locked.html"):
        page.goto("/login/")
        page.set_content(f'<base href="{shared_site.url}">' + render_to_string(name, {"minutes": 15}))
        found[name] = faults(page)

    open_page.errors.clear()  # the browser logs the 403 that is wanted here
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_bar_has_every_page_in_reach_at_320_px(open_page, bench) -> None:
    make_local_preset()
    page = open_page("/", viewport=NARROW)

    names = ["New run", "Runs", "Models", "Presets"]
    boxes = [page.locator(".top").get_by_role("link", name=name, exact=True).bounding_box() for name in names]
    menu = page.locator(".top .menu > summary").bounding_box()

    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 320 and box["height"] >= 24 for box in [*boxes, menu])
