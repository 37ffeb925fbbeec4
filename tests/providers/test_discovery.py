"""Lists of models, Ollama nearby, and what a model's id says about its maker."""

from decimal import Decimal

import httpx
import pytest

from apps.fusion.values import Price
from apps.fusion.vocabulary import FailureCode
from apps.providers.base import ListedModel
from apps.providers.dialects import LIST_MODELS, STREAM, Dialect
from apps.providers.discover import detect_ollama, ollama_endpoint
from apps.providers.errors import ProviderError
from apps.providers.families import family_of, has_fixed_sampling, maker_of
from apps.providers.openai_compatible import list_models
from tests.providers.asking import endpoint_at
from tests.upstream import Upstream

OPENROUTER = {
    "id": "acme/large",
    "name": "Acme: Large",
    "context_length": 128000,
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003"},
    "supported_parameters": ["temperature", "structured_outputs"],
}
PRICE = Price(input=Decimal(3), output=Decimal(15), cached=Decimal("0.3"))


@pytest.mark.parametrize(
    "row, listed",
    [
        (OPENROUTER, ListedModel("acme/large", "Acme: Large", 128000, PRICE, True)),
        ({"id": "gpt-x", "object": "model"}, ListedModel("gpt-x", "gpt-x")),
        ({"id": "vllm", "max_model_len": 4096}, ListedModel("vllm", "vllm", 4096)),
        ({"id": "groq", "context_window": 8192}, ListedModel("groq", "groq", 8192)),
        (
            {"id": "llama.cpp", "meta": {"n_ctx": 2048, "n_ctx_train": 8192}},
            ListedModel("llama.cpp", "llama.cpp", 2048),
        ),
        (
            {"id": "free", "pricing": {"prompt": "0", "completion": 0}},
            ListedModel("free", "free", None, Price(input=Decimal(0), output=Decimal(0))),
        ),
        ({"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}}, ListedModel("auto", "auto")),
        (
            {
                "id": "odd",
                "pricing": {"prompt": "x"},
                "context_length": -1,
                "supported_parameters": ["tools"],
                "meta": 7,
            },
            ListedModel("odd", "odd", None, None, False),
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
        ("ok", "", "ok"),
        ("", "", ""),
    ],
)
def test_maker_and_family(model: str, maker: str, family: str) -> None:
    assert (maker_of(model), family_of(model)) == (maker, family)


@pytest.mark.parametrize(
    "model, fixed", [("o3", True), ("gpt-5-mini", True), ("gpt-5-chat-latest", False), ("gpt-4o", False), ("ok", False)]
)
def test_fixed_sampling(model: str, fixed: bool) -> None:
    assert has_fixed_sampling(model) == fixed


def test_every_dialect_streams_and_lists() -> None:
    assert (set(STREAM), set(LIST_MODELS)) == (set(Dialect), set(Dialect))
