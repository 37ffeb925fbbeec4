"""Checks of the fused answer: in a recipe, or asked for later; one request each; one that fails loses nothing."""

import json
from decimal import Decimal

import pytest

from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.judging.reply_forms import ReplyForm
from apps.fusion.vocabulary import FailureCode, FindingKind, Role, Status
from apps.runs import again
from apps.runs.again import WriterRequest
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.models import Finding
from apps.runs.reading.checks import CheckState, check_document, check_of
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from tests.runs.log_reader import read_log

REPLY = json.dumps(
    {
        "findings": [
            {
                "fault": "unsupported",
                "point": "Nobody says that it sways.",
                "quote": "It sways in the wind.",
                "answer": "",
                "answer_quote": "",
            }
        ]
    }
)
ANALYSIS = json.dumps({name: [] for name in ReplyForm.model_fields})
FUSED = "It stands in Paris. It sways in the wind."


@pytest.fixture
def start(bench, worker):
    """Return a function that starts a run of two columns whose writer says :data:`FUSED`."""

    def begin(**recipe):
        a = bench.model("a", text="It is 330 metres tall. It stands in Paris.")
        b = bench.model("b", text="It is 300 metres tall. It stands in Paris.")
        return bench.start(a, b, writer=recipe.pop("writer", None) or bench.model("writer", text=FUSED), **recipe)

    return begin


def check_calls(run):
    return list(run.calls.with_output().filter(role=Role.CHECK).order_by("pk"))


def test_check_of_a_recipe_is_one_request_after_the_answer(bench, start, upstream):
    checker = bench.model("judge", texts=[ANALYSIS, REPLY])

    run = bench.finish(start(judge=checker, answer_check=True))

    (call,) = check_calls(run)
    assert (call.status, call.model, call.guidance) == (Status.DONE, checker, None)
    assert call.inputs[-1] == run.answer_call_id
    sent = upstream.ledger("judge")[-1]["body"]["messages"][-1]["content"]
    assert FUSED in sent
    assert "It is 300 metres tall." in sent
    assert (run.status, run.answer_call.output.text) == (Status.DONE, FUSED)
    check = check_of(take_snapshot(run))
    assert (check.state, [one.text for one in check.findings]) == (CheckState.DONE, ["Nobody says that it sways."])
    assert Finding.objects.get(call=call).kind is FindingKind.ANSWER_CHECK
    assert [row.slot for row in Finding.objects.get(call=call).evidence.all()] == [""]
    told, stored = read_log(run), load_state(run)
    assert {one.id: one.status for one in told.calls} == {one.id: one.status for one in stored.calls}
    assert run.cost == sum(one.cost for one in run.calls.all())


def test_check_that_is_asked_for_later_is_one_request_and_belongs_to_its_answer(bench, start, upstream):
    run, before = bench.finish(start()), len(upstream.ledger())
    assert check_of(take_snapshot(run)).state is CheckState.NONE
    checker = bench.model("checker", text=REPLY, gate_after=0)
    expected = again.estimate_check(run, checker)

    call = again.check_answer(run, checker, bench.owner)
    with pytest.raises(InvalidRun, match="being checked"):
        again.check_answer(run, checker, bench.owner)

    upstream.release("checker")
    run = bench.finish(run)
    assert [entry["model"] for entry in upstream.ledger()[before:]] == ["checker"]
    assert expected.calls == 1
    assert expected.high > 0
    call.refresh_from_db()
    assert call.cost <= expected.high
    snapshot = take_snapshot(run)
    document = check_document(snapshot)
    assert (document["state"], document["answer"]) == ("done", run.answer_call_id)
    assert json.loads(export_json(snapshot))["answer_check"] == document
    assert "Stands in no answer: Nobody says that it sways." in export_markdown(snapshot)
    assert check_document(for_strangers(snapshot)) == document
    first = run.answer_call_id

    again.write_run_again(run, WriterRequest([bench.model("second", text="It stands in Paris.")]), bench.owner)

    run = bench.finish(run)
    assert run.answer_call_id != first
    assert check_of(take_snapshot(run)).state is CheckState.OUTDATED
    again.choose_takes(run, answer=first)
    run.refresh_from_db()
    assert check_of(take_snapshot(run)).state is CheckState.DONE


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"text": "All is well."}, FailureCode.BAD_REPLY),
        ({"behaviour": "context"}, FailureCode.CONTEXT_TOO_LONG),
    ],
)
def test_check_that_fails_says_so_and_loses_nothing(bench, start, upstream, script, code):
    run = bench.finish(start())
    again.check_answer(run, bench.model("good", text=REPLY), bench.owner)
    run, before = bench.finish(run), len(upstream.ledger())

    again.check_answer(run, bench.model("bad", **script), bench.owner)

    run = bench.finish(run)
    check = check_of(take_snapshot(run))
    assert (check.state, check.newest.failure.code) == (CheckState.FAILED, code)
    assert [one.text for one in check.findings] == ["Nobody says that it sways."]  # as the earlier one found
    assert (run.status, run.answer_call.output.text, len(upstream.ledger()) - before) == (Status.DONE, FUSED, 1)


def test_check_without_room_under_the_cap_leaves_the_run_done(bench, start, upstream):
    run = bench.finish(start())
    run.recipe = run.recipe.model_copy(update={"max_cost": run.cost + Decimal("0.000001")})
    run.save(update_fields=["recipe"])
    before = len(upstream.ledger())

    again.check_answer(run, bench.model("checker", text=REPLY), bench.owner)

    run = bench.finish(run)
    (call,) = check_calls(run)
    assert (call.failure_code, len(upstream.ledger())) == (FailureCode.CAPPED, before)
    assert (run.status, run.cap_reached, run.answer_call.output.text) == (Status.DONE, False, FUSED)


def test_check_is_refused_without_a_fused_answer_or_a_model(bench, start):
    run = bench.finish(start())

    with pytest.raises(UnknownModel):
        again.check_answer(run, "up/nowhere", bench.owner)
    with pytest.raises(InvalidRun, match="a model that is connected"):
        again.check_answer(run, "builtin/overlap", bench.owner)
    alone = bench.finish(bench.start(bench.model("a")))
    with pytest.raises(InvalidRun, match="nothing to judge"):
        again.check_answer(alone, "", bench.owner)
