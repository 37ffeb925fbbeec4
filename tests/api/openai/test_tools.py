"""Tools of a client: a model calls them, the client answers with results, and the run keeps it all."""

import json
from typing import Any

import httpx
import openai
import pytest
from django.test import Client

from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import FinishReason, PromptStyle
from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
QUESTION = "How is Paris?"
USER = {"role": "user", "content": QUESTION}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "description": "Sky", "parameters": SCHEMA}}
FLAT: Any = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
CALL = {"id": "call_1", "name": "weather", "arguments": '{"city": "Paris"}'}
ANSWER = "It is sunny in Paris."


@pytest.fixture
def caller(panel: Any, bench: Any) -> str:
    """A model that calls the weather of Paris, and answers once it has it."""
    reference: str = bench.model("caller", "calls", text=ANSWER, calls=[CALL, {**CALL, "id": "call_2"}])
    return reference


def sent_to(bench: Any, name: str = "caller") -> dict[str, Any]:
    """The body that a model was sent last."""
    body: dict[str, Any] = bench.upstream.ledger(name)[-1]["body"]
    return body


def results(message: Any) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": call.id, "content": "Sunny"} for call in message.tool_calls]


def test_a_model_calls_and_answers(caller: str, sdk: openai.OpenAI, bench: Any) -> None:
    first = sdk.chat.completions.create(model=caller, messages=[USER], tools=[WEATHER], parallel_tool_calls=True)

    said = first.choices[0]
    assert (said.finish_reason, said.message.content) == ("tool_calls", None)
    assert said.message.tool_calls
    called = [(call.id, call.function.name, call.function.arguments) for call in said.message.tool_calls]
    assert called == [("call_1", "weather", CALL["arguments"]), ("call_2", "weather", CALL["arguments"])]
    assert first.usage
    assert first.usage.completion_tokens == len(ANSWER.split())
    assert (sent_to(bench)["tools"], sent_to(bench)["parallel_tool_calls"]) == ([WEATHER], True)

    messages: Any = [USER, said.message, *results(said.message)]
    second = sdk.chat.completions.create(model=caller, messages=messages, tools=[WEATHER])

    assert (second.choices[0].finish_reason, second.choices[0].message.content) == ("stop", ANSWER)
    assert [turn["role"] for turn in sent_to(bench)["messages"]] == ["user", "assistant", "tool", "tool"]
    titles = Run.objects.order_by("pk").values_list("title", "status", "answer_call__finish_reason")
    assert [*titles] == [(QUESTION, "done", FinishReason.TOOL_CALLS), (QUESTION, "done", FinishReason.STOP)]


def test_a_stream_calls_behind_its_words(caller: str, sdk: openai.OpenAI, bench: Any) -> None:
    bench.model("caller", "calls", before="Let me look.", calls=[CALL, {**CALL, "id": "call_2"}])

    with sdk.chat.completions.stream(model=caller, messages=[USER], tools=[WEATHER]) as events:
        whole = events.get_final_completion().choices[0]

    assert (whole.finish_reason, whole.message.content) == ("tool_calls", "Let me look.")
    assert [call.id for call in whole.message.tool_calls or ()] == ["call_1", "call_2"]
    assert [call.function.arguments for call in whole.message.tool_calls or ()] == [CALL["arguments"]] * 2


def test_the_older_form_is_answered_in_the_older_form(caller: str, http: httpx.Client, bench: Any) -> None:
    function = WEATHER["function"]
    asked = {"model": caller, "functions": [function], "function_call": {"name": "weather"}}

    first = http.post(CHAT, json={**asked, "messages": [USER]}).json()["choices"][0]
    stream = http.post(CHAT, json={**asked, "messages": [USER], "stream": True}).text
    earlier = [{**first["message"]}, {"role": "function", "name": "weather", "content": "Sunny"}]
    second = http.post(CHAT, json={"model": caller, "functions": [function], "messages": [USER, *earlier]}).json()

    assert first["finish_reason"] == "function_call"
    assert first["message"]["function_call"] == {"name": "weather", "arguments": CALL["arguments"]}
    assert '"function_call":{"name":"weather"' in stream
    assert '"finish_reason":"function_call"' in stream
    assert second["choices"][0]["message"]["content"] == ANSWER
    assert sent_to(bench)["messages"][-1]["role"] == "tool"


@pytest.mark.parametrize("words", ["", "Let me look."])
def test_a_response_calls_in_order(caller: str, sdk: openai.OpenAI, bench: Any, words: str) -> None:
    bench.model("caller", "calls", before=words, text=ANSWER, calls=[CALL, {**CALL, "id": "call_2"}])

    events = list(sdk.responses.create(model=caller, input=QUESTION, tools=[FLAT], stream=True))

    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    item = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"]
    assert kinds[-9:] == [*item, *item, "completed"]
    message = ["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done"]
    assert kinds[2:-9] == ([*message, "output_item.done"] if words else [])
    whole = events[-1].response  # type: ignore[union-attr]
    calls = [one for one in whole.output if one.type == "function_call"]
    assert [(one.call_id, one.name, one.arguments, one.status) for one in calls] == [
        (call_id, "weather", CALL["arguments"], "completed") for call_id in ("call_1", "call_2")
    ]
    assert [one.id for one in calls] == [event.item.id for event in events if event.type.endswith("item.added")][-2:]
    assert (whole.tools[0].name, whole.output_text) == ("weather", words)  # type: ignore[union-attr]


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_response_goes_on_with_results(caller: str, sdk: openai.OpenAI, bench: Any, is_kept: bool) -> None:
    first = sdk.responses.create(model=caller, input=QUESTION, tools=[FLAT])
    outputs: Any = [
        {"type": "function_call_output", "call_id": item.call_id, "output": "Sunny"}
        for item in first.output
        if item.type == "function_call"
    ]
    earlier: Any = {} if is_kept else {"input": [USER, *first.output, *outputs]}
    earlier = {"previous_response_id": first.id, "input": outputs} if is_kept else earlier

    second = sdk.responses.create(model=caller, tools=[FLAT], **earlier)

    assert second.output_text == ANSWER
    turns = sent_to(bench)["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool", "tool"]
    assert [call["id"] for call in turns[1]["tool_calls"]] == ["call_1", "call_2"]
    read = sdk.responses.retrieve(first.id)
    assert [item.type for item in read.output] == ["function_call", "function_call"]


@pytest.mark.parametrize("referred", [("message",), ("message", "function_call")])
def test_a_response_goes_on_with_results_behind_references(
    caller: str, http: httpx.Client, bench: Any, referred: tuple[str, ...]
) -> None:
    bench.model("caller", "calls", before="Let me look.", text=ANSWER, calls=[CALL, {**CALL, "id": "call_2"}])
    asked = {"model": caller, "tools": [FLAT]}
    first = http.post(RESPONSES, json={**asked, "input": QUESTION}).json()["output"]
    items = [{"type": "item_reference", "id": one["id"]} if one["type"] in referred else one for one in first]
    outputs = [{"type": "function_call_output", "call_id": call, "output": "Sunny"} for call in ("call_1", "call_2")]

    second = http.post(RESPONSES, json={**asked, "input": [USER, *items, *outputs]})

    assert second.json()["output"][0]["content"][0]["text"] == ANSWER
    turns = sent_to(bench)["messages"]
    assert [turn["content"] for turn in turns[:2]] == [QUESTION, "Let me look."]
    assert [call["id"] for call in turns[1]["tool_calls"]] == ["call_1", "call_2"]
    assert [turn["tool_call_id"] for turn in turns[2:]] == ["call_1", "call_2"]


CALLED = {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "weather"}}]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "Sunny"}
BAD = [
    ({"tools": [{"type": "function", "function": {}}]}, "tools.0.function.name", "missing_parameter"),
    ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools.0.function.name", "invalid_parameter"),
    (
        {"tools": [WEATHER, {"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]},
        "tools.1.function.parameters",
        "invalid_parameter",
    ),
    ({"tools": [WEATHER, WEATHER]}, "tools.1.function", "invalid_parameter"),
    ({"tool_choice": "maybe"}, "tool_choice", "invalid_parameter"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice", "invalid_parameter"),
    ({"tool_choice": {"type": "allowed_tools", "tools": 5}}, "tool_choice", "invalid_parameter"),
    ({"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [{"type": "mcp"}]}}, "tool_choice",
     "unsupported_parameter"),
    ({"tool_choice": {"type": "web_search"}}, "tool_choice", "invalid_parameter"),
    ({"parallel_tool_calls": "often"}, "parallel_tool_calls", "invalid_parameter"),
    ({"messages": [USER, RESULT]}, "messages.1.tool_call_id", "invalid_parameter"),
    ({"messages": [USER, CALLED, USER]}, "messages.1.tool_calls", "invalid_parameter"),
    ({"messages": [USER, CALLED, {**RESULT, "tool_call_id": "b"}]}, "messages.2.tool_call_id", "invalid_parameter"),
    ({"messages": [USER, CALLED, RESULT, RESULT]}, "messages.3.tool_call_id", "invalid_parameter"),
    ({"fusion": {"on_tool_result": "never"}}, "fusion.on_tool_result", "invalid_parameter"),
]  # fmt: skip


@pytest.mark.parametrize("more, param, code", BAD, ids=[f"{row[1]} {at}" for at, row in enumerate(BAD)])
def test_what_is_wrong_is_named(caller: str, http: httpx.Client, more: Any, param: str, code: str) -> None:
    answer = http.post(CHAT, json={"model": caller, "messages": [USER], "tools": [WEATHER], **more})

    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code)
    assert not Run.objects.exists()


def test_a_result_without_an_id_belongs_to_the_first_open_call(caller: str, http: httpx.Client, bench: Any) -> None:
    two = [{"type": "function", "function": {"name": "weather", "arguments": name}} for name in ('"x"', "{}")]
    turns = [USER, {"role": "assistant", "tool_calls": two}, *({"role": "tool", "content": one} for one in "12")]

    answer = http.post(CHAT, json={"model": caller, "messages": turns, "tools": [WEATHER]})

    assert answer.status_code == 200
    sent = sent_to(bench)["messages"]
    ids = [call["id"] for call in sent[1]["tool_calls"]]
    assert [(turn["tool_call_id"], turn["content"]) for turn in sent[2:]] == [(ids[0], "1"), (ids[1], "2")]


def test_a_result_of_5_mb_reaches_the_vendor_whole_or_is_refused_by_name(
    caller: str, http: httpx.Client, bench: Any, settings: Any
) -> None:
    for length in (settings.PROMPT_LIMIT - 1_000, 5_000_000):
        result = {**RESULT, "content": "x" * length}
        answer = http.post(CHAT, json={"model": caller, "messages": [USER, CALLED, result], "tools": [WEATHER]})
        if length < settings.PROMPT_LIMIT:
            assert answer.status_code == 200, answer.text
            assert sent_to(bench)["messages"][-1]["content"] == result["content"]
        else:
            error = answer.json()["error"]
            assert (answer.status_code, error["param"]) == (400, "messages")
            assert "Shorten it." in error["message"]
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    "choice, tools, steered",
    [
        ("none", 2, "none"),
        ({"type": "function", "function": {"name": "weather"}}, 2, WEATHER["function"]["name"]),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [WEATHER]}}, 1, "required"),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "weather"}]}, 1, None),
        ({"type": "allowed_tools", "mode": "required", "tools": [WEATHER, {"type": "mcp", "server_label": "d"}]}, 1,
         "required"),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "image_generation"}]}, 2, "none"),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, 2, None),
    ],
)  # fmt: skip
def test_a_choice_among_tools_reaches_the_vendor(
    caller: str, http: httpx.Client, bench: Any, choice: Any, tools: int, steered: Any
) -> None:
    clock = {"type": "function", "function": {"name": "clock"}}

    answer = http.post(
        CHAT, json={"model": caller, "messages": [USER], "tools": [WEATHER, clock], "tool_choice": choice}
    )

    assert (answer.status_code, len(sent_to(bench)["tools"])) == (200, tools)
    sent = sent_to(bench).get("tool_choice")
    assert (sent["function"]["name"] if isinstance(sent, dict) else sent) == steered


@pytest.mark.parametrize("tool", [{"type": "custom", "name": "f"}, {"type": "mcp"}])
def test_tools_of_other_kinds_are_named(caller: str, http: httpx.Client, tool: Any) -> None:
    answer = http.post(RESPONSES, json={"model": caller, "input": QUESTION, "tools": [FLAT, tool]})

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "tools")
    assert "only functions can be called" in answer.text
    assert [item["type"] for item in answer.json()["output"]] == ["function_call", "function_call"]


def test_a_model_that_takes_no_tools_is_a_clear_refusal(panel: Any, http: httpx.Client, bench: Any) -> None:
    small = bench.model("small")
    Model.objects.filter(reference=small).update(style=PromptStyle.SMALL)
    known = bench.model("known")
    Model.objects.filter(reference=known).update(supports_tools=False)
    unable = bench.model("unable", "400", message="unable does not support tools")

    answers = [
        http.post(CHAT, json={"model": model, "messages": [USER], "tools": [WEATHER]})
        for model in (small, known, unable)
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert bench.upstream.ledger("known") == []
    errors = [answer.json()["error"] for answer in answers]
    assert [(error["code"], error["param"]) for error in errors] == [
        ("unsupported_parameter", "tools"),
        ("unsupported_parameter", "tools"),
        ("invalid_request", None),
    ]
    assert all("takes no tools" in error["message"] for error in errors)


def test_signed_thoughts_go_back_to_their_vendor(panel: Any, sdk: openai.OpenAI, bench: Any) -> None:
    provider = Provider.objects.create(slug="an", name="An", dialect="anthropic", base_url=bench.upstream.url)
    Model.objects.create(reference="an/claude", provider=provider, name="claude", label="Claude")
    bench.upstream.script("claude", "calls", reasoning="Hm.", text=ANSWER, calls=[CALL])

    first = sdk.chat.completions.create(model="an/claude", messages=[USER], tools=[WEATHER]).choices[0].message
    messages: Any = [USER, first, *results(first)]
    second = sdk.chat.completions.create(model="an/claude", messages=messages, tools=[WEATHER])

    assert second.choices[0].message.content == ANSWER
    thought, call = sent_to(bench, "claude")["messages"][1]["content"]
    assert thought == {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM"}
    assert (call["type"], call["id"], call["input"]) == ("tool_use", "call_1", {"city": "Paris"})


def test_the_run_shows_its_calls_and_nothing_runs(caller: str, http: httpx.Client, bench: Any, client: Client) -> None:
    hostile = {**CALL, "name": "weather", "arguments": '{"city": "</pre><script>alert(1)</script>"}'}
    bench.model("caller", "calls", calls=[hostile])
    made = http.post(CHAT, json={"model": caller, "messages": [USER], "tools": [WEATHER]}).json()
    client.force_login(bench.owner)
    run = made["fusion"]["run_id"]

    page = client.get(f"/runs/{run}/").content.decode()
    document = http.get(f"/api/v1/runs/{run}").json()
    markdown = client.get(f"/runs/{run}/export.md").content.decode()
    exported = http.get(f"/api/v1/runs/{run}/export").json()
    sent = http.get(f"/api/v1/calls/{document['calls'][0]['id']}/sent").json()

    assert "calls weather" in page
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "No text." not in page
    assert document["answer"]["tool_calls"] == document["calls"][0]["tool_calls"] == [hostile]
    assert document["tools"]["tools"][0]["name"] == "weather"
    assert "*Calls weather:*" in markdown
    assert json.dumps(hostile["arguments"]) in json.dumps(exported)
    assert sent["parameters"]["tools"] == ["weather"]


def test_the_writer_of_a_fusion_calls_and_the_panel_reads(panel: Any, http: httpx.Client, bench: Any) -> None:
    bench.model("writer", "calls", text=FUSED, calls=[CALL])
    asked = {"model": "fusion", "tools": [WEATHER]}

    first = http.post(CHAT, json={**asked, "messages": [USER]})
    message = first.json()["choices"][0]["message"]
    turns = [USER, message, {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}]
    second = http.post(CHAT, json={**asked, "messages": turns})

    assert (first.status_code, first.json()["choices"][0]["finish_reason"]) == (200, "tool_calls")
    assert first.headers["X-Answer-Kind"] == "fused"
    assert "X-Ignored-Parameters" not in first.headers
    assert len(first.json()["fusion"]["responses"]) == 3
    assert second.json()["choices"][0]["message"]["content"] == FUSED
    seen = [turn["content"] for turn in sent_to(bench, "oak")["messages"]]
    assert seen == [QUESTION, f"[Called weather({CALL['arguments']})]", "[Result of the tool call call_1]\nSunny"]
    written = sent_to(bench, "writer")["messages"]
    assert [turn["role"] for turn in written] == ["user", "assistant", "tool", "user"]
    assert ANSWERS["oak"] in written[-1]["content"]
    assert "tools" not in sent_to(bench, "oak")


def test_a_panel_may_be_told_of_the_tools_first(panel: Any, http: httpx.Client, bench: Any) -> None:
    asked = {"model": "fusion", "messages": [USER], "tools": [WEATHER], "fusion": {"tools": "panel_first"}}

    answer = http.post(CHAT, json=asked)

    assert answer.status_code == 200
    told = sent_to(bench, "elm")
    assert "- weather: Sky" in told["messages"][0]["content"]
    assert "tools" not in told
    assert sent_to(bench, "writer")["tools"] == [WEATHER]


@pytest.mark.parametrize("stream", [False, True])
def test_a_result_may_go_to_the_writer_alone_and_is_named(
    panel: Any, http: httpx.Client, bench: Any, stream: bool
) -> None:
    asked = {"model": "fusion", "tools": [WEATHER], "fusion": {"on_tool_result": "single"}, "stream": stream}

    whole = http.post(CHAT, json={**asked, "messages": [USER]})
    alone = http.post(CHAT, json={**asked, "messages": [USER, CALLED, RESULT]})

    assert ("X-Panel" in whole.headers, alone.headers["X-Panel"]) == (False, "skipped")
    assert "the panel was not asked" in alone.text
    run = Run.objects.latest("pk")
    assert [call.model for call in run.calls.all()] == ["up/writer"]
    assert run.tools
    assert run.tools.skips_panel
    assert [turn["role"] for turn in sent_to(bench, "writer")["messages"]] == ["user", "assistant", "tool"]


def test_a_writer_that_takes_no_tools_is_named(panel: Any, http: httpx.Client, bench: Any) -> None:
    Model.objects.filter(reference="up/writer").update(style=PromptStyle.SMALL)

    answer = http.post(CHAT, json={"model": "fusion", "messages": [USER], "tools": [WEATHER]})

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "tools")
    assert "The writer of this fusion takes none." in answer.text


def test_an_answer_that_calls_needs_no_form(caller: str, http: httpx.Client, bench: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "height", "schema": {"type": "object", "required": ["m"]}}}
    asked = {"model": caller, "messages": [USER], "tools": [WEATHER], "response_format": form}

    answer = http.post(CHAT, json=asked)

    assert (answer.status_code, answer.json()["choices"][0]["finish_reason"]) == (200, "tool_calls")
    assert len(bench.upstream.ledger("caller")) == 1
