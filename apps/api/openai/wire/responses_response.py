"""The response object of responses, its items, and those of its input.

Every field that the Open Responses specification requires is there; those without a meaning here are constant.
"""

import base64
from collections.abc import Sequence
from typing import Any

from apps.api import documents
from apps.api.answering import Answer
from apps.api.errors import ApiError
from apps.api.extension import citations_of, fusion_of, server_tool_use, tokens_of
from apps.api.openai.wire.extension import finish_of
from apps.api.openai.wire.responses_request import (
    CALL_PREFIX,
    LOOKUP_PREFIX,
    MESSAGE_PREFIX,
    REASONING_PREFIX,
    RESPONSE_PREFIX,
    OfSchema,
    ResponsesRequest,
)
from apps.fusion.files import PromptFile
from apps.fusion.lookup_steps import Lookup
from apps.fusion.lookups import LookupTool
from apps.fusion.tools import ToolCall
from apps.fusion.values import AnswerFormat, JudgedSettings, Message
from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot

INPUT_PREFIX = "in_"
REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
ERROR_CODES = {429: "rate_limit_exceeded", 400: "invalid_prompt"}
"""OpenAI's closed set of codes for a failed response, by our status; for all others ``server_error``."""

Echo = dict[str, Any]
"""The part of a response that repeats its request."""


def echo_of(request: ResponsesRequest) -> Echo:
    """Return what a response repeats of its request."""
    wanted = request.text.format if request.text else None
    form = wanted.model_dump(by_alias=True, exclude_none=True) if wanted else {"type": "text"}
    effort = request.reasoning.effort if request.reasoning else None
    return {
        "model": request.model,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "presence_penalty": request.presence_penalty or 0.0,
        "frequency_penalty": request.frequency_penalty or 0.0,
        "metadata": request.metadata or {},
        "text": {
            "format": form | ({"strict": bool(wanted.strict)} if isinstance(wanted, OfSchema) else {}),
            "verbosity": (request.text.verbosity if request.text else None) or "medium",
        },
        "reasoning": {"effort": effort.value if effort else None, "summary": request.summary},
        "background": bool(request.background),
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "tool_choice": request.tool_choice or "auto",
        "tools": [] if request.fusion and request.fusion.tools == "ignore" else _echoed(request.offered()),
        "max_tool_calls": request.max_tool_calls,
        "safety_identifier": request.safety_identifier,
        "prompt_cache_key": request.prompt_cache_key,
    }


def _echoed(functions: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return functions as OpenAI repeats them: with every key, and in the form of responses."""
    names = ("description", "parameters")
    return [
        {
            "type": "function",
            "name": given.get("name"),
            **{name: given.get(name) for name in names},
            "strict": given.get("strict") is not False,
        }
        for _, given in functions
    ]


def echo_of_run(run: Run) -> Echo:
    """Return what is known of the request of a run that was stored."""
    recipe, settings = run.recipe, run.recipe.settings
    is_fused = isinstance(settings, JudgedSettings)
    parameters = settings.writer_parameters if isinstance(settings, JudgedSettings) else recipe.panel[0].parameters
    request = ResponsesRequest(
        model=f"fusion/{run.preset}".rstrip("/") if is_fused else recipe.panel[0].model,
        input="",
        max_output_tokens=parameters.max_tokens,
        temperature=parameters.temperature,
        top_p=parameters.top_p,
        presence_penalty=parameters.presence_penalty,
        frequency_penalty=parameters.frequency_penalty,
        metadata=run.metadata or None,
        tools=[{"type": "function", **tool.model_dump()} for tool in run.tools.tools] if run.tools else None,
    )
    return echo_of(request) | {"text": {"format": _stored_format(recipe.answer_format), "verbosity": "medium"}}


def _stored_format(answer_format: AnswerFormat | None) -> dict[str, Any]:
    if answer_format is None or answer_format.json_schema is None:
        return {"type": answer_format.type if answer_format else "text"}
    return {
        "type": "json_schema",
        "name": answer_format.name,
        "schema": answer_format.json_schema,
        "strict": False,
    }


def begun(run: Run, echo: Echo, state: str = "in_progress") -> dict[str, Any]:
    """Return the response while it is being made."""
    return {
        "id": f"{RESPONSE_PREFIX}{run.public_id}",
        "object": "response",
        "created_at": int(run.created_at.timestamp()),
        "completed_at": None,
        "status": state,
        **echo,
        "previous_response_id": f"{RESPONSE_PREFIX}{run.parent.public_id}" if run.parent else None,
        "truncation": "disabled",
        "top_logprobs": 0,
        "store": run.is_kept,
        "service_tier": "default",
        "output": [],
        "error": None,
        "incomplete_details": None,
        "usage": None,
    }


def ended(
    run: Run,
    echo: Echo,
    answer: Answer,
    url: str,
    notices: list[str] | None = None,
    thoughts: str = "",
) -> dict[str, Any]:
    """Return the response with its answer, and the ``thoughts`` before it."""
    snapshot = answer.run
    reason = REASONS.get(finish_of(snapshot))
    state = "incomplete" if reason else "completed"
    return begun(run, echo) | {
        "status": state,
        "completed_at": int(snapshot.ended_at.timestamp()) if snapshot.ended_at else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output_of(run.public_id, answer, state, thoughts),
        "usage": _usage(answer),
        "fusion": fusion_of(snapshot, url, notices),
    }


def failed(run: Run, echo: Echo, error: ApiError) -> dict[str, Any]:
    """Return the response that came to nothing. One that was stopped has no error, as OpenAI has it."""
    if error.code == "cancelled":
        return begun(run, echo, "cancelled")
    return begun(run, echo, "failed") | {"error": error_of(error)}


def error_of(error: ApiError) -> dict[str, Any]:
    """Return the error of a failed response: OpenAI's code, for which its clients know a closed set, beside ours."""
    code = ERROR_CODES.get(error.status, "server_error")
    return {"code": code, "message": error.message, "fusion_code": error.code}


def thoughts_of(snapshot: RunSnapshot) -> str:
    """Return what the model that answered thought aloud, '' where nothing is known of that."""
    return snapshot.answer.reasoning if snapshot.answer else ""


def reasoning_item(run_id: str, thoughts: str, state: str) -> dict[str, Any]:
    """Return the thoughts before an answer as one summary; without it when it begins."""
    summary = [summary_part(thoughts)] if thoughts else []
    return {"id": f"{REASONING_PREFIX}{run_id}", "type": "reasoning", "summary": summary, "status": state}


def summary_part(thoughts: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": thoughts}


def annotations_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the citations of an answer, in the form of responses."""
    return [{"type": "url_citation", **one} for one in citations_of(answer.web, answer.text)]


def lookup_item(run_id: str, lookup: Lookup, state: str = "") -> dict[str, Any]:
    """Return a search, or the reading of a page, as OpenAI's call of its own tool; ``state`` while it is under way."""
    sources = [{"type": "url", "url": source.url} for source in lookup.sources]
    if lookup.tool == LookupTool.SEARCH:
        action = {"type": "search", "query": lookup.summary, "queries": [lookup.summary], "sources": sources}
    else:
        action = {"type": "open_page", "url": sources[0]["url"] if sources else lookup.summary}
    status = state or ("completed" if lookup.status is Status.DONE else "failed")
    place = f"{run_id}_{lookup.step}_{lookup.ordinal}"
    return {"id": f"{LOOKUP_PREFIX}{place}", "type": "web_search_call", "status": status, "action": action}


def message(
    run_id: str, text: str, state: str, annotations: Sequence[dict[str, Any]] = (), at: int = 0
) -> dict[str, Any]:
    """Return a message, without a text when it begins. A response consists of one, but where tools are called in it."""
    content = [part(text, annotations)] if text else []
    return {
        "id": f"{MESSAGE_PREFIX}{run_id}" + (f"_{at}" if at else ""),
        "type": "message",
        "role": "assistant",
        "status": state,
        "content": content,
    }


def output_of(run_id: str, answer: Answer, state: str, thoughts: str = "") -> list[dict[str, Any]]:
    """Return the items: thoughts, look-ups, message, calls of tools; no message where there are calls alone."""
    calls = answer.run.answer.tool_calls if answer.run.answer else ()
    items = [reasoning_item(run_id, thoughts, "completed")] if thoughts else []
    items += [lookup_item(run_id, one) for one in (answer.web.lookups if answer.web else ())]
    items += [message(run_id, answer.text, state, annotations_of(answer))] if answer.text or not calls else []
    return items + [function_call(run_id, at, call, "completed") for at, call in enumerate(calls)]


def function_call(run_id: str, at: int, call: ToolCall, state: str) -> dict[str, Any]:
    """Return a call of a tool; without its arguments when it begins, with what there is of them if it was cut."""
    return {
        "id": f"{CALL_PREFIX}{run_id}_{at}",
        "type": "function_call",
        "status": state,
        "call_id": call.id,
        "name": call.name,
        "arguments": "" if state == "in_progress" else call.arguments,
    }


def part(text: str, annotations: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return the one part of the message."""
    return {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}


def _usage(answer: Answer) -> dict[str, Any]:
    run, tokens = answer.run, tokens_of(answer.run)
    cost = documents.known_cost(run.cost, run.cost_is_complete)
    return {
        "input_tokens": tokens["input_tokens"],
        "input_tokens_details": {"cached_tokens": tokens["cached_tokens"], "cache_write_tokens": 0},
        "output_tokens": tokens["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": tokens["reasoning_tokens"]},
        "total_tokens": tokens["input_tokens"] + tokens["output_tokens"],
        **({} if cost is None else {"cost": cost}),
        **server_tool_use(answer.web),
    }


def input_items(run_id: str, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return the conversation that a response answers as items, the first one first."""
    found = [item for one in messages for item in _items_of(one)]
    return [{"id": f"{INPUT_PREFIX}{run_id}_{at}", "status": "completed", **item} for at, item in enumerate(found)]


def _as_data(file: PromptFile) -> str:
    """Return a file as a data URL of what was read of it: the file itself is not kept."""
    return f"data:text/plain;base64,{base64.b64encode(file.text.encode('utf-8', 'replace')).decode()}"


def _items_of(turn: Message) -> list[dict[str, Any]]:
    pictures = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in turn.images]
    pictures += [{"type": "input_file", "filename": file.name, "file_data": _as_data(file)} for file in turn.files]
    written = [{"type": "input_text", "text": turn.text}] if turn.text or not pictures else []
    if turn.result:
        output: Any = [*written, *pictures] if pictures else turn.text
        return [{"type": "function_call_output", "call_id": turn.result.id, "output": output}]
    if turn.role != "assistant":
        return [{"type": "message", "role": turn.role, "content": [*written, *pictures]}]
    said = [{"type": "message", "role": "assistant", "content": [part(turn.text)]}] if turn.text else []
    return said + [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in turn.calls
    ]
