"""Foreign words in an exported document stay words: no heading, table cell, link, image or HTML of their own."""

import pytest
from markdown_it import MarkdownIt

from apps.catalogue.models import Model
from apps.runs.reading.export import export_markdown
from apps.runs.reading.inline import inline
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import make_local_models, make_user
from tests.web.run_factories import make_finished_run

HOSTILE = [
    "x\nSet-Cookie: a=b",
    "x\n\n# heading",
    "a|b",
    "a\\|b",
    "<img src=https://evil.example/x>",
    "![x](https://evil.example/x)",
    "[x](https://evil.example/)",
    "`code` and ~~~",
    "a\u2028# b",
]
MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.mark.parametrize("text", HOSTILE)
def test_inline_words_are_read_as_they_are(text: str) -> None:
    tokens = MARKDOWN.parse(f"### A: {inline(text)}")

    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert {child.type for child in tokens[1].children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in tokens[1].children or []) == f"A: {' '.join(text.split())}"


def test_inline_leaves_plain_words() -> None:
    assert inline("SmolLM2 135M (v1.0), gpt_4o: “fast”!") == "SmolLM2 135M (v1.0), gpt_4o: “fast”!"


@pytest.mark.parametrize("label", HOSTILE)
def test_label_of_a_vendor_changes_nothing_of_the_exported_document(db: None, label: str) -> None:
    make_local_models()
    run = make_finished_run(make_user("alice"))
    usual = shape(export_markdown(take_snapshot(run)))

    Model.objects.update(label=label)

    assert shape(export_markdown(take_snapshot(run))) == usual


def shape(document: str) -> list[str]:
    """The blocks of a document, with what stands inside their lines but for the words."""
    tokens = MARKDOWN.parse(document)
    assert not any(token.type == "html_block" for token in tokens)
    children = [child for token in tokens for child in token.children or []]
    return [token.type for token in tokens] + [child.type for child in children if not child.type.startswith("text")]
