"""Threads over real HTTP: continued in each form of the API, read, exported, shared and deleted."""

from typing import Any

import httpx
import pytest

from apps.api.extension import fusion_of
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
from tests.api.factories import ANSWERS, FUSED
from tests.api.runs.test_runs import ended

QUESTION = "How high is the Eiffel Tower?"


def chat(http: httpx.Client, text: str, **fusion: Any) -> dict[str, Any]:
    """Ask the panel by a chat completion; return its ``fusion`` object."""
    messages = [{"role": "user", "content": text}]
    answer = http.post("/v1/chat/completions", json={"model": "fusion", "messages": messages, "fusion": fusion})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()["fusion"]
    return document


def run(http: httpx.Client, text: str, **wish: Any) -> dict[str, Any]:
    """Ask the panel by the runs API, and wait for the end."""
    answer = http.post("/api/v1/runs", json={"prompt": text, **wish})
    assert answer.status_code == 201, answer.text
    return ended(http, answer.json()["id"])


def prompts_to(bench: Any, model: str) -> list[list[str]]:
    """Return the texts of each conversation that the vendor was sent for a model."""
    return [[turn["content"] for turn in entry["body"]["messages"]] for entry in bench.upstream.ledger(model)]


def test_every_form_continues_a_thread_that_another_one_began(panel, http, bench) -> None:
    first = chat(http, QUESTION)
    thread = first["thread"]
    second = run(http, "Sure?", thread=thread)
    third = http.post(
        "/v1/responses", json={"model": "up/elm", "input": "How old?", "fusion": {"thread": thread}}
    ).json()
    fourth = http.post(
        "/v1/responses", json={"model": "up/elm", "input": "Why?", "previous_response_id": third["id"]}
    ).json()

    found = http.get(f"/api/v1/threads/{thread}").json()
    assert (thread, second["thread"], third["fusion"]["thread"]) == (first["run_id"], thread, thread)
    assert [turn["id"] for turn in found["turns"]] == [
        first["run_id"], second["id"], third["fusion"]["run_id"], fourth["fusion"]["run_id"],
    ]  # fmt: skip
    assert (found["title"], found["deleted"], found["url"][-22:]) == (QUESTION, 0, f"/threads/{thread}/")
    assert prompts_to(bench, "elm")[-1] == [QUESTION, FUSED, "Sure?", FUSED, "How old?", ANSWERS["elm"], "Why?"]


def test_each_column_is_sent_its_own_answers(panel, http, bench) -> None:
    first = run(http, QUESTION)
    second = run(http, "Sure?", thread=first["thread"], earlier_answers="own")

    assert (second["earlier_answers"], second["parent"]) == ("own", first["id"])
    assert second["own_answers"] == {slot: [ANSWERS[name]] for slot, name in zip("ABC", ANSWERS, strict=True)}
    for name, text in ANSWERS.items():
        assert prompts_to(bench, name)[-1] == [QUESTION, text, "Sure?"]
    assert prompts_to(bench, "writer")[-1][:2] == [QUESTION, FUSED]


def test_a_retry_goes_on_with_the_same_answers(panel, http, bench) -> None:
    first = run(http, QUESTION)
    second = run(http, "Sure?", thread=first["thread"], earlier_answers="own")
    call = next(call for call in second["calls"] if call["slot"] == "B")

    http.post(f"/api/v1/calls/{call['id']}/retry").raise_for_status()
    bench.finish(Run.objects.get(public_id=second["id"]))

    sent = prompts_to(bench, "elm")
    assert sent[-1] == sent[-2] == [QUESTION, ANSWERS["elm"], "Sure?"]


def test_instructions_take_the_place_of_the_threads(panel, http) -> None:
    asked = [{"role": "system", "text": "Be brief."}, {"role": "user", "text": QUESTION}]
    made = http.post("/api/v1/runs", json={"messages": asked, "model": "up/elm"}).json()
    first = ended(http, made["id"])
    again = [{"role": "system", "text": "Be long."}, {"role": "user", "text": "Sure?"}]

    second = run(http, "Sure?", thread=first["thread"], model="up/elm")
    made = http.post("/api/v1/runs", json={"messages": again, "model": "up/elm", "thread": first["thread"]}).json()

    assert second["messages"][0] == {"role": "system", "text": "Be brief."}
    texts = [message["text"] for message in ended(http, made["id"])["messages"]]
    assert texts == ["Be long.", QUESTION, ANSWERS["elm"], "Sure?", ANSWERS["elm"], "Sure?"]


def test_following_an_earlier_response_begins_a_branch(panel, http) -> None:
    body = {"model": "up/elm", "input": QUESTION}
    first = http.post("/v1/responses", json=body).json()
    http.post("/v1/responses", json={**body, "previous_response_id": first["id"]})

    branch = http.post("/v1/responses", json={**body, "input": "Or?", "previous_response_id": first["id"]}).json()

    assert branch["fusion"]["thread"] == branch["fusion"]["run_id"]
    turns = http.get(f"/api/v1/threads/{branch['fusion']['thread']}").json()["turns"]
    assert [turn["id"] for turn in turns] == [first["fusion"]["run_id"], branch["fusion"]["run_id"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"thread": "nothing"}, 404, "not_found"),
        ({"earlier_answers": "own"}, 400, "invalid_parameter"),
        ({"thread": "{thread}", "earlier_answers": "all"}, 400, "invalid_parameter"),
        ({"thread": ""}, 400, "invalid_parameter"),
    ],
)
def test_a_thread_that_cannot_go_on_is_refused(panel, http, body, status, code) -> None:
    thread = run(http, QUESTION, model="up/elm")["thread"]
    body = {name: value.format(thread=thread) for name, value in body.items()}

    refused = http.post("/api/v1/runs", json={"prompt": "Sure?", **body})

    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert Run.objects.count() == 1


def test_a_thread_and_an_earlier_response_are_too_much(panel, http) -> None:
    first = http.post("/v1/responses", json={"model": "up/elm", "input": QUESTION}).json()
    both = {"previous_response_id": first["id"], "fusion": {"thread": first["fusion"]["thread"]}}

    refused = http.post("/v1/responses", json={"model": "up/elm", "input": "Sure?", **both})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "fusion.thread")


def test_a_thread_waits_for_its_newest_turn(panel, http, bench) -> None:
    bench.model("slow", "stall-first")
    made = http.post("/api/v1/runs", json={"prompt": QUESTION, "model": "up/slow"}).json()

    refused = http.post("/api/v1/runs", json={"prompt": "Sure?", "thread": made["thread"]})

    http.post(f"/api/v1/runs/{made['id']}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_now")
    assert refused.headers["X-Should-Retry"] == "false"


def test_an_estimate_counts_the_turns_before(panel, http, bench) -> None:
    model = bench.model("long", "ok", text="long words, many of them. " * 400)
    thread = run(http, QUESTION, model=model)["thread"]

    alone = http.post("/api/v1/estimates", json={"prompt": "Sure?", "model": model}).json()
    fused = http.post("/api/v1/estimates", json={"prompt": "Sure?", "model": model, "thread": thread}).json()
    own = {"prompt": "Sure?", "model": model, "thread": thread, "earlier_answers": "own"}

    assert fused["low"] - alone["low"] > 0.001
    assert http.post("/api/v1/estimates", json=own).json() == fused


def test_a_thread_is_exported_shared_and_deleted_as_a_whole(panel, http, admin_key) -> None:
    http.headers["Authorization"] = f"Bearer {admin_key}"
    first = run(http, QUESTION, model="up/elm")
    second = run(http, "Sure?", thread=first["thread"], model="up/elm")
    address = f"/api/v1/threads/{first['thread']}"

    exported = http.get(f"{address}/export").json()
    share = http.post(f"{address}/shares").json()

    assert (exported["thread"], [turn["id"] for turn in exported["turns"]]) == (
        first["thread"],
        [first["id"], second["id"]],
    )
    assert [[message["text"] for message in turn["messages"]] for turn in exported["turns"]] == [[QUESTION], ["Sure?"]]
    assert http.get(f"/s/{share['code']}/").status_code == 200
    assert http.delete(f"/api/v1/shares/{share['code']}").status_code == 204
    assert http.get(f"/s/{share['code']}/").status_code == 404
    assert http.delete(address).status_code == 204
    assert (http.get(address).status_code, Run.objects.count()) == (404, 0)


def test_the_answer_of_a_shared_copy_names_no_thread(panel, http) -> None:
    made = Run.objects.get(public_id=run(http, QUESTION, model="up/elm")["id"])

    assert fusion_of(take_snapshot(made), "")["thread"] == made.public_id


def test_thread_goes_on_from_one_column_in_each_form(panel, http, bench) -> None:
    first = run(http, QUESTION)
    elms = next(call["slot"] for call in first["calls"] if call["model"] == "up/elm")

    second = run(http, "Sure?", thread=first["thread"], from_slot=elms)
    third = http.post(
        "/v1/responses",
        json={
            "model": "fusion",
            "input": "Why?",
            "previous_response_id": f"resp_{first['id']}",
            "fusion": {"from_slot": elms},
        },
    ).json()

    assert [message["text"] for message in second["messages"]] == [QUESTION, ANSWERS["elm"], "Sure?"]
    assert (second["from_slot"], first["from_slot"]) == (elms, None)
    assert prompts_to(bench, "oak")[-2:] == [
        [QUESTION, ANSWERS["elm"], "Sure?"],
        [QUESTION, ANSWERS["elm"], "Why?"],
    ]
    assert third["status"] == "completed"
    refused = [
        {"thread": first["thread"], "from_slot": "H"},
        {"thread": first["thread"], "from_slot": "A", "earlier_answers": "own"},
        {"from_slot": "A"},
        {"thread": first["thread"], "from_slot": "Z"},
    ]
    for wish in refused:
        assert http.post("/api/v1/runs", json={"prompt": "Sure?", **wish}).status_code == 400
