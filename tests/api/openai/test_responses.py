"""Responses over real HTTP: conversations that refer to stored runs, and every field that is required."""

from typing import Any

import httpx
import openai
import pytest

from apps.fusion.prompting.tool_turns import as_text
from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED
from tests.factories import make_user

QUESTION = "How high is the Eiffel Tower?"
REQUIRED = {
    "id", "object", "created_at", "completed_at", "status", "incomplete_details", "model", "previous_response_id",
    "instructions", "output", "error", "tools", "tool_choice", "truncation", "parallel_tool_calls", "text", "top_p",
    "presence_penalty", "frequency_penalty", "top_logprobs", "temperature", "reasoning", "usage", "max_output_tokens",
    "max_tool_calls", "store", "background", "service_tier", "metadata", "safety_identifier", "prompt_cache_key",
}  # fmt: skip
"""The fields of a response that the Open Responses specification requires."""
NUMBERS = ("top_p", "temperature", "presence_penalty", "frequency_penalty", "top_logprobs")


def respond(http: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = http.post("/v1/responses", json={"model": "up/elm", "input": QUESTION, **body})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def turns_of(run_id: str) -> list[tuple[str, str]]:
    run = Run.objects.get(public_id=run_id.removeprefix("resp_"))
    return [(turn.role, turn.text) for turn in as_text(run.messages)]


@pytest.mark.parametrize("path", ["whole", "stream", "stored"])
def test_a_response_has_every_required_field(panel, http, sdk, path) -> None:
    made = respond(http)
    if path == "stream":
        with sdk.responses.stream(model="up/elm", input=QUESTION) as stream:
            responses = [event.response.model_dump() for event in stream if hasattr(event, "response")]
    else:
        responses = [made if path == "whole" else http.get(f"/v1/responses/{made['id']}").json()]

    for response in responses:
        assert REQUIRED - set(response) == set()
        assert [name for name in NUMBERS if not isinstance(response[name], int | float)] == []
        assert (response["store"], response["background"], response["truncation"]) == (True, False, "disabled")
        assert (response["reasoning"]["effort"], response["reasoning"]["summary"]) == (None, None)
        assert response["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert isinstance(responses[-1]["completed_at"], int | float)


def test_a_response_repeats_its_request(panel, http, bench) -> None:
    bench.upstream.script("elm", "ok", text="{}")
    form = {"type": "json_schema", "name": "any", "schema": {"type": "object"}, "strict": True}
    sent = {"temperature": 0.3, "top_p": 0.9, "parallel_tool_calls": False, "tool_choice": "none", "max_tool_calls": 2}

    response = respond(http, **sent, text={"format": form}, reasoning={"effort": "low"}, instructions="Be brief.")

    assert {name: response[name] for name in sent} == sent
    assert response["text"]["format"] == form
    assert (response["reasoning"]["effort"], response["instructions"]) == ("low", "Be brief.")


def test_an_error_in_a_stream_has_its_fields_at_both_places(panel, http, bench) -> None:
    bench.upstream.script("elm", "401")

    text = http.post("/v1/responses", json={"model": "up/elm", "input": QUESTION, "stream": True}).text

    event = next(part for part in text.split("\n\n") if part.startswith("event: error"))
    assert event.count('"code":"authentication"') == 2
    assert '"type":"response.failed"' in text


def test_a_response_goes_on_from_an_earlier_one(panel, http) -> None:
    first = respond(http, instructions="Be brief.")
    second = respond(http, input="Are you sure?", previous_response_id=first["id"])
    third = respond(http, input="Really?", previous_response_id=second["id"], instructions="Be long.")

    said = [("user", QUESTION), ("assistant", ANSWERS["elm"])]
    asked_again = [("user", "Are you sure?"), ("assistant", ANSWERS["elm"])]
    assert turns_of(second["id"]) == [("system", "Be brief."), *said, ("user", "Are you sure?")]
    assert turns_of(third["id"]) == [("system", "Be long."), *said, *asked_again, ("user", "Really?")]
    assert (first["previous_response_id"], second["previous_response_id"]) == (None, first["id"])
    assert Run.objects.get(public_id=second["id"][5:]).parent.public_id == first["id"][5:]


ITEMS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"type": "item_reference", "id": "msg_"}, [("assistant", ANSWERS["elm"])]),
    ({"type": "item_reference", "id": "rs_"}, []),
    ({"type": "item_reference", "id": "ws_"}, []),
    ({"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": '{"a":1}', "status": "completed"},
     [("assistant", '[Called f({"a":1})]')]),
    ({"type": "function_call_output", "call_id": "c", "output": "42"}, [("user", "[Result of the tool call c]\n42")]),
    ({"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "42"}]},
     [("user", "[Result of the tool call c]\n42")]),
    ({"type": "custom_tool_call", "call_id": "c", "name": "g", "input": "x"}, [("assistant", "[Called g(x)]")]),
    ({"type": "custom_tool_call_output", "call_id": "c", "output": "y"}, [("user", "[Result of the tool call c]\ny")]),
    ({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}, []),
    ({"type": "web_search_call", "id": "ws_1", "status": "completed"}, []),
    ({"type": "openrouter:fusion", "id": "st_1", "status": "completed"}, []),
    ({"type": "tool_search_call", "call_id": "s", "arguments": {}}, []),
    ({"type": "tool_search_output", "call_id": "s", "tools": []}, []),
    ({"type": "program", "id": "p", "call_id": "p", "code": "x"}, []),
    ({"type": "program_output", "id": "p", "call_id": "p", "result": "x"}, []),
    ({"role": "assistant", "content": [{"type": "output_text", "text": "330", "annotations": [], "logprobs": []}],
      "id": "msg_x", "status": "completed", "phase": "final", "new": True}, [("assistant", "330")]),
    ({"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, [("assistant", "No.")]),
]  # fmt: skip


@pytest.mark.parametrize("item, seen", ITEMS, ids=lambda value: str(value)[:50])
def test_items_of_other_turns_are_understood(panel, http, item, seen) -> None:
    if item.get("type") == "item_reference":
        item = {**item, "id": item["id"] + respond(http)["id"].removeprefix("resp_")}

    response = respond(http, input=[{"role": "user", "content": "First?"}, item, {"role": "user", "content": "Then?"}])

    assert turns_of(response["id"]) == [("user", "First?"), *seen, ("user", "Then?")]


def test_the_sdk_retrieves_and_deletes_a_response(panel, base_url, make_key) -> None:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key=make_key("admin"), max_retries=0) as sdk:
        made = sdk.responses.create(model="fusion", input=QUESTION, temperature=0.4, metadata={"report": "7"})
        read = sdk.responses.retrieve(made.id)
        sdk.responses.delete(made.id)
        with pytest.raises(openai.NotFoundError):
            sdk.responses.retrieve(made.id)

    assert (read.id, read.status, read.output_text) == (made.id, "completed", FUSED)
    assert (read.model, read.temperature, read.metadata) == ("fusion/trees", 0.4, {"report": "7"})
    assert read.usage == made.usage
    assert not Run.objects.exists()


def test_a_response_can_be_read_while_it_is_made_and_after_it_failed(panel, http, bench) -> None:
    bench.upstream.script("elm", "stall-mid")
    bench.upstream.script("oak", "401")
    working = http.post("/api/v1/runs", json={"prompt": QUESTION, "model": "up/elm"}).json()["id"]
    failing = http.post("/api/v1/runs", json={"prompt": QUESTION, "model": "up/oak"}).json()["id"]
    bench.finish(Run.objects.get(public_id=failing))

    at_work, failed = (http.get(f"/v1/responses/resp_{run}").json() for run in (working, failing))

    assert (at_work["status"], at_work["output"]) == ("in_progress", [])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert failed["error"]["fusion_code"] == "authentication"


@pytest.mark.parametrize("item", ["msg_", "fc_"])
@pytest.mark.parametrize("name", ["resp_nothing", "chatcmpl-x", "msg_x"])
def test_a_response_that_does_not_exist_is_404(panel, http, name, item) -> None:
    reference = {"type": "item_reference", "id": f"{item}{name}"}
    answers = [
        http.get(f"/v1/responses/{name}"),
        http.post("/v1/responses", json={"model": "up/elm", "input": "x", "previous_response_id": name}),
        http.post("/v1/responses", json={"model": "up/elm", "input": [reference]}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert [answer.json()["error"]["param"] for answer in answers] == [None, "previous_response_id", "input.0.id"]


@pytest.mark.parametrize("path", ["", "/input_items"])
def test_a_nul_in_the_address_of_a_response_is_404(panel, http, path) -> None:
    assert http.get(f"/v1/responses/resp_%00{path}").status_code == 404


def test_a_response_of_somebody_else_does_not_exist(panel, http, make_key) -> None:
    made = respond(http)
    http.headers["Authorization"] = f"Bearer {make_key('admin', owner=make_user('charlie'))}"
    reference = [{"type": "item_reference", "id": made["output"][0]["id"]}]

    answers = [
        http.get(f"/v1/responses/{made['id']}"),
        http.delete(f"/v1/responses/{made['id']}"),
        http.post("/v1/responses", json={"model": "up/elm", "input": "x", "previous_response_id": made["id"]}),
        http.post("/v1/responses", json={"model": "up/elm", "input": reference}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Run.objects.count() == 1


def test_a_response_is_deleted_by_an_admin_only(panel, http) -> None:
    answer = http.delete(f"/v1/responses/{respond(http)['id']}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing_scope")
