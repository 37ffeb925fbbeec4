"""Pages, headings and commands that documents name are there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)#?([^)\s]*)\)")
OF_MANAGE = {"up", "backup", "restore"}
"""Commands of ``manage.py`` that are none of Django's."""


def text_of(document: Path) -> str:
    return document.read_text("utf-8")


def anchors(document: Path) -> set[str]:
    """Return the anchors that a page of Markdown gets from its headings, as forges make them."""
    headings = re.findall(r"(?m)^#+ (.+)$", text_of(document))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_pages_and_headings_that_are_there(document):
    places = [
        (document.parent / page if page else document, anchor) for page, anchor in LINK.findall(text_of(document))
    ]

    assert [page for page, _ in places if not page.exists()] == []
    assert [(page.name, anchor) for page, anchor in places if anchor and anchor not in anchors(page)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_a_document_names_are_there(document):
    named = re.findall(r"manage\.py[ \n]+([a-z_]+)", text_of(document))

    assert sorted({*named} - {*get_commands()} - OF_MANAGE) == []


def test_own_commands_are_each_in_a_document():
    own = {name for name, app in get_commands().items() if app.startswith("apps.")}
    named = set(re.findall(r"manage\.py[ \n]+([a-z_]+)", "".join(map(text_of, DOCUMENTS))))

    assert own - named == set()
