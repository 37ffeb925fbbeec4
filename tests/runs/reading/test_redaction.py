"""A shared run tells neither what its owner may spend nor what keys are called."""

import json
from decimal import Decimal

import pytest

from apps.fusion.values import Attempt, Failure
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, FailureCode, Role, Status
from apps.runs import actions
from apps.runs.reading.snapshot import RunSnapshot
from tests.factories import SMOL, make_local_models, make_run, make_user
from tests.web.run_factories import ANSWERS, make_analysis, make_call

NAMED = "Not started: it could exceed a cap. The daily cap of the key “Payroll” is $4321.50."
CAPPED = {"status": Status.CANCELLED, "failure_code": FailureCode.CAPPED, "failure_sentence": NAMED}
PLAIN = Failure(code=FailureCode.CAPPED, sentence="Stopped at a cap.")


def make_capped_run():
    make_local_models()
    run = make_run(make_user("alice"))
    attempt = Attempt(model=SMOL, started_at=1, failure=Failure(code=FailureCode.CAPPED, sentence=NAMED))
    panel = make_call(run, slot="A", text=ANSWERS["A"], **CAPPED, attempts=[attempt])
    failed = {"status": Status.FAILED, "failure_code": FailureCode.TIMEOUT, "failure_sentence": "It stalled."}
    make_call(run, slot="B", **failed)
    note = make_analysis({"A": ANSWERS["A"]}, status=AnalysisStatus.DEGRADED, note=f"{NAMED} By overlap.")
    judge = make_call(run, Role.JUDGE, analysis=note)
    make_call(run, Role.SYNTHESIS, **CAPPED)
    run.status, run.failure_code = Status.FAILED, FailureCode.ALL_PANELS_FAILED
    run.failure_sentence = f"No panel model gave a usable answer. A: {NAMED} B: It stalled."
    run.recipe, run.analysis_call = run.recipe.model_copy(update={"max_cost": Decimal("4321.75")}), judge
    run.answer_call, run.answer_kind = panel, AnswerKind.ONLY
    run.save()
    return run


@pytest.mark.django_db
def test_share_of_a_capped_run_names_no_cap_and_no_key():
    share = actions.share_run(make_capped_run())

    told = json.dumps(share.snapshot, ensure_ascii=False)
    assert [secret for secret in ("Payroll", "4321.") if secret in told] == []


@pytest.mark.django_db
def test_share_of_a_capped_run_says_plainly_where_it_stopped():
    shared = RunSnapshot.model_validate(actions.share_run(make_capped_run()).snapshot)

    [first, second], [writer] = (column.newest for column in shared.columns), shared.writers
    assert [first.failure, first.attempts[0].failure, writer.failure, shared.answer.failure] == [PLAIN] * 4
    assert shared.judge.analysis.note == "Stopped at a cap. By overlap."
    assert second.failure.sentence == "It stalled."
    assert shared.failure.sentence == "No panel model gave a usable answer. A: Stopped at a cap. B: It stalled."
    assert shared.recipe.max_cost is None
