"""LiteLLM as a library, with its providers for OpenAI-compatible servers, for a proxy, and for OpenRouter."""

import json

import litellm
from pydantic import BaseModel
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run

USER = {"role": "user", "content": QUESTION}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


class Height(BaseModel):
    """A typed answer."""

    metres: int


def ask(model="fusion", provider="openai", messages=None, **options):
    return litellm.completion(f"{provider}/{model}", messages or [USER], api_base=BASE_URL, api_key=KEY, **options)


def text(*arguments, **options):
    return ask(*arguments, **options).choices[0].message.content


def answer():
    for provider in ("openai", "litellm_proxy", "hosted_vllm", "openrouter"):
        equal(text(provider=provider), FUSED)


def stream():
    for provider in ("openai", "openrouter"):
        equal("".join(piece.choices[0].delta.content or "" for piece in ask(provider=provider, stream=True)), FUSED)


def next_turn():
    first = ask("up/elm").choices[0].message
    equal(text("up/elm", messages=[USER, first, USER]), ANSWER)
    equal(text("up/elm", messages=[USER, first.model_dump(), USER]), ANSWER)


def typed_answer():
    equal(Height.model_validate_json(text("up/json", response_format=Height)), Height(metres=330))


def picture():
    parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    equal(text("up/elm", messages=[{"role": "user", "content": parts}]), ANSWER)


def responses():
    made = litellm.responses(model="openai/up/elm", input=QUESTION, api_base=BASE_URL, api_key=KEY)
    equal(made.output[0].content[0].text, ANSWER)
    bridged = litellm.anthropic.messages.create(
        model="openai/up/elm", messages=[USER], max_tokens=99, api_base=BASE_URL, api_key=KEY
    )
    equal(bridged["content"][0]["text"], ANSWER)


def tools_offered():
    equal(text("up/elm", tools=[TOOL]), ANSWER)


def calls_of_tools():
    first = ask("up/caller", tools=[TOOL]).choices[0]
    equal(first.finish_reason, "tool_calls")
    (call,) = first.message.tool_calls
    equal(json.loads(call.function.arguments), {"city": "Paris"})
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
    equal(text("up/caller", messages=[USER, first.message, result], tools=[TOOL]), ANSWER)
    pieces = list(ask("up/caller", tools=[TOOL], stream=True))
    whole = litellm.stream_chunk_builder(pieces).choices[0].message.tool_calls
    equal([json.loads(one.function.arguments) for one in whole], [{"city": "Paris"}])


def unknown_model():
    raises(litellm.NotFoundError, lambda: ask("up/none"))


def failure_paid_once():
    raises(litellm.BadRequestError, lambda: ask("up/prose", response_format=Height))


run(
    {
        "answer": answer,
        "stream": stream,
        "next turn": next_turn,
        "typed answer": typed_answer,
        "picture": picture,
        "responses": responses,
        "tools offered": tools_offered,
        "calls of tools": calls_of_tools,
        "unknown model": unknown_model,
        "failure paid once": failure_paid_once,
    }
)
