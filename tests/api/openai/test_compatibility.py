"""Requests that real clients send, each for its kind: accepted without effect and named, mapped, or refused by name."""

from typing import Any

import httpx
import pytest

from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
USER = {"role": "user", "content": "How high is the Eiffel Tower?"}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
PIXEL += "awAAAABJRU5ErkJggg=="
IMAGE = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "original"}}
INPUT_IMAGE = {"type": "input_image", "image_url": PIXEL, "detail": "original"}
CUSTOM_CALL = {"id": "c", "type": "custom", "custom": {"name": "g", "input": "x"}}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
HEIGHT = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}


def ask(http: httpx.Client, path: str = CHAT, **more: Any) -> httpx.Response:
    """Ask one model, which answers at once."""
    own = {"messages": [USER]} if path == CHAT else {"input": "How high is the Eiffel Tower?"}
    return http.post(path, json={"model": "up/elm", **own, **more})


def sent_to_model(bench, name: str = "elm") -> list[dict[str, Any]]:
    """The messages that the model was sent last."""
    messages: list[dict[str, Any]] = bench.upstream.ledger(name)[-1]["body"]["messages"]
    return messages


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
@pytest.mark.parametrize("choice", [None, "auto", "none", "absent"])
@pytest.mark.parametrize("stream", [False, True])
def test_tools_that_are_to_be_ignored_are_named_and_not_called(panel, http, path, choice, stream) -> None:
    tool = WEATHER if path == CHAT else {"type": "function", "name": "weather", "parameters": {"type": "object"}}
    more = {} if choice == "absent" else {"tool_choice": choice}

    answer = ask(http, path, tools=[tool], stream=stream, fusion={"tools": "ignore"}, **more)

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "tools")
    assert "Accepted without effect: tools. Tools of the client are not called." in answer.text


def test_functions_that_are_to_be_ignored_are_named_and_not_called(panel, http) -> None:
    answer = ask(http, functions=[{"name": "weather"}], function_call="auto", fusion={"tools": "ignore"})

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "functions")


@pytest.mark.parametrize(
    "path, name, choice",
    [
        (CHAT, "tool_choice", "required"),
        (CHAT, "tool_choice", {"type": "function", "function": {"name": "weather"}}),
        (CHAT, "tool_choice", {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": []}}),
        (CHAT, "function_call", {"name": "weather"}),
        (RESPONSES, "tool_choice", "required"),
        (RESPONSES, "tool_choice", {"type": "function", "name": "weather"}),
    ],
)
def test_a_call_that_must_be_made_of_ignored_tools_is_refused_by_name(panel, http, path, name, choice) -> None:
    answer = ask(http, path, tools=[WEATHER], fusion={"tools": "ignore"}, **{name: choice})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported_parameter", name)
    assert not Run.objects.exists()


def test_a_choice_among_tools_may_be_left_to_the_model(panel, http) -> None:
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}

    assert ask(http, tools=[WEATHER], tool_choice=choice).status_code == 200


HINTS_OF_CHAT = {
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "prompt_cache_options": {"ttl": 3600},
    "verbosity": "low",
    "service_tier": "flex",
    "prediction": {"type": "content", "content": "330"},
    "provider": {"order": ["x"]},
    "models": ["a/b"],
    "route": "fallback",
    "transforms": ["middle-out"],
    "deferred_tools": {"enabled": True},
    "stop_server_tools_when": [{"type": "step_count_is", "step_count": 4}],
    "session_id": "s",
    "top_k": 40,
    "min_p": 0.1,
    "repetition_penalty": 1.1,
    "chat_template_kwargs": {"enable_thinking": False},
    "ttl": 300,
    "keep_alive": "5m",
    "thinking": {"type": "enabled"},
    "think": True,
    "num_predict": 5,
}
HINTS_OF_RESPONSES = {
    "include": ["reasoning.encrypted_content"], "prompt_cache_key": "k", "service_tier": "priority",
    "truncation": "auto", "max_tool_calls": 3, "client_metadata": {"a": "b"}, "top_k": 40,
    "background_options": {"completion_window": "soonest"}, "image": {"context_compression": "auto"},
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path, hints", [(CHAT, HINTS_OF_CHAT), (RESPONSES, HINTS_OF_RESPONSES)])
def test_hints_are_accepted_and_named(panel, http, path, hints, stream) -> None:
    answer = ask(http, path, stream=stream, **hints)

    assert answer.status_code == 200
    assert sorted(answer.headers["X-Ignored-Parameters"].split(", ")) == sorted(hints)
    assert all(name in answer.text.split("Accepted without effect: ")[1].split(".")[0] for name in hints)


@pytest.mark.parametrize(
    "path, neutral",
    [
        (CHAT, {"store": True, "service_tier": "auto", "verbosity": "medium", "tools": [], "tool_choice": "none"}),
        (
            CHAT,
            {
                "usage": {"include": True},
                "top_k": None,
                "stream": True,
                "stream_options": {"include_obfuscation": True},
            },
        ),
        (CHAT, {"max_tokens": -1, "max_completion_tokens": 0, "stop": "", "top_p": 0, "nobody_knows": None}),
        (RESPONSES, {"max_output_tokens": -1, "top_p": 0, "nobody_knows": None, "modalities": ["text"]}),
        (RESPONSES, {"store": True, "include": [], "truncation": "disabled", "parallel_tool_calls": True}),
        (RESPONSES, {"text": {"verbosity": "medium"}, "reasoning": {"effort": None, "summary": None}}),
    ],
)
def test_defaults_have_no_notice(panel, http, path, neutral) -> None:
    answer = ask(http, path, **neutral)

    assert (answer.status_code, answer.headers.get("X-Ignored-Parameters")) == (200, None)


def test_nested_hints_are_named_with_their_path(panel, http) -> None:
    answer = ask(http, RESPONSES, text={"verbosity": "high"}, reasoning={"effort": "low", "summary": "auto", "new": 1})

    assert answer.headers["X-Ignored-Parameters"] == "text.verbosity"


def test_an_unknown_value_of_include_is_refused(panel, http) -> None:
    error = ask(http, RESPONSES, include=["everything"]).json()["error"]

    assert (error["code"], error["param"]) == ("unsupported_parameter", "include")


@pytest.mark.parametrize(
    "effort, sent", [("none", "low"), ("minimal", "low"), ("high", "high"), ("xhigh", "high"), ("max", "high")]
)
def test_efforts_are_mapped_to_the_nearest(panel, http, bench, effort, sent) -> None:
    answers = [
        ask(http, reasoning_effort=effort),
        ask(http, reasoning={"effort": effort}),
        ask(http, RESPONSES, reasoning={"effort": effort}),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [entry["body"]["reasoning_effort"] for entry in bench.upstream.ledger("elm")] == [sent] * 3


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_penalties_are_passed_on(panel, http, bench, path) -> None:
    ask(http, path, frequency_penalty=0.5, presence_penalty=-1)

    body = bench.upstream.ledger("elm")[0]["body"]
    assert (body["frequency_penalty"], body["presence_penalty"]) == (0.5, -1)


def test_guided_json_is_a_form_of_the_answer(panel, http, bench) -> None:
    bench.upstream.script("elm", "ok", text="Three hundred and thirty")

    assert ask(http, guided_json=HEIGHT).json()["error"]["code"] == "invalid_answer_format"
    for broken in ("[", '{"maximum": 1e400}', '{"maximum": NaN}', "[" * 70 + "]" * 70, "[1]", '{"enum": ["\\u0000"]}'):
        refused = ask(http, guided_json=broken)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "guided_json")


ECHOED = {
    "role": "assistant",
    "content": "330 metres.",
    "refusal": None,
    "annotations": [],
    "audio": None,
    "function_call": None,
    "tool_calls": None,
    "reasoning": "Let me think",
    "reasoning_content": "Let me think",
    "reasoning_details": [{"type": "reasoning.text"}],
    "id": "msg_1",
    "prefix": False,
}


@pytest.mark.parametrize(
    "turns, seen",
    [
        ([USER, ECHOED], "330 metres."),
        ([{**USER, "id": "u1", "opts": 1}, ECHOED], "330 metres."),
        ([USER, {"role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot."}]}], "I cannot."),
        ([USER, {"role": "assistant", "content": [{"type": "thinking"}, {"type": "text", "text": "330"}]}], "330"),
        (
            [
                USER,
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                    ],
                },
            ],
            "[Called f({})]",
        ),
        (
            [USER, {"role": "assistant", "tool_calls": [CUSTOM_CALL]}],
            "[Called g(x)]",
        ),
        (
            [USER, {"role": "assistant", "content": None, "function_call": {"name": "h", "arguments": "{}"}}],
            "[Called h({})]",
        ),
    ],
)  # fmt: skip
def test_earlier_turns_are_taken_with_whatever_clients_add_to_them(panel, http, bench, turns, seen) -> None:
    last = {
        "role": "user",
        "content": [{"type": "text", "text": "Are you sure?", "cache_control": {"type": "ephemeral"}}],
    }

    answer = ask(http, messages=[*turns, last])

    assert answer.status_code == 200, answer.text
    assert sent_to_model(bench)[1]["content"] == seen


@pytest.mark.parametrize(
    "turn, seen",
    [
        ({"role": "tool", "name": "f", "tool_call_id": "c1", "content": "42"}, "[Result of the tool call c1]\n42"),
        ({"role": "function", "name": "f", "content": "42"}, "[Result of the tool call f]\n42"),
    ],
)
def test_results_of_tools_are_shown_as_text(panel, http, bench, turn, seen) -> None:
    assert ask(http, messages=[USER, turn]).status_code == 200
    assert sent_to_model(bench)[-1]["content"] == seen


def test_an_answer_of_the_sdk_goes_back_as_it_is(panel, sdk, bench) -> None:
    first = sdk.chat.completions.create(model="up/elm", messages=[USER])

    second = sdk.chat.completions.create(
        model="up/elm", messages=[USER, first.choices[0].message.model_dump(), {"role": "user", "content": "Sure?"}]
    )

    assert second.choices[0].message.content == ANSWERS["elm"]


def test_instructions_at_the_end_are_put_at_the_front(panel, http, bench) -> None:
    assert ask(http, messages=[USER, {"role": "system", "content": "Be brief."}]).status_code == 200
    assert [turn["role"] for turn in sent_to_model(bench)] == ["system", "user"]


@pytest.mark.parametrize(
    "path, question",
    [
        (CHAT, {"messages": [{"role": "user", "content": [IMAGE]}]}),
        (RESPONSES, {"input": [{"role": "user", "content": [INPUT_IMAGE]}]}),
        (CHAT, {"messages": [USER, {"role": "tool", "tool_call_id": "c", "content": [IMAGE]}]}),
    ],
)  # fmt: skip
def test_a_picture_may_come_alone_or_from_a_tool(panel, http, bench, path, question) -> None:
    answer = ask(http, path, **question)

    assert answer.status_code == 200, answer.text
    assert Run.objects.get().messages[-1].images == (PIXEL,)


MISLEADING: list[tuple[str, dict[str, Any], str, str, str]] = [
    (CHAT, {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]},
     "invalid_parameter", "messages.0.content.0.type", "“input_audio” is not taken here. Taken are text, refusal"),
    (CHAT, {"messages": [{"role": "user", "content": [{"text": "x"}]}]},
     "invalid_parameter", "messages.0.content.0.type", "It is missing"),
    (CHAT, {"messages": [{"role": "user", "content": 5}]},
     "invalid_parameter", "messages.0.content", "Send a text, or a list of objects."),
    (CHAT, {"messages": [{"role": "user"}]}, "missing_parameter", "messages.0.content", "missing"),
    (CHAT, {"messages": [{"role": "king", "content": "x"}]},
     "invalid_parameter", "messages.0.role", "“king” is not taken here. Taken are system, developer, user"),
    (CHAT, {"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]}, USER]},
     "unsupported_image", "messages.0.content.0", "Only a user's turn"),
    (CHAT, {"messages": [USER, {"role": "assistant", "content": "330"}]},
     "invalid_prompt", "messages", "The last message must be the user's"),
    (CHAT, {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
     "missing_parameter", "response_format.json_schema.name", "missing"),
    (CHAT, {"response_format": {"type": "xml"}},
     "invalid_parameter", "response_format.type", "“xml” is not taken here"),
    (CHAT, {"stop": 5}, "invalid_parameter", "stop", "Send a text, or a list"),
    (CHAT, {"stop": [""]}, "invalid_parameter", "stop.0", "at least 1 character"),
    (CHAT, {"flavour": 1}, "unknown_parameter", "flavour", "There is no parameter"),
    (CHAT, {"fusion": {"panel": [{"modl": "up/elm"}]}}, "missing_parameter", "fusion.panel.0.model", "missing"),
    (RESPONSES, {"input": []}, "invalid_parameter", "input", "at least 1 item"),
    (RESPONSES, {"input": 5}, "invalid_parameter", "input", "Send a text, or a list"),
    (RESPONSES, {"input": ""}, "invalid_prompt", "input", "Write a prompt first."),
    (RESPONSES, {"input": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]},
     "invalid_prompt", "input", "The last message must be the user's"),
    (RESPONSES, {"input": [{"type": "wish"}]}, "invalid_parameter", "input.0.type", "“wish” is not taken here"),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
     "unsupported_file", "input.0.content.0.file_data", "no file is known by an id"),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_audio", "data": "f"}]}]},
     "invalid_parameter", "input.0.content.0.type", "“input_audio” is not taken here"),
    (RESPONSES, {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
     "missing_parameter", "input.0.content.0.image_url", "missing"),
    (RESPONSES, {"input": [{"type": "function_call", "call_id": "c"}]},
     "missing_parameter", "input.0.name", "missing"),
    (RESPONSES, {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "thing"}}}},
     "invalid_json_schema", "text.format.schema", "thing"),
    ("/api/v1/runs", {"prompt": None, "answer_format": {"type": "json_schema", "json_schema": {"type": "thing"}}},
     "invalid_json_schema", "answer_format.json_schema", "thing"),
]  # fmt: skip


@pytest.mark.parametrize("path, change, code, param, words", MISLEADING, ids=lambda value: str(value)[:60])
def test_errors_name_the_parameter_as_it_was_sent(panel, http, path, change, code, param, words) -> None:
    body = {"model": "up/elm", "messages": [{"role": "user", "text": "x"}], **change} if "runs" in path else None

    answer = http.post(path, json=body) if body else ask(http, path, **change)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
    assert words in error["message"]
    assert "messages" not in error["message"] or path == CHAT


def test_optional_facts_are_as_clients_of_openrouter_want_them(panel, http, bench) -> None:
    bench.provider.models.update(price_input=None, price_output=None)

    for model in ("up/elm", "fusion"):
        whole = ask(http, model=model).json()
        stream = ask(http, model=model, stream=True, stream_options={"include_usage": True}).text
        response = ask(http, RESPONSES, model=model).json()
        run = http.get(f"/api/v1/runs/{whole['fusion']['run_id']}").json()
        assert whole["system_fingerprint"].startswith("fp_")
        assert "cost" not in whole["usage"]
        assert "cost_is_complete" not in whole["usage"]
        assert whole["fusion"]["cost_is_complete"] is False
        assert stream.count(f'"system_fingerprint":"{whole["system_fingerprint"]}"') == stream.count(
            '"object":"chat.completion.chunk"'
        )
        assert '"cost":null' not in stream.split('"usage":{')[1].split("}")[0]
        assert "cost" not in response["usage"]
        assert (run["cost"], run["cost_is_complete"]) == (None, False)


def test_a_known_cost_is_a_number(panel, http) -> None:
    answer = ask(http, model="fusion").json()

    assert answer["usage"]["cost"] > 0
    assert answer["choices"][0]["message"]["content"] == FUSED


@pytest.mark.parametrize("scheme", ["Bearer  {}", "bearer {}", "Bearer {}"])
def test_white_space_around_a_key_means_nothing(panel, http, key, scheme) -> None:
    assert http.get("/v1/models", headers={"Authorization": scheme.format(key)}).status_code == 200


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_an_answer_names_its_run_as_the_request(panel, http, path) -> None:
    answer = ask(http, path)

    assert answer.headers["X-Request-Id"] == Run.objects.get().public_id


@pytest.mark.parametrize("stream", [False, True])
def test_the_oldest_contract_is_answered(panel, sdk, stream) -> None:
    made = sdk.completions.create(
        model="up/elm", prompt="How high is the Eiffel Tower?", stream=stream, best_of=1, max_tokens=99
    )

    parts = list(made) if stream else [made]
    assert "".join(part.choices[0].text for part in parts if part.choices) == ANSWERS["elm"]
    assert [part.choices[0].finish_reason for part in parts if part.choices][-1] == "stop"


@pytest.mark.parametrize("change", [{"echo": True}, {"suffix": "x"}, {"logprobs": 1}, {"prompt": ["a", "b"]}])
def test_the_oldest_contract_refuses_by_name(panel, http, change) -> None:
    answer = http.post("/v1/completions", json={"model": "up/elm", "prompt": "How high?", **change})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, next(iter(change)))
