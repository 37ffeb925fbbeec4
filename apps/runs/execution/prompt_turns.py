"""Turns: calls of this process that send the same long prompt to a model of this machine go one after the other.

llama.cpp shares what it has read of a prompt with a slot that begins when the first is free again, and with no other:
two calls at once read it twice. With SmolLM2 and 930 tokens on one core, two at once both took 11.9 s; one after the
other took 6.1 s and 0.4 s. Writing is not the loss that it seems: a core writes two answers no faster than one by one.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from apps.fusion.tokens import count_tokens
from apps.runs.execution.routes import Route

LEAST_TOKENS = 300
"""A shorter prompt is read in a second or two, and columns that write side by side are worth that."""


@dataclass(slots=True)
class Turn:
    """The lock of one prompt, and the number of calls that have or want it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    calls: int = 0


class PromptTurns:
    """The prompts that are being read on this machine; for one loop."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, Turn] = {}

    @asynccontextmanager
    async def turn(self, route: Route) -> AsyncIterator[None]:
        """Wait until no other call sends the same prompt to the same model; at once where that saves nothing."""
        request = route.request
        if not route.is_local or sum(count_tokens(message.text) for message in request.messages) < LEAST_TOKENS:
            yield
            return
        prompt = (route.endpoint.base_url, request.model, request.messages)
        turn = self._turns.setdefault(prompt, Turn())
        turn.calls += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.calls -= 1
            if not turn.calls:
                del self._turns[prompt]
