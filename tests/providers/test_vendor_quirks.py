"""Differences between the vendors of OpenAI's dialect: the parameters sent, their names, and what is said."""

from dataclasses import replace

import pytest

from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS
from apps.fusion.values import Message, Parameters
from apps.fusion.vocabulary import PromptStyle, ReasoningEffort
from apps.providers.base import Request
from apps.providers.dialects import Dialect, dropped
from apps.providers.openai_compatible import body_of
from apps.providers.vendor_quirks import vendor_of
from tests.providers.asking import endpoint_at

EVERYTHING = Parameters(
    temperature=0, top_p=0.5, max_tokens=9, seed=0, reasoning_effort=ReasoningEffort.MEDIUM, stop=("END",)
)
ALL = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 9, "seed": 0, "reasoning_effort": "medium", "stop": ["END"]}
OWN = ("model", "messages", "stream", "stream_options", "usage")
LOCAL = "http://127.0.0.1:8000/v1"


def asked(model, effort=ReasoningEffort.MEDIUM):
    parameters = EVERYTHING.model_copy(update={"reasoning_effort": effort})
    return Request(model=model, messages=(Message(role="user", text="Hi"),), parameters=parameters)


def parameters_in(body):
    return {name: value for name, value in body.items() if name not in OWN}


def but(*names, **more):
    return {name: value for name, value in ALL.items() if name not in names} | more


@pytest.mark.parametrize(
    ("base_url", "model", "sent", "said"),
    [
        (LOCAL, "my-own-model", ALL, ()),
        (LOCAL, "qwen3:4b", ALL, ()),
        (LOCAL, "qwen2.5:7b", but("reasoning_effort"), ("reasoning_effort",)),
        (
            *("https://api.openai.com/v1", "gpt-4o"),
            but("max_tokens", "reasoning_effort", max_completion_tokens=9),
            ("reasoning_effort",),
        ),
        (
            *("https://api.openai.com/v1", "gpt-5.2"),
            but("temperature", "top_p", "stop", "max_tokens", max_completion_tokens=9),
            ("temperature", "top_p", "stop"),
        ),
        (
            *("https://openrouter.ai/api/v1", "openai/gpt-oss-20b:free"),
            but("reasoning_effort", reasoning={"effort": "medium"}),
            (),
        ),
        (
            *("https://openrouter.ai/api/v1", "~anthropic/claude-opus-latest"),
            but("temperature", "top_p", "reasoning_effort", reasoning={"effort": "medium"}),
            ("temperature", "top_p"),
        ),
        (
            *("https://api.mistral.ai/v1", "mistral-large-latest"),
            but("seed", "reasoning_effort", random_seed=0),
            ("reasoning_effort",),
        ),
        (
            *("https://api.deepseek.com", "deepseek-v4-pro"),
            but("temperature", "top_p", "seed", reasoning_effort="high"),
            ("temperature", "top_p", "seed"),
        ),
        (
            *("https://api.deepseek.com/v1", "deepseek-chat"),
            but("seed", "reasoning_effort"),
            ("seed", "reasoning_effort"),
        ),
        ("https://api.x.ai/v1", "grok-4.20-non-reasoning", but("reasoning_effort"), ("reasoning_effort",)),
        ("https://api.x.ai/v1", "grok-4.5", but("stop"), ("stop",)),
        ("https://api.x.ai/v1", "grok-3-mini", but("stop", reasoning_effort="high"), ("stop",)),
        ("https://api.groq.com/openai/v1", "openai/gpt-oss-120b", ALL, ()),
        ("https://api.groq.com/openai/v1", "qwen/qwen3-32b", but("reasoning_effort"), ("reasoning_effort",)),
        ("https://api.together.xyz/v1", "deepseek-ai/DeepSeek-R1", ALL, ()),
        ("https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/glm-4p6", ALL, ()),
    ],
)
def test_parameters_are_sent_or_said(base_url, model, sent, said):
    endpoint, request = endpoint_at(base_url), asked(model)

    assert parameters_in(body_of(endpoint, request)) == sent
    assert sorted(dropped(Dialect.OPENAI, endpoint, request)) == sorted(said)


@pytest.mark.parametrize(
    ("base_url", "model", "known"),
    [
        (LOCAL, "my-own-model", True),
        ("https://api.openai.com/v1", "gpt-4o", True),
        ("https://api.openai.com/v1", "gpt-5.2", False),
        ("https://openrouter.ai/api/v1", "meta-llama/llama-4", True),
        ("https://api.mistral.ai/v1", "mistral-large-latest", True),
        ("https://api.groq.com/openai/v1", "llama-4-scout", False),
        ("https://api.deepseek.com/v1", "deepseek-chat", True),
        ("https://api.deepseek.com/v1", "deepseek-v4-pro", False),
        ("https://api.x.ai/v1", "grok-4.5", False),
    ],
)
def test_penalties_go_to_models_that_know_them(base_url, model, known):
    penalties = {"frequency_penalty": 0.5, "presence_penalty": -1.0}
    request = asked(model, None)
    request = replace(request, parameters=Parameters(**penalties))
    endpoint = endpoint_at(base_url)

    assert parameters_in(body_of(endpoint, request)) == (penalties if known else {})
    assert sorted(dropped(Dialect.OPENAI, endpoint, request)) == ([] if known else sorted(penalties))


def test_a_picture_without_words_goes_without_an_empty_text():
    message = Message(role="user", text="", images=("data:image/png;base64,AAAA",))

    body = body_of(endpoint_at(LOCAL), Request(model="m", messages=(message,)))

    assert [part["type"] for part in body["messages"][0]["content"]] == ["image_url"]


@pytest.mark.parametrize(
    ("base_url", "model", "word"),
    [
        ("https://api.openai.com/v1", "gpt-5-mini", "minimal"),
        ("https://api.openai.com/v1", "gpt-5.1", "low"),
        ("https://api.openai.com/v1", "o3", "low"),
        ("https://api.x.ai/v1", "grok-3-mini", "low"),
        (LOCAL, "my-own-model", "low"),
    ],
)
def test_least_effort_in_the_vendors_words(base_url, model, word):
    assert body_of(endpoint_at(base_url), asked(model, ReasoningEffort.MINIMAL))["reasoning_effort"] == word


def test_nothing_set_is_nothing_dropped():
    request = Request(model="gpt-5", messages=(Message(role="user", text="Hi"),))

    assert dropped(Dialect.OPENAI, endpoint_at("https://api.openai.com/v1"), request) == ()


@pytest.mark.parametrize(
    "known", [vendor for vendor in KNOWN_VENDORS if vendor.dialect == Dialect.OPENAI], ids=lambda v: v.name
)
def test_every_vendor_that_can_be_connected_is_recognised(known):
    assert vendor_of(known.base_url).name == known.name


@pytest.mark.parametrize(
    "url", ["https://openrouter.ai.example.com/v1", "http://[", "", "https://acme.test/openrouter.ai"]
)
def test_other_addresses_are_no_known_vendor(url):
    assert vendor_of(url).name == "any other"


def test_images_go_as_parts():
    image = "data:image/png;base64,AAAA"
    request = Request(model="m", messages=(Message(role="user", text="What is it?", images=(image,)),))

    body = body_of(endpoint_at(LOCAL), request)

    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": image}},
    ]


@pytest.mark.parametrize(("base_url", "has_format"), [(LOCAL, True), ("https://api.deepseek.com", False)])
def test_schema_is_sent_where_the_vendor_takes_one(base_url, has_format):
    request = Request(model="m", messages=(), json_schema={"type": "object", "properties": {}})

    assert ("response_format" in body_of(endpoint_at(base_url), request)) == has_format


@pytest.mark.parametrize(
    "base_url, style, has_format",
    [
        ("http://127.0.0.1:8080/v1", PromptStyle.CHAT, True),
        ("http://127.0.0.1:8080/v1", PromptStyle.SMALL, True),
        ("http://127.0.0.1:8080/v1", PromptStyle.BASE, False),
        ("https://openrouter.ai/api/v1", PromptStyle.CHAT, False),
        ("https://api.deepseek.com/v1", PromptStyle.CHAT, False),
    ],
)
def test_schema_is_tried_where_nobody_knows(base_url: str, style: PromptStyle, has_format: bool) -> None:
    message = Message(role="user", text="Hi")
    request = Request("m", (message,), style=style, json_schema={"type": "object", "properties": {}}, tries_schema=True)

    assert ("response_format" in body_of(endpoint_at(base_url), request)) == has_format


@pytest.mark.parametrize("base_url", [LOCAL, "https://api.deepseek.com/v1"])
def test_any_object_is_asked_for_in_the_older_words(base_url: str) -> None:
    message = Message(role="user", text="Hi")
    request = Request("m", (message,), json_schema={"type": "object"}, tries_schema=True)

    assert body_of(endpoint_at(base_url), request)["response_format"] == {"type": "json_object"}
    base = body_of(endpoint_at(base_url), replace(request, style=PromptStyle.BASE))
    assert "response_format" not in base
