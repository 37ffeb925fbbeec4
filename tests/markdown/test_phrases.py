"""Phrases cut out of Markdown, and formulas whose conversion must be bounded."""

import pytest

from apps.markdown.formulas import MAX_DEPTH
from apps.markdown.inline import render_inline
from apps.markdown.inline_rules import MAX_FORMULA
from apps.markdown.rendering import render_formula
from tests.markdown.test_rendering import DANGEROUS_TAGS, HOSTILE, Reader


@pytest.mark.parametrize(
    "phrase, html",
    [
        ("**Start with…**", "<strong>Start with…</strong>"),
        ("*read* `x` <sub>2</sub>", "<em>read</em> <code>x</code> <sub>2</sub>"),
        ("native partitioning**, and move", "native partitioning, and move"),
        ("- item one\n- item **two**", "item one item <strong>two</strong>"),
        ("| a | `b` |", "a · <code>b</code>"),
        ("## Head\n```py\nx", "Head x"),
        ("[docs](https://x.example) and https://y.example", "docs and https://y.example"),
        ("snake_case 2*3, $5", "snake_case 2*3, $5"),
        (r"\(b\) and \[ c", "<math><mi>b</mi></math> and <math><mi>c</mi></math>"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        (" around ", " around "),
        ("a" * 2_001 + "<", "a" * 2_001 + "&lt;"),
    ],
)
def test_phrase_is_drawn_as_text_without_marks(phrase: str, html: str) -> None:
    assert render_inline(phrase) == html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_phrase_stays_text(text: str) -> None:
    tags = Reader(render_inline(text)).tags

    assert {tag for tag, _ in tags} & {*DANGEROUS_TAGS, "a"} == set()
    assert [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"] == []


def test_formula_is_converted_to_a_depth_and_a_length() -> None:
    def nested(depth: int) -> str:
        return "{" * depth + "x" + "}" * depth

    drawn = [render_formula(latex, False) for latex in (nested(MAX_DEPTH), nested(MAX_DEPTH + 1), "x" * MAX_FORMULA)]
    too_long = render_formula("x" * (MAX_FORMULA + 1), False)

    assert [html.startswith("<math>") for html in (*drawn, too_long)] == [True, False, True, False]
