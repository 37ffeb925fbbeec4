"""Very long answers: their page carries the beginning of each, the exports all of it."""

from django.test import Client
from django.utils.html import escape

from apps.fusion.tools import ToolCall
from apps.markdown.rendering import MAX_CHARACTERS
from tests.factories import make_run
from tests.web.run_factories import make_call


def test_page_carries_the_beginning_of_long_texts_and_exports_all(as_alice: Client, alice, local) -> None:
    run, text = make_run(alice), "<b>word & word</b> " * 50_000
    for slot in "ABCD":
        make_call(run, slot=slot, text=text, reasoning=text, html=f"<pre>{text}</pre>")

    page = as_alice.get(f"/runs/{run.public_id}/").content.decode()

    assert len(page) < 4 * 6 * MAX_CHARACTERS + 200_000
    assert page.count(f"The first 100,000 of its {len(text):,} characters are shown.") == 4
    assert page.count(f"[Cut here; the exports hold all {len(text):,} characters.]") == 8
    assert as_alice.get(f"/runs/{run.public_id}/export.md").content.decode().count(text.strip()) == 4


def test_page_carries_texts_of_usual_length_whole(as_alice: Client, alice, local) -> None:
    run, text = make_run(alice), "word " * 10_000
    make_call(run, text=text, html="<p>stored</p>")

    page = as_alice.get(f"/runs/{run.public_id}/").content.decode()

    assert text in page
    assert "<p>stored</p>" in page
    assert "Cut here" not in page


def test_arguments_of_a_tool_that_are_nested_too_deep_are_shown_as_they_came(as_alice: Client, alice, local) -> None:
    run, deep = make_run(alice), '{"a":' * 5_000 + "1" + "}" * 5_000
    make_call(run, slot="A", text="Wait.", tool_calls=(ToolCall(id="1", name="weather", arguments=deep),))

    page = as_alice.get(f"/runs/{run.public_id}/").content.decode()

    assert escape(deep) in page
