"""The OpenAI-compatible dialect over real HTTP against the scriptable upstream: one row for each behaviour."""

import asyncio
import time
from decimal import Decimal

import httpx
import pytest

from apps.fusion.values import Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason, PromptStyle
from apps.providers.base import End, Text, Timeouts
from apps.providers.errors import ProviderError
from apps.providers.openai_compatible import stream
from tests.providers.asking import KEY, Answer, ask, endpoint_at, request_to
from tests.upstream import Upstream
from tests.upstream.behaviours import DEFAULT_TEXT, LINE_TEXT, UNICODE_TEXT

HALF = "The Eiffel Tower is 330 metres tall. It was"
USAGE = {"prompt_tokens": 11, "completion_tokens": 17}
COUNTED = Usage(input_tokens=11, output_tokens=17)
STOP = FinishReason.STOP


@pytest.mark.parametrize(
    "behaviour, text, reason, usage",
    [
        ("ok", DEFAULT_TEXT, STOP, COUNTED),
        ("slow-first", DEFAULT_TEXT, STOP, COUNTED),
        ("u2028", LINE_TEXT, STOP, COUNTED),
        ("unicode", UNICODE_TEXT, STOP, COUNTED),
        ("empty", "", STOP, COUNTED),
        ("huge-token", "ü" * 512 * 1024, STOP, COUNTED),
        ("double-done", DEFAULT_TEXT, STOP, COUNTED),
        ("no-done", DEFAULT_TEXT, STOP, COUNTED),
        ("usage-early", DEFAULT_TEXT, STOP, COUNTED),
        ("usage-in-choice", DEFAULT_TEXT, STOP, COUNTED),
        ("refusal", "I can't help with that.", FinishReason.REFUSAL, COUNTED),
        ("content-filter", HALF, FinishReason.CONTENT_FILTER, COUNTED),
        ("length", DEFAULT_TEXT, FinishReason.LENGTH, COUNTED),
        ("whole", DEFAULT_TEXT, STOP, COUNTED),
    ],
)
async def test_answer(
    upstream: Upstream, client: httpx.AsyncClient, behaviour: str, text: str, reason: FinishReason, usage: Usage
) -> None:
    upstream.script(behaviour, behaviour, usage=USAGE)

    answer = await ask(client, endpoint_at(upstream.url), request_to(behaviour))

    entry = upstream.wait_for(behaviour, ended=True)[-1]
    assert answer == Answer(text=text, end=End(reason, usage, None, f"up-{entry['id']}"))
    assert (entry["text"], entry["usage"], entry["closed_early"]) == (text, USAGE, False)


@pytest.mark.parametrize("behaviour", ["no-usage", "absurd-usage"])
async def test_answer_without_believable_usage(upstream: Upstream, client: httpx.AsyncClient, behaviour: str) -> None:
    answer = await ask(client, endpoint_at(upstream.url), request_to(behaviour))

    assert answer.end is not None
    assert (answer.text, answer.end.usage, answer.end.cost) == (DEFAULT_TEXT, Usage(), None)


async def test_reported_cost_equals_the_ledger(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("priced", "ok", cost=0.000125)

    answer = await ask(client, endpoint_at(upstream.url), request_to("priced"))

    assert answer.end is not None
    assert (answer.end.cost, upstream.ledger("priced")[0]["cost"]) == (Decimal("0.000125"), 0.000125)


async def test_reasoning_is_kept_apart(upstream: Upstream, client: httpx.AsyncClient) -> None:
    answer = await ask(client, endpoint_at(upstream.url), request_to("reasoning"))

    assert (answer.reasoning, answer.text) == ("Let me think. ", DEFAULT_TEXT)


NO_WORDS = "Acme cut the connection before the answer was complete. Try again."


@pytest.mark.parametrize(
    "behaviour, text, code, permanent, status",
    [
        ("400", "", FailureCode.INVALID_REQUEST, True, 400),
        ("401", "", FailureCode.AUTHENTICATION, True, 401),
        ("402", "", FailureCode.INSUFFICIENT_CREDITS, True, 402),
        ("403", "", FailureCode.PERMISSION, True, 403),
        ("404", "", FailureCode.INVALID_MODEL, True, 404),
        ("413", "", FailureCode.TOO_LARGE, True, 413),
        ("429", "", FailureCode.RATE_LIMITED, False, 429),
        ("quota", "", FailureCode.INSUFFICIENT_CREDITS, True, 429),
        ("context", "", FailureCode.CONTEXT_TOO_LONG, True, 400),
        ("500", "", FailureCode.UPSTREAM_ERROR, False, 500),
        ("503", "", FailureCode.OVERLOADED, False, 503),
        ("529", "", FailureCode.OVERLOADED, False, 529),
        ("html", "", FailureCode.BAD_STREAM, True, 200),
        ("html-502", "", FailureCode.UPSTREAM_ERROR, False, 502),
        ("error-200", "", FailureCode.UPSTREAM_ERROR, False, 502),
        ("redirect", "", FailureCode.INVALID_REQUEST, True, 307),
        ("nothing", "", FailureCode.CONNECTION, False, None),
        ("error-mid-stream", HALF, FailureCode.UPSTREAM_ERROR, False, 502),
        ("broken-json", HALF, FailureCode.BAD_STREAM, False, None),
        ("cut-mid", HALF, FailureCode.CONNECTION, False, None),
        ("no-end", DEFAULT_TEXT, FailureCode.CONNECTION, False, None),
    ],
)
async def test_failure(
    upstream: Upstream,
    client: httpx.AsyncClient,
    behaviour: str,
    text: str,
    code: FailureCode,
    permanent: bool,
    status: int | None,
) -> None:
    answer = Answer()

    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to(behaviour), into=answer)

    error = caught.value
    assert answer == Answer(text=text)
    assert (error.code, error.permanent, error.status) == (code, permanent, status)


async def test_retry_after_is_passed_on(upstream: Upstream, client: httpx.AsyncClient) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to("429-retry-after"))

    assert caught.value.retry_after == 7.0


async def test_echoed_key_is_masked(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("echoing", "401", message=f"Incorrect API key provided: {KEY}.")

    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to("echoing"))

    assert caught.value.sentence == (
        "Acme did not accept the key. Check the key of this provider. Acme said: “Incorrect API key provided: •••.”"
    )


async def test_key_does_not_follow_a_redirect(upstream: Upstream) -> None:
    upstream.script("moved", "redirect", location=f"{upstream.url}/chat/completions?elsewhere")

    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        with pytest.raises(ProviderError) as caught:
            await ask(client, endpoint_at(upstream.url), request_to("moved"))

    assert caught.value.sentence == ("Acme redirects to 127.0.0.1; the key was not sent there. Correct the base URL.")
    assert len(upstream.ledger("moved")) == 1


async def test_nobody_listens(client: httpx.AsyncClient) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at("http://127.0.0.1:9/v1"), request_to("ok"))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.CONNECTION, False)


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
    upstream.script("slow", "ok", text="a b c d e f g h", delay_s=0.15)

    answer = await ask(client, endpoint_at(upstream.url), request_to("slow", timeouts=Timeouts(idle_s=0.8)))

    assert answer.text == "a b c d e f g h"


async def test_endless_output_is_cut_off(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.script("endless", "endless", text="and so on " * 10_000)

    with pytest.raises(ProviderError) as caught:
        await ask(client, endpoint_at(upstream.url), request_to("endless"))

    assert caught.value.code == FailureCode.TOO_LARGE
    assert upstream.wait_for("endless", ended=True)[0]["closed_early"] is True


@pytest.mark.parametrize("behaviour", ["stall-first", "stall-headers", "stall-mid"])
async def test_cancelling_closes_the_upstream_connection_within_a_second(
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
    assert entry["ended"] - cancelled < 1


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
    request = request_to("asked", "Hi", parameters=parameters, json_schema={"type": "object"})

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
            "json_schema": {"name": "reply", "strict": True, "schema": {"type": "object"}},
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
