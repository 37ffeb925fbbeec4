"""Requests with tools in the three dialects: how tools are declared and steered, and how calls and results go back."""

import json
import re
from typing import Any

import httpx
import pytest

from apps.fusion.prompting.tool_turns import as_text, question_of, told_of_tools
from apps.fusion.tools import ToolCall, ToolChoice, ToolResult, ToolSet, VendorData
from apps.fusion.values import Message, Parameters
from apps.fusion.vocabulary import FailureCode, FinishReason, ReasoningEffort
from apps.providers import anthropic, gemini, openai_compatible
from apps.providers.base import Request
from apps.providers.dialects import Dialect, dropped
from apps.providers.errors import ProviderError
from apps.providers.turns import SHOWN
from tests.providers.asking import Bytes, ask, client_for, endpoint_at
from tests.providers.test_tool_calls import (
    CALLS,
    ENDPOINT,
    MODEL,
    SCHEMA,
    STOP,
    THOUGHT,
    TIME,
    TOOLS,
    USER,
    WEATHER,
    answer_to,
    called,
    chunk,
    request,
)
from tests.upstream import Upstream

BODY = {
    Dialect.OPENAI: openai_compatible.body_of,
    Dialect.ANTHROPIC: anthropic.body_of,
    Dialect.GEMINI: gemini.body_of,
}
CHOICES = [
    (ToolSet(tools=(TIME,)), None, None, None),
    (
        ToolSet(tools=(TIME,), choice=ToolChoice.REQUIRED, parallel=False),
        "required",
        {"type": "any", "disable_parallel_tool_use": True},
        {"mode": "ANY"},
    ),
    (ToolSet(tools=(TIME,), choice=ToolChoice.NONE), "none", {"type": "none"}, {"mode": "NONE"}),
    (
        ToolSet(tools=(TIME,), choice=ToolChoice.REQUIRED, only="time"),
        {"type": "function", "function": {"name": "time"}},
        {"type": "tool", "name": "time"},
        {"mode": "ANY", "allowedFunctionNames": ["time"]},
    ),
    (ToolSet(tools=(TIME,), parallel=True), None, {"type": "auto", "disable_parallel_tool_use": False}, None),
]


@pytest.mark.parametrize("tools, openai, claude, google", CHOICES)
def test_each_dialect_steers_in_its_own_words(tools: ToolSet, openai: Any, claude: Any, google: Any) -> None:
    bodies = {dialect: BODY[dialect](ENDPOINT, request(dialect, tools=tools)) for dialect in BODY}

    assert bodies[Dialect.OPENAI].get("tool_choice") == openai
    assert bodies[Dialect.OPENAI].get("parallel_tool_calls") == tools.parallel
    assert bodies[Dialect.ANTHROPIC].get("tool_choice") == claude
    assert bodies[Dialect.GEMINI].get("toolConfig", {}).get("functionCallingConfig") == google
    is_lost = tools.parallel is False
    assert dropped(Dialect.GEMINI, ENDPOINT, request(Dialect.GEMINI, tools=tools)) == (
        ("parallel_tool_calls",) if is_lost else ()
    )


def test_each_dialect_declares_in_its_own_form() -> None:
    bodies = {dialect: BODY[dialect](ENDPOINT, request(dialect)) for dialect in BODY}

    described = {"name": "weather", "description": "The weather of a city"}
    assert bodies[Dialect.OPENAI]["tools"] == [
        {"type": "function", "function": {**described, "parameters": SCHEMA}},
        {"type": "function", "function": {"name": "time"}},
    ]
    assert bodies[Dialect.ANTHROPIC]["tools"] == [
        {**described, "input_schema": SCHEMA},
        {"name": "time", "input_schema": {"type": "object", "properties": {}}},
    ]
    assert bodies[Dialect.GEMINI]["tools"] == [
        {
            "functionDeclarations": [
                {**described, "parametersJsonSchema": SCHEMA},
                {"name": "time", "description": ""},
            ]
        }
    ]


def turns(data: VendorData | None = None) -> tuple[Message, ...]:
    return (
        USER,
        Message(role="assistant", text="Let me look.", calls=CALLS, vendor_data=data),
        Message(role="user", text="Sunny", result=ToolResult(id="a", name="weather")),
        Message(role="user", text="No clock", result=ToolResult(id="b", name="time", is_error=True)),
        Message(role="user", text="And now?"),
    )


def test_openai_gets_a_turn_for_each_result() -> None:
    body = openai_compatible.body_of(ENDPOINT, request(Dialect.OPENAI, *turns()))

    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "東京"}'}},
                {"id": "b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "Sunny"},
        {"role": "tool", "tool_call_id": "b", "content": "No clock"},
        {"role": "user", "content": "And now?"},
    ]


def test_anthropic_gets_thoughts_before_calls_and_results_before_words() -> None:
    kept = VendorData(dialect="anthropic", content=(THOUGHT,))
    asked = (*turns(kept)[:2], turns()[4], *turns()[2:4])

    body = anthropic.body_of(ENDPOINT, request(Dialect.ANTHROPIC, *asked))

    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": [
                THOUGHT,
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "東京"}},
                {"type": "tool_use", "id": "b", "name": "time", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "Sunny"}]},
                {
                    "type": "tool_result",
                    "tool_use_id": "b",
                    "content": [{"type": "text", "text": "No clock"}],
                    "is_error": True,
                },
                {"type": "text", "text": "And now?"},
            ],
        },
    ]


@pytest.mark.parametrize(
    "model, kept, signatures",
    [
        ("gemini-2.5-pro", None, [None, None]),
        ("gemini-2.5-pro", "gemini", ["Sig=", None]),
        ("gemini-3-pro-preview", "gemini", ["Sig=", None]),
        ("gemini-3-pro-preview", None, [gemini.NO_SIGNATURE, None]),
        ("gemini-3-pro-preview", "anthropic", [gemini.NO_SIGNATURE, None]),
    ],
)
def test_gemini_gets_its_signatures_back(model: str, kept: str | None, signatures: list[str | None]) -> None:
    data = VendorData(dialect=kept, content=({"call": 0, "thoughtSignature": "Sig="},)) if kept else None

    body = gemini.body_of(ENDPOINT, Request(model=model, messages=turns(data), tools=TOOLS))

    said, results = body["contents"][1:]
    assert [part.get("thoughtSignature") for part in said["parts"] if "functionCall" in part] == signatures
    assert said["parts"][1]["functionCall"] == {"id": "a", "name": "weather", "args": {"city": "東京"}}
    assert results == {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "a", "name": "weather", "response": {"output": "Sunny"}}},
            {"functionResponse": {"id": "b", "name": "time", "response": {"error": "No clock"}}},
            {"text": "And now?"},
        ],
    }


async def test_thoughts_of_openais_dialect_go_back_to_their_model_alone() -> None:
    body = (
        b'data: {"choices":[{"delta":{"reasoning_content":"H"}}]}\n\n'
        b'data: {"choices":[{"delta":{"reasoning_content":"m","reasoning_details":[{"d":1}]}}]}\n\n'
        b'data: {"choices":[{"delta":{"reasoning_details":[{"d":2}]}}]}\n\n'
    )
    extra = {"google": {"thought_signature": "S"}}
    found = await answer_to(Dialect.OPENAI, body, chunk(called("f", index=0, id="x", extra_content=extra)), STOP)
    assert found.end
    kept = found.end.vendor_data

    asked = (USER, Message(role="assistant", text="", calls=found.end.tool_calls, vendor_data=kept))
    sent = {
        model: openai_compatible.body_of(ENDPOINT, Request(model=model, messages=asked, tools=TOOLS))["messages"][1]
        for model in ("elm", "oak")
    }

    assert sent["elm"]["reasoning_content"] == "Hm"
    assert sent["elm"]["reasoning_details"] == [{"d": 1}, {"d": 2}]
    assert "reasoning_content" not in sent["oak"]
    assert sent["elm"]["tool_calls"][0]["extra_content"] == extra


IMAGE = "data:image/png;base64,aGk="
SHOWN_IMAGE = {"type": "image_url", "image_url": {"url": IMAGE}}


@pytest.mark.parametrize(
    "behind, shown",
    [
        ((), {"role": "user", "content": [{"type": "text", "text": SHOWN}, SHOWN_IMAGE, SHOWN_IMAGE]}),
        ((USER,), {"role": "user", "content": [{"type": "text", "text": USER.text}, SHOWN_IMAGE, SHOWN_IMAGE]}),
        (
            (Message(role="assistant", text="Nice."),),
            {"role": "user", "content": [{"type": "text", "text": SHOWN}, SHOWN_IMAGE, SHOWN_IMAGE]},
        ),
    ],
)
def test_images_that_tools_return_are_the_users_where_results_are_texts(
    behind: tuple[Message, ...], shown: dict[str, Any]
) -> None:
    results = (
        Message(role="user", text="Sunny", images=(IMAGE,), result=ToolResult(id="a")),
        Message(role="user", text="", images=(IMAGE,), result=ToolResult(id="b")),
    )
    asked = Request(
        model="elm", messages=(USER, Message(role="assistant", text="", calls=CALLS), *results, *behind), tools=TOOLS
    )

    sent = openai_compatible.body_of(endpoint_at("https://api.openai.com/v1"), asked)["messages"]
    of_mistral = openai_compatible.body_of(endpoint_at("https://api.mistral.ai/v1"), asked)["messages"]

    assert sent[2] == {"role": "tool", "tool_call_id": "a", "content": "Sunny"}
    assert sent[3] == {"role": "tool", "tool_call_id": "b", "content": SHOWN}
    assert sent[4] == shown
    assert of_mistral[2]["content"] == [{"type": "text", "text": "Sunny"}, SHOWN_IMAGE]
    roles = [turn["role"] for turn in of_mistral[4:]]
    assert roles == ["assistant", "user"] if behind == (USER,) else roles == [one.role for one in behind]


@pytest.mark.parametrize("value", ["1e999", "NaN", '"\\ud83d"', '"\\u0000"', '{"\\udc00": 1}', "[" * 900 + "]" * 900])
async def test_arguments_that_no_json_can_hold_are_sent_all_the_same(value: str) -> None:
    called_with = ToolCall(id="a", name="weather", arguments=f'{{"city": {value}}}')
    asked = (USER, Message(role="assistant", text="", calls=(called_with,)))
    asked += (Message(role="user", text="Sunny", result=ToolResult(id="a")),)
    seen: list[bytes] = []

    def answer(sent: Any) -> Any:
        seen.append(sent.read())
        raise httpx.ConnectError("refused")

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    for dialect in BODY:
        with pytest.raises(ProviderError, match="cannot be reached"):
            await ask(client, ENDPOINT, request(dialect, *asked), dialect=dialect)

    assert all(json.loads(body) for body in seen)
    assert len(seen) == len(BODY)


@pytest.mark.parametrize(
    "host, name, is_sent",
    [
        ("https://api.deepseek.com/v1", "reasoning_content", True),
        ("https://openrouter.ai/api/v1", "reasoning_details", True),
        ("https://api.openai.com/v1", "reasoning_content", False),
    ],
)
def test_thoughts_that_a_client_brings_go_to_who_takes_them(host: str, name: str, is_sent: bool) -> None:
    data = VendorData(dialect="openai", content=({name: "Hm"},))
    asked = (USER, Message(role="assistant", text="", calls=CALLS, vendor_data=data))

    body = openai_compatible.body_of(endpoint_at(host), Request(model="elm", messages=asked, tools=TOOLS))

    assert (name in body["messages"][1]) is is_sent


@pytest.mark.parametrize("dialect", BODY)
def test_without_tools_calls_are_words(dialect: Dialect) -> None:
    body = BODY[dialect](ENDPOINT, request(dialect, *turns(), tools=None))

    sent = json.dumps(body, ensure_ascii=False)
    assert "[Called time({})]" in sent
    assert "[Result of the tool call b]\\nNo clock" in sent
    assert not any(word in sent for word in ('"tool_calls"', "tool_use", "functionCall", '"tool"', "tool_result"))


@pytest.mark.parametrize(
    "host, pattern", [("https://api.mistral.ai/v1", "[a-zA-Z0-9]{9}"), ("https://api.openai.com/v1", "functions.f:0")]
)
def test_ids_are_as_the_vendor_takes_them(host: str, pattern: str) -> None:
    call = ToolCall(id="functions.f:0", name="f")
    asked = (USER, Message(role="assistant", text="", calls=(call,)))
    asked += (Message(role="user", text="1", result=ToolResult(id=call.id)),)

    messages = openai_compatible.body_of(endpoint_at(host), Request(model="m", messages=asked, tools=TOOLS))["messages"]

    assert re.fullmatch(pattern, messages[1]["tool_calls"][0]["id"])
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"]


@pytest.mark.parametrize(
    "tools, kept, thinks",
    [
        (None, None, True),
        (TOOLS, None, False),
        (TOOLS, VendorData(dialect="anthropic", content=(THOUGHT,)), True),
        (TOOLS.model_copy(update={"choice": ToolChoice.REQUIRED}), None, False),
    ],
)
def test_anthropic_thinks_only_where_it_may(tools: ToolSet | None, kept: VendorData | None, thinks: bool) -> None:
    effort = Parameters(reasoning_effort=ReasoningEffort.HIGH)

    asked = request(Dialect.ANTHROPIC, *turns(kept), tools=tools, parameters=effort)

    assert ("thinking" in anthropic.body_of(ENDPOINT, asked)) is thinks
    assert dropped(Dialect.ANTHROPIC, ENDPOINT, asked) == (() if thinks else ("reasoning_effort",))


@pytest.mark.parametrize("dialect", BODY)
async def test_the_vendor_calls_and_answers_with_the_results(dialect: Dialect, upstream: Upstream, client: Any) -> None:
    upstream.script(MODEL[dialect], "calls", text="Sunny, then.")
    endpoint = endpoint_at(upstream.url)

    first = await ask(client, endpoint, request(dialect), dialect=dialect)
    assert first.end
    results = [Message(role="user", text="x", result=ToolResult(id=call.id)) for call in first.end.tool_calls]
    assistant = Message(role="assistant", text="", calls=first.end.tool_calls, vendor_data=first.end.vendor_data)
    second = await ask(client, endpoint, request(dialect, USER, assistant, *results), dialect=dialect)

    assert [call.name for call in first.end.tool_calls] == ["weather", "time"]
    assert second.end
    assert (second.text, second.end.finish_reason) == ("Sunny, then.", FinishReason.STOP)


@pytest.mark.parametrize(
    "status, message",
    [
        (400, "library/gemma does not support tools"),
        (404, 'No endpoints found that support tool use. Try disabling "weather".'),
        (400, "Function calling is not enabled for models/gemma-3"),
        (500, "tools param requires --jinja flag"),
    ],
)
async def test_a_model_without_tools_says_so(status: int, message: str) -> None:
    body = Bytes([json.dumps({"error": {"message": message}}).encode()])

    with pytest.raises(ProviderError) as caught:
        await ask(client_for(body, status=status), ENDPOINT, request())

    assert (caught.value.code, caught.value.permanent) == (FailureCode.INVALID_REQUEST, True)
    assert "takes no tools" in caught.value.sentence


def test_a_conversation_reads_as_words() -> None:
    words = [(one.role, one.text) for one in as_text(turns())]

    assert words[1] == ("assistant", 'Let me look.\n[Called weather({"city": "東京"})]\n[Called time({})]')
    assert words[2] == ("user", "[Result of the tool call a]\nSunny")
    assert as_text((USER,))[0] is USER
    assert question_of(turns()[:4]) == "How is Paris?"


def test_a_panel_is_told_of_tools_before_its_own_instructions_end() -> None:
    told = told_of_tools((Message(role="system", text="Be brief."), USER), (WEATHER, TIME))

    assert [one.role for one in told] == ["system", "user"]
    assert told[0].text.startswith("Be brief.")
    assert "- weather: The weather of a city\n- time:" in told[0].text


def test_a_message_without_calls_is_stored_as_before() -> None:
    assert USER.model_dump(mode="json") == {"role": "user", "text": "How is Paris?", "images": []}
    assert Message.model_validate(turns()[1].model_dump(mode="json")) == turns()[1]
