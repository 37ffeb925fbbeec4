"""Streams over real HTTP: limits of time, cancelling, waiting, and what a request carries. Behaviours have a table."""

import asyncio
import time
from decimal import Decimal

import httpx
import pytest

from apps.fusion.values import Parameters
from apps.fusion.vocabulary import FailureCode, PromptStyle
from apps.providers.base import Text, Timeouts
from apps.providers.errors import ProviderError
from apps.providers.openai_compatible import stream
from tests.providers.asking import KEY, Answer, ask, endpoint_at, request_to
from tests.upstream import Upstream
from tests.upstream.behaviours import DEFAULT_TEXT

pytestmark = pytest.mark.usefixtures("steady_time")
HALF = "The Eiffel Tower is 330 metres tall. It was"
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


async def test_reported_cost_equals_the_ledger(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("priced", "ok", cost=0.000125)

    answer = await ask(client, endpoint_at(upstream.url), request_to("priced"))

    assert answer.end is not None
    assert (answer.end.cost, upstream.ledger("priced")[0]["cost"]) == (Decimal("0.000125"), 0.000125)


async def test_echoed_key_is_masked(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("echoing", "401", message=f"Incorrect API key provided: {KEY}.")

    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to("echoing"))

    assert caught.value.sentence == (
        "Acme did not accept the key. Check the key of this provider. Acme said: “Incorrect API key provided: •••.”"
    )


@pytest.mark.parametrize(
    "behaviour, options, limits, text, sentence",
    [
        (
            *("stall-first", {}, {"first_token_s": 0.3}, ""),
            "Acme sent no text within 0.3 s. It may be busy: try again, or raise the limit.",
        ),
        (
            *("stall-headers", {}, {"first_token_s": 0.3}, ""),
            "Acme sent no text within 0.3 s. It may be busy: try again, or raise the limit.",
        ),
        (
            *("comments", {}, {"first_token_s": 0.3, "idle_s": 0.2}, ""),
            "Acme sent no text within 0.3 s. It may be busy: try again, or raise the limit.",
        ),
        (
            *("stall-mid", {}, {"idle_s": 0.8}, HALF),
            "Acme stopped sending for 0.8 s in the middle of its answer. Try again.",
        ),
        (
            *("stall-mid", {}, {"total_s": 1.2}, HALF),
            "Acme took longer than 1.2 s in all and was stopped. Ask for less, or raise the limit.",
        ),
    ],
)
async def test_timeouts(
    upstream: Upstream,
    client: httpx.AsyncClient,
    behaviour: str,
    options: dict[str, object],
    limits: dict[str, float],
    text: str,
    sentence: str,
) -> None:
    upstream.script(behaviour, behaviour, **options)
    answer = Answer()
    request = request_to(behaviour, timeouts=Timeouts(**limits))

    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request, into=answer)

    assert (answer.text, caught.value.code, caught.value.sentence) == (text, FailureCode.TIMEOUT, sentence)
    assert upstream.wait_for(behaviour, ended=True)[-1]["closed_early"] is True


async def test_slow_stream_outlives_its_idle_limit(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("slow", "ok", text="a b c d e f g h", delay_s=0.4)

    answer = await ask(client, endpoint_at(upstream.url), request_to("slow", timeouts=Timeouts(idle_s=2.5)))

    assert answer.text == "a b c d e f g h"


@pytest.mark.parametrize("behaviour", ["stall-first", "stall-headers", "stall-mid"])
async def test_cancelling_closes_the_upstream_connection_at_once(
    upstream: Upstream, client: httpx.AsyncClient, behaviour: str
) -> None:
    model = f"cancelled-{behaviour}"
    upstream.script(model, behaviour)
    asking = asyncio.create_task(ask(client, endpoint_at(upstream.url), request_to(model)))
    await asyncio.to_thread(upstream.wait_for, model, events=6 if behaviour == "stall-mid" else 0)

    asking.cancel()
    cancelled = time.time()
    await asyncio.wait([asking])

    entry = (await asyncio.to_thread(upstream.wait_for, model, ended=True))[0]
    assert asking.cancelled()
    assert entry["closed_early"] is True
    assert entry["ended"] is not None
    assert entry["ended"] - cancelled < 10


async def test_closing_the_generator_closes_the_upstream_connection(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    upstream.script("closed", "ok", gate_after=1)
    chunks = stream(client, endpoint_at(upstream.url), request_to("closed"))

    first = await anext(chunks)
    await chunks.aclose()

    assert first == Text("The")
    assert (await asyncio.to_thread(upstream.wait_for, "closed", ended=True))[0]["closed_early"] is True


async def test_gated_stream_goes_on_when_released(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("gated", "ok", text="one two three", gate_after=2)
    asking = asyncio.create_task(ask(client, endpoint_at(upstream.url), request_to("gated")))
    await asyncio.to_thread(upstream.wait_for, "gated", events=2)

    await asyncio.to_thread(upstream.release, "gated")

    assert (await asking).text == "one two three"


async def test_fails_twice_then_answers(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("flaky", "503", times=2, text="Here I am.")
    outcomes = []

    for _ in range(3):
        try:
            outcomes.append((await ask(client, endpoint_at(upstream.url), request_to("flaky"))).text)
        except ProviderError as error:
            outcomes.append(error.code)

    assert outcomes == [FailureCode.OVERLOADED, FailureCode.OVERLOADED, "Here I am."]


async def test_request_carries_key_parameters_and_schema(upstream: Upstream, client: httpx.AsyncClient) -> None:
    parameters = Parameters(temperature=0, top_p=0.5, max_tokens=9, seed=3)
    request = request_to("asked", "Hi", parameters=parameters, json_schema=SCHEMA)

    await ask(client, endpoint_at(upstream.url + "/", headers={"X-Title": "FusionWeb"}), request)

    entry = upstream.ledger("asked")[0]
    assert (entry["path"], entry["headers"]["authorization"], entry["headers"]["x-title"]) == (
        *("/v1/chat/completions", f"Bearer {KEY}"),
        "FusionWeb",
    )
    assert entry["body"] == {
        "model": "asked",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 9,
        "seed": 3,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA},
        },
    }


async def test_request_says_how_deep_it_is(upstream: Upstream, client: httpx.AsyncClient) -> None:
    await ask(client, endpoint_at(upstream.url), request_to("deep", depth=2))

    assert upstream.ledger("deep")[0]["headers"]["x-fusion-depth"] == "2"


async def test_base_model_is_asked_in_completion_style(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("base", "ok", text="  330 metres.", piece_chars=1)

    answer = await ask(client, endpoint_at(upstream.url), request_to("base", "How  tall?", style=PromptStyle.BASE))

    entry = upstream.ledger("base")[0]
    assert (answer.text, entry["path"]) == ("330 metres.", "/v1/completions")
    assert entry["body"]["prompt"].endswith("\n\nQuestion: How tall?\nAnswer:")


async def test_two_hundred_streams_at_once(upstream: Upstream) -> None:
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits()) as client:
        asking = [ask(client, endpoint_at(upstream.url), request_to("ok")) for _ in range(200)]

        texts = {answer.text for answer in await asyncio.gather(*asking)}

    assert texts == {DEFAULT_TEXT}
