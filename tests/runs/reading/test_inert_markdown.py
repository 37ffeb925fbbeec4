"""A foreign text in an exported document keeps its words, fetches nothing, runs nothing and ends."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from apps.fusion.values import Message
from apps.fusion.vocabulary import Role
from apps.runs.models import CallOutput
from apps.runs.reading.export import export_markdown
from apps.runs.reading.inert_markdown import Foreign, document_of, inert
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import make_local_models, make_user
from tests.web.run_factories import make_finished_run

VIEWER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""The most credulous reader of Markdown: it runs what is HTML and fetches what is an image."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![a cat](https://x.example/c.png)", "[a cat](https://x.example/c.png)"),
        ("![](https://x.example/c.png)", "[image](https://x.example/c.png)"),
        ("wow!![x][1]", "wow\\![x][1]"),
        ("<img src=x onerror=alert(1)> `<b>` 3 < 4", "\\<img src=x onerror=alert(1)> `<b>` 3 < 4"),
        ("<!-- open", "\\<!-- open"),
        ("a `b\nc` <i>", "a `b\nc` \\<i>"),
        ("\\\\<b> \\<b>", "\\\\\\<b> \\<b>"),
        ("| `a | <img src=x> | b` |\n|---|---|---|", "| `a | \\<img src=x> | b` |\n|---|---|---|"),
        ("```html\n<b>", "```html\n<b>\n```"),
        ("````\n```\n", "````\n```\n````"),
        ("- ~~~\n  x", "- ~~~\n  x\n  ~~~"),
        ("```\nx\n```", "```\nx\n```"),
        ("```\n    ", "````text\n```\n    \n````"),
        ("~~~\n ", "```text\n~~~\n \n```"),
        ("    <b>indented code", "    <b>indented code"),
        ("# A\n\n## B", "### A\n\n#### B"),
        ("##### A\n\n###### B", "##### A\n\n###### B"),
        ("# A\n\n###### B", "### A\n\n###### B"),
        ("A\nb\n===\nc\n---", "### A b\n#### c"),
        ("> # A\n\n- ## B", "> ### A\n\n- #### B"),
        ("`# no` heading\n\n\\# none", "`# no` heading\n\n\\# none"),
        ("Sum:\n$$\na + b", "Sum:\n$$\na + b\n$$"),
        ("$$a$$ and $$b$$", "$$a$$ and $$b$$"),
        ("one\r\ntwo\u2028# three", "one\ntwo\n### three"),
    ],
)
def test_inert_changes_what_it_must_and_no_more(text, expected):
    assert inert(text, 2) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("High[^1].\n\n[^1]: By a survey.", "High[^3-1].\n\n[^3-1]: By a survey."),
        ("High[^1].\n\n[^1]: https://x.example", "High[^3-1].\n\n[^3-1]: https://x.example"),
        ("[^a] [^B]\n\n[^A]: One.\n[^b]: two", "[^3-a] [^3-B]\n\n[^3-A]: One.\n[^3-b]: two"),
        ("- x[^1]\n\n> [^1]: y", "- x[^3-1]\n\n> [^3-1]: y"),
        ("| a[^1] | `b[^1]` |\n|---|---|\n\n[^1]: y", "| a[^3-1] | `b[^1]` |\n|---|---|\n\n[^3-1]: y"),
        ("\\[^1] `[^1]`[^1][^2]\n\n[^1]: y", "\\[^1] `[^1]`[^3-1][^2]\n\n[^3-1]: y"),
        ("x[^1]\n\n```\n[^1]: y\n```", "x[^1]\n\n```\n[^1]: y\n```"),
        ("x[^1][^3-1]\n\n[^1]: y\n[^3-1]: z", "x[^3-1][^3-3-1]\n\n[^3-1]: y\n[^3-3-1]: z"),
    ],
)
def test_footnotes_have_labels_of_their_own(text, expected):
    assert inert(text, 2, "3-") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a page][1]\n\n[1]: /x", "[a page][3-1]\n\n[3-1]: /x"),
        ("[Foo  bar] [foo bar][]\n\n[FOO bar]: /x", "[Foo  bar][3-Foo  bar] [foo bar][3-foo bar]\n\n[3-FOO bar]: /x"),
        ("As [1] and [2] say.\n\n[1]: /x", "As [1][3-1] and [2] say.\n\n[3-1]: /x"),
        ("[1](/y) `[1]` \\[1]\n\n[1]: /x", "[1](/y) `[1]` \\[1]\n\n[3-1]: /x"),
        ("![cat][1]\n\n[1]: /x\n[1]: /y", "[cat][3-1]\n\n[3-1]: /x\n[3-1]: /y"),
        ("> - [a][b]\n>\n>   [b]: /x", "> - [a][3-b]\n>\n>   [3-b]: /x"),
        ("```\n[1]: /x\n```\n[1]", "```\n[1]: /x\n```\n[1]"),
    ],
)
def test_link_definitions_have_labels_of_their_own(text, expected):
    assert inert(text, 2, "3-") == expected


def test_links_of_two_texts_with_the_same_label_lead_where_each_says():
    texts = ["See [the study][1].\n\n[1]: https://a.example", "See [1].\n\n[1]: https://b.example", "None has [1]."]
    html = VIEWER.render(document_of(Foreign(text, 2) for text in texts))
    assert '<a href="https://a.example">the study</a>' in html
    assert '<a href="https://b.example">1</a>' in html
    assert "None has [1]." in html


BLOCKS = [
    "# ",
    "## ",
    "===",
    "---",
    "> ",
    "- ",
    "1. ",
    "```",
    "~~~",
    "````",
    "\n",
    "\n\n",
    "    ",
    "\t",
    "\r\n",
    "\u2028",
]
TAGS = [
    "<b>",
    "</div>",
    "<div>",
    "<script>",
    "<!--",
    "-->",
    "<?x",
    "<![CDATA[",
    "<a href=x>",
    "&lt;",
    "<https://e.example>",
]
WORDS = [
    "![",
    "[",
    "](https://e.example/x)",
    "][1]",
    "![x](y)",
    "\\",
    "\\\\",
    "!",
    "$$",
    "**",
    "word",
    "`",
    "``",
    "|",
    " | ",
]
TABLES = ["[^1]", "[^1]: ", "|", " | ", "\u2028", "| a | b |\n|---|---|\n", "[1]: https://e.example/y\n"]
PIECES = st.sampled_from([*BLOCKS, *TAGS, *WORDS, *TABLES])


@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join), st.integers(1, 3))
def test_inert_text_fetches_and_runs_nothing_and_ends(text, level):
    tokens = VIEWER.parse(f"{inert(text, level, '2-')}\n\n# after")

    inside = [child for token in tokens for child in token.children or []]
    assert not [token for token in [*tokens, *inside] if token.type in ("html_block", "html_inline", "image")]
    assert not [token for token in tokens[:-3] if token.type == "heading_open" and int(token.tag[1]) <= level]
    assert [token.level for token in tokens[-3:]] == [0, 1, 0]
    assert tokens[-2].content == "after"


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs"]) | st.sampled_from(".,:;'\"()?%&"), max_size=200))
def test_inert_leaves_plain_words(text):
    assert inert(f"x{text}", 2).split() == f"x{text}".split()


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "![",
        "`",
        "<",
        "`a``b```",
        "> ",
        "- ",
        "|",
        "*a ",
        "# x\n",
        "a\n==\n",
        "![a\n\n",
        "[^1]:",
        "[^1]: x\n",
        "> -",
    ],
)
def test_inert_takes_little_time_with_hostile_texts(text):
    started = time.process_time()

    inert(text * (100_000 // len(text)), 2, "2-")

    assert time.process_time() - started < 15


HOSTILE = "# Mine\n\n<img src=https://evil.example/1> ![x](https://evil.example/2)\n\n```python\nprint('cut"


def test_export_of_hostile_texts_keeps_its_own_sections(db):
    make_local_models()
    run = make_finished_run(make_user("alice"), {"A": HOSTILE, "B": "## Bill", "C": "| a |\n|---|\n| <b> |"})
    CallOutput.objects.filter(call__run=run, call__role=Role.PANEL).update(reasoning="Hm.")
    snapshot = take_snapshot(run).model_copy(
        update={"messages": (Message(role="user", text=HOSTILE, images=("data:image/png;base64,AA==",) * 2),)}
    )

    document = export_markdown(snapshot)

    tokens = VIEWER.parse(document)
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    sections = [
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"
    ]
    inside = [child.type for token in tokens for child in token.children or []]
    assert sections == ["Prompt", "Answer", "Agreement", "Panel", "Bill"]
    assert headings.count("Mine") == 2
    assert {"image", "html_inline"}.isdisjoint(inside)
    assert "html_block" not in {token.type for token in tokens}
    assert "*Not in this file: the pictures of this turn, 2. The JSON export has them.*" in document
    assert document.count("*Not in this file: the reasoning, 3 characters. The JSON export has it.*") == 3
