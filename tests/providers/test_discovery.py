"""Lists of models, Ollama nearby, and what a model's id says about its maker."""

import json
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from apps.fusion.values import Price
from apps.fusion.vocabulary import FailureCode
from apps.providers.base import ListedModel
from apps.providers.dialects import LIST_MODELS, STREAM, Dialect
from apps.providers.discover import detect_ollama, ollama_endpoint, ollama_models
from apps.providers.errors import ProviderError
from apps.providers.families import family_of, has_fixed_sampling, has_reasoning, has_vision, maker_of
from apps.providers.openai_compatible import list_models
from apps.providers.transport import LIST_TIMEOUTS
from tests.providers.asking import endpoint_at
from tests.upstream import Upstream

OPENROUTER = {
    "id": "acme/large",
    "name": "Acme: Large",
    "context_length": 128000,
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003"},
    "supported_parameters": ["temperature", "structured_outputs", "reasoning", "tools"],
    "architecture": {"input_modalities": ["text", "image"]},
    "top_provider": {"max_completion_tokens": 8192},
}
PRICE = Price(input=Decimal(3), output=Decimal(15), cached=Decimal("0.3"))


@pytest.mark.parametrize(
    "row, listed",
    [
        (OPENROUTER, ListedModel("acme/large", "Acme: Large", 128000, PRICE, True, 8192, True, True, True)),
        ({"id": "plain", "object": "model"}, ListedModel("plain", "plain")),
        (
            {"id": "gpt-4o", "object": "model"},
            ListedModel("gpt-4o", "gpt-4o", supports_vision=True, supports_reasoning=False),
        ),
        ({"id": "vllm", "max_model_len": 4096}, ListedModel("vllm", "vllm", 4096)),
        (
            {"id": "groq", "context_window": 8192, "max_completion_tokens": 4096},
            ListedModel("groq", "groq", 8192, max_output=4096),
        ),
        (
            {
                "id": "mistral",
                "max_context_length": 32768,
                "capabilities": {"vision": False, "function_calling": False},
            },
            ListedModel("mistral", "mistral", 32768, supports_vision=False, supports_tools=False),
        ),
        (
            {"id": "together", "context_length": 4096, "pricing": {"input": 0.3, "output": 0.6, "hourly": 0}},
            ListedModel("together", "together", 4096, Price(input=Decimal("0.3"), output=Decimal("0.6"))),
        ),
        (
            {
                "id": "xai",
                "input_modalities": ["text", "image"],
                "prompt_text_token_price": 20000,
                "cached_prompt_text_token_price": 3000,
                "completion_text_token_price": 60000,
            },
            ListedModel(
                "xai",
                "xai",
                price=Price(input=Decimal(2), output=Decimal(6), cached=Decimal("0.3")),
                supports_vision=True,
            ),
        ),
        (
            {"id": "llama.cpp", "meta": {"n_ctx": 2048, "n_ctx_train": 8192}},
            ListedModel("llama.cpp", "llama.cpp", 2048),
        ),
        (
            {"id": "free", "pricing": {"prompt": "0", "completion": 0}},
            ListedModel("free", "free", None, Price(input=Decimal(0), output=Decimal(0))),
        ),
        ({"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}}, ListedModel("auto", "auto")),
        ({"id": "absurd", "pricing": {"prompt": "5", "completion": "1e40"}}, ListedModel("absurd", "absurd")),
        (
            {"id": "dear", "pricing": {"prompt": "0.01", "completion": "0.010001"}},
            ListedModel("dear", "dear", None, Price(input=Decimal(10_000))),
        ),
        (
            {"id": "endless", "context_length": 10**400, "max_completion_tokens": 2**31},
            ListedModel("endless", "endless"),
        ),
        (
            {
                "id": "odd",
                "pricing": {"prompt": "x"},
                "context_length": -1,
                "supported_parameters": ["tools"],
                "meta": 7,
            },
            ListedModel("odd", "odd", supports_json_schema=False, supports_reasoning=False, supports_tools=True),
        ),
    ],
)
async def test_listed_model(upstream: Upstream, client: httpx.AsyncClient, row: object, listed: ListedModel) -> None:
    upstream.serve("/v1/models", {"data": [row, "nonsense", {"id": ""}]})

    assert await list_models(client, endpoint_at(upstream.url)) == [listed]


@pytest.mark.parametrize(
    "body, status, code",
    [
        ('{"error":{"message":"no"}}', 401, FailureCode.AUTHENTICATION),
        ("{", 200, FailureCode.BAD_STREAM),
    ],
)
async def test_list_that_fails(
    upstream: Upstream, client: httpx.AsyncClient, body: str, status: int, code: FailureCode
) -> None:
    upstream.serve("/v1/models", body, status=status)

    with pytest.raises(ProviderError) as caught:
        await list_models(client, endpoint_at(upstream.url))

    assert caught.value.code == code


@pytest.mark.parametrize("body", ["[]", "7", '{"data": null}', '{"data": {"id": "x"}}'])
async def test_list_of_a_strange_shape_is_empty(upstream: Upstream, client: httpx.AsyncClient, body: str) -> None:
    upstream.serve("/v1/models", body)

    assert await list_models(client, endpoint_at(upstream.url)) == []


async def test_ollama_nearby_is_found(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.serve("/api/tags", {"models": [{"name": "qwen3:4b"}, {"name": "gemma3:1b"}, {}]})

    assert await detect_ollama(client, upstream.root) == ["qwen3:4b", "gemma3:1b"]


SHOWN = {
    "qwen3:4b": {
        "capabilities": ["completion", "tools", "thinking"],
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
    },
    "gemma3:4b": {
        "capabilities": ["completion", "vision"],
        "parameters": 'stop "<end>"\nnum_ctx                        8192\ntemperature 1',
        "model_info": {"general.architecture": "gemma3", "gemma3.context_length": 131072},
    },
    "nomic-embed": {"capabilities": ["embedding"]},
    "llama3:8b": None,
}


async def test_ollama_tells_what_its_models_can_do() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/tags":
            return httpx.Response(200, json={"models": [{"name": name} for name in SHOWN]})
        if request.url.path == "/api/ps":
            return httpx.Response(404)
        shown = SHOWN[json.loads(request.content)["model"]]
        return httpx.Response(200, json=shown) if shown else httpx.Response(500)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))

    models = await LIST_MODELS[Dialect.OPENAI](client, endpoint_at("http://127.0.0.1:11434/v1"))

    assert models == [
        ListedModel("qwen3:4b", "qwen3:4b", 4096, supports_vision=False, supports_reasoning=True, supports_tools=True),
        ListedModel(
            *("gemma3:4b", "gemma3:4b", 8192), supports_vision=True, supports_reasoning=False, supports_tools=False
        ),
        ListedModel("llama3:8b", "llama3:8b", 4096, supports_vision=False, supports_reasoning=False),
    ]


@pytest.mark.parametrize(
    "trained, parameters, loaded, context",
    [
        (131_072, "", None, 4096),
        (131_072, "temperature 1", 16_384, 16_384),
        (131_072, "num_ctx 8192", 16_384, 8192),
        (131_072, "", "many", 4096),
        (2048, "", None, 2048),
        (2048, "num_ctx 8192", None, 2048),
    ],
)
async def test_ollama_reads_no_more_than_it_runs_with(
    upstream: Upstream, client: httpx.AsyncClient, trained: int, parameters: str, loaded: object, context: int
) -> None:
    upstream.serve("/api/tags", {"models": [{"name": "big"}]})
    upstream.serve("/api/ps", {"models": [{"name": "big", "context_length": loaded}]})
    upstream.serve(
        "/api/show",
        {
            "parameters": parameters,
            "model_info": {"general.architecture": "llama", "llama.context_length": trained},
        },
    )

    [model] = await ollama_models(client, endpoint_at(upstream.url))

    assert model.context_length == context


async def test_an_ollama_behind_a_proxy_is_shown_the_key_and_given_time() -> None:
    asked: list[tuple[str, str | None, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, request.headers.get("authorization"), request.extensions["timeout"]["connect"]))
        return httpx.Response(200, json={"models": [{"name": "one"}]})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))

    await ollama_models(client, replace(endpoint_at("https://box.example/v1"), api_key=SecretStr("sk-mine")))

    assert asked == [
        (path, "Bearer sk-mine", LIST_TIMEOUTS.connect_s) for path in ("/api/tags", "/api/ps", "/api/show")
    ]


async def test_list_of_an_ollama_that_is_gone_fails(client: httpx.AsyncClient) -> None:
    with pytest.raises(ProviderError) as caught:
        await ollama_models(client, endpoint_at("http://127.0.0.1:9/v1"))

    assert caught.value.code == FailureCode.CONNECTION


@pytest.mark.parametrize("host", ["127.0.0.1:9", "http://[", "acme:port"])
async def test_no_ollama_is_no_error(client: httpx.AsyncClient, host: str) -> None:
    assert await detect_ollama(client, host) == []


@pytest.mark.parametrize(
    "host, base_url",
    [
        ("", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:4000", "http://127.0.0.1:4000/v1"),
        ("box", "http://box:11434/v1"),
        ("http://box:4000/", "http://box:4000/v1"),
        ("https://box", "https://box/v1"),
    ],
)
def test_ollama_host_as_ollama_reads_it(host: str, base_url: str) -> None:
    assert ollama_endpoint(host).base_url == base_url


@pytest.mark.parametrize(
    "model, maker, family",
    [
        ("~anthropic/claude-opus-latest", "Anthropic", "claude"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "Anthropic", "claude"),
        ("gpt-4.1-mini", "OpenAI", "gpt"),
        ("openai/o3-mini", "OpenAI", "o"),
        ("openai/some-preview", "OpenAI", "some"),
        ("google/gemini-2.5-pro", "Google", "gemini"),
        ("gemma-3-270m", "Google", "gemma"),
        ("smollm2-135m", "Hugging Face", "smollm"),
        ("accounts/fireworks/models/llama-v3p1-8b", "Meta", "llama"),
        ("meta.llama3-70b", "Meta", "llama"),
        ("mistralai/mixtral-8x7b", "Mistral AI", "mistral"),
        ("groq/qwen2.5:7b", "Alibaba", "qwen"),
        ("deepseek/deepseek-r1-distill-llama-70b", "DeepSeek", "deepseek"),
        ("x-ai/grok-4:free", "xAI", "grok"),
        ("cohere/command-r", "Cohere", "command"),
        ("microsoft/phi-4", "Microsoft", "phi"),
        ("nvidia/llama-3.1-nemotron-70b", "Meta", "llama"),
        ("amazon/nova-pro-v1", "Amazon", "nova"),
        ("z-ai/glm-4.6", "Zhipu AI", "glm"),
        ("moonshotai/kimi-k2", "Moonshot AI", "kimi"),
        ("minimax/minimax-m2", "MiniMax", "minimax"),
        ("ai21/jamba-large-1.7", "AI21 Labs", "jamba"),
        ("ibm-granite/granite-4.0-h-micro", "IBM", "granite"),
        ("meta/muse-spark-open", "Meta", "muse"),
        ("~openai/gpt-terra-latest", "OpenAI", "gpt"),
        ("ft:gpt-4o-mini:acme::1", "OpenAI", "gpt"),
        ("xiaomi/mimo-v2.5-pro", "Xiaomi", "mimo"),
        ("stepfun/step-3.7-flash", "StepFun", "step"),
        ("codellama/CodeLlama-13b-Instruct-hf", "Meta", "codellama"),
        ("ok", "", "ok"),
        ("", "", ""),
    ],
)
def test_maker_and_family(model: str, maker: str, family: str) -> None:
    assert (maker_of(model), family_of(model)) == (maker, family)


@pytest.mark.parametrize(
    "model, fixed",
    [
        *[
            ("o3", True),
            ("gpt-5-mini", True),
            ("gpt-6.1-sol", True),
            ("~openai/gpt-terra-latest", True),
            ("gpt-5-chat-latest", False),
        ],
        *[("gpt-4o", False), ("gpt-oss-20b", False), ("ok", False), ("claude-3-7-sonnet-latest", False)],
        *[("claude-opus-4", False), ("claude-opus-4-20250514", False), ("claude-sonnet-4-5-20250929", False)],
        *[("anthropic/claude-opus-4.6", False), ("anthropic/claude-4.5-haiku", False), ("claude-2.1", False)],
        *[("claude-opus-4-7", True), ("anthropic/claude-sonnet-5", True), ("~anthropic/claude-opus-latest", True)],
        *[("claude-haiku-5-5", True), ("anthropic/claude-4.7-opus", True), ("claude-fable-5-1", True)],
    ],
)
def test_fixed_sampling(model: str, fixed: bool) -> None:
    assert has_fixed_sampling(model) == fixed


@pytest.mark.parametrize(
    "model, vision, reasoning",
    [
        ("gpt-4o-mini", True, False),
        ("gpt-3.5-turbo", False, False),
        ("openai/gpt-oss-120b", False, True),
        ("openai/gpt-5.5", True, True),
        ("o1", True, True),
        ("o3-mini", False, True),
        ("claude-3-haiku", True, False),
        ("claude-2", False, False),
        ("claude-3-7-sonnet-latest", True, True),
        ("anthropic/claude-haiku-4.5", True, True),
        ("gemini-2.0-flash", True, False),
        ("gemini-2.5-pro", True, True),
        ("gemini-3.8-flash", True, True),
        ("gemma-3-27b-it", True, False),
        ("gemma-3-270m", False, False),
        ("llama-3.3-70b", False, False),
        ("meta-llama/llama-3.2-11b-vision-instruct", True, False),
        ("meta-llama/llama-4-scout", True, False),
        ("deepseek-chat", False, False),
        ("deepseek/deepseek-r1", False, True),
        ("deepseek-v4-flash", False, True),
        ("qwen2.5:7b", False, False),
        ("qwen2.5-vl-72b-instruct", True, False),
        ("qwen/qwen3-32b", False, True),
        ("qwen3-coder", False, False),
        ("x-ai/grok-4.5", True, True),
        ("grok-3", False, False),
        ("grok-4-fast-non-reasoning", True, False),
        ("mistral-large-2512", True, None),
        ("mistral-nemo", False, False),
        ("pixtral-12b", True, False),
        ("magistral-medium", None, True),
        ("z-ai/glm-4.6", False, True),
        ("z-ai/glm-4.6v", True, True),
        ("moonshotai/kimi-k2", False, False),
        ("moonshotai/kimi-k2.5", True, True),
        ("minimax/minimax-m2", False, True),
        ("microsoft/phi-4", False, False),
        ("microsoft/phi-4-multimodal-instruct", True, False),
        ("amazon/nova-micro-v1", False, False),
        ("amazon/nova-2-lite", True, True),
        ("smollm2-135m", False, False),
        ("nvidia/nemotron-nano-9b-v2", None, True),
        ("ai21/jamba-large", False, False),
        ("my-own-model", None, None),
    ],
)
def test_what_a_name_says_of_capabilities(model: str, vision: bool | None, reasoning: bool | None) -> None:
    assert (has_vision(model), has_reasoning(model)) == (vision, reasoning)


def test_every_dialect_streams_and_lists() -> None:
    assert (set(STREAM), set(LIST_MODELS)) == (set(Dialect), set(Dialect))
