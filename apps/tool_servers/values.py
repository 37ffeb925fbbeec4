"""Servers, tools and answers as values, and the one failure of this package."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr


class ToolServerError(Exception):
    """A server could not be asked; ``sentence`` says why, to an administrator, and tells no secret."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The address of a server, the token that it wants, '' for none, and further headers, which are secret too.

    ``only_public``: not inside this network.
    """

    url: str
    token: SecretStr
    only_public: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ListedTool:
    """A tool as its server describes it. ``is_read_only`` is the server's own hint, which nobody checks."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    is_read_only: bool


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """The answer of a tool as text for a model; ``is_error`` where the tool says that it failed."""

    text: str
    is_error: bool
