"""Style of a text that grows: that of what came is computed, never again that of the page around it."""

import json

import pytest

from tests.factories import make_local_preset
from tests.web.run_factories import ANSWERS, make_finished_run

BLOCKS = {
    "paragraph": "<p>Words and <em>words</em> with <code>code</code>.</p>",
    "list": "<ul><li>One</li><li><p>Two</p></li><li><span class='task'></span>Three</li></ul>",
    "table": f"<table><tr>{'<th>A</th>' * 8}</tr><tr>{'<td>1</td>' * 8}</tr></table>",
    "link": "<p><a href='https://example.org'>A page</a></p>",
    "heading": "<h4 class='level-2'>Section</h4>",
    "code": "<div class='code'><div class='bar'><button class='btn'>Copy</button></div><pre><code>x</code></pre></div>",
    "formula": "<span class='math'><math><mi>E</mi><mo>=</mo><mi>m</mi></math></span>",
}
APPEND = """(html) => {
  const text = document.querySelector("#slot-A .text");
  text.insertAdjacentHTML("beforeend", html);
  getComputedStyle(text.lastElementChild).color;
  return text.lastElementChild.querySelectorAll("*").length + 1;
}"""


@pytest.mark.parametrize("count", [1, 8])
def test_new_block_of_a_column_is_styled_alone(bench, open_page, count):
    make_local_preset()
    answers = dict(zip("ABCDEFGH"[:count], [*ANSWERS.values()] * 3, strict=False))
    page = open_page(make_finished_run(bench.owner, answers).get_absolute_url())

    beside = {name: styled_beside(page, html) for name, html in BLOCKS.items()}

    assert max(beside.values()) <= 30, beside  # a few around it, of some hundreds


def styled_beside(page, html):
    """Return how many elements the browser styles besides those of a block that comes."""
    page.evaluate(APPEND, html)  # whatever there was still to do
    page.context.browser.start_tracing(page=page, categories=["devtools.timeline", "blink"])
    fresh = page.evaluate(APPEND, html)
    trace = json.loads(page.context.browser.stop_tracing())
    styled = [event["args"] for event in trace["traceEvents"] if event["name"] == "UpdateLayoutTree"]
    assert styled, "the browser told of no style"
    return sum(one.get("elementCount", 0) for one in styled) - fresh
