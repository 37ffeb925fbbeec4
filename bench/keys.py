"""API keys for programs that are measured."""

import asyncio
import subprocess
import sys

from bench.stack import BASE_DIR, Stack


async def make_key(stack: Stack, *scopes: str) -> str:
    """Return a key of the user ``admin``, made at the first call for these scopes."""
    if scopes not in stack.keys:
        stack.keys[scopes] = await asyncio.to_thread(_make, stack, scopes)
    return stack.keys[scopes]


def _make(stack: Stack, scopes: tuple[str, ...]) -> str:
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    command = [sys.executable, "manage.py", "create_api_key", "--user", "admin", *wanted]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=stack.environment, capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout.strip()
