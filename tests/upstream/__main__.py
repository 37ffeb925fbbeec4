"""``python -m tests.upstream --port N``: the upstream as a process of its own, until SIGINT or SIGTERM."""

import argparse
import asyncio
import signal

from tests.upstream.server import Server


async def serve(port: int) -> None:
    server = Server()
    print(f"http://127.0.0.1:{await server.start(port)}/v1", flush=True)  # noqa: T201 - the URL is the output
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    await server.stop()


parser = argparse.ArgumentParser(prog="python -m tests.upstream")
parser.add_argument("--port", type=int, default=0)
asyncio.run(serve(parser.parse_args().port))
