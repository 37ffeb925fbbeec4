"""Look-ups, sources and citations on the run page, in shares, exports and the snapshot."""

import json
import re
from html import escape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.fusion.citations import check_citations
from apps.fusion.judging.findings import SourceMark
from apps.fusion.lookup_steps import Lookup, LookupSettings, SourceRef
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Role, Status
from apps.markdown.rendering import render_markdown
from apps.runs.models import Call, Citation, Run, Source, ToolUse
from apps.runs.reading.lookups import CitationSnapshot, SourceSnapshot
from apps.web.run.citations import lookup_words, with_citations, with_source_links
from tests.web.run_factories import make_finished_run

SOURCE = "The tower is 330 metres high."
URL = "https://tower.test/height"


def snapshots(text: str) -> list[CitationSnapshot]:
    found = check_citations(text, {1: SOURCE, 2: "Nothing of it."})
    return [CitationSnapshot(**cited.model_dump(exclude={"found"})) for cited in found]


def test_marks_become_chips_that_look_different_when_not_found() -> None:
    text = 'High [1: "330 metres high"]. <b>"Low"</b> [2: "it <is> low"] & `x[1]` [1, 9].'

    html = with_citations(render_markdown(text), snapshots(text))

    chips = re.findall(r'<a class="(cite[^"]*)" href="(#source-\d)"[^>]*>([^<]*)</a>', html)
    assert chips == [
        ("cite", "#source-1", "1"),
        ("cite unfound", "#source-2", "2?"),
        ("cite unfound", "#source-1", "1?"),
        ("cite unfound", "#source-9", "9?"),
    ]
    assert "x[1]" in html
    assert "<is>" not in html
    assert "<script" not in with_citations("<p>[1: &quot;&lt;script&gt;&quot;]</p>", snapshots('[1: "<script>"]'))


FOUND = SourceRef(number=1, url=URL)


@pytest.mark.parametrize(
    "tool, summary, changes, words",
    [
        ("web_search", "a b", {}, "searches “a b” …"),
        ("web_search", "a", {"status": Status.DONE, "sources": (FOUND,)}, "searched “a” · 1 result"),
        ("web_search", "a", {"status": Status.FAILED, "sentence": "No quota."}, "search “a”: No quota."),
        ("web_fetch", f"{URL}/?q=1", {"status": Status.DONE}, "read tower.test/height"),
        ("web_fetch", URL, {"status": Status.CANCELLED}, "stopped: reading tower.test/height"),
        ("orchard__find", '{"kind": "oak"}', {}, 'calls orchard__find {"kind": "oak"} …'),
        ("orchard__find", '{"kind": "oak"}', {"status": Status.DONE}, 'called orchard__find {"kind": "oak"}'),
        ("orchard__find", "", {"status": Status.CANCELLED}, "stopped: call of orchard__find"),
        ("orchard__find", "", {"status": Status.FAILED, "sentence": "No ladder."}, "call of orchard__find: No ladder."),
    ],
)
def test_look_up_is_said_in_words(tool: str, summary: str, changes: dict[str, Any], words: str) -> None:
    assert lookup_words(Lookup(step=1, ordinal=0, tool=tool, summary=summary, **changes)) == words


def looked_up(run: Run) -> Call:
    """Let column A have searched and cited, and a search result have a dangerous address."""
    Run.objects.filter(pk=run.pk).update(recipe=run.recipe.model_copy(update={"web": LookupSettings()}))
    source = Source.objects.create(
        run=run, number=1, url=URL, title="<Height>", text=SOURCE, fetched_at=timezone.now(), warnings=("Odd words.",)
    )
    Source.objects.create(run=run, number=2, url="javascript:alert(1)", title="Bad")
    call = run.calls.get(slot="A")
    ToolUse.objects.create(
        call=call, step=1, ordinal=0, tool_id="a", name="web_search", arguments='{"query": "tower <height>"}',
        status=Status.DONE, sources=(source.ref,), cost="0.005",
    )  # fmt: skip
    text = 'It is high [1: "330 metres high"], or low [2: "it is low"].'
    call.output.text, call.output.html = text, ""
    call.output.save()
    for cited in check_citations(text, {1: SOURCE, 2: "Bad"}):
        row = cited.model_dump(exclude={"found", "origin"})
        Citation.objects.create(call=call, source=source, origin=CitationOrigin.TEXT, **row)
    return call


def judged(run: Run) -> None:
    """Let the judge settle the contradiction with a source, and write a list of its own."""
    output = run.calls.get(role=Role.JUDGE).output
    (contradiction, *others) = output.analysis.findings
    told = contradiction.model_copy(update={"text": "Height: the owner says 330 m [1], not x[8]"})
    output.analysis = output.analysis.model_copy(update={"findings": (told, *others)})
    output.save()


def test_words_of_a_judge_say_what_was_found_of_their_marks() -> None:
    source = SourceSnapshot(number=1, url=URL, title="Height")
    text = "High [1: '330 metres high'] or low [1: 'it is low'], as it says [1]. A list [7]."
    marks = [
        SourceMark(number=1, words="330 metres high", state=QuoteState.VERIFIED),
        SourceMark(number=1, words="it is low", state=QuoteState.UNVERIFIED),
    ]

    html = with_source_links(escape(text), text, [source], marks)

    chips = re.findall(r'<a class="(cite[^"]*)" href="#source-1" title="([^"]*)"[^>]*>([^<]*)</a>', html)
    assert chips == [
        ("cite", "“330 metres high”: Height, found in the source", "1"),
        ("cite unfound", "“it is low”: Height, not found in the source", "1?"),
        ("cite", "Height", "1"),
    ]
    assert "A list [7]." in html
    assert with_source_links(escape(text), text, [], marks) == escape(text)


@pytest.mark.usefixtures("local", "valkey_url")
def test_page_share_exports_and_snapshot_have_the_sources(alice, as_alice: Client, client: Client) -> None:
    run = make_finished_run(alice)
    looked_up(run)
    judged(run)

    page = as_alice.get(run.get_absolute_url()).content.decode()
    as_alice.post(f"/runs/{run.public_id}/share/")
    shared = client.get(run.shares.get().get_absolute_url()).content.decode()

    for html in (page, shared):
        assert "searched “tower &lt;height&gt;” · 1 result" in html
        assert 'id="source-1"' in html
        assert "&lt;Height&gt;" in html
        assert 'href="javascript:' not in html
        assert re.findall(r'class="(cite(?: unfound)?)" href="#source-(\d)" title="“', html) == [
            ("cite", "1"), ("cite unfound", "2"),
        ]  # fmt: skip
        assert "Odd words." in html
        topic = re.search(r'<h4 class="topic">(.*?)</h4>', html, re.DOTALL)
        assert topic
        assert '<a class="cite" href="#source-1" title="&lt;Height&gt;"' in topic[1]
        assert "x[8]" in topic[1]
        assert re.search(r'cited by\s+<span class="chip" data-slot="A">A</span>', html)
    assert "of which web searches" in page
    markdown = as_alice.get(f"/runs/{run.public_id}/export.md").content.decode()
    assert "## Sources" in markdown
    assert "cited by A" in markdown
    assert f"Height: the owner says 330 m \\[[1]({URL})\\], not x\\[8\\]" in markdown
    assert f'It is high \\[[1]({URL}): “330 metres high”\\], or low [2: "it is low"].' in markdown
    exported = json.loads(as_alice.get(f"/runs/{run.public_id}/export.json").content)
    assert [(one["number"], one["cited_by"]) for one in exported["sources"]] == [(1, ["A"]), (2, ["A"])]
    take = exported["columns"][0]["takes"][0]
    assert [one["state"] for one in take["citations"]] == ["verified", "unverified"]
