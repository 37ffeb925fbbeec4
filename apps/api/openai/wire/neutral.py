"""Parameters of OpenAI's that cannot be honoured: accepted where they ask for nothing, else refused by name."""

from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from apps.api.options import Strict

Accepted = tuple[tuple[Any, ...], str]

NO_TOOLS = "Tools of the client are not called. Leave them out; send what they returned as messages."
NO_LOGPROBS = "An answer carries no log probabilities. Leave it out."

OF_CHAT: dict[str, Accepted] = {
    "n": ((1,), "A request has one answer. Send several requests for several answers."),
    "logprobs": ((False,), NO_LOGPROBS),
    "top_logprobs": ((0,), NO_LOGPROBS),
    "logit_bias": (({},), "Tokens differ from model to model, so they cannot be biased. Leave it out."),
    "frequency_penalty": ((0,), "Not every vendor knows this penalty. Leave it out."),
    "presence_penalty": ((0,), "Not every vendor knows this penalty. Leave it out."),
    "tools": (([],), NO_TOOLS),
    "tool_choice": (("none", "auto"), NO_TOOLS),
    "parallel_tool_calls": ((True, False), NO_TOOLS),
    "functions": (([],), NO_TOOLS),
    "function_call": (("none", "auto"), NO_TOOLS),
    "modalities": ((["text"],), "Answers are text. Leave it out."),
    "audio": ((), "Answers are text. Leave it out."),
    "prediction": ((), "An answer cannot be predicted. Leave it out."),
    "service_tier": (("auto", "default"), "There is one tier. Leave it out."),
    "store": ((True,), "Every run is stored. Delete it through the runs API if it should not be kept."),
    "verbosity": (("medium",), "Ask for a long or a short answer in the prompt."),
    "web_search_options": ((), "The web is not searched. Leave it out."),
    "prompt_cache_key": ((), "Prompts are not cached under a name. Leave it out."),
}
OF_RESPONSES: dict[str, Accepted] = {
    "background": ((False,), "Use the runs API: it returns at once."),
    "conversation": ((), "Send the whole conversation as input."),
    "previous_response_id": ((), "Send the whole conversation as input."),
    "include": (([],), "There is nothing more to include."),
    "max_tool_calls": ((), NO_TOOLS),
    "parallel_tool_calls": ((True, False), NO_TOOLS),
    "prompt": ((), "Prompt templates are not kept here. Send the text."),
    "prompt_cache_key": ((), "Prompts are not cached under a name. Leave it out."),
    "service_tier": (("auto", "default"), "There is one tier. Leave it out."),
    "store": ((True,), "Every run is stored. Delete it through the runs API if it should not be kept."),
    "tools": (([],), NO_TOOLS),
    "tool_choice": (("none", "auto"), NO_TOOLS),
    "top_logprobs": ((0,), NO_LOGPROBS),
    "truncation": (("disabled",), "Nothing is truncated silently. Shorten the input."),
}


def neutral(table: dict[str, Accepted], name: str) -> Any:
    """The field of such a parameter, for the OpenAPI document."""
    accepted, sentence = table[name]
    return Field(None, description=f"Not supported. {sentence}", json_schema_extra={"enum": [None, *accepted]})


def refuse(table: dict[str, Accepted], name: str, value: Any) -> Any:
    """The value if it asks for nothing; raises a pydantic error of the type ``unsupported``."""
    accepted, sentence = table[name]
    if value is None or any(isinstance(value, bool) == isinstance(one, bool) and value == one for one in accepted):
        return value
    raise PydanticCustomError("unsupported", "{sentence}", {"sentence": sentence})


class NeutralOfChat(Strict):
    """What chat completions do not do."""

    n: Any = neutral(OF_CHAT, "n")
    logprobs: Any = neutral(OF_CHAT, "logprobs")
    top_logprobs: Any = neutral(OF_CHAT, "top_logprobs")
    logit_bias: Any = neutral(OF_CHAT, "logit_bias")
    frequency_penalty: Any = neutral(OF_CHAT, "frequency_penalty")
    presence_penalty: Any = neutral(OF_CHAT, "presence_penalty")
    tools: Any = neutral(OF_CHAT, "tools")
    tool_choice: Any = neutral(OF_CHAT, "tool_choice")
    parallel_tool_calls: Any = neutral(OF_CHAT, "parallel_tool_calls")
    functions: Any = neutral(OF_CHAT, "functions")
    function_call: Any = neutral(OF_CHAT, "function_call")
    modalities: Any = neutral(OF_CHAT, "modalities")
    audio: Any = neutral(OF_CHAT, "audio")
    prediction: Any = neutral(OF_CHAT, "prediction")
    service_tier: Any = neutral(OF_CHAT, "service_tier")
    store: Any = neutral(OF_CHAT, "store")
    verbosity: Any = neutral(OF_CHAT, "verbosity")
    web_search_options: Any = neutral(OF_CHAT, "web_search_options")
    prompt_cache_key: Any = neutral(OF_CHAT, "prompt_cache_key")

    @field_validator(*OF_CHAT, mode="before")
    @classmethod
    def _ask_for_nothing(cls, value: Any, info: Any) -> Any:
        return refuse(OF_CHAT, info.field_name, value)


class NeutralOfResponses(Strict):
    """What responses do not do."""

    background: Any = neutral(OF_RESPONSES, "background")
    conversation: Any = neutral(OF_RESPONSES, "conversation")
    previous_response_id: Any = neutral(OF_RESPONSES, "previous_response_id")
    include: Any = neutral(OF_RESPONSES, "include")
    max_tool_calls: Any = neutral(OF_RESPONSES, "max_tool_calls")
    parallel_tool_calls: Any = neutral(OF_RESPONSES, "parallel_tool_calls")
    prompt: Any = neutral(OF_RESPONSES, "prompt")
    prompt_cache_key: Any = neutral(OF_RESPONSES, "prompt_cache_key")
    service_tier: Any = neutral(OF_RESPONSES, "service_tier")
    store: Any = neutral(OF_RESPONSES, "store")
    tools: Any = neutral(OF_RESPONSES, "tools")
    tool_choice: Any = neutral(OF_RESPONSES, "tool_choice")
    top_logprobs: Any = neutral(OF_RESPONSES, "top_logprobs")
    truncation: Any = neutral(OF_RESPONSES, "truncation")

    @field_validator(*OF_RESPONSES, mode="before")
    @classmethod
    def _ask_for_nothing(cls, value: Any, info: Any) -> Any:
        return refuse(OF_RESPONSES, info.field_name, value)
