"""Files on the pages of a run: named in the prompt, listed as sources, opened at the passage that is cited."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.citations import check_citations
from apps.fusion.files import PromptFile
from apps.fusion.values import Message
from apps.fusion.vocabulary import QuoteState
from apps.runs import actions
from apps.runs.lifecycle.lookups import add_files
from apps.runs.models import Citation, Run, Source
from apps.runs.reading.lookups import CitationSnapshot
from apps.runs.reading.threads import find_thread
from apps.web.run.files import page_of_file
from tests.web.run_factories import make_finished_run

TEXT = "Pears keep for three weeks.\nApples <keep> for five months.\n\nQuinces are cooked."
PEARS = PromptFile(name="<pears>.pdf", media_type="application/pdf", size=4_200, sha256="ab" * 32, text=TEXT,
                   page_starts=(0, TEXT.index("Quinces")), warnings=("Odd words.",))  # fmt: skip


def cited(quote: str) -> CitationSnapshot:
    start = TEXT.index(quote)
    place = {"source_start": start, "source_end": start + len(quote)}
    return CitationSnapshot(number=1, start=0, end=1, state=QuoteState.VERIFIED, **place)


def test_page_of_a_file_has_its_lines_cut_at_the_passages() -> None:
    start = TEXT.index("Apples")

    page = page_of_file(PEARS, [cited("three weeks.\nApples"), cited("Quinces")], start, start + 6)

    assert [(line.number, line.page, line.has_passage, line.pieces) for line in page.lines] == [
        (1, 1, False, (("Pears keep for ", ""), ("three weeks.", "cited"))),
        (2, None, True, (("Apples", "chosen"), (" <keep> for five months.", ""))),
        (3, None, False, (("", ""),)),
        (4, 2, False, (("Quinces", "cited"), (" are cooked.", ""))),
    ]
    assert (page.facts, page.place, page.cited) == ("2 pages, 4.2 kB", "page 1", 2)


@pytest.mark.parametrize("start, end", [(0, 0), (5, 2), (10**8, 10**9), (0, 10**9)])
def test_any_place_may_be_asked_for(start: int, end: int) -> None:
    page = page_of_file(PEARS, [], start, end)

    assert "".join("".join(text for text, _ in line.pieces) for line in page.lines) == TEXT.replace("\n", "")


@pytest.fixture
def run(alice: User, local: object) -> Run:
    """A run of Alice's with a file that column A cites."""
    made = make_finished_run(
        alice, prompt="How long?", messages=[Message(role="user", text="How long?", files=(PEARS,))]
    )
    add_files(made)
    call = made.calls.get(slot="A")
    text = 'They keep [1: "three weeks"], or not [1: "as long as gold"].'
    call.output.text, call.output.html = text, ""
    call.output.save()
    for one in check_citations(text, {1: TEXT}):
        found = dict(zip(("source_start", "source_end"), one.found or (None, None), strict=True))
        row = one.model_dump(exclude={"found"})
        Citation.objects.create(call=call, source=Source.objects.get(run=made), **row, **found)
    return made


def test_run_names_its_files_and_leads_to_the_passages(client: Client, alice: User, run: Run) -> None:
    client.force_login(alice)

    page = client.get(f"/runs/{run.public_id}/").content.decode()

    address = f"/runs/{run.public_id}/files/1/"
    assert page.count(f'<a href="{address}">&lt;pears&gt;.pdf</a>') == 2
    assert "source 1: 2 pages, 4.2 kB" in page
    start = TEXT.index("three weeks")
    chips = re.findall(r'<a class="(cite[^"]*)" href="([^"]*)" title="([^"]*)"', page)
    assert chips == [
        ("cite", f"files/1/?start={start}&amp;end={start + 11}#passage", "“three weeks”: found in the source, page 1"),
        ("cite unfound", "files/1/", "“as long as gold”: not found in the source"),
    ]
    assert page.count("A source supports every sentence.") == 1
    assert "1 of 1 sentence has no source" in page
    shown = client.get(f"{address}?start={start}&end={start + 11}").content.decode()
    assert '<mark class="chosen">three weeks</mark>' in shown
    assert "Apples &lt;keep&gt; for five months." in shown
    assert "1 passage cited" in " ".join(shown.split())
    assert client.get(f"/runs/{run.public_id}/files/2/").status_code == 404
    export = client.get(f"/runs/{run.public_id}/export.md").content.decode()
    assert "*File: \\<pears\\>.pdf (2 pages, 4,200 bytes). Its text is in the JSON export.*" in export
    assert "1. \\<pears\\>.pdf (file of the prompt; 2 pages; 4,200 bytes; cited by A)" in export
    assert client.get(f"/runs/{run.public_id}/export.json").json()["messages"][0]["files"][0]["text"] == TEXT


def test_shared_run_leads_to_its_files(client: Client, run: Run) -> None:
    code = actions.share_run(run).code

    page = client.get(f"/s/{code}/").content.decode()

    assert f'<a href="/s/{code}/files/1/">&lt;pears&gt;.pdf</a>' in page
    answer = client.get(f"/s/{code}/files/1/?start=0&end=5")
    assert '<mark class="chosen">Pears</mark>' in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_thread_names_the_files_of_earlier_turns(client: Client, alice: User, run: Run) -> None:
    run.thread = run.public_id
    run.save()
    apples = PEARS.model_copy(update={"name": "b.txt", "sha256": "cd" * 32})
    more = Message(role="user", text="And apples?", files=(apples,))
    place = {"parent": run, "thread": run.thread, "ancestors": [run.pk]}
    turn = make_finished_run(alice, messages=[*run.messages, Message(role="assistant", text="So."), more], **place)
    add_files(turn)
    client.force_login(alice)

    page = client.get(f"/threads/{run.thread}/").content.decode()

    assert f'<li><a href="/runs/{turn.public_id}/files/1/">&lt;pears&gt;.pdf</a></li>' in page
    assert f'<a href="/runs/{turn.public_id}/files/2/">b.txt</a>' in page
    moved = client.get(f"/threads/{run.thread}/files/2/?start=1&end=2")
    assert moved.url == f"/runs/{turn.public_id}/files/2/?start=1&end=2"
    code = actions.share_thread(find_thread(alice, run.thread)).code
    shared = client.get(f"/s/{code}/").content.decode()
    assert f'<li><a href="/s/{code}/files/1/">&lt;pears&gt;.pdf</a></li>' in shared
    assert f'<a href="/s/{code}/files/2/">b.txt</a>' in shared
    assert client.get(f"/s/{code}/files/2/").status_code == 200
