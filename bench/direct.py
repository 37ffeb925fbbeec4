"""The direct client that everything is compared with: httpx and httpx-sse on one loop, in a process of its own.

`python -m bench.direct URL MODEL STREAMS` reads the streams at the same time and prints what it took, as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import httpx
from httpx_sse import aconnect_sse

from bench.stack import BASE_DIR, NO_TLS
from bench.upstream import now_us


async def read(client: httpx.AsyncClient, url: str, model: str) -> dict[str, Any]:
    """Read one answer; gives its chunks, the lag of each (µs), and when its first text came and it ended."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Count."}]}
    lags: list[int] = []
    first = 0
    async with aconnect_sse(client, "POST", f"{url}/v1/chat/completions", json=body) as source:
        async for event in source.aiter_sse():
            if event.data == "[DONE]":
                break
            choices = json.loads(event.data)["choices"]
            text = choices[0]["delta"].get("content") if choices else None
            if text:
                first = first or now_us()
                lags.append(now_us() - int(text.split("@")[1]))
    return {"chunks": len(lags), "lags": lags, "first": first, "ended": now_us()}


async def main(url: str, model: str, streams: int) -> dict[str, Any]:
    """Read ``streams`` answers at the same time; CPU is seconds, of the reading alone."""
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None), verify=NO_TLS) as client:
        started, cpu = now_us(), time.process_time()
        answers = await asyncio.gather(*(read(client, url, model) for _ in range(streams)))
    lags = [lag for answer in answers for lag in answer["lags"]]
    return {
        "seconds": [(answer["ended"] - started) / 1e6 for answer in answers],
        "first_seconds": [(answer["first"] - started) / 1e6 for answer in answers],
        "first_lags": [answer["lags"][0] for answer in answers],
        "lags": lags[:: max(1, len(lags) // 5000)],
        "chunks": len(lags),
        "cpu": time.process_time() - cpu,
    }


def measure(url: str, model: str, streams: int) -> dict[str, Any]:
    """Run the same measurement in a process of its own."""
    command = [sys.executable, "-m", "bench.direct", url, model, str(streams)]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))))  # noqa: T201 - its answer
