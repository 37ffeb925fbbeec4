"""The formatters: a second run changes nothing, and what they do to templates does not show.

The templates are laid out anew for narrow lines, which breaks tags and joins lines in many places where `make fmt` does
not. Where that would show on a page, the formatter must be switched off for the block.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client
from django.utils import timezone
from djlint.reformat import formatter
from djlint.settings import Config
from playwright.sync_api import Browser, Page

from apps.accounts.api_keys import Scope, make_key
from apps.accounts.models import User
from apps.fusion.vocabulary import FailureCode, FinishReason, Role, Status
from apps.runs import actions
from tests.browser.conftest import BASE_DIR
from tests.factories import make_hosted_models, make_local_preset, make_provider, make_run
from tests.web.run_factories import ANSWERS, make_call, make_finished_run, make_live_run, make_run_with_findings

LINK = re.compile(r'<link\s+rel="stylesheet"\s+href="/static/\w+/([^"]+)"([^>]*)>')
SHOWN = """() => {
  // Before the first frame, and out of sight for ever, columns would have no words.
  document.head.insertAdjacentHTML("beforeend", "<style>* { content-visibility: visible !important; }</style>");
  for (const details of document.querySelectorAll("details")) details.open = true;
  return document.title + "\\n" + document.body.innerText;
}"""
CONFIGURATION = BASE_DIR / "pyproject.toml"
FORMAT_THRICE = """
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import * as prettier from "prettier";
const format = (text, filepath, printWidth) => prettier.format(text, { filepath, printWidth });
const found = { files: 0, broken: 0, unsettled: [] };
for (const name of await readdir("static", { recursive: true })) {
  if (!/\\.(css|js)$/.test(name)) continue;
  const narrow = await format(await readFile(path.join("static", name), "utf8"), name, 60);
  const once = await format(narrow, name, 120);
  if ((await format(once, name, 120)) !== once) found.unsettled.push(name);
  found.files += 1;
  found.broken += narrow !== once;
}
console.log(JSON.stringify(found));
"""
"""Formats each style and script for narrow lines, and that twice as ``make fmt`` does; says which of them changes."""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates as the formatter lays them out for narrow lines."""
    folder = tmp_path_factory.mktemp("narrow") / "templates"
    shutil.copytree(BASE_DIR / "templates", folder)
    config = Config(str(folder), configuration=CONFIGURATION, max_line_length=60, max_attribute_length=30)
    for template in folder.rglob("*.html"):
        template.write_text(formatter(config, template.read_text()))
    return folder


def test_second_run_on_templates_changes_nothing(narrow: Path) -> None:
    config = Config(str(narrow), configuration=CONFIGURATION)
    before = {template: template.read_text() for template in narrow.rglob("*.html")}

    once = {template: formatter(config, text) for template, text in before.items()}

    assert len([one for one in before if once[one] != before[one]]) > 100
    assert [one for one, text in once.items() if formatter(config, text) != text] == []


def test_second_run_on_styles_and_scripts_changes_nothing() -> None:
    command = ["node", "--input-type=module", "--eval", FORMAT_THRICE]
    path = f"{os.environ['PATH']}:{BASE_DIR}/.bootstrap/node/bin"  # as in bin/prettier
    done = subprocess.run(
        command, cwd=BASE_DIR, env=os.environ | {"PATH": path}, check=True, capture_output=True, text=True
    )

    found = json.loads(done.stdout)
    assert (found["files"] > 100, found["broken"] > 50, found["unsettled"]) == (True, True, [])


def make_runs(owner: User) -> dict[str, str]:
    """The addresses of runs in the states that their page tells apart."""
    failure = {"status": Status.FAILED, "failure_code": FailureCode.TIMEOUT, "failure_sentence": "No word in 60 s."}
    finished = make_finished_run(owner)
    make_call(finished, slot="A", take=2, text="It is 330 m.", finish_reason=FinishReason.LENGTH, reasoning="Well.")
    failed = make_run(owner, **failure)
    for slot in "AB":
        make_call(failed, slot=slot, **failure)
    make_call(failed, Role.JUDGE, **failure)
    capped = make_run(owner, status=Status.FAILED, failure_code=FailureCode.CAPPED, failure_sentence="The cap is $1.")
    make_call(capped, slot="A", text="An answer.")
    runs = {
        "finished": finished,
        "live": make_live_run(owner, {"A": ANSWERS["A"]}),
        "single": make_finished_run(owner, {"A": ANSWERS["A"]}),
        "failed": failed,
        "capped": capped,
        "many findings": make_run_with_findings(owner, 7),
    }
    addresses = {name: run.get_absolute_url() for name, run in runs.items()}
    return addresses | {"shared": actions.share_run(finished).get_absolute_url()}


@pytest.fixture
def client(db: None) -> Client:
    owner = User.objects.create(username="alice", is_staff=True)
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def addresses(client: Client) -> dict[str, str]:
    """Every page, with rows in it, by name."""
    owner = User.objects.get()
    make_local_preset()
    make_hosted_models()
    make_provider("gone", "Gone", is_connected=False, max_streams=2)
    make_key(owner, "Notebook", [Scope.READ])
    runs = make_runs(owner)
    paths = [
        "/",
        "/?preset=local",
        "/runs/",
        "/runs/?q=zebra",
        "/models/",
        "/models/?q=zebra",
        "/presets/",
        "/settings/",
    ]
    forms = [
        "/presets/new/",
        "/models/providers/add",
        "/models/providers/local/",
        "/nothing/",
        "/api/docs/",
        "/login/1/x/",
    ]
    return runs | {path: path for path in paths + forms} | {"edit": f"/?from={runs['finished'].split('/')[2]}"}


def with_styles(html: str) -> str:
    """Return a page with its styles in it, so that it loads nothing: its scripts are left out."""
    styled = LINK.sub(lambda link: f"<style {link[2]}>{Path(str(find(link[1]))).read_text()}</style>", html)
    assert "stylesheet" not in styled
    return styled


def shown_by(page: Page, html: str) -> list[str]:
    """Return the lines that a page shows, its folds open."""
    page.set_content(with_styles(html))
    lines = str(page.evaluate(SHOWN)).splitlines()
    return [line for line in lines if line]


def read_pages(addresses: dict[str, str], reader: Client) -> dict[str, str]:
    """The HTML of pages; those for signing in are read by nobody."""
    return {
        name: (Client() if path.startswith("/login") else reader).get(path).content.decode()
        for name, path in addresses.items()
    }


@pytest.mark.parametrize("has_rows", [True, False])
def test_layout_of_templates_does_not_show(
    browser: Browser, request, client, narrow: Path, settings, monkeypatch, has_rows: bool
) -> None:
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # both times at the same minute
    empty = {path: path for path in ("/", "/runs/", "/models/", "/settings/")}
    addresses = request.getfixturevalue("addresses") if has_rows else empty
    before = read_pages(addresses, client)

    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [narrow]}]

    after = read_pages(addresses, client)
    assert [name for name in addresses if before[name] == after[name]] == []
    with browser.new_context() as context:
        page = context.new_page()
        for name in addresses:
            assert (name, shown_by(page, after[name])) == (name, shown_by(page, before[name]))
