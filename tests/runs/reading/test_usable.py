"""A refusal is no answer: wherever the strategy leaves it out, the page, the API and "Fuse again" do so too."""

import pytest

from apps.api.documents import failed_models
from apps.fusion.state import is_usable
from apps.fusion.strategies.fuse import next_step
from apps.fusion.vocabulary import AnswerKind, FinishReason, Role, Status
from apps.runs import actions
from apps.runs.lifecycle.rows_to_events import state_of
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from tests.calls import change_output
from tests.factories import make_user
from tests.web.run_factories import ANSWERS, make_call, make_finished_run

REFUSAL = {"text": "I cannot help with that.", "finish_reason": FinishReason.REFUSAL}


@pytest.fixture
def run(db, valkey_url) -> Run:
    """Create a finished run whose third answer is a refusal in words; the judge read the other two."""
    from tests.factories import make_local_models  # noqa: PLC0415 - beside its only use

    make_local_models()
    run = make_finished_run(make_user("alice"))
    refused = run.calls.get(slot="C")
    run.calls.filter(pk=refused.pk).update(finish_reason=REFUSAL["finish_reason"])
    change_output(refused, text=REFUSAL["text"])
    for call in run.calls.exclude(role=Role.PANEL):
        call.inputs = tuple(one for one in call.inputs if one != refused.pk)
        call.save()
    return run


def newest_judge(run: Run) -> list[str]:
    """Return the slots that the newest judge reads."""
    judge = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    return sorted(run.calls.filter(pk__in=judge.inputs, role=Role.PANEL).values_list("slot", flat=True))


def test_fuse_again_leaves_a_refusal_out_and_the_page_says_so(run):
    actions.fuse_again(run, "ABC")

    assert newest_judge(run) == ["A", "B"]
    assert "C gave no usable answer; the fusion rests on the others." in take_snapshot(run).notices


def test_fuse_again_takes_the_earlier_answer_of_a_column_that_refused_later(run):
    make_call(run, slot="B", take=2, **REFUSAL)

    actions.fuse_again(run, "ABC")

    judge = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    assert judge.inputs == tuple(run.calls.filter(slot__in="AB", take=1).values_list("pk", flat=True))


def test_fuse_again_of_refusals_alone_is_refused(run):
    with pytest.raises(InvalidRun, match="has an answer to fuse"):
        actions.fuse_again(run, "C")


def test_fuse_again_says_which_answer_was_not_chosen(run):
    make_call(run, slot="C", take=2, text=ANSWERS["C"])

    actions.fuse_again(run, "AB")

    assert "C was left out of the fusion." in take_snapshot(run).notices


def test_stopped_text_is_fused_where_it_is_chosen_and_the_page_says_so(run):
    run.calls.filter(slot="C").update(status=Status.CANCELLED, finish_reason=None)

    actions.fuse_again(run, "ABC")

    assert newest_judge(run) == ["A", "B", "C"]
    newest = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    Run.objects.filter(pk=run.pk).update(analysis_call=newest)
    run.refresh_from_db()
    assert "C broke off; the fusion rests on what it had said until then." in take_snapshot(run).notices


def test_stopped_take_does_not_replace_an_answer_unless_it_is_named(run):
    stopped = make_call(run, slot="A", take=2, text="It stands", status=Status.CANCELLED)

    def fused(*takes: int) -> int:
        state = state_of(Run.objects.get(pk=run.pk), run.calls.order_by("pk"))
        return next(call.take for call in state.answers_to_fuse("A", takes))

    assert (fused(), fused(stopped.pk)) == (1, 2)


def test_take_that_is_named_is_fused_instead_of_the_newest(run):
    make_call(run, slot="B", take=2, text="Newer.")
    first = run.calls.get(slot="B", take=1)

    actions.fuse_again(run, "AB", [first.pk])

    judge = run.calls.filter(role=Role.JUDGE).order_by("-take").first()
    assert first.pk in judge.inputs


@pytest.mark.parametrize("change", [{"text": " "}, REFUSAL, {"text": "", "status": Status.FAILED}])
def test_text_without_words_or_a_refusal_is_not_fused_by_name_either(run, change):
    run.calls.filter(slot="C").delete()
    named = make_call(run, slot="C", **{"status": Status.CANCELLED, **change})

    with pytest.raises(InvalidRun, match="has an answer to fuse"):
        actions.fuse_again(run, "C", [named.pk])


@pytest.mark.parametrize(
    "change, usable",
    [
        ({"text": "Yes."}, True),
        ({"text": " \n"}, False),
        (REFUSAL, False),
        ({"text": "Yes.", "finish_reason": FinishReason.CONTENT_FILTER}, False),
        ({"text": "Yes.", "finish_reason": FinishReason.LENGTH}, True),
        ({"text": "Yes.", "status": Status.FAILED}, False),
        ({"text": "Yes.", "status": Status.CANCELLED}, False),
        ({"text": "", "status": Status.RUNNING}, False),
    ],
)
def test_everybody_calls_the_same_answers_usable(run, change, usable):
    run.calls.filter(slot="C").delete()
    make_call(run, slot="C", **change)
    run.calls.exclude(role=Role.PANEL).delete()
    snapshot = take_snapshot(run)
    column = next(column for column in snapshot.columns if column.slot == "C")
    state = state_of(Run.objects.get(pk=run.pk), run.calls.all())

    said = {
        "core": next(is_usable(call) for call in state.calls if call.slot == "C"),
        "strategy": "C" in [call.slot for call in state.panel() if call.is_usable],
        "page": column.newest.is_usable,
        "api": not column.newest.is_final or "C" not in [one["slot"] for one in failed_models(snapshot)],
    }
    if not column.newest.is_final:
        del said["api"]  # it has not failed yet

    assert said == dict.fromkeys(said, usable)


def test_only_answer_of_a_panel_is_chosen_by_the_strategy_in_the_same_way(run):
    run.calls.filter(slot="B").delete()
    run.calls.exclude(role=Role.PANEL).delete()
    Run.objects.filter(pk=run.pk).update(status=Status.RUNNING, answer_call=None, answer_kind=None)

    step = next_step(state_of(Run.objects.get(pk=run.pk), run.calls.all()))

    assert (step.answer, step.kind) == (run.calls.get(slot="A").pk, AnswerKind.ONLY)
