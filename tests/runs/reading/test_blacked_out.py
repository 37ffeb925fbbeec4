"""A run in which passages are blacked out: nowhere a letter of them, and everything else still in its place."""

import json

import pytest

from apps.fusion.comparing.provenance import Origin, Provenance
from apps.fusion.files import PromptFile
from apps.fusion.sharing import REDACTED, Shown
from apps.fusion.values import Message
from apps.runs import actions
from apps.runs.lifecycle.lookups import add_files
from apps.runs.models import Alignment, CallOutput, Run
from apps.runs.reading.blacked_out import without_passages
from apps.runs.reading.compared import aligned_rows, compared_answers
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.runs.reading.threads import find_thread
from tests.factories import make_local_models, make_user
from tests.web.run_factories import ANSWERS, make_finished_run

pytestmark = pytest.mark.django_db
PASSAGE = "330 metres high"


@pytest.fixture
def run() -> Run:
    make_local_models()
    question = f"Is the tower {PASSAGE}?"
    run = make_finished_run(make_user("alice"), prompt=question, messages=[Message(role="user", text=question)])
    reply = json.dumps({"consensus": [{"point": f"It is {PASSAGE}\nindeed"}]})
    CallOutput.objects.filter(call=run.analysis_call).update(text=reply)
    return run


def black(run: Run, *passages: str) -> RunSnapshot:
    """Return a copy as it is stored and read again."""
    copy = without_passages(take_snapshot(run), passages)
    return RunSnapshot.model_validate(json.loads(copy.model_dump_json()))


def test_passage_stands_nowhere_in_the_copy_or_its_exports(run: Run):
    copy = black(run, PASSAGE)

    everything = copy.model_dump_json() + export_markdown(copy) + export_json(copy)
    assert "metres high" not in everything.lower().replace("**", "")
    assert copy.title == f"Is the tower {REDACTED}?"
    assert copy.columns[0].newest.html == ""


def test_quotes_and_origins_still_point_to_their_words(run: Run):
    fused = CallOutput.objects.get(call=run.answer_call)
    start = fused.text.index("B says")
    fused.provenance = Provenance(traced=1.0, passages=(Origin(start=start, end=len(fused.text), slots=("B",)),))
    fused.save()

    copy = black(run, PASSAGE)

    texts = {column.slot: column.newest.text for column in copy.columns}
    quotes = [one for finding in copy.analysis.findings for one in finding.evidence if one.span and one.slot]
    assert {texts[one.slot][one.span[0] : one.span[1]] == one.quote for one in quotes} == {True}
    [origin] = copy.answer.provenance.passages
    assert copy.answer.text[origin.start : origin.end] == "B says 300."


def test_quote_that_holds_a_part_of_a_passage_is_black(run: Run):
    copy = black(run, "The Eiffel Tower is **330 metres")

    [stance] = [one for one in copy.analysis.findings[0].evidence if one.slot == "A"]
    assert stance.quote == REDACTED


@pytest.mark.parametrize("word", ["fuse", "user", "assistant", "panel", "judge", "local", "text", "done", "smollm2"])
def test_word_of_the_program_can_be_blacked_out(run: Run, word: str):
    copy = black(run, word)

    assert [column.slot for column in copy.columns] == ["A", "B", "C"]
    assert [stage.name for stage in copy.stages] == [stage.name for stage in take_snapshot(run).stages]


def test_rows_of_the_run_are_not_taken_for_those_of_its_copy(run: Run):
    own = take_snapshot(run)
    before = aligned_rows(own, compared_answers(own))

    copy = black(run, PASSAGE)
    rows = aligned_rows(copy, compared_answers(copy))

    assert rows != before
    assert Alignment.objects.get().rows == before


def test_thread_is_black_in_all_turns(run: Run):
    share = actions.share_thread(find_thread(run.owner, run.thread_id), Shown(passages=(PASSAGE,)))

    assert "metres high" not in json.dumps(share.snapshot).replace("**", "")


def test_files_of_the_prompt_are_black_with_their_pages_in_place(run: Run):
    text = f"One page.\fIt is {PASSAGE}.\fThe last page."
    starts = tuple(text.index(page) for page in ("One", "It is", "The last"))
    file = PromptFile(name="a.pdf", media_type="application/pdf", size=9, sha256="abc", text=text, page_starts=starts)
    run.messages = (run.messages[0].model_copy(update={"files": (file,)}),)
    run.save()

    [black_file] = black(run, PASSAGE).messages[0].files

    assert black_file.text == f"One page.\fIt is {REDACTED}.\fThe last page."
    assert black_file.text[black_file.page_starts[2] :] == "The last page."
    other = file.model_copy(update={"sha256": "def", "text": PASSAGE})
    run.messages = (run.messages[0].model_copy(update={"files": (file, other)}),)
    run.save()
    add_files(run)
    copy = black(run, PASSAGE)
    names = [one.sha256 for one in copy.messages[0].files]
    assert [source.sha256 for source in copy.sources] == names
    assert len({"abc", "def", "", *names}) == 5
    assert "abc" not in "".join(source.url for source in copy.sources)


def test_run_without_passages_is_itself(run: Run):
    own = take_snapshot(run)

    assert without_passages(own, ()) is own
    assert ANSWERS["A"] in own.model_dump(mode="python")["stages"][0]["calls"][0]["text"]
