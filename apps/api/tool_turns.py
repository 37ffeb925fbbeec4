"""Turns with calls of tools, as vendors want them: each call with an id and a result, each result behind its call."""

from collections.abc import Sequence

from apps.api.errors import ApiError
from apps.fusion.tools import ToolCall, ToolResult
from apps.fusion.values import Message


def paired(messages: Sequence[Message], places: Sequence[str]) -> tuple[Message, ...]:
    """Return the turns of a request that offers tools; raise :class:`ApiError` where a call or a result is alone.

    ``places`` are the parameters that the turns came in, for errors. Calls of one turn that came one by one become one
    turn. What has no id gets one: a result without any belongs to the first call that has none yet.
    """
    turns: list[Message] = []
    open_calls: list[ToolCall] = []
    place_of_calls = ""
    for place, message in zip(places, messages, strict=True):
        if message.role == "system":
            turns.append(message)
            continue
        if message.result:
            result, call = _matched(message.result, open_calls, place)
            open_calls = [one for one in open_calls if one is not call]
            turns.append(message.model_copy(update={"result": result}))
            continue
        is_more = bool(message.calls) and bool(turns) and turns[-1].role == "assistant" == message.role
        if open_calls and not is_more:
            raise _without_result(open_calls[0], place_of_calls)
        if message.calls:
            message = _joined(turns.pop(), message) if is_more else message  # noqa: PLW2901 - one turn of both
            message = message.model_copy(update={"calls": _named(message.calls, len(turns))})  # noqa: PLW2901
            open_calls, place_of_calls = list(message.calls), place
        turns.append(message)
    if open_calls:
        raise _without_result(open_calls[0], place_of_calls)
    return tuple(turns)


def _matched(result: ToolResult, calls: Sequence[ToolCall], place: str) -> tuple[ToolResult, ToolCall]:
    """Return a result as that of one of the calls which wait for theirs, and the call."""
    by_name = (one for one in calls if not result.id and (not result.name or one.name == result.name))
    call = next((one for one in calls if one.id == result.id), None) or next(by_name, None)
    if call is None:
        named = f"“{result.id[:100]}”" if result.id else "without an id"
        sentence = f"{place}: This is the result of a tool call {named} that the turn before it did not make."
        raise ApiError(400, "invalid_parameter", sentence, place)
    return result.model_copy(update={"id": call.id, "name": call.name}), call


def _without_result(call: ToolCall, place: str) -> ApiError:
    sentence = f"{place}: The tool call “{call.id[:100]}” has no result. Send one for each call, right behind the turn."
    return ApiError(400, "invalid_parameter", sentence, place)


def _joined(first: Message, second: Message) -> Message:
    text = "\n\n".join(text for text in (first.text, second.text) if text)
    data = second.vendor_data or first.vendor_data
    return first.model_copy(update={"text": text, "calls": (*first.calls, *second.calls), "vendor_data": data})


def _named(calls: Sequence[ToolCall], turn: int) -> tuple[ToolCall, ...]:
    return tuple(
        call if call.id else call.model_copy(update={"id": f"call_{turn}_{at}"}) for at, call in enumerate(calls)
    )
