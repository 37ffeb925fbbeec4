"""The gateway use of the API: a panel of one, streamed, against the same streams read directly."""

import asyncio
import json
import time

import httpx
from httpx_sse import aconnect_sse

from bench import direct
from bench.figures import Row, median
from bench.keys import make_key
from bench.stack import NO_TLS, Stack


async def measure(stack: Stack, quick: bool = False) -> list[Row]:
    """Measure the gateway between two runs of a direct client, or after one if ``quick``."""
    streams, model, chunks = (4, "c25-r50", 25) if quick else (40, "c300-r50", 300)
    name = f"API, panel of one, {streams} streams"
    key = await make_key(stack, "run", "read")
    before = await asyncio.to_thread(direct.measure, stack.upstream, model, streams)
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=None), verify=NO_TLS) as client:
        answers = await asyncio.gather(*(_ask(client, stack, key, f"custom/{model}") for _ in range(streams)))
    after = before if quick else await asyncio.to_thread(direct.measure, stack.upstream, model, streams)
    alone = median(before["seconds"] + after["seconds"])
    return [
        Row(name, "time of an answer / direct", median([seconds for seconds, _ in answers]) / alone, "×", 1.10),
        Row(name, "chunks lost", sum(abs(chunks - count) for _, count in answers), "", 0),
    ]


async def _ask(client: httpx.AsyncClient, stack: Stack, key: str, model: str) -> tuple[float, int]:
    """Return the seconds that an answer took, and the chunks of the upstream in it."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Count."}]}
    headers = {"Authorization": f"Bearer {key}"}
    began, text = time.monotonic(), ""
    async with aconnect_sse(client, "POST", f"{stack.site}/v1/chat/completions", json=body, headers=headers) as source:
        async for event in source.aiter_sse():
            if event.data == "[DONE]":
                break
            choices = json.loads(event.data)["choices"]
            text += (choices[0]["delta"].get("content") or "") if choices else ""
    return time.monotonic() - began, text.count("@")
