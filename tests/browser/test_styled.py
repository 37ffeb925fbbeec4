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
APPEND_EACH = """(blocks) => {
  const text = document.querySelector("#slot-A .text");
  text.classList.add("streaming"); // as one that grows: no block of it waits until it is in sight
  return Object.fromEntries(Object.entries(blocks).map(([name, html]) => {
    text.insertAdjacentHTML("beforeend", html);
    const block = text.lastElementChild;
    getComputedStyle(block).color;
    performance.mark(name);
    return [name, block.querySelectorAll("*").length + 1];
  }));
}"""


@pytest.mark.parametrize("count", [1, 8])
def test_new_block_of_a_column_is_styled_alone(bench, open_page, count):
    make_local_preset()
    answers = dict(zip("ABCDEFGH"[:count], [*ANSWERS.values()] * 3, strict=False))
    page = open_page(make_finished_run(bench.owner, answers).get_absolute_url())
    browser = page.context.browser

    browser.start_tracing(page=page, categories=["devtools.timeline", "blink", "blink.user_timing"])
    fresh = page.evaluate(APPEND_EACH, {"whatever there was still to do": "<p>Words.</p>", **BLOCKS})
    styled = styled_until_marks(json.loads(browser.stop_tracing()), list(fresh))

    assert sum(styled.values()) >= sum(fresh.values()), styled  # some are styled while another is laid out, uncounted
    assert all(styled[name] <= fresh[name] + 30 for name in BLOCKS), styled  # a few around it, of some hundreds


def styled_until_marks(trace, names):
    """Return for each mark how many elements the browser styled between the one before and it."""
    styled = dict.fromkeys(names, 0)
    left = list(names)
    for event in sorted(trace["traceEvents"], key=lambda one: one.get("ts", 0)):
        if left and event["name"] == left[0]:
            left.pop(0)
        elif left and event["name"] == "UpdateLayoutTree":
            styled[left[0]] += event["args"].get("elementCount", 0)
    assert not left, f"no mark of {left}"
    return styled
