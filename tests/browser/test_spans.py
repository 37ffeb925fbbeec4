"""Quotes mark exactly their words in the column, whatever Markdown these are written in."""

import pytest
from playwright.sync_api import expect

from apps.fusion.judging.analysis import Evidence, Finding
from apps.fusion.vocabulary import FindingKind, Role
from tests.browser.steps import IS_MARKED, expect_mark
from tests.calls import change_output
from tests.factories import make_local_preset
from tests.web.run_factories import make_analysis, make_finished_run

ANSWER = """The tower is **330 *metres* high** today, says [the owner](https://owner.example/a_b).

1. It opened in 1889.
2. It has `three` floors.

| part | height |
|------|--------|
| mast | 24 m |

```python
height = 306 + 24
print(height)
```

By Pythagoras \\(a^2 + b^2 = c^2\\) holds, and $$\\frac{x}{2} = y$$ follows. AT&amp;T is 10 km away.
"""
QUOTES = {
    "330 *metres* high** today, says [the owner](https://owner.example/a_b)": "330 metres high today, says the owner",
    "It opened in 1889.\n2. It has `three` floors": "It opened in 1889.\nIt has three floors",
    "mast | 24 m": "mast\n24 m",
    "height = 306 + 24\nprint(height)": "height = 306 + 24\nprint(height",
    "By Pythagoras \\(a^2 + b^2 = c^2\\) holds": "By Pythagoras a2+b2=c2 holds",
    "\\(a^2 + b^2 = c^2\\)": "a2+b2=c2",
    "b^2 = c^2": "b2=c2",
    "$$\\frac{x}{2} = y$$": "x2=y",
    "\\frac{x}{2} = y": "x2=y",
    "holds, and $$\\frac{x}{2} = y$$ follows. AT&amp;T": "holds, and x2=y follows. AT&T",
}


@pytest.fixture
def run(bench):
    """Return a run whose first answer is quoted in every kind of Markdown."""
    make_local_preset()
    answers = {"A": ANSWER, "B": "The tower is high.\n\n" * 30}
    run = make_finished_run(bench.owner, answers)
    evidence = [
        Evidence(slot="A", quote=quote, verified=True, span=(ANSWER.index(quote), ANSWER.index(quote) + len(quote)))
        for quote in QUOTES
    ]
    findings = tuple(
        Finding(id=f"consensus-{number}", kind=FindingKind.CONSENSUS, text=f"Point {number}", evidence=(one,))
        for number, one in enumerate(evidence)
    )
    change_output(run.calls.get(role=Role.JUDGE), analysis=make_analysis(answers, findings=findings))
    return run


def test_hover_marks_the_words_a_press_opens_their_surroundings_and_a_second_goes_there(open_page, run):
    page = open_page(f"{run.get_absolute_url()}?findings=all", reduced_motion="reduce")
    quotes = page.locator("#agreement button.quote")
    expect(quotes).to_have_count(len(QUOTES))

    for at, wanted in enumerate(QUOTES.values()):
        expect_mark(page, quotes.nth(at), wanted)
    page.mouse.move(0, 0)
    page.wait_for_function("() => !CSS.highlights.has('quote')")

    quotes.nth(4).focus()
    page.wait_for_function(IS_MARKED, arg="By Pythagoras a2+b2=c2 holds")
    page.keyboard.press("Enter")
    around = page.locator("#agreement .context:not([hidden])")
    expect(around).to_contain_text("AT&T is 10 km away")
    page.keyboard.press("Enter")
    page.wait_for_function(
        """() => {
          const [range] = [...CSS.highlights.get("quote")];
          const { top, bottom } = range.getBoundingClientRect();
          return top >= 0 && bottom <= innerHeight;
        }"""
    )
