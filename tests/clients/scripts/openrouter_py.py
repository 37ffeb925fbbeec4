"""OpenRouter's Python client, pointed here."""

import json

from openrouter import OpenRouter, errors
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run

USER = {"role": "user", "content": QUESTION}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "height",
        "schema": {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]},
    },
}
client = OpenRouter(api_key=KEY, server_url=BASE_URL)


def ask(model="openrouter/fusion", messages=None, **options):
    return client.chat.send(model=model, messages=messages or [USER], **options)


def text(*arguments, **options):
    return ask(*arguments, **options).choices[0].message.content


def answer():
    equal(text(), FUSED)
    plugin = {"id": "fusion", "analysis_models": ["up/elm", "up/oak"], "model": "up/writer"}
    equal(text(plugins=[plugin]), FUSED)


def stream():
    with ask(stream=True) as pieces:
        equal("".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices), FUSED)


def next_turn():
    first = ask("up/elm").choices[0].message
    equal(text("up/elm", [USER, {"role": "assistant", "content": first.content}, USER]), ANSWER)


def typed_answer():
    equal(text("up/json", response_format=FORM), '{"metres": 330}')


def picture():
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    equal(text("up/elm", [{"role": "user", "content": content}]), ANSWER)


def tools_offered():
    equal(text("up/elm", tools=[TOOL]), ANSWER)


def calls_of_tools():
    first = ask("up/caller", tools=[TOOL]).choices[0]
    (call,) = first.message.tool_calls
    equal(json.loads(call.function.arguments), {"city": "Paris"})
    called = {"id": call.id, "type": "function", "function": {"name": "weather", "arguments": call.function.arguments}}
    turns = [{"role": "assistant", "tool_calls": [called]}]
    turns += [{"role": "tool", "tool_call_id": call.id, "content": "Sunny"}]
    equal(text("up/caller", messages=[USER, *turns], tools=[TOOL]), ANSWER)


def unknown_model():
    equal(raises(errors.OpenRouterError, lambda: ask("up/none")).status_code, 404)


def failure_paid_once():
    equal(raises(errors.OpenRouterError, lambda: ask("up/prose", response_format=FORM)).status_code, 400)


run(
    {
        "answer": answer,
        "stream": stream,
        "next turn": next_turn,
        "typed answer": typed_answer,
        "picture": picture,
        "tools offered": tools_offered,
        "calls of tools": calls_of_tools,
        "unknown model": unknown_model,
        "failure paid once": failure_paid_once,
    }
)
