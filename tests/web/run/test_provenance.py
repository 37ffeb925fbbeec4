"""The origin of a fused text is kept, and it is shown: page, exports, API, share."""

import json

import pytest
from django.test import Client

from apps.api.documents import run_document
from apps.fusion.values import Reply
from apps.fusion.vocabulary import FinishReason, Role, Status
from apps.runs import actions
from apps.runs.execution.results import build_result
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Run
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.web.run_factories import make_finished_run

SUPPORTED = "The tower is 330 metres high."
INVENTED = "Nightly guided tours by bicycle depart hourly from Montmartre and include breakfast pastries."
FUSED = f"{SUPPORTED}\n\n{INVENTED}"
TRACED = round(len(SUPPORTED) / len(SUPPORTED + INVENTED), 4)
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice) -> Run:
    """Return a run whose writer’s text was concluded as a worker does it."""
    run = make_finished_run(alice)
    call = run.calls.get(role=Role.SYNTHESIS)
    outcome = Outcome(Status.DONE, Reply(text=FUSED, finish_reason=FinishReason.STOP))
    result = build_result(call, outcome)
    change_output(call, text=FUSED, html=result.html, provenance=result.provenance)
    return run


def test_writer_is_told_from_answers_and_sides_lead_to_the_contradiction(run, as_alice: Client):
    page = as_alice.get(run.get_absolute_url()).content.decode()

    assert ">added by the writer</span>" in page
    assert 'href="#finding-k1"' in page
    assert ">sides with A, C</a>" in page
    assert 'id="finding-k1"' in page
    assert f"{TRACED:.0%}".replace("%", "\u00a0% traced") in page


def test_text_stays_clean_and_json_has_the_spans(run):
    snapshot = take_snapshot(run)
    document = run_document(snapshot, "", {})
    writer = next(call for call in document["calls"] if call["role"] == "synthesis")
    exported = json.loads(export_json(snapshot))

    assert snapshot.answer is not None
    assert snapshot.answer.text == document["answer"]["text"] == FUSED
    assert document["answer"]["traced"] == exported["answer"]["provenance"]["traced"] == TRACED
    assert writer["provenance"] == exported["answer"]["provenance"]
    assert [FUSED[one["start"] : one["end"]] for one in writer["provenance"]["passages"]] == [SUPPORTED, INVENTED]
    assert "added by the writer" not in export_markdown(snapshot)
    assert f"{TRACED:.0%} of it traced to answers" in export_markdown(snapshot)


def test_share_and_runs_from_before_are_shown_too(run):
    share = actions.share_run(run)
    shared = Client().get(share.get_absolute_url()).content.decode()
    change_output(run.calls.get(role=Role.SYNTHESIS), provenance=None)

    before = take_snapshot(run)

    assert "% traced" in shared
    assert before.answer is not None
    assert before.answer.provenance is None
    assert "traced" not in export_markdown(before)
