"""Anthropic's Messages API over plain HTTP: what its clients send, what they get, and what is refused by name."""

import json
import re
from typing import Any

import httpx
import pytest

from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import ReasoningEffort
from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED

MESSAGES = "/v1/messages"
QUESTION = "How is Paris?"
USER = {"role": "user", "content": QUESTION}
WEATHER: Any = {"name": "weather", "description": "Sky", "input_schema": {"type": "object", "properties": {}}}
CALL = {"id": "toolu_1", "name": "weather", "arguments": '{"city": "Paris"}'}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


@pytest.fixture
def anthropic(http: httpx.Client, key: str) -> httpx.Client:
    """A plain client with Anthropic's headers in place of ours."""
    del http.headers["Authorization"]
    named = {"x-api-key": key, "anthropic-version": "2023-06-01", "anthropic-beta": "none-of-ours-2030-01-01"}
    http.headers.update(named)
    return http


def ask(client: httpx.Client, model: str = "up/elm", **more: Any) -> httpx.Response:
    return client.post(MESSAGES, json={"model": model, "max_tokens": 500, "messages": [USER], **more})


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The events of a stream; each says its type twice."""
    events = []
    for block in answer.text.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def sent_to(bench: Any, name: str = "elm") -> dict[str, Any]:
    """The body that a model was sent last."""
    body: dict[str, Any] = bench.upstream.ledger(name)[-1]["body"]
    return body


@pytest.mark.parametrize(
    "name, text",
    [
        ("up/elm", ANSWERS["elm"]),
        ("elm", ANSWERS["elm"]),
        ("claude-fusion", FUSED),
        ("claude-fusion-trees", FUSED),
        ("fusion", FUSED),
    ],
)
def test_a_message_is_answered_under_every_name(panel: Any, anthropic: httpx.Client, name: str, text: str) -> None:
    answer = anthropic.post(f"{MESSAGES}?beta=true", json={"model": name, "max_tokens": 500, "messages": [USER]})

    assert answer.status_code == 200, answer.text
    message = answer.json()
    assert message["content"] == [{"type": "text", "text": text}]
    kinds = {name: message[name] for name in ("type", "role", "model", "stop_reason", "stop_sequence")}
    assert kinds == {
        "type": "message",
        "role": "assistant",
        "model": name,
        "stop_reason": "end_turn",
        "stop_sequence": None,
    }
    run = Run.objects.get()
    assert (message["id"], answer.headers["request-id"]) == (f"msg_{run.public_id}", run.public_id)
    assert message["usage"]["output_tokens"] > 0
    assert message["fusion"]["run_id"] == run.public_id


def test_all_parts_of_a_request_reach_the_model(panel: Any, anthropic: httpx.Client, bench: Any) -> None:
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
                                     PICTURE]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": ""},
                                          {"type": "text", "text": "A pixel."}]},
        {"role": "user", "content": [
            {"type": "document", "source": {"type": "text", "data": "Its text"}, "title": "T"},
            {"type": "text", "text": "Sure?"},
        ]},
    ]  # fmt: skip

    answer = ask(
        anthropic,
        messages=turns,
        system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        temperature=0.3,
        top_p=0.9,
        stop_sequences=["END"],
        metadata={"user_id": "u1"},
        thinking={"type": "enabled", "budget_tokens": 2_000},
        service_tier="auto",
        unheard_of={"a": 1},
    )

    assert answer.status_code == 200, answer.text
    assert "X-Ignored-Parameters" not in answer.headers
    body = sent_to(bench)
    assert [(turn["role"], turn["content"]) for turn in body["messages"] if turn["role"] != "user"] == [
        ("system", "Be brief.\n\nBe kind."),
        ("assistant", "A pixel."),
    ]
    first, last = (turn["content"] for turn in body["messages"] if turn["role"] == "user")
    assert first == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    document = re.fullmatch(r".*\[FILE 1 (\w+)\]\nName: T\n\nIts text\n\[END OF FILE 1 \1\]\n\nSure\?", last, re.DOTALL)
    assert document, last
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["stop"]) == (0.3, 0.9, 500, ["END"])
    run = Run.objects.get()
    assert run.metadata == {"user_id": "u1"}
    assert run.recipe.panel[0].parameters.reasoning_effort is ReasoningEffort.LOW


@pytest.mark.parametrize(
    "more, effort",
    [
        ({}, None),
        ({"thinking": {"type": "disabled"}}, None),
        ({"thinking": {"type": "adaptive"}}, "high"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1_024}}, "minimal"),
        ({"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high"),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}}, "medium"),
        ({"output_config": {"effort": "max"}}, "high"),
    ],
)
def test_thinking_is_an_effort(panel: Any, anthropic: httpx.Client, more: Any, effort: str | None) -> None:
    assert ask(anthropic, **more).status_code == 200

    assert Run.objects.get().recipe.panel[0].parameters.reasoning_effort == effort


def test_a_stream_has_its_events_in_order(panel: Any, anthropic: httpx.Client, bench: Any) -> None:
    bench.upstream.script("writer", "ok", text=FUSED, first_delay_s=1.2)

    answer = ask(anthropic, "claude-fusion", stream=True)

    assert answer.headers["Content-Type"] == "text/event-stream"
    events = events_of(answer)
    kinds = [event["type"] for event in events if event["type"] not in ("ping", "content_block_delta")]
    assert kinds == ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"]
    start = events[0]["message"]
    assert (start["content"], start["stop_reason"], start["usage"]["output_tokens"]) == ([], None, 0)
    assert start["usage"]["input_tokens"] > 0
    assert events[1]["type"] == "ping"
    silent = [event["type"] for event in events[2:]]
    assert "ping" in silent[: silent.index("content_block_start")]
    deltas = [event for event in events if event["type"] == "content_block_delta"]
    assert "".join(event["delta"]["text"] for event in deltas) == FUSED
    assert {event["index"] for event in deltas} == {0}
    end = events[-2]
    assert end["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert end["usage"]["output_tokens"] > 0
    assert end["fusion"]["answer_kind"] == "fused"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["up/caller", "claude-fusion"])
def test_tools_are_called_and_answered(
    panel: Any, anthropic: httpx.Client, bench: Any, model: str, stream: bool
) -> None:
    for name in ("caller", "writer"):
        bench.model(name, "calls", text="Sunny.", before="Let me look.", calls=[CALL, {**CALL, "id": "toolu_2"}])

    first = ask(anthropic, model, tools=[WEATHER], stream=stream)
    assert first.status_code == 200, first.text
    if stream:
        events = events_of(first)
        blocks = [event["content_block"] for event in events if event["type"] == "content_block_start"]
        indices = [event["index"] for event in events if event["type"] == "content_block_stop"]
        arguments = [event["delta"]["partial_json"] for event in events if "partial_json" in event.get("delta", {})]
        assert indices == [0, 1, 2]
        assert [json.loads(one) for one in arguments] == [{"city": "Paris"}] * 2
        assert [block.get("input") for block in blocks] == [None, {}, {}]
        reason = events[-2]["delta"]["stop_reason"]
        content = [{"type": "text", "text": "Let me look."}]
        content += [{**block, "input": {"city": "Paris"}} for block in blocks[1:]]
    else:
        content, reason = first.json()["content"], first.json()["stop_reason"]
    assert reason == "tool_use"
    assert [(block["type"], block.get("id")) for block in content] == [
        ("text", None),
        ("tool_use", "toolu_1"),
        ("tool_use", "toolu_2"),
    ]

    results = [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Sun"}]},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "Broken", "is_error": True},
        {"type": "text", "text": "Well?"},
    ]
    turns = [USER, {"role": "assistant", "content": content}, {"role": "user", "content": results}]
    second = ask(anthropic, model, tools=[WEATHER], messages=turns)

    assert second.json()["content"] == [{"type": "text", "text": "Sunny."}]
    sent = sent_to(bench, "caller" if model == "up/caller" else "writer")["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "tool", "tool", "user"]
    assert [turn["content"] for turn in sent[2:4]] == ["Sun", "Broken"]


@pytest.mark.parametrize(
    "choice, steered",
    [
        ({"type": "auto"}, (None, None)),
        ({"type": "any", "disable_parallel_tool_use": True}, ("required", False)),
        ({"type": "tool", "name": "weather"}, ({"type": "function", "function": {"name": "weather"}}, None)),
        ({"type": "none"}, ("none", None)),
    ],
)
def test_the_choice_among_tools_is_translated(
    panel: Any, anthropic: httpx.Client, bench: Any, choice: Any, steered: Any
) -> None:
    server_tool = {"type": "code_execution_20250825", "name": "code_execution"}

    answer = ask(anthropic, tools=[WEATHER, server_tool], tool_choice=choice)

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "tools")
    body = sent_to(bench)
    assert (body.get("tool_choice"), body.get("parallel_tool_calls")) == steered
    assert [tool["function"]["name"] for tool in body["tools"]] == ["weather"]


def test_signed_thoughts_of_a_client_go_back(panel: Any, anthropic: httpx.Client, bench: Any) -> None:
    provider = Provider.objects.create(slug="an", name="An", dialect="anthropic", base_url=bench.upstream.url)
    Model.objects.create(reference="an/claude", provider=provider, name="claude", label="Claude")
    bench.upstream.script("claude", "calls", text="Sunny.")
    thought = {"type": "thinking", "thinking": "Hm", "signature": "Sig="}
    hidden = {"type": "redacted_thinking", "data": "Zz=="}
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Sun"}

    turns = [USER, {"role": "assistant", "content": [thought, hidden, call]}, {"role": "user", "content": [result]}]
    answer = ask(anthropic, "an/claude", messages=turns, tools=[WEATHER])

    assert answer.status_code == 200, answer.text
    assert sent_to(bench, "claude")["messages"][1]["content"] == [thought, hidden, call]


def test_a_form_is_asked_for_in_anthropics_words(panel: Any, anthropic: httpx.Client, bench: Any) -> None:
    bench.model("json", "ok", text='{"metres": 330}')
    schema = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}

    answer = ask(anthropic, "up/json", output_config={"format": {"type": "json_schema", "schema": schema}})

    assert json.loads(answer.json()["content"][0]["text"]) == {"metres": 330}


TOOL_TURNS = [USER, {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "weather", "input": {}}]}]
REFUSED: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"max_tokens": None}, 400, "invalid_request_error", "max_tokens"),
    ({"messages": []}, 400, "invalid_request_error", "messages"),
    ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, 400, "invalid_request_error",
     "messages.0.content.0.type"),
    ({"messages": [*TOOL_TURNS, USER], "tools": [WEATHER]}, 400, "invalid_request_error", "messages.1.content"),
    ({"messages": [USER, {"role": "assistant", "content": "I"}]}, 400, "invalid_request_error", "messages"),
    ({"messages": [{"role": "user", "content": [{**PICTURE, "source": {"type": "url", "url": "https://a.b"}}]}]},
     400, "invalid_request_error", "messages.0.content.0.source"),
    ({"tools": [{"name": "a b", "input_schema": {}}]}, 400, "invalid_request_error", "tools.0.name"),
    ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "f"}}, 400, "invalid_request_error",
     "tool_choice.name"),
    ({"model": "up/none"}, 404, "not_found_error", "model"),
    ({"model": "claude-fusion-none"}, 404, "not_found_error", "model"),
    ({"model": "up/529"}, 529, "overloaded_error", None),
    ({"model": "up/429"}, 429, "rate_limit_error", None),
]  # fmt: skip


@pytest.mark.parametrize("more, status, kind, param", REFUSED, ids=[f"{row[1]} {row[3]}" for row in REFUSED])
def test_refusals_are_in_anthropics_form(
    panel: Any, anthropic: httpx.Client, bench: Any, more: Any, status: int, kind: str, param: str | None
) -> None:
    for name in ("529", "429"):
        bench.model(name)

    answer = ask(anthropic, **more)

    error = answer.json()
    assert (answer.status_code, error["type"], error["error"]["type"]) == (status, "error", kind)
    assert error["error"]["param"] == param
    assert error["error"]["message"]


def test_a_stream_that_breaks_says_so_in_its_form(panel: Any, anthropic: httpx.Client, bench: Any) -> None:
    broken = bench.model("broken", "error-mid-stream")

    events = events_of(ask(anthropic, broken, stream=True))

    assert [event["type"] for event in events if event["type"] in ("message_stop", "error")] == ["error"]
    assert events[-1]["error"]["type"] == "api_error"
    assert events[-1]["request_id"] == Run.objects.get().public_id


def test_keys_come_in_either_header(base_url: str, key: str, panel: Any) -> None:
    body = {"model": "up/elm", "messages": [USER]}
    address = f"{base_url}{MESSAGES}/count_tokens"

    answers = [
        httpx.post(address, json=body, headers=headers, timeout=60)
        for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}, {"x-api-key": "fw-no"}, {})
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401]
    assert answers[2].json()["error"]["type"] == "authentication_error"
    assert httpx.head(f"{base_url}{MESSAGES}", timeout=60).status_code == 200
    assert httpx.head(f"{base_url}/", timeout=60).status_code < 400


def test_tokens_are_counted_without_a_run(panel: Any, anthropic: httpx.Client) -> None:
    few, more = (
        anthropic.post(f"{MESSAGES}/count_tokens", json={"model": "claude-fusion", "messages": [USER], **added}).json()
        for added in ({}, {"system": "Be brief.", "tools": [WEATHER]})
    )

    assert 0 < few["input_tokens"] < more["input_tokens"]
    assert not Run.objects.exists()


def test_models_are_listed_in_the_form_of_who_asks(panel: Any, anthropic: httpx.Client) -> None:
    found = anthropic.get("/v1/models?limit=1000").json()
    one = anthropic.get("/v1/models/claude-fusion-trees").json()
    missing = anthropic.get("/v1/models/none")
    del anthropic.headers["anthropic-version"]
    openais = anthropic.get("/v1/models").json()

    ids = [model["id"] for model in found["data"]]
    assert ids[:2] == ["claude-fusion", "claude-fusion-trees"]
    assert "up/elm" in ids
    assert (found["has_more"], found["first_id"], found["last_id"]) == (False, ids[0], ids[-1])
    assert (one["type"], one["display_name"]) == ("model", "Fusion: Trees")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found_error")
    assert openais["object"] == "list"
