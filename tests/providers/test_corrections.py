"""Requests that a vendor refuses because of one thing in them, and what is sent instead."""

import json

import httpx
import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers.corrections import Post, corrected
from apps.providers.errors import from_status
from apps.providers.turns import BETWEEN, OPENING
from tests.providers.asking import endpoint_at

ENDPOINT = endpoint_at("http://vendor.test/v1")
BODY = {"model": "m", "messages": [], "stream": True, "stream_options": {}, "temperature": 0, "max_tokens": 9}
GEMINI = {"contents": [], "generationConfig": {"topP": 0.5, "seed": 1, "thinkingConfig": {}}}


def after(body: dict[str, object], status: int, message: str) -> Post | None:
    error = from_status(ENDPOINT, "m", status, httpx.Headers(), message.encode())
    return corrected(Post("/path:streamGenerateContent?alt=sse", body, {}, whole_path="/path:generateContent"), error)


@pytest.mark.parametrize(
    "body, message, gone, dropped",
    [
        (
            BODY,
            '{"error":{"param":"temperature","code":"unsupported_value","message":"x"}}',
            "temperature",
            "temperature",
        ),
        (
            BODY,
            '{"error":{"message":"invalid temperature: only 1 is allowed for this model"}}',
            "temperature",
            "temperature",
        ),
        (BODY, '{"error":{"message":"temperature: Extra inputs are not permitted"}}', "temperature", "temperature"),
        (BODY, '{"error":{"message":"`temperature` is deprecated for this model."}}', "temperature", "temperature"),
        (
            BODY,
            '{"detail":[{"loc":["body","temperature"],"msg":"extra fields not permitted"}]}',
            "temperature",
            "temperature",
        ),
        (BODY, '{"error":{"message":"Unknown parameter: stream_options"}}', "stream_options", ""),
        (
            {**BODY, "stop": ["x"]},
            '{"error":{"message":"Argument not supported on this model: \'stop\'"}}',
            "stop",
            "stop",
        ),
        (
            {**BODY, "reasoning_effort": "low"},
            '{"error":{"message":"reasoning_effort is not supported with this model"}}',
            *("reasoning_effort", "reasoning_effort"),
        ),
        (
            {**BODY, "response_format": {}},
            '{"error":{"param":"response_format","message":"x"}}',
            "response_format",
            "json_schema",
        ),
        (BODY, '{"error":{"message":"kx-9 only supports temperature = 1"}}', "temperature", "temperature"),
        (
            {**BODY, "frequency_penalty": 1},
            '{"error":{"message":"Unrecognized request argument supplied: frequency_penalty"}}',
            *("frequency_penalty", "frequency_penalty"),
        ),
        (
            {**BODY, "response_format": {}},
            '{"error":{"message":"This response_format type is unavailable now"}}',
            *("response_format", "json_schema"),
        ),
        (
            {**BODY, "response_format": {}},
            '{"error":{"message":"Structured outputs are not supported by this model."}}',
            *("response_format", "json_schema"),
        ),
    ],
)
def test_refused_parameter_is_left_out(body: dict[str, object], message: str, gone: str, dropped: str) -> None:
    post = after(body, 400, message)

    assert post is not None
    assert (post.body, post.is_streamed) == ({name: value for name, value in body.items() if name != gone}, True)
    assert post.dropped == ((dropped,) if dropped else ())


FULL = {
    "messages": [],
    "stream_options": {},
    "temperature": 0,
    "top_p": 1,
    "stop": ["x"],
    "seed": 1,
    "reasoning_effort": "low",
    "response_format": {},
    "frequency_penalty": 1,
}


@pytest.mark.parametrize(
    "words, gone",
    [
        ("This model doesn't support temperature", "temperature"),
        ("The temperature parameter was removed for reasoning models", "temperature"),
        ("Setting temperature is disabled for this model", "temperature"),
        ("Only default temperature (1) is supported", "temperature"),
        ("temperature: Input should be less than or equal to 1", "temperature"),
        ("You may not specify both temperature and top_p", "top_p"),
        ("`temperature` and `top_p` cannot both be specified for this model", "top_p"),
        ("nucleus sampling is not available", "top_p"),
        ("Cannot set seed for this model", "seed"),
        ("Additional properties are not allowed ('seed' was unexpected)", "seed"),
        ("The 'stop' parameter isn't compatible with this model", "stop"),
        ("This model doesn't accept stop sequences", "stop"),
        ("Thinking is not supported for this model", "reasoning_effort"),
        ("Reasoning effort not supported", "reasoning_effort"),
        ("Penalties are not enabled for this model", "frequency_penalty"),
        ("Structured output is not available for this model", "response_format"),
        ("JSON mode is not enabled for this model", "response_format"),
        ("guided decoding is not supported", "response_format"),
        ("unknown variant `json_schema`, expected `text`", "response_format"),
        ("Model m does not support parameter frequencyPenalty.", "frequency_penalty"),
        ("Argument not supported on this model: frequencyPenalty", "frequency_penalty"),
        ('"m" does not support thinking', "reasoning_effort"),
        ("response_format value as json_schema is enabled only for api versions 1 and later", "response_format"),
        ("The stop of the train is not available", None),
        ("My thinking of a request that is invalid", None),
        ("The model is not available in your region", None),
    ],
)
def test_parameter_is_known_in_new_words(words: str, gone: str | None) -> None:
    post = after(FULL, 400, words)

    assert (set(FULL) - set(post.body) if post else None) == ({gone} if gone else None)


@pytest.mark.parametrize(
    "words, gone",
    [
        ("adaptive thinking is not supported on this model", {"thinking", "effort"}),
        ("thinking.type: Input should be 'enabled' or 'disabled'", {"thinking", "effort"}),
        ("output_config.effort: Extra inputs are not permitted", {"thinking", "effort"}),
        ("This model does not support the effort parameter.", {"thinking", "effort"}),
        ("'claude-x' does not support output format", {"format"}),
        ("output_config.format: json_schema is not supported on this model", {"format"}),
        ("Thinking may not be enabled when tool_choice forces tool use.", {"thinking", "effort"}),
        ("Expected `thinking` or `redacted_thinking`, but found `tool_use`.", {"thinking", "effort"}),
    ],
)
def test_refused_parameter_of_anthropic_is_left_out_of_its_nest(words: str, gone: set[str]) -> None:
    post = after({"messages": [], "thinking": {}, "output_config": {"effort": "low", "format": {}}}, 400, words)

    assert post is not None
    assert {"thinking", "effort", "format"} - {*post.body, *post.body.get("output_config", {})} == gone


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "developer messages are not supported",
        "This model does not support system messages",
        "Developer instruction is not enabled for models/m",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Only user and assistant roles are supported!",
    ],
)
def test_instructions_of_the_system_are_put_before_the_question(words: str) -> None:
    system, asked = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}
    parts = {"role": "user", "content": [{"type": "text", "text": "Why?"}]}
    gemini = {"systemInstruction": {"parts": [{"text": "Be brief."}]}, "contents": [{"parts": [{"text": "Why?"}]}]}

    asked_for = ({"messages": [system, asked]}, {"messages": [system, parts]}, gemini, {"messages": [asked]})
    posts = [after(body, 400, words) for body in asked_for]

    assert [post and (post.body, post.dropped) for post in posts] == [
        ({"messages": [{"role": "user", "content": "Be brief.\n\nWhy?"}]}, ()),
        ({"messages": [{**parts, "content": [{"type": "text", "text": "Be brief."}, *parts["content"]]}]}, ()),
        ({"contents": [{"parts": [{"text": "Be brief."}, {"text": "Why?"}]}]}, ()),
        None,
    ]


@pytest.mark.parametrize(
    "words",
    [
        "thinking is enabled but reasoning_content is missing in assistant tool call message at index 2",
        "Missing `reasoning_content` field in the assistant message at message index 4. For more information, see x",
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        "Thinking mode does not support this tool_choice",
        "tool_choice 'specified' is incompatible with thinking enabled",
    ],
)
@pytest.mark.parametrize("effort", [{}, {"reasoning_effort": "high"}])
def test_model_that_wants_back_what_others_thought_is_asked_not_to_think(words: str, effort: dict[str, str]) -> None:
    refused = f'{{"error":{{"message":"{words}","type":"invalid_request_error"}}}}'

    better = after({**BODY, **effort}, 400, refused)

    assert better is not None
    assert better.body == {**BODY, "thinking": {"type": "disabled"}}
    assert better.dropped == tuple(effort)
    assert after({**better.body}, 400, refused) is None


def said(role: str, content: object, **more: object) -> dict[str, object]:
    return {"role": role, "content": content, **more}


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
CALLS = said("assistant", None, tool_calls=[{"id": "a"}])
RESULTS = [said("tool", "1", tool_call_id="a"), said("tool", "2", tool_call_id="b")]


@pytest.mark.parametrize(
    "turns, strict",
    [
        ([said("user", "a"), said("user", "b")], [said("user", "a\n\nb")]),
        (
            [said("user", "a"), said("system", "s"), said("assistant", "b"), said("system", "t")],
            [said("system", "s\n\nt"), said("user", "a"), said("assistant", "b")],
        ),
        (
            [said("system", "s"), said("assistant", "a"), said("assistant", "b")],
            [said("system", "s"), said("user", OPENING.text), said("assistant", "a\n\nb")],
        ),
        (
            [said("user", "a"), said("user", [IMAGE])],
            [said("user", [{"type": "text", "text": "a"}, IMAGE])],
        ),
        (
            [said("user", "a"), CALLS, *RESULTS, said("user", "b")],
            [said("user", "a"), CALLS, *RESULTS, said("assistant", BETWEEN.text), said("user", "b")],
        ),
        # Where the turns are strict already, it is the system that the template does not know.
        ([said("system", "s"), said("user", "a")], [said("user", "s\n\na")]),
        ([said("user", "a"), said("assistant", "b")], None),
    ],
)
@pytest.mark.parametrize(
    "status, words",
    [
        (500, "Error: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, "System message must be at the beginning."),
        (400, "Unexpected role 'user' after role 'tool'"),
    ],
)
def test_turns_are_strict_where_the_template_of_a_model_wants_that(
    turns: list[dict[str, object]], strict: list[dict[str, object]] | None, status: int, words: str
) -> None:
    better = after({"messages": turns}, status, words)

    assert (better and better.body["messages"]) == strict


def test_ids_of_calls_are_left_out_where_google_does_not_know_them() -> None:
    call = {"functionCall": {"id": "a", "name": "f", "args": {"id": 1}}, "thoughtSignature": "S"}
    result = {"functionResponse": {"id": "a", "name": "f", "response": {}}}
    body = {"contents": [{"role": "model", "parts": [{"text": "x"}, call]}, {"role": "user", "parts": [result]}]}
    words = """Invalid JSON payload received. Unknown name "id" at 'contents[0].parts[1].function_call': Cannot find."""

    better = after(body, 400, json.dumps({"error": {"message": words}}))

    assert better is not None
    assert [turn["parts"] for turn in better.body["contents"]] == [
        [{"text": "x"}, {"functionCall": {"name": "f", "args": {"id": 1}}, "thoughtSignature": "S"}],
        [{"functionResponse": {"name": "f", "response": {}}}],
    ]


def test_schema_that_is_too_much_for_gemini_is_left_to_words() -> None:
    body = {"contents": [], "generationConfig": {"responseJsonSchema": {}, "responseMimeType": "x", "topP": 1}}

    better = after(body, 400, "The specified schema produces a constraint that has too many states for serving.")

    assert better is not None
    assert (better.body["generationConfig"], better.dropped) == ({"topP": 1}, ("json_schema",))


def test_thoughts_whose_signature_is_of_another_vendor_are_left_out() -> None:
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    thought = {"type": "thinking", "thinking": "Hm", "signature": "S"}
    asked = {"role": "user", "content": [{"type": "text", "text": "Why?"}]}
    body = {"messages": [asked, {"role": "assistant", "content": [thought, call]}], "thinking": {}, "output_config": {}}
    refused = '{"error":{"message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}'

    better = after(body, 400, refused)

    assert better is not None
    assert better.body["messages"] == [asked, {"role": "assistant", "content": [call]}]
    assert "thinking" not in better.body
    assert better.dropped == ("reasoning_effort",)
    assert after({**better.body}, 400, refused) is None
    unknown = "'messages.2' : for 'role:assistant' (property 'reasoning_content' is unsupported)"
    better = after({"messages": [asked, said("assistant", "x", reasoning_content="Hm")]}, 400, unknown)
    assert better is not None
    assert better.body == {"messages": [asked, said("assistant", "x")]}
    turn = {"role": "assistant", "content": None, "tool_calls": []}
    better = after({"messages": [{**turn, "reasoning_details": [{}]}]}, 400, refused)
    assert better is not None
    assert better.body == {"messages": [turn]}


@pytest.mark.parametrize("tried", [(), ("response_format",)])
def test_key_that_was_only_tried_is_left_out_whatever_the_refusal_says(tried: tuple[str, ...]) -> None:
    error = from_status(ENDPOINT, "m", 400, httpx.Headers(), b'{"error":{"message":"This type is unavailable now"}}')
    post = Post("/path", {**BODY, "response_format": {}}, {}, tried=tried)

    better = corrected(post, error)

    assert better == (Post("/path", BODY, {}, dropped=("json_schema",), tried=tried) if tried else None)
    assert better is None or corrected(better, error) is None


def test_refused_parameter_of_gemini_is_left_out_of_its_nest() -> None:
    post = after(
        GEMINI, 400, '{"error":{"message":"Unknown name \\"topP\\" at \'generation_config\': Cannot find field."}}'
    )

    assert post is not None
    assert (post.body["generationConfig"], post.dropped) == ({"seed": 1, "thinkingConfig": {}}, ("top_p",))


@pytest.mark.parametrize(
    "status, message",
    [
        (400, '{"error":{"message":"Your organization must be verified to stream this model.","param":"stream"}}'),
        (400, '{"error":{"message":"Streaming is not supported for this model"}}'),
        (404, '{"error":{"message":"This model does not support streaming"}}'),
        (400, '{"error":{"message":"x","param":"stream"}}'),
        (404, '{"error":{"message":"models/m is not supported for streamGenerateContent"}}'),
        (400, "Please set stream=false"),
        (400, "Stream must be false for this model"),
        (422, "only non-streaming requests are supported"),
        (400, "This model can't be streamed"),
        (501, "The model does not support SSE"),
    ],
)
def test_model_that_may_not_stream_is_asked_for_a_whole_answer(status: int, message: str) -> None:
    post = after(BODY, status, message)

    assert post is not None
    assert (post.path, post.is_streamed, post.dropped) == ("/path:generateContent", False, ())
    assert post.body == {"model": "m", "messages": [], "stream": False, "temperature": 0, "max_tokens": 9}


def test_limit_of_tokens_gets_its_other_name_and_is_never_left_out() -> None:
    post = after(BODY, 400, '{"error":{"param":"max_tokens","message":"Use \'max_completion_tokens\' instead."}}')
    other = after(BODY, 400, '{"error":{"param":"max_tokens","message":"max_tokens must be at most 8"}}')

    assert post is not None
    assert (post.body["max_completion_tokens"], "max_tokens" in post.body) == (9, False)
    assert other is None


@pytest.mark.parametrize(
    "status, message",
    [
        (400, '{"error":{"message":"Please stop sending that temperature of a request."}}'),
        (400, '{"error":{"param":"messages","message":"bad"}}'),
        (401, '{"error":{"param":"temperature","message":"invalid_api_key"}}'),
        (500, '{"error":{"param":"stream","message":"boom"}}'),
    ],
)
def test_other_refusals_are_not_mended(status: int, message: str) -> None:
    assert after(BODY, status, message) is None


def test_what_is_refused_is_still_a_failure_of_the_request() -> None:
    error = from_status(ENDPOINT, "m", 400, httpx.Headers(), b'{"error":{"param":"temperature","message":"no"}}')

    assert (error.code, error.message.names) == (FailureCode.INVALID_REQUEST, ("temperature",))
