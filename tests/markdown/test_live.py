"""A text that streams looks as it will look when it is finished: the page's grammar and the server's are one."""

import json
import random
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import Page, Route, sync_playwright

from apps.markdown.rendering import render_formula, render_markdown
from tests.browser.conftest import FLAGS, find_browser
from tests.markdown.outline import outline
from tests.markdown.table import TEXTS
from tests.markdown.test_rendering import HOSTILE

ADDRESS = "http://page.test/"
PAGE = """<!DOCTYPE html><body hx-headers='{}' data-formulas="/formulas/"><div id="messages"></div>
<script type="module">
import { LiveText } from "/static/x/js/markdown/live_text.js";
import { plainText } from "/static/x/js/markdown/plain_text.js";
Object.assign(window, { LiveText, plainText });
</script>"""
DRAW = """async ([texts, step]) => {
  const roots = texts.map((text) => {
    const root = document.body.appendChild(document.createElement("div"));
    const live = new LiveText(root);
    for (let end = step; step && end < text.length; end += step) live.show(text.slice(0, end));
    live.show(text);
    return root;
  });
  await window.formulasAreDrawn();
  return roots.map((root) => root.innerHTML);
}"""
FIRST_PREFIX_DRAWN_OTHERWISE = """(texts) => texts.filter((text) => {
  const root = document.createElement("div");
  const live = new LiveText(root);
  for (let end = 1; end <= text.length; end++) {
    const anew = document.createElement("div");
    live.show(text.slice(0, end));
    new LiveText(anew).show(text.slice(0, end));
    if (root.innerHTML !== anew.innerHTML) return true;
  }
})"""
ARE_DRAWN = """() => {
  let asked = 0;
  const fetchNow = window.fetch;
  window.fetch = async (...request) => {
    asked += 1;
    const answer = await fetchNow(...request);
    return { ok: answer.ok, json: () => answer.json().finally(() => setTimeout(() => (asked -= 1))) };
  };
  // A request goes out 50 ms after the first formula that it asks for.
  window.formulasAreDrawn = async () => {
    do await new Promise((done) => setTimeout(done, 200)); while (asked > 0);
  };
}"""
PIECES = [
    *"** * _ __ ~~ ` `` ``` ~~~ # ## - * 1. 2) > | $ $$ \\( \\) \\[ \\] \\ [ ] ]( ( ) ![ [a] [^1]".split(),
    *"https:// www. a@b.example http://x.example/a_b?c=(d) <br> <sub> </sub> <u> </u> <b>".split(),
    *"&amp; & < é a b word snake_case 5".split(),
    *"注意 。 \uff1a “ ” 가나 \uff01 😀 م \\| $5 2*3*4 x^2 \\frac{1}{2} . , ! ? : ; ' = + { } th".split(),
    *(
        "\n",
        "\n\n",
        "\n\n\n",
        "    ",
        "  ",
        "\t",
        "```\n",
        "```py\n",
        "```markdown\n",
        "~~~\n",
        "|--|--|\n",
        "---\n",
        "===\n",
    ),
    *("| a | b |\n|---|:-:|\n", "[a]: https://a.example\n", "[^1]: ", "\\begin{align}\n", "\\end{align}", "- [ ] "),
    *("\n- b\n", "\n  - c\n"),
    # White space to Python or to JavaScript alone, or the end of a line to one of them.
    *"\v \f \x1d \x85 \u2028 \u2029 \ufeff \u00a0 \u3000 \u200b".split(" "),
]

Draw = Callable[[list[str], int], list[str]]


def answer(route: Route) -> None:
    url = route.request.url
    if url.endswith("/formulas/"):
        asked = json.loads(parse_qs(route.request.post_data)["formulas"][0])
        html = [render_formula(latex, is_block) for latex, is_block in asked]
        route.fulfill(body=json.dumps({"formulas": html}), content_type="application/json")
    elif url.startswith(f"{ADDRESS}static/"):
        route.fulfill(path=find(re.sub(r".*/static/\w+/", "", url)), content_type="text/javascript")
    elif url == ADDRESS:
        route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")
    else:
        route.abort()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Open a page that has nothing but the page's renderer."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.route("**/*", answer)
        page.goto(ADDRESS)
        page.wait_for_function("() => window.LiveText")
        page.evaluate(ARE_DRAWN)
        yield page
        browser.close()


@pytest.fixture
def draw(page: Page) -> Draw:
    """Return a function that streams texts, so many characters at a time (0 for all), and returns their HTML."""
    return lambda texts, step: page.evaluate(DRAW, [texts, step])


def random_texts(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [
        "".join(chance.choice(PIECES) + chance.choice(["", "", " "]) for _ in range(chance.randint(2, 40)))
        for _ in range(count)
    ]


PLAIN = [
    ("# Towers\n\nThe **Eiffel** _Tower_, `330 m`", "Towers\n\nThe Eiffel Tower, 330 m"),
    ("one\ntwo  \nthree\r\n\r\n---\n\nfour", "one\ntwo\nthree\n\nfour"),
    ("- a\n- b\n  - c\n    d\n- [x] done\n- [ ] open", "- a\n- b\n  - c\n    d\n- [x] done\n- [ ] open"),
    ("3. a\n4. b\n\n   more", "3. a\n4. b\n   more"),
    ("```py\ndef f():\n    return '**'\n```\n\n> said\n> so", "def f():\n    return '**'\n\nsaid\nso"),
    ("| a | **b** |\n|---|---|\n| 1 | [x](https://x.example) |", "a\tb\n1\tx (https://x.example)"),
    ("https://x.example and $E = mc^2$\n\n$$x^2$$", "https://x.example and E = mc^2\n\nx^2"),
    ("1 < 2 & 3 <b>4</b>\ue000", "1 < 2 & 3 <b>4</b>\ufffd"),
    ("", ""),
]


def test_plain_text_has_the_words_without_their_marks(page: Page) -> None:
    found = page.evaluate("(texts) => texts.map(plainText)", [text for text, _ in PLAIN])

    assert found == [plain for _, plain in PLAIN]


def test_every_text_is_made_plain(page: Page) -> None:
    texts = [text.markdown for text in TEXTS] + list(HOSTILE) + random_texts(5, 300)

    assert page.evaluate("(texts) => texts.every((text) => typeof plainText(text) === 'string')", texts)


@pytest.mark.parametrize("step", [0, 1, 7])
def test_streamed_text_looks_as_the_table_says(draw: Draw, step: int) -> None:
    drawn = draw([text.markdown for text in TEXTS], step)

    assert [(text.markdown, outline(html)) for text, html in zip(TEXTS, drawn, strict=True)] == [
        (text.markdown, text.outline) for text in TEXTS
    ]


def test_every_prefix_is_drawn_as_if_it_had_come_at_once(page: Page) -> None:
    texts = [text.markdown for text in TEXTS] + random_texts(1, 30)

    assert page.evaluate(FIRST_PREFIX_DRAWN_OTHERWISE, texts) == []


@pytest.mark.parametrize("seed", [2, 3])
def test_random_text_is_drawn_as_the_server_draws_it(draw: Draw, seed: int) -> None:
    texts = random_texts(seed, 150)

    drawn = draw(texts, seed)

    for text, html in zip(texts, drawn, strict=True):
        assert (text, outline(html)) == (text, outline(render_markdown(text)))


def test_hostile_text_stays_text_while_it_streams(page: Page, draw: Draw) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    drawn = draw(HOSTILE, 1)

    for text, html in zip(HOSTILE, drawn, strict=True):
        assert (text, outline(html)) == (text, outline(render_markdown(text)))
    links = page.evaluate("() => [...document.querySelectorAll('a')].map((a) => [a.protocol, a.rel, a.target])")
    assert {tuple(link) for link in links} <= {("https:", "noopener noreferrer nofollow", "_blank")} | {
        (scheme, "noopener noreferrer nofollow", "_blank") for scheme in ("http:", "mailto:")
    }
    assert {url for url in requested if not url.endswith("/formulas/")} == set()


def test_selected_words_stay_selected_while_a_text_grows(page: Page) -> None:
    text = "- one\n- two **bold** words\n- three"

    selected = page.evaluate(
        """(text) => {
          const root = document.body.appendChild(document.createElement("div"));
          const live = new LiveText(root);
          live.show(text);
          getSelection().selectAllChildren(root.querySelector("strong"));
          for (const more of [" and", " more\\n", "- four\\n\\n", "end"]) live.show((text += more));
          return [getSelection().toString(), root.querySelectorAll("li").length];
        }""",
        text,
    )

    assert selected == ["bold", 4]
