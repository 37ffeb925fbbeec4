"""The first tokens of a panel prompt are the same every time: a model server reads them once, before anyone asks."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.request import Request

from apps.fusion.prompting.prompts import panel_messages
from apps.fusion.values import Message
from apps.fusion.vocabulary import PromptStyle
from apps.providers.small_models import base_prompt
from fusionweb.local.probes import DIRECT

PATIENCE_S = 60


def warm_up(base_url: str, style: PromptStyle, count: int) -> None:
    """Ask for one token in ``count`` of the server's slots at once; one that does not answer is left alone."""
    path, body = opening(style)
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = Request(base_url + path, data, headers)  # noqa: S310 - always our own server on this machine
    with ThreadPoolExecutor(count) as pool:
        pool.map(_ask, [request] * count)


def opening(style: PromptStyle) -> tuple[str, Mapping[str, Any]]:
    """Return path and body of a request that begins as every panel prompt of this style does."""
    messages = panel_messages([Message(role="user", text="Hello?")], style)
    if style is PromptStyle.BASE:
        return "/completions", {"prompt": base_prompt(messages), "max_tokens": 1}
    turns = [{"role": message.role, "content": message.text} for message in messages]
    return "/chat/completions", {"messages": turns, "max_tokens": 1}


def _ask(request: Request) -> None:
    with suppress(OSError), DIRECT.open(request, timeout=PATIENCE_S) as answer:
        answer.read()
