"""Templates are sent without the indentation of their source, which no text of them needs."""

import re
from pathlib import Path

from django.conf import settings
from django.test import Client

from tests.factories import make_run

ROOT = Path(settings.BASE_DIR) / "templates"
KEEPS_BLANKS = re.compile(r"<(pre|textarea)\b[^>]*>(.*?)</\1>", re.DOTALL)


def test_a_page_has_no_indentation_but_keeps_the_blanks_of_texts(as_alice: Client, alice, local) -> None:
    run = make_run(alice, "Tower", note="  a\n    b")

    lists, details = (as_alice.get(path).content.decode() for path in ("/runs/", f"/runs/{run.public_id}/details/"))

    assert re.findall(r"\n[ \t]+.*", lists) == []
    assert ">  a\n    b</textarea>" in details


def test_no_preformatted_text_stands_indented_in_a_template() -> None:
    texts = {
        (path.name, found[2])
        for path in ROOT.rglob("*.html")
        for found in KEEPS_BLANKS.finditer(path.read_text())
        if re.search(r"^[ \t]+\S", found[2], re.MULTILINE)
    }

    assert texts == set()
