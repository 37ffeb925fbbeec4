"""Sentences without a source: a mark counts for the sentence that it stands in or behind, if its words are there."""

import pytest

from apps.fusion.citations import check_citations
from apps.fusion.comparing.sourced import sentences_with_sources

SOURCES = {1: "Pears keep for three weeks. Apples keep for five months.", 2: "Quinces are cooked."}


@pytest.mark.parametrize(
    "text, count, without",
    [
        ('They keep [1: "three weeks"]. They are green.', 2, ["They are green."]),
        ('They keep. [1: "three weeks"] They are green.', 2, ["They are green."]),
        ('They keep [1: "for three weeks. Apples"] long. So.', 2, ["So."]),
        ('They keep [1: "ten years"]. Quinces are cooked [2].', 2, ["They keep"]),
        ('They keep [1: "ten years"][1: "three weeks"].', 1, []),
        ('They keep [9: "three weeks"].', 1, ["They keep"]),
        ('Do they? [1: "three weeks"]', 0, []),
        ('- Pears [1: "three weeks"]\n- Plums\n\nCode:\n\n```\nx = 1.\n```', 3, ["Plums", "Code:"]),
        ('They are green.\n\n[1: "three weeks"]', 1, ["They are green."]),
        ("", 0, []),
    ],
)
def test_sentence_has_a_source_if_a_mark_of_it_is_found(text: str, count: int, without: list[str]) -> None:
    cited = check_citations(text, SOURCES)

    spans, sound = [(c.start, c.end) for c in cited], [(c.start, c.end) for c in cited if c.found]
    found = sentences_with_sources(text, spans, sound)

    assert found.count == count
    assert [text[start:end].partition(" [")[0] for start, end in found.without] == without
