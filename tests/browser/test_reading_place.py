"""A word that is being read stays where it is, whatever arrives: in both layouts, on three widths, in five manners."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.runs import actions
from tests.browser.conftest import ARTIFACTS, PHONE, WIDE
from tests.browser.steps import column, let_all_rest, let_rest

MOST_PX = 2
ENOUGH_FRAMES = 10
LAPTOP = {"width": 1024, "height": 768}
WATCH = Path(__file__).with_name("word_watch.js").read_text()


def long_text(letter, parts=7):
    """Return Markdown with every kind of block; each of its words `<letter>…` with a number is there once."""
    parts = [
        f"## Part {letter}h{n}\n\n"
        f"The tower is 330 metres tall, word {letter}a{n} says, and it was **finished in 1889** for a fair in Paris,\n"
        f"where {letter}b{n} stands in a second line.\n\n"
        f"- one point {letter}c{n} with `code`\n- [x] another {letter}d{n}\n\n"
        f"```python\nvalue_{letter}e{n} = 1\nfor n in range(3):\n    print(n)  # a comment\n```\n\n"
        f"| year | event |\n|---|---:|\n| 1889 | {letter}f{n} |\n| 1909 | stays |\n\n"
        f"$$\\frac{{{n}}}{{2}} = x^2$$\n\nAnd $E = mc^2$ holds, as {letter}g{n} adds at the end.\n\n"
        for n in range(10, 10 + parts)
    ]
    return "".join(parts)


QUOTE = "it was finished in 1889"
FOUND = {
    "consensus": [
        {"point": f"Point Q{n} is shared.", "support": [{"answer": a, "quote": QUOTE} for a in "ABC"]}
        for n in range(10, 14)
    ],
    "contradictions": [
        {
            "topic": f"Topic T{n}",
            "stances": [
                {"stance": "330 m", "support": [{"answer": "A", "quote": QUOTE}, {"answer": "B", "quote": QUOTE}]},
                {"stance": "300 m", "support": [{"answer": "C", "quote": ""}]},
            ],
        }
        for n in range(10, 13)
    ],
    "partial_coverage": [],
    "unique_insights": [{"answer": "A", "insight": f"Insight U{n}.", "quote": QUOTE} for n in range(10, 13)],
    "blind_spots": [f"Nothing on Z{n}." for n in range(10, 13)],
    "assessments": [
        {"answer": a, "criterion": c, "score": 3, "reason": f"Reason {a}{c[0]}.", "quote": ""}
        for a in "ABC"
        for c in ("accuracy", "clarity")
    ],
}


def last_word(text, gate):
    """Return the last word with a number that comes before the gate."""
    return re.findall(r"[A-Z][a-z]\d\d", " ".join(text.split()[:gate]))[-1]


TEXTS = {name: long_text(name) for name in "BC"} | {"A": long_text("A", parts=1)[:-60]}
ANSWER = long_text("W", 6)
GATES = {"A": 55, "B": 300, "C": 300}
LAST_BEFORE_GATE = {name: last_word(text, GATES[name]) for name, text in TEXTS.items()}

READERS = {
    "columns": {
        "1440 columns first, pointed at": (WIDE, "B", "pointed"),
        "1024 columns first, focused": (LAPTOP, "B", "focused"),
        "390 columns first, scrolled to": (PHONE, "A", "scrolled"),
    },
    "answer": {
        "1440 answer first, untouched": (WIDE, "A", "untouched"),
        "1024 answer first, selected": (LAPTOP, "B", "selected"),
        "390 answer first, untouched": (PHONE, "A", "untouched"),
    },
}
"""By layout: width, the column that is read and how; what one reads on an untouched page is what is in sight."""

IN_SIGHT = r"""(selector) => {
  const words = [...document.querySelectorAll(selector)]
    .flatMap((one) => one.textContent.match(/\b[A-Z][a-z]?\d\d\b/g) ?? []);
  const far = (box) => Math.abs(box.top - innerHeight * 0.32);
  const isSeen = (box) => {
    const at = document.elementFromPoint(box.left + 2, box.top + box.height / 2);
    return box.left >= 0 && box.right <= innerWidth && at?.closest(selector);
  };
  const boxes = words.map((word) => [word, wordBox(selector, word)]).filter(([, box]) => box && isSeen(box));
  return boxes.sort(([, one], [, other]) => far(one) - far(other))[0]?.[0] ?? null;
}"""
SHOW = """([selector, word]) => {
  const { top } = wordBox(selector, word);
  window.scrollBy({ top: top - innerHeight * 0.32, behavior: "instant" });
}"""
STOP_IN_SIGHT = r"""(selector) => {
  const far = (stop) => Math.abs(stop.getBoundingClientRect().top - innerHeight * 0.32);
  const isSeen = (stop) => {
    const { left, top, width, height } = stop.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 2) === stop;
  };
  const stops = [...document.querySelectorAll(`${selector} :is(button, a[href])`)].filter(isSeen);
  stops.sort((one, other) => far(one) - far(other))[0].focus({ preventScroll: true });
}"""
AT_FOCUS = r"""(selector) => {
  const around = document.activeElement?.closest(`${selector} :is(.code, li, p)`);
  const shown = around?.querySelector("pre") ?? around;
  return shown?.textContent.match(/\b(value_)?[A-Z][a-z]?\d\d\b/)?.[0] ?? null;
}"""
"""Returns the word that belongs to what has the focus: the first line of code, of a finding or of a paragraph."""
OPEN_QUOTES = """() => {
  for (const details of document.querySelectorAll("#agreement details")) details.open = true;
  for (const quote of [...document.querySelectorAll("#agreement button.quote")].slice(0, 3)) quote.click();
}"""


class Reader:
    """A page on which one reads: it says how far the word moves that is read."""

    def __init__(self, page, slot, manner):
        self.page, self.slot, self.manner = page, slot, manner
        self.word = ""

    def begin(self):
        """Read in the middle of the text that is there so far."""
        selector = f"#slot-{self.slot} .text"
        body = column(self.page, self.slot).locator(".body")
        expect(body).to_contain_text(LAST_BEFORE_GATE[self.slot], timeout=60_000)
        # A formula is wider than its source, which the server draws: nothing holds the words beside it in their line.
        expect(body.locator("code.math")).to_have_count(0, timeout=60_000)
        if self.manner == "scrolled":
            self.show(selector, LAST_BEFORE_GATE[self.slot])
        elif self.manner != "untouched":
            body.evaluate("(body) => { body.scrollTop = 200; }")
            let_rest(self.page, 500)  # the scrolling rests
            self.touch(selector)

    def touch(self, selector):
        word = self.wait_for_word(selector)
        if self.manner == "focused":
            self.page.evaluate(STOP_IN_SIGHT, selector)
            self.page.keyboard.press("Tab")  # on to the next stop, as somebody does who has no mouse
            self.page.wait_for_function(AT_FOCUS, arg=selector)
        box = self.page.evaluate("([selector, word]) => wordBox(selector, word)", [selector, word])
        if self.manner == "pointed":
            self.page.mouse.move(box["x"] + 5, box["y"] + 5)
        elif self.manner == "selected":
            self.page.mouse.dblclick(box["x"] + 5, box["y"] + 5)
            self.page.mouse.move(2, 2)
        let_rest(self.page, 300)  # until the page has noticed

    def wait_for_word(self, selector):
        return self.page.wait_for_function(IN_SIGHT, arg=selector).json_value()

    def show(self, selector, word):
        self.page.evaluate(SHOW, [selector, word])
        let_rest(self.page, 500)
        self.touch(selector)

    def watch(self, selector):
        selector = selector.format(slot=self.slot)
        # Only the first time must it be waited for: what was read stays in sight, or may be covered for a moment.
        find = AT_FOCUS if self.manner == "focused" else IN_SIGHT
        self.word = self.page.evaluate(find, selector) or self.word or self.wait_for_word(selector)
        self.page.evaluate("([selector, word]) => watchWord('word', selector, word)", [selector, self.word])

    def moved(self):
        """Return by how many px the word has moved at most; it must have been seen in some frames."""
        moves = self.page.evaluate("() => movesOf('word')")
        assert moves["frames"] >= ENOUGH_FRAMES, (self.word, moves)
        return max(moves["x"], moves["y"])


@pytest.fixture
def run(bench):
    for name, text in TEXTS.items():
        bench.model(f"col-{name}", text=text, gate_after=GATES[name])
    bench.model("col-D", text=TEXTS["A"], gate_after=20)
    judge = bench.model("judge", text=json.dumps(FOUND), gate_after=0)
    writer = bench.model("writer", text=ANSWER, gate_after=[0, 45, 330, 400, 450], delay_s=0.002)
    return bench.start(*(bench.model(f"col-{name}") for name in "ABCD"), judge=judge, writer=writer)


@pytest.fixture
def readers(open_page, run, layout):
    opened = {}
    for name, (viewport, slot, manner) in READERS[layout].items():
        page = open_page("about:blank", viewport=viewport, own=True)
        page.context.add_cookies([{"name": "layout", "value": layout, "url": open_page.url}])
        page.add_init_script(WATCH)
        page.goto(run.get_absolute_url(), timeout=60_000)
        opened[name] = Reader(page, slot, manner)
    for reader in opened.values():
        reader.begin()
    return opened


HAS = "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)"
"""Is asked in each frame, not up to a second late: frames are what a word that is watched costs."""


def has(selector, text):
    """Return a condition on a page: that a part of it contains a text."""
    return lambda page: page.wait_for_function(HAS, arg=[selector, text], timeout=60_000)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("layout", list(READERS))
def test_word_that_is_read_stays_in_place(readers, bench, run, layout):
    moved = {}
    release = bench.upstream.release

    def situation(name, selector, act, *conditions):
        for reader in readers.values():
            reader.watch(selector)
        act()
        for reader in readers.values():
            for holds in conditions:
                holds(reader.page)
        let_all_rest([reader.page for reader in readers.values()], 700)  # what is yet to come of it
        for reader in readers.values():
            reader.page.wait_for_function("(enough) => framesOf('word') >= enough", arg=ENOUGH_FRAMES)
        moved.update({(name, who): reader.moved() for who, reader in readers.items()})

    read = "#slot-{slot} .text"
    situation(
        "another is stopped, as a notice says",
        read,
        lambda: actions.cancel_call(run.calls.get(slot="D")),
        has("#slot-D .notice", "Stopped"),
    )
    situation("another finishes", read, lambda: release("col-C"), has("#slot-C header .word", "done"))
    situation(
        "it finishes",
        read,
        lambda: [release("col-A"), release("col-B")],
        *(has(f"#slot-{slot} header .word", "done") for slot in "AB"),
    )
    situation("agreement comes", read, lambda: release("judge"), has("#agreement", "Point Q11"))
    situation("answer begins", read, lambda: release("writer"), has("#answer", last_word(ANSWER, 45)))
    situation("it is read, answer grows", read, lambda: release("writer"), has("#answer", last_word(ANSWER, 330)))
    for reader in readers.values():
        reader.show("#agreement .agree", "Q11")
    situation(
        "agreement read, answer grows",
        "#agreement .agree",
        lambda: release("writer"),
        has("#answer", last_word(ANSWER, 400)),
    )
    for reader in readers.values():
        reader.show("#answer .text", "Wc11")
    situation(
        "answer read, quotes opened", "#answer .text", lambda: [r.page.evaluate(OPEN_QUOTES) for r in readers.values()]
    )
    situation(
        "answer read, it grows", "#answer .text", lambda: release("writer"), has("#answer", last_word(ANSWER, 450))
    )
    situation(
        "answer read, it finishes", "#answer .text", lambda: release("writer"), has("#answer > header", "written by")
    )

    table = "".join(f"{px:6.1f} px  {who:32} {what}\n" for (what, who), px in moved.items())
    (ARTIFACTS / f"reading-place-{layout}.txt").write_text(table)
    assert {one: px for one, px in moved.items() if px > MOST_PX} == {}
