"""Parameters of OpenAI's, OpenRouter's and vLLM's that have no effect here: accepted and named, or refused by name.

A parameter that only tunes or hints is accepted, and the response says that it had no effect. One that asks for
something else than an ordinary answer (several answers, log probabilities, audio) is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from apps.api.options import Strict


@dataclass(frozen=True, slots=True)
class Unsupported:
    """``neutral`` are the values that ask for nothing; with ``is_hint`` all others are accepted without effect."""

    sentence: str
    neutral: tuple[Any, ...] = ()
    is_hint: bool = False

    def is_neutral(self, value: Any) -> bool:
        """Return whether the value asks for nothing. ``True`` is not taken for 1."""
        return value is None or any(
            isinstance(value, bool) == isinstance(one, bool) and value == one for one in self.neutral
        )


IGNORED_TOOLS = "Tools of the client are not called."
OTHER_TOOLS = "Of the client's tools only functions can be called, and only by a model that takes tools."
OWN_CALLS = Unsupported("Calls are made by the client, which can count them.", is_hint=True)
NO_LOGPROBS = "An answer carries no log probabilities. Leave it out."
ONLY_TEXT = Unsupported("Answers are text. Leave it out.", (["text"],))
ONE_TIER = Unsupported("There is one tier.", ("auto", "default"), is_hint=True)
NO_PROMPT_CACHE = Unsupported("Prompts are not cached here.", is_hint=True)
NONE_REQUIRED = "No tool of the client is called, so none can be required."

OF_CHAT: dict[str, Unsupported] = {
    "n": Unsupported("A request has one answer. Send several requests for several answers.", (1,)),
    "logprobs": Unsupported(NO_LOGPROBS, (False,)),
    "top_logprobs": Unsupported(NO_LOGPROBS, (0,)),
    "logit_bias": Unsupported("Tokens differ from model to model, so they cannot be biased. Leave it out.", ({},)),
    "modalities": ONLY_TEXT,
    "audio": Unsupported("Answers are text. Leave it out."),
    "prediction": Unsupported("It would only save time.", is_hint=True),
    "service_tier": ONE_TIER,
    "verbosity": Unsupported("Ask for a long or a short answer in the prompt.", ("medium",), is_hint=True),
    "prompt_cache_key": NO_PROMPT_CACHE,
    "prompt_cache_retention": NO_PROMPT_CACHE,
    "prompt_cache_options": NO_PROMPT_CACHE,
}
OF_RESPONSES: dict[str, Unsupported] = {
    "image": Unsupported("Pictures go to each model as they are.", is_hint=True),
    "modalities": ONLY_TEXT,
    "conversation": Unsupported("Send previous_response_id, or the whole conversation as input."),
    "include": Unsupported("There is nothing more to include.", ([],), is_hint=True),
    "max_tool_calls": OWN_CALLS,
    "prompt": Unsupported("Prompt templates are not kept here. Send the text."),
    "prompt_cache_key": NO_PROMPT_CACHE,
    "prompt_cache_retention": NO_PROMPT_CACHE,
    "prompt_cache_options": NO_PROMPT_CACHE,
    "service_tier": ONE_TIER,
    "top_logprobs": Unsupported(NO_LOGPROBS, (0,)),
    "truncation": Unsupported("Nothing is truncated.", ("disabled",), is_hint=True),
}
OF_COMPLETIONS: dict[str, Unsupported] = {
    "n": OF_CHAT["n"],
    "best_of": Unsupported("A request has one answer.", (1,), is_hint=True),
    "echo": Unsupported("The prompt is not repeated. Leave it out.", (False,)),
    "logprobs": Unsupported(NO_LOGPROBS, (0,)),
    "logit_bias": OF_CHAT["logit_bias"],
    "suffix": Unsupported("A text is not filled in between two others. Leave it out.", ("",)),
}
INCLUDABLE = (
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
)
"""OpenAI's values of ``include``. They may be asked for: an answer that has none of them is a right answer."""

HINTS = frozenset(
    # OpenAI, and clients of its newer contract
    "client_metadata context_management moderation stream_tool_calls access_programs background_options"
    # OpenRouter
    " provider models route transforms session_id trace debug cache_control include_reasoning image_config top_a"
    " deferred_tools stop_server_tools_when"
    # vLLM, SGLang, llama.cpp, LM Studio, Ollama
    " top_k min_p typical_p repetition_penalty repeat_penalty length_penalty best_of use_beam_search stop_token_ids"
    " include_stop_str_in_output ignore_eos min_tokens skip_special_tokens spaces_between_special_tokens"
    " truncate_prompt_tokens allowed_token_ids bad_words add_generation_prompt continue_final_message"
    " add_special_tokens chat_template chat_template_kwargs mm_processor_kwargs priority request_id"
    " return_tokens_as_token_ids return_token_ids cache_salt kv_transfer_params separate_reasoning stream_reasoning"
    " cache_prompt id_slot reasoning_format reasoning_budget timings_per_token return_progress mirostat mirostat_eta"
    " mirostat_tau dynatemp_range dynatemp_exponent dry_multiplier xtc_probability samplers ttl draft_model"
    " keep_alive num_ctx options think tfs_z penalty_alpha repeat_last_n num_predict n_predict do_sample"
    # DeepSeek, Qwen, Zhipu, Moonshot, Mistral, Groq
    " thinking enable_thinking thinking_budget safe_prompt prompt_mode citation_options"
    # LiteLLM and gateways
    " drop_params num_retries fallbacks timeout cache caching tags".split()
)
"""Parameters of other servers that only tune or hint; clients send them out of habit."""


def unsupported(table: Mapping[str, Unsupported], name: str) -> Any:
    """Return the field of such a parameter, for the OpenAPI document."""
    row = table[name]
    if row.is_hint:
        return Field(None, description=f"Accepted without effect. {row.sentence}")
    return Field(None, description=f"Not supported. {row.sentence}", json_schema_extra={"enum": [None, *row.neutral]})


def refuse(table: Mapping[str, Unsupported], name: str, value: Any) -> Any:
    """Return the value if it may be accepted; raise a pydantic error of the type ``unsupported`` if not."""
    row = table[name]
    if name == "include" and isinstance(value, list) and (strange := [one for one in value if one not in INCLUDABLE]):
        sentence = f"“{str(strange[0])[:100]}” is not one of {', '.join(INCLUDABLE)}."
    elif row.is_hint or row.is_neutral(value):
        return value
    else:
        sentence = row.sentence
    raise PydanticCustomError("unsupported", "{sentence}", {"sentence": sentence})


def permits_no_call(choice: Any) -> bool:
    """Return whether a ``tool_choice`` or ``function_call`` leaves it to the model to answer without a call."""
    if choice in (None, "none", "auto"):
        return True
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools":
        return False
    inner = choice.get("allowed_tools")
    return (inner if isinstance(inner, dict) else choice).get("mode") == "auto"


class UnsupportedOfChat(Strict):
    """Parameters of chat completions without effect."""

    n: Any = unsupported(OF_CHAT, "n")
    logprobs: Any = unsupported(OF_CHAT, "logprobs")
    top_logprobs: Any = unsupported(OF_CHAT, "top_logprobs")
    logit_bias: Any = unsupported(OF_CHAT, "logit_bias")
    modalities: Any = unsupported(OF_CHAT, "modalities")
    audio: Any = unsupported(OF_CHAT, "audio")
    prediction: Any = unsupported(OF_CHAT, "prediction")
    service_tier: Any = unsupported(OF_CHAT, "service_tier")
    verbosity: Any = unsupported(OF_CHAT, "verbosity")
    prompt_cache_key: Any = unsupported(OF_CHAT, "prompt_cache_key")
    prompt_cache_retention: Any = unsupported(OF_CHAT, "prompt_cache_retention")
    prompt_cache_options: Any = unsupported(OF_CHAT, "prompt_cache_options")

    @field_validator(*OF_CHAT, mode="before")
    @classmethod
    def _refuse_what_asks_for_more(cls, value: Any, info: Any) -> Any:
        return refuse(OF_CHAT, info.field_name, value)


class UnsupportedOfResponses(Strict):
    """Parameters of responses without effect."""

    image: Any = unsupported(OF_RESPONSES, "image")
    modalities: Any = unsupported(OF_RESPONSES, "modalities")
    conversation: Any = unsupported(OF_RESPONSES, "conversation")
    include: Any = unsupported(OF_RESPONSES, "include")
    max_tool_calls: Any = unsupported(OF_RESPONSES, "max_tool_calls")
    prompt: Any = unsupported(OF_RESPONSES, "prompt")
    prompt_cache_key: Any = unsupported(OF_RESPONSES, "prompt_cache_key")
    prompt_cache_retention: Any = unsupported(OF_RESPONSES, "prompt_cache_retention")
    prompt_cache_options: Any = unsupported(OF_RESPONSES, "prompt_cache_options")
    service_tier: Any = unsupported(OF_RESPONSES, "service_tier")
    top_logprobs: Any = unsupported(OF_RESPONSES, "top_logprobs")
    truncation: Any = unsupported(OF_RESPONSES, "truncation")

    @field_validator(*OF_RESPONSES, mode="before")
    @classmethod
    def _refuse_what_asks_for_more(cls, value: Any, info: Any) -> Any:
        return refuse(OF_RESPONSES, info.field_name, value)
