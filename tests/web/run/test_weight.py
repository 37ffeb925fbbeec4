"""A run page is sent compressed to clients that accept it."""

import gzip
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.runs import actions
from tests.web.run_factories import make_finished_run

STATIC = Path(__file__).parents[3] / "static"
IMPORT = re.compile(r"""^import [^"]*"(\.[^"]+)";""", re.MULTILINE)
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.mark.parametrize("part", ["page", "fragments", "share"])
def test_run_page_is_compressed_on_request(alice, as_alice: Client, part):
    run = make_finished_run(alice)
    url = {
        "page": run.get_absolute_url(),
        "fragments": reverse("web:run_fragments", args=[run.public_id, "header+bill"]),
        "share": reverse("web:share", args=[actions.share_run(run).code]),
    }[part]

    plain, packed = as_alice.get(url), as_alice.get(url, headers={"Accept-Encoding": "gzip"})

    assert (plain.get("Content-Encoding"), packed.get("Content-Encoding")) == (None, "gzip")
    assert len(packed.content) < len(plain.content) / 2
    assert gzip.decompress(packed.content).count(b"</section>") == plain.content.count(b"</section>")


def imports_of(script: Path) -> set[Path]:
    """Return every script that a script imports, directly or not; vendors' files lie elsewhere and import nothing."""
    text = script.read_text() if script.is_relative_to(STATIC / "js") else ""
    direct = {(script.parent / name).resolve() for name in IMPORT.findall(text)}
    return direct.union(*map(imports_of, direct))


def test_run_page_names_all_scripts_that_it_will_need(alice, as_alice: Client):
    page = as_alice.get(make_finished_run(alice).get_absolute_url()).content.decode()

    named = re.findall(r'<link rel="modulepreload" href="/static/[0-9a-f]{12}/([^"]+)">', page)
    assert {STATIC / name for name in named} == imports_of(STATIC / "js/run/main.js")
