"""API keys for programs that are measured."""

import asyncio
import subprocess
import sys

from bench.stack import BASE_DIR, Stack


async def make_key(stack: Stack, *scopes: str) -> str:
    """A fresh key of the user ``admin``."""
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    command = [sys.executable, "manage.py", "create_api_key", "--user", "admin", *wanted]

    def run() -> str:
        done = subprocess.run(
            command, cwd=BASE_DIR, env=stack.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    return await asyncio.to_thread(run)
