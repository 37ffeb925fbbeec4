"""Why an answer ends and what it used, in OpenAI's words."""

from typing import Any

from apps.api import documents
from apps.api.extension import server_tool_use, tokens_of
from apps.fusion.vocabulary import FinishReason
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.web_account import WebAccount

FINISHES = {
    FinishReason.TOOL_CALLS: "tool_calls",
    FinishReason.LENGTH: "length",
    FinishReason.UNKNOWN: "length",
    FinishReason.REFUSAL: "content_filter",
    FinishReason.CONTENT_FILTER: "content_filter",
}


def finish_of(run: RunSnapshot) -> str:
    """Return why the answer ends, in OpenAI's words; one that ended for no known reason may be cut off."""
    reason = run.answer.finish_reason if run.answer else None
    return FINISHES.get(reason, "stop") if reason else "stop"


def usage_of(run: RunSnapshot, web: WebAccount | None = None) -> dict[str, Any]:
    """Return usage over all calls; ``cost`` is USD, left out while unknown: some clients insist on a number."""
    tokens = tokens_of(run)
    cost = documents.known_cost(run.cost, run.cost_is_complete)
    return {
        "prompt_tokens": tokens["input_tokens"],
        "completion_tokens": tokens["output_tokens"],
        "total_tokens": tokens["input_tokens"] + tokens["output_tokens"],
        "prompt_tokens_details": {"cached_tokens": tokens["cached_tokens"]},
        "completion_tokens_details": {"reasoning_tokens": tokens["reasoning_tokens"]},
        **({} if cost is None else {"cost": cost}),
        **server_tool_use(web),
    }
