"""A run that is done although something went wrong says so in every list, and is not green."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.vocabulary import AnalysisStatus, FailureCode, Role, Status
from apps.runs.models import Run
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local")


def with_flaws(alice: User) -> Run:
    """Return a run with an answer, two columns that failed (one of them twice), and one that was stopped."""
    run = make_finished_run(alice)
    for slot, take in (("D", 1), ("E", 1), ("E", 2)):
        make_call(run, slot=slot, take=take, status=Status.FAILED, failure_code=FailureCode.TIMEOUT)
    make_call(run, slot="F", status=Status.CANCELLED, failure_code=FailureCode.CANCELLED)
    return run


def with_degraded_judge(alice: User) -> Run:
    run = make_finished_run(alice)
    degraded = make_analysis(ANSWERS, status=AnalysisStatus.DEGRADED)
    run.analysis_call = make_call(run, Role.JUDGE, take=2, text="", analysis=degraded)
    run.save()
    return run


def with_answered_retry(alice: User) -> Run:
    run = make_finished_run(alice)
    make_call(run, slot="D", status=Status.FAILED, failure_code=FailureCode.TIMEOUT)
    make_call(run, slot="D", take=2, text="All is well.")
    return run


@pytest.mark.parametrize("address", ["/runs/", "/"])
@pytest.mark.parametrize(
    "make, words, dot",
    [
        (with_flaws, "2 failed, 1 stopped", "warn"),
        (with_degraded_judge, "judge degraded", "warn"),
        (with_answered_retry, "", "done"),
    ],
)
def test_lists_tell_what_went_wrong_in_a_run_that_is_done(as_alice: Client, alice, address, make, words, dot):
    run = make(alice)

    html = as_alice.get(address).content.decode()

    row = html.split(run.public_id, 1)[0].rsplit("<li>" if address == "/" else "<tr", 1)[-1]
    row += html.split(run.public_id, 1)[1].split("</li>" if address == "/" else "</tr>", 1)[0]
    assert f'class="dot {dot}"' in row
    assert words in row
    assert words or not any(word in row for word in ("failed", "stopped", "degraded"))


def test_recent_runs_are_told_anew_when_a_column_is_lost(as_alice: Client, alice):
    run = make_finished_run(alice)
    seen = as_alice.get("/").context["seen"]
    assert as_alice.get(f"/recent/?seen={seen}").status_code == 204

    make_call(run, slot="D", status=Status.FAILED, failure_code=FailureCode.TIMEOUT)

    assert as_alice.get(f"/recent/?seen={seen}").status_code == 200
