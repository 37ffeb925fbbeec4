"""Calls of tools and their results in words, for models that get no tools, for judges, and for people."""

from collections.abc import Sequence

from apps.fusion.tools import Tool
from apps.fusion.values import Message

LONGEST_DESCRIPTION = 300
"""Characters of a tool's description that a panel is told of."""

_PROPOSE = """\
The author of the final answer can call the tools below; you cannot. Answer as well as you can without them. Where one
of them is needed, say which one, with which arguments, and what its result would decide.

{tools}"""


def call_text(name: str, arguments: str) -> str:
    """Return a tool call of an earlier turn as models are shown it."""
    return f"[Called {name}({arguments})]"


def result_text(call: str, text: str) -> str:
    """Return the result of a tool call as models are shown it."""
    return f"[Result of the tool call {call}]\n{text}"


def as_text(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation with calls and results as words of the assistant and the user."""
    return tuple(_in_words(message) for message in messages)


def _in_words(message: Message) -> Message:
    if not (message.calls or message.result or message.vendor_data):
        return message
    said = [message.text] if message.text else []
    said += [call_text(call.name, call.arguments) for call in message.calls]
    text = result_text(message.result.id or message.result.name, message.text) if message.result else "\n".join(said)
    return Message(role=message.role, text=text, images=message.images, files=message.files)


def question_of(messages: Sequence[Message]) -> str:
    """Return the newest words of the user that are no result of a tool, '' if there are none."""
    asked = (one.text for one in reversed(messages) if one.role == "user" and one.result is None)
    return next(asked, "")


def told_of_tools(messages: tuple[Message, ...], tools: Sequence[Tool]) -> tuple[Message, ...]:
    """Return the messages with a list of the tools that the writer may call, to be proposed and not to be called."""
    lines = "\n".join(f"- {tool.name}: {' '.join(tool.description.split())[:LONGEST_DESCRIPTION]}" for tool in tools)
    own = [message.text for message in messages if message.role == "system"]
    turns = [message for message in messages if message.role != "system"]
    return (Message(role="system", text="\n\n".join([*own, _PROPOSE.format(tools=lines)])), *turns)
