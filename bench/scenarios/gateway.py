"""The gateway use of the API: one model behind it, streamed, against the same streams read directly."""

import asyncio
import json
import time
from dataclasses import dataclass

import httpx
from httpx_sse import aconnect_sse

from bench import direct
from bench.figures import Row, median
from bench.keys import make_key
from bench.mid_stream import PARTS, listed
from bench.stack import NO_TLS, Stack

SHORT = "c25-r50"


@dataclass(frozen=True)
class Answer:
    """One streamed answer: seconds to its first text and to its end, and the chunks of the upstream in it."""

    first_s: float
    seconds: float
    chunks: int


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure streams begun at once between two runs of a direct client (after one if ``quick``), then single ones."""
    streams, model, chunks = (4, SHORT, 25) if quick else (40, "c300-r50", 300)
    name = f"API, one model, {streams} streams at once"
    key = await make_key(stack, "run", "read")
    before = await asyncio.to_thread(direct.measure, stack.upstream, model, streams)
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=None), verify=NO_TLS) as client:
        if not stack.is_warm:
            await asyncio.gather(*(ask(client, stack, key, SHORT) for _ in range(streams)))
        began = stack.cpu()
        answers = await asyncio.gather(*(ask(client, stack, key, model) for _ in range(streams)))
        ended = stack.cpu()
        alone = await _alone(client, stack, key, 1 if quick else 25)
    after = before if quick else await asyncio.to_thread(direct.measure, stack.upstream, model, streams)
    directly = median(before["seconds"] + after["seconds"])
    first_directly = median(before["first_seconds"] + after["first_seconds"]) * 1000
    cpu = {part: (ended[part] - began[part]) / streams * 1000 for part in PARTS}
    note = f"directly {first_directly:.0f}"
    return [
        Row(name, "time of an answer / direct", median([one.seconds for one in answers]) / directly, "×", 1.10),
        Row(name, "first text, p50", median([one.first_s for one in answers]) * 1000, "ms", 400, note=note),
        Row(name, "CPU of a whole answer", sum(cpu.values()), "ms", note=listed(cpu, 1)),
        Row(name, "chunks lost", sum(abs(chunks - one.chunks) for one in answers), "", 0),
        alone,
    ]


async def _alone(client: httpx.AsyncClient, stack: Stack, key: str, times: int) -> Row:
    """Return what a request adds to its first token while nothing else happens, each beside a direct one."""
    extra = []
    for _ in range(times):
        bare = await asyncio.to_thread(direct.measure, stack.upstream, SHORT, 1)
        answer = await ask(client, stack, key, SHORT)
        extra.append((answer.first_s - bare["first_seconds"][0]) * 1000)
    return Row("API, one request alone", "first token, above a direct one, p50", median(extra), "ms", 40)


async def ask(client: httpx.AsyncClient, stack: Stack, key: str, model: str) -> Answer:
    """Ask a model through the API, and read its answer to the end."""
    body = {"model": f"custom/{model}", "stream": True, "messages": [{"role": "user", "content": "Count."}]}
    headers = {"Authorization": f"Bearer {key}"}
    began, first_s, text = time.monotonic(), 0.0, ""
    async with aconnect_sse(client, "POST", f"{stack.site}/v1/chat/completions", json=body, headers=headers) as source:
        async for event in source.aiter_sse():
            if event.data == "[DONE]":
                break
            choices = json.loads(event.data)["choices"]
            text += (choices[0]["delta"].get("content") or "") if choices else ""
            if text and not first_s:
                first_s = time.monotonic() - began
    return Answer(first_s, time.monotonic() - began, text.count("@"))
