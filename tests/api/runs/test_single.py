"""One model alone over real HTTP: the strategy ``single``, in every form in which it is asked for."""

from typing import Any

import httpx
import pytest

from apps.runs.models import Run
from tests.api.factories import ANSWERS
from tests.services import wait_until

PROMPT = {"prompt": "How high is the Eiffel Tower?"}
ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]
SCHEMA = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}
HEIGHT = '{"metres": 330}'


def ended(http: httpx.Client, run_id: str) -> dict[str, Any]:
    """The run once it has ended."""
    wait_until(lambda: http.get(f"/api/v1/runs/{run_id}").json()["status"] not in ("queued", "running"), "ends")
    document: dict[str, Any] = http.get(f"/api/v1/runs/{run_id}").json()
    return document


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "up/elm"},
        {"model": "up/elm", "strategy": "single"},
        {"panel": ["up/elm"]},
        {"panel": ["up/elm"], "strategy": "single"},
        {"panel": ["up/elm"], "strategy": "fuse", "judge": "up/oak", "writer": "up/oak", "quorum": 2},
    ],
    ids="model both panel named needless".split(),
)
def test_one_model_answers_alone(panel: Any, http: httpx.Client, asked: dict[str, Any]) -> None:
    run = ended(http, http.post("/api/v1/runs", json={**PROMPT, **asked}).json()["id"])

    assert (run["status"], run["answer"]["text"], run["answer"]["kind"]) == ("done", ANSWERS["elm"], "only")
    assert [(call["role"], call["slot"], call["model"]) for call in run["calls"]] == [("panel", "A", "up/elm")]
    assert (run["recipe"]["strategy"], run["analysis"], run["notices"]) == ("single", None, [])
    assert (run["exit_reason"], run["confidence"]["basis"]) == ("answered", "nothing")
    assert "nobody else was asked" in run["confidence"]["meaning"]
    assert not {"judge", "writer", "quorum"} & set(run["recipe"])


def test_estimate_of_one_model_counts_one_call(panel: Any, http: httpx.Client) -> None:
    alone = http.post("/api/v1/estimates", json={**PROMPT, "model": "up/elm"}).json()
    fused = http.post("/api/v1/estimates", json=PROMPT).json()

    assert (alone["calls"], alone["is_complete"]) == (1, True)
    assert 0 < alone["high"] < fused["low"] * 4


def test_single_with_a_panel_of_more_is_refused(panel: Any, http: httpx.Client) -> None:
    answers = [
        http.post("/api/v1/runs", json={**PROMPT, "strategy": "single", **more})
        for more in ({}, {"panel": ["up/elm", "up/oak"]})
    ]

    errors = [(answer.status_code, answer.json()["error"]["param"]) for answer in answers]
    assert errors == [(400, "fusion.strategy")] * 2
    assert not Run.objects.exists()


def test_form_of_the_answer_is_asked_of_the_one_model(panel: Any, http: httpx.Client, bench: Any) -> None:
    bench.upstream.script("elm", "ok", text=HEIGHT)
    wanted = {"type": "json_schema", "name": "height", "json_schema": SCHEMA}

    run = ended(
        http, http.post("/api/v1/runs", json={**PROMPT, "model": "up/elm", "answer_format": wanted}).json()["id"]
    )

    assert run["answer"]["text"] == HEIGHT
    assert '"metres"' in bench.upstream.ledger("elm")[0]["body"]["messages"][-1]["content"]


def test_form_of_the_answer_is_not_asked_of_a_panel(panel: Any, http: httpx.Client, bench: Any) -> None:
    bench.upstream.script("writer", "ok", text=HEIGHT)
    wanted = {"type": "json_schema", "name": "height", "json_schema": SCHEMA}

    ended(http, http.post("/api/v1/runs", json={**PROMPT, "answer_format": wanted}).json()["id"])

    asked = {name: bench.upstream.ledger(name)[0]["body"]["messages"][-1]["content"] for name in ("elm", "writer")}
    assert {name: '"metres"' in text for name, text in asked.items()} == {"elm": False, "writer": True}


@pytest.mark.parametrize("stream", [False, True])
def test_chat_completion_of_one_model_is_its_text(panel: Any, sdk: Any, stream: bool) -> None:
    answer = sdk.chat.completions.create(model="up/elm", messages=ASK, stream=stream)

    pieces = [chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices] if stream else []
    assert ("".join(pieces) if stream else answer.choices[0].message.content) == ANSWERS["elm"]
    run = Run.objects.get()
    assert (run.recipe.strategy, run.answer_kind, run.calls.count()) == ("single", "only", 1)


def test_only_answer_is_retried_and_chosen_again(panel: Any, http: httpx.Client, bench: Any) -> None:
    run = ended(http, http.post("/api/v1/runs", json={**PROMPT, "model": "up/elm"}).json()["id"])
    bench.upstream.script("elm", "ok", text="It is 330 m.")

    http.post(f"/api/v1/calls/{run['calls'][0]['id']}/retry")
    bench.finish(Run.objects.get())
    again = http.post(f"/api/v1/runs/{run['id']}/fuse-again", json={"slots": ["A"]}).json()

    assert (again["answer"]["text"], again["answer"]["kind"], len(again["calls"])) == ("It is 330 m.", "only", 2)
