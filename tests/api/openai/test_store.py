"""``store: false``: the answer comes, the run is not found again, is soon deleted, and its cost still counts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.utils import timezone

from apps.api import recent_failures
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle.deletion import UNKEPT_S, delete_unkept_runs
from apps.runs.models import Call, Run
from apps.runs.spending import ledger
from tests.api.factories import ANSWERS
from tests.services import wait_until

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
ASKED = {CHAT: {"messages": [{"role": "user", "content": "How high?"}]}, RESPONSES: {"input": "How high?"}}


def ask(http: httpx.Client, path: str, **more: Any) -> httpx.Response:
    answer = http.post(path, json={"model": "up/elm", **ASKED[path], **more})
    assert answer.status_code == 200, answer.text
    return answer


def age(seconds: float) -> None:
    """Let the runs have ended so long ago."""
    Run.objects.update(ended_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("stream", [False, True])
def test_run_that_is_not_to_be_stored_is_answered_and_deleted(panel, http, bench, path, stream) -> None:
    answer = ask(http, path, store=False, stream=stream)
    run = Run.objects.get()
    spent = ledger.spent_by(bench.owner, ledger.start_of_month())

    assert "330" in answer.text or ANSWERS["elm"] in answer.text
    assert "the run is deleted a minute after it has ended" in answer.text
    assert "X-Ignored-Parameters" not in answer.headers
    assert run.is_kept is False
    age(UNKEPT_S + 1)
    wait_until(lambda: not Run.objects.exists(), "the sweep deletes it")
    assert not Call.objects.exists()
    assert spent > Decimal(0)
    assert ledger.spent_by(bench.owner, ledger.start_of_month()) == spent


@pytest.mark.parametrize("more", [{}, {"store": True}, {"store": None}])
@pytest.mark.parametrize("path", ASKED)
def test_other_runs_are_kept(panel, http, path, more) -> None:
    answer = ask(http, path, **more)

    age(10 * UNKEPT_S)
    delete_unkept_runs()

    assert Run.objects.get().is_kept
    assert answer.json()["fusion"]["notices"] == []


def test_response_that_is_not_stored_is_not_found_again(panel, http, admin_key) -> None:
    made = ask(http, RESPONSES, store=False).json()
    assert made["store"] is False

    read = http.get(f"{RESPONSES}/{made['id']}")
    deleted = http.delete(f"{RESPONSES}/{made['id']}", headers={"Authorization": f"Bearer {admin_key}"})
    body = {"model": "up/elm", "input": "Sure?", "previous_response_id": made["id"]}
    gone_on = http.post(RESPONSES, json=body)
    item = {"type": "item_reference", "id": made["output"][0]["id"]}
    referred = http.post(RESPONSES, json={"model": "up/elm", "input": [item, {"role": "user", "content": "Sure?"}]})

    assert [answer.status_code for answer in (read, deleted, gone_on, referred)] == [404] * 4
    assert Run.objects.count() == 1


def test_run_is_deleted_neither_early_nor_while_it_is_live(panel, http, bench) -> None:
    ask(http, CHAT, store=False)
    age(UNKEPT_S / 2)
    delete_unkept_runs()
    assert Run.objects.exists()

    age(UNKEPT_S + 1)
    Call.objects.update(status=Status.RUNNING, heartbeat_at=timezone.now() + timedelta(hours=1))
    delete_unkept_runs()
    assert Run.objects.exists()

    Call.objects.update(status=Status.DONE)
    delete_unkept_runs()
    assert not Run.objects.exists()


def test_failure_is_still_paid_once(panel, http, bench) -> None:
    """The same request gets the failure again for a minute; so long the run stays."""
    bench.upstream.script("elm", "error-mid-stream")

    answers = [http.post(CHAT, json={"model": "up/elm", **ASKED[CHAT], "store": False}) for _ in range(2)]

    assert {answer.headers["X-Request-Id"] for answer in answers} == {Run.objects.get().public_id}
    assert answers[0].status_code >= 500


def test_run_stays_for_as_long_as_failures_are_kept() -> None:
    assert UNKEPT_S >= recent_failures.KEPT_S
