"""Model output as HTML: what is drawn, and what never gets through."""

import re
import time
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from apps.fusion.comparing.passages import Passage
from apps.fusion.comparing.provenance import Origin, Side
from apps.markdown.colours import HUES
from apps.markdown.rendering import MAX_CHARACTERS, render_answer, render_markdown
from tests.markdown.outline import outline
from tests.markdown.table import TEXTS, Text

OUT = 'target="_blank" rel="noopener noreferrer nofollow"'
DANGEROUS_TAGS = {
    "script",
    "img",
    "iframe",
    "object",
    "embed",
    "svg",
    "style",
    "link",
    "form",
    "input",
    "video",
    "base",
}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "[a](javascript:alert(1))",
    "[a](  JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '![a](https://evil.example/x.png "onerror=alert(1)")',
    '[a](https://b.example "\\" onmouseover=alert(1) x=\\"")',
    '```"><script>alert(1)</script>\nx\n```',
    "```js onload=alert(1)\nx\n```",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<script>alert(1)</script>}$",
    "$$\n<img src=x onerror=alert(1)>\n$$",
    "[a]: javascript:alert(1)\n\n[a]",
    "| <script>x</script> |\n|--|\n| <img src=x> |",
    "<a href='https://x.example' style='position:fixed' onclick=alert(1)>x</a>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
    "[a](https://x.example/\ue0000\ue001)",
]


class Reader(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "markdown, html",
    [
        ("**bold** and ~~gone~~", "<p><strong>bold</strong> and <s>gone</s></p>\n"),
        (
            "![alt](https://evil.example/x.png)",
            '<p><span class="image">image: alt (https://evil.example/x.png)</span></p>\n',
        ),
        (
            "[docs](https://a.example/b)",
            '<p><a href="https://a.example/b" target="_blank" rel="noopener noreferrer nofollow">docs</a></p>\n',
        ),
        (
            "me@b.example",
            f'<p><a href="mailto:me@b.example" {OUT}>me@b.example</a></p>\n',
        ),
        ("[home](/logout/)", "<p>[home](/logout/)</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("costs $5 and $6", "<p>costs $5 and $6</p>\n"),
        ("a\0b", "<p>a\ufffdb</p>\n"),
        ("\ue0000\ue001", "<p>\ufffd0\ufffd</p>\n"),
    ],
)
def test_markdown_becomes_html(markdown: str, html: str):
    assert render_markdown(markdown) == html


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.group}-{text.markdown[:20]!a}")
def test_text_of_the_table_is_drawn_right(text: Text) -> None:
    assert outline(render_markdown(text.markdown)) == text.outline


def test_table_has_every_group_of_texts() -> None:
    assert len(TEXTS) >= 110


@pytest.mark.parametrize(
    "markdown, element",
    [
        ("$x^2$", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\(x^2\)", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("$$\nx^2\n$$", '<math display="block">'),
        ("\\[\nx^2\n\\]", '<math display="block">'),
        (r"$\nosuchcommand{x}$", r'<code class="math">\nosuchcommand{x}</code>'),
        ("```python\nx = 1\n```", '<pre tabindex="0" data-language="python"><code>x = <span class="mi">1</span>'),
        ("```nosuch\na<b\n```", '<pre tabindex="0" data-language="nosuch"><code>a&lt;b\n</code></pre>'),
        ("|a|b|\n|--|--:|\n|1|2|", '<td data-align="right">2</td>'),
    ],
)
def test_formula_code_or_table_is_drawn(markdown: str, element: str):
    assert element in render_markdown(markdown)


def test_code_has_elements_for_what_is_coloured_only():
    html = render_markdown('```python\ndef f(n):\n    return "a" + n\n```')

    assert [attributes["class"] for tag, attributes in Reader(html).tags if tag == "span"] == ["k", "nf", "k", "s2"]


def test_classes_of_code_are_those_of_the_style_sheet():
    rules = (Path(__file__).parents[2] / "static/css/parts/code.css").read_text().split(".prose pre {")[1]

    assert set(re.findall(r"\.([a-z]+\d?)\b", rules)) == HUES


def test_headings_go_below_those_of_the_page_and_skip_none():
    tags = [tag for tag, _ in Reader(render_markdown("### a\n\n# b\n\n###### c")).tags]

    assert tags == ["h4", "h4", "h5"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str):
    for html in (render_markdown(text), render_answer(text, [Passage(start=0, end=len(text) // 2, slots=("A",))])):
        tags = Reader(html).tags
        hrefs = [attributes["href"] for _, attributes in tags if "href" in attributes]

        assert {tag for tag, _ in tags} & DANGEROUS_TAGS == set()
        assert [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"] == []
        assert [href for href in hrefs if not re.match("https?://|mailto:|#slot-A$", href or "")] == []


@pytest.mark.parametrize(
    "piece", ["[", "![", "**", "`", "> ", "- ", "$", "\\[\n", "http://", "a@", "| a ", "<", "{", "$$a\n"]
)
def test_hostile_repetition_takes_bounded_time(piece: str):
    text = (piece * 20_000)[:20_000]

    started = time.process_time()
    render_markdown(text)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", ["a" * 1_000_000, "[" * (MAX_CHARACTERS + 1)])
def test_beginning_of_a_too_long_text_is_shown_as_it_came(text: str):
    html = render_markdown(text)

    note = f"The first {MAX_CHARACTERS:,} of its {len(text):,} characters are shown."
    assert html.startswith(f'<p class="note">This text is too long to be formatted. {note}</p><pre')
    assert re.findall(r"<pre[^>]*>(.*)</pre>", html) == [text[:MAX_CHARACTERS]]


def test_answer_has_a_chip_per_supporter_behind_each_passage():
    text = "**It is 330 m high.** Maybe."

    supported = Passage(start=0, end=21, slots=("A", "C"), sentences=('It is "330" m.', "<330 m>"))
    html = render_answer(text, [supported, Passage(start=22, end=28)])

    chips = "".join(
        f'<a class="chip" data-slot="{slot}" data-words="{escape(supported.sentences["AC".index(slot)])}"'
        f' href="#slot-{slot}" aria-label="supported by {slot}"'
        f' rel="noopener noreferrer nofollow">{slot}</a>'
        for slot in "AC"
    )
    assert html == f'<p><strong>It is 330 m high.</strong> <span class="chips">{chips}</span> Maybe.</p>\n'


@pytest.mark.parametrize(
    "text, inside",
    [
        ("```\nx = 1\n```\n", "pre"),
        ("$$\nx\n$$\n", "math"),
        ("`a. b`", "p code"),
        ("| a |\n|--|\n| b |\n", "th"),
    ],
)
def test_chips_never_become_part_of_code_or_formulas(text: str, inside: str):
    passages = [Passage(start=0, end=end, slots=("A",)) for end in range(1, len(text) + 1)]

    html = render_answer(text, passages)

    element = inside.rsplit(maxsplit=1)[-1]
    assert re.findall(rf"<{element}\b[^>]*>(?:(?!</{element}>).)*chips", html, re.DOTALL) == []
    assert "\ue000" not in html


@pytest.mark.parametrize(
    "source",
    [
        '$\\text{</math><a/class="chip"/data-slot="B"/href="#slot-B">B</a>}$',
        "$\\text{</math></span></p><h1>big</h1>}$",
    ],
)
def test_markup_in_a_formula_is_drawn_as_its_words(source: str) -> None:
    html = render_markdown(source)

    assert escape(source[7:-2], quote=False) in html
    assert re.findall(r"<(a|h1)\b", html) == []


@pytest.mark.parametrize(
    "block, most",
    [
        ("```java\n" + "a\tb" * 2_500 + "\n```\n", 20_000),
        ("```lua\n" + "[=[" * 900 + "\n```\n", 20_000),
        ("```scala\n" + '"""' * 900 + "\n```\n", 20_000),
        ("$\\begin{pmatrix}" + r"a&b\\" * 80 + "\\end{pmatrix}$\n\n", 20_000),
    ],
)
def test_many_blocks_take_no_longer_than_a_few(block: str, most: int) -> None:
    few, many = block * max(1, most // len(block)), (block * MAX_CHARACTERS)[:MAX_CHARACTERS]
    render_markdown(block)

    bounded, whole = seconds_for(few), seconds_for(many)

    assert whole < 2 * bounded + 0.5


def seconds_for(text: str) -> float:
    """CPU seconds of the fastest of two renderings."""
    times = []
    for _ in range(2):
        started = time.process_time()
        render_markdown(text)
        times.append(time.process_time() - started)
    return min(times)


def test_code_and_formulas_of_an_ordinary_answer_are_drawn() -> None:
    html = render_markdown("```python\nif x:\n    return 1\n```\n\n$a^2$\n\n" * 100)

    assert html.count('<span class="k">return</span>') == 100
    assert html.count("<math") == 100


def test_code_with_an_endless_line_is_not_coloured() -> None:
    assert '<span class="k">' in render_markdown("```python\nif x: pass\n```")
    assert '<span class="k">' not in render_markdown("```python\nif x: pass" + "; x" * 1_000 + "\n```")
    assert seconds_for("```makefile\n" + "0x1." * 2_000 + "\n```") < 1


@pytest.mark.parametrize("language", ["c", "make", "cpp", "dts", "python"])
def test_code_that_lexers_choke_on_is_bounded(language: str) -> None:
    started = time.process_time()

    render_markdown(f"```{language}\n" + "\n" * 30_000 + "x\n```")
    render_markdown(f"```{language}\n" + "1" * 7_000 + "\n```")

    assert time.process_time() - started < 10


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_code_behind_lines_of_any_ending_has_its_chips_behind_it(end: str):
    text = end.join(["Step 5%", "Step 100%", "```py", "x = 1", "```"])

    html = render_answer(text, [Passage(start=text.index("x ="), end=text.index("x =") + 5, slots=("A",))])

    assert html.index("</pre>") < html.index('class="chip"')
    assert html.count('class="chip"') == 1


def test_remarks_stand_behind_their_passage_and_lead_to_the_contradiction():
    side = Side(finding="contradiction-1", stance='"330 m"', slots=("A", "C"))
    origins = [Origin(start=0, end=4, sides=(side,)), Origin(start=6, end=10, is_added=True)]

    html = render_answer("High\n\nMine", [Passage(start=0, end=4, slots=("A",))], origins)

    assert html.count("added by the writer") == 1
    assert re.sub(r'data-words="[^"]*"|aria-label="[^"]*"|rel="[^"]*"', "", html).replace(" >", ">") == (
        '<p>High <span class="chips"><a class="chip" data-slot="A"  href="#slot-A" >A</a>'
        '<a class="origin" href="#finding-contradiction-1" >sides with A, C</a></span></p>\n'
        '<p>Mine <span class="chips"><span class="origin">added by the writer</span></span></p>\n'
    )


def test_id_of_a_finding_cannot_leave_its_link():
    side = Side(finding='x"><script>alert(1)</script>', stance="", slots=("A",))

    html = render_answer("High", [], [Origin(start=0, end=4, sides=(side,))])

    assert "<script" not in html
    assert "href" not in html


@pytest.mark.parametrize("text", ['{"city": "Paris", "n": 1}', '```json\n{"city": "Paris", "n": 1}\n```'])
def test_each_field_of_json_has_its_own_chips_in_a_block_too(text):
    spans = [(text.index(part), text.index(part) + len(part)) for part in ('"city": "Paris"', '"n": 1')]
    passages = [
        Passage(start=start, end=end, slots=tuple(slots), pointer=pointer)
        for (start, end), slots, pointer in zip(spans, ("AB", ""), ("/city", "/n"), strict=True)
    ]
    origins = [Origin(start=spans[1][0], end=spans[1][1], is_added=True)]

    html = render_answer(text, passages, origins)

    words = re.sub(r"<[^>]+>", "", html).strip()
    assert words == '{"city": "Paris" AB, "n": 1 added by the writer}'.replace(
        '"', "&quot;" if "&quot;" in words else '"'
    )
