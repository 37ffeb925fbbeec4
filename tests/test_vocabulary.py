"""The words in the documents, the database and the browser are those of the enums."""

import re

import pytest

from apps.fusion.events import EVENTS
from apps.fusion.strategies import STRATEGIES
from apps.fusion.vocabulary import Role
from tests.documents import DOCS, ENUMS, PAGES

PAGE = (DOCS / "vocabulary.md").read_text()


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_page_lists_the_words_of_each_enum(enum):
    row = re.search(rf"^\| {enum.__name__} \| (.*) \|$", PAGE, re.MULTILINE)

    assert row is not None
    assert row[1].split(", ") == [str(word) for word in enum]


def test_page_lists_every_event():
    types = [event.model_fields["type"].default for event in EVENTS]

    assert ", ".join(f"`{name}`" for name in types) in PAGE


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_as_the_code_has_it(name):
    page = (DOCS / name).read_text()

    assert page == PAGES[name](page), "`make docs` writes what is new."


def test_each_strategy_that_is_replayed_says_how():
    rows = (DOCS / "strategies.md").read_text().partition("| in a replay |")[2].partition("\n\n")[0]

    assert [name for name, one in STRATEGIES.items() if one.is_replayed and f"`{name}`" not in rows] == []


def test_browser_knows_where_each_role_is_shown():
    known = re.findall(r"^  (\w+): \[", (DOCS.parent / "static" / "js" / "run" / "roles.js").read_text(), re.MULTILINE)

    assert {"panel", *known} == set(Role)
