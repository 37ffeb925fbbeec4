"""Waiting by the API: all answers by default, fewer with a quorum or a grace, and going on at any time."""

import pytest

from apps.fusion.strategies import strategy_of
from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.services import wait_until

PROMPT = {"prompt": "How high is the Eiffel Tower?"}
HALF = "The Eiffel Tower is 330 metres tall. It was"
QUESTION = {"role": "user", "content": "How high is the Eiffel Tower?"}


def ended(http, run_id):
    wait_until(lambda: http.get(f"/api/v1/runs/{run_id}").json()["status"] not in ("queued", "running"), "ends")
    return http.get(f"/api/v1/runs/{run_id}").json()


@pytest.mark.parametrize(
    ("options", "answers", "grace_s"),
    [({}, 3, None), ({"quorum": 1}, 1, 30), ({"grace_s": 5}, 2, 5), ({"quorum": 3, "grace_s": 0}, 3, 0)],
)
@pytest.mark.parametrize("path", ["/api/v1/runs", "/v1/chat/completions"])
def test_all_answers_are_waited_for_unless_fewer_are_asked_for(panel, http, path, options, answers, grace_s):
    asked = {**PROMPT, **options} if "runs" in path else {"model": "fusion", "messages": [QUESTION], "fusion": options}

    assert http.post(path, json=asked).is_success

    run = Run.objects.get()
    recipe = run.recipe
    told = http.get(f"/api/v1/runs/{run.public_id}").json()["recipe"]
    assert (told["quorum"], told["grace_s"]) == (options.get("quorum"), options.get("grace_s"))
    rule = strategy_of(recipe).waiting_rule(recipe)
    assert (rule.answers, rule.grace_s, rule.hard_limit_s) == (answers, grace_s, 600)


def test_grace_that_is_auto_is_the_number_where_too_little_is_measured(panel, http):
    assert http.post("/api/v1/runs", json={**PROMPT, "grace_s": "auto"}).is_success
    refused = http.post("/api/v1/runs", json={**PROMPT, "grace_s": "soon"})

    told = http.get(f"/api/v1/runs/{Run.objects.get().public_id}").json()["recipe"]
    assert (told["grace_s"], told["grace_is_auto"]) == (30, True)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "grace_s")
    assert refused.json()["error"]["message"] == "grace_s: Input should be 'auto'"


def start_with_a_slow_one(http, bench):
    """Return the id of a run whose other two have answered."""
    bench.upstream.script("oak", "stall-mid")
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    wait_until(lambda: Call.objects.filter(status=Status.DONE).count() == 2, "two have answered")
    bench.wait_for_text(Run.objects.get(), HALF)
    return run_id


def test_a_program_goes_on_without_the_slow_one(panel, http, bench):
    run_id = start_with_a_slow_one(http, bench)

    assert http.post(f"/api/v1/runs/{run_id}/fuse-now").status_code == 200

    run = ended(http, run_id)
    cut = next(call for call in run["calls"] if call["model"] == "up/oak")
    assert (run["answer"]["kind"], cut["status"], cut["failure"]["code"]) == ("fused", "cancelled", "too_slow")


def test_a_program_stops_one_call_and_then_includes_what_it_had_said(panel, http, bench):
    run_id = start_with_a_slow_one(http, bench)
    call = next(one for one in http.get(f"/api/v1/runs/{run_id}").json()["calls"] if one["model"] == "up/oak")

    stopped = http.post(f"/api/v1/calls/{call['id']}/cancel")

    assert (stopped.status_code, stopped.json()["id"]) == (200, call["id"])
    run = ended(http, run_id)
    assert next(one["status"] for one in run["calls"] if one["id"] == call["id"]) == "cancelled"
    slots = [one["slot"] for one in run["calls"] if one["role"] == "panel"]
    again = http.post(f"/api/v1/runs/{run_id}/fuse-again", json={"slots": slots, "takes": [call["id"]]})
    assert again.status_code == 200
    ended(http, run_id)
    newest = Run.objects.get().calls.filter(role="judge").order_by("-take").first()
    assert call["id"] in newest.inputs


def test_a_call_that_has_ended_is_not_stopped(panel, http):
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    call = ended(http, run_id)["calls"][0]

    answer = http.post(f"/api/v1/calls/{call['id']}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "done")


def test_another_model_answers_in_a_column(panel, http):
    run_id = http.post("/api/v1/runs", json=PROMPT).json()["id"]
    call = ended(http, run_id)["calls"][0]

    again = http.post(f"/api/v1/calls/{call['id']}/retry", json={"model": "up/writer"})
    unknown = http.post(f"/api/v1/calls/{call['id']}/retry", json={"model": "up/unknown"})

    assert (again.status_code, again.json()["take"]) == (201, 2)
    assert Call.objects.get(pk=again.json()["id"]).model == "up/writer"
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "model_not_found")
    wait_until(lambda: not Call.objects.filter(status__in=["queued", "running"]).exists(), "the take ends")
