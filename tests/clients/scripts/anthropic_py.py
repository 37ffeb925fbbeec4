"""Anthropic's Python client, sync and async. Every event of a stream is one of its own types."""

import asyncio
import os

import anthropic
from anthropic.types import RawMessageStreamEvent
from pydantic import BaseModel, TypeAdapter
from report import ANSWER, FUSED, KEY, PIXEL, QUESTION, equal, raises, run

SITE = os.environ["CLIENT_SITE"]
client = anthropic.Anthropic(base_url=SITE, api_key=KEY)
by_token = anthropic.AsyncAnthropic(base_url=SITE, auth_token=KEY)
EVENT = TypeAdapter(RawMessageStreamEvent)
USER = {"role": "user", "content": QUESTION}
TOOL = {
    "name": "weather",
    "description": "Say how the weather is.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Height(BaseModel):
    """A typed answer."""

    metres: int


def ask(model="claude-fusion", messages=(USER,), **options):
    return client.messages.create(model=model, max_tokens=500, messages=list(messages), **options)


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def checked(raw):
    """Raise unless the client's own types take the event as it is, without a field of the wrong kind."""
    event = EVENT.validate_python(raw.model_dump())
    equal(event.type, raw.type)
    return event


def answer():
    made = ask()
    equal((text(made), made.stop_reason, made.role), (FUSED, "end_turn", "assistant"))

    async def by_bearer():
        return await by_token.messages.create(model="fusion", max_tokens=500, messages=[USER])

    equal(text(asyncio.run(by_bearer())), FUSED)
    counted = client.messages.count_tokens(model="claude-fusion", messages=[USER])
    equal(counted.input_tokens > 0, True)
    equal(client.models.list().data[0].id, "claude-fusion")
    equal(client.models.retrieve("claude-fusion").type, "model")


def stream():
    events = [checked(event) for event in ask(stream=True)]
    equal("".join(one.delta.text for one in events if one.type == "content_block_delta"), FUSED)
    with client.messages.stream(model="claude-fusion", max_tokens=500, messages=[USER]) as helper:
        equal("".join(helper.text_stream), FUSED)
        equal(helper.get_final_message().usage.output_tokens > 0, True)

    async def gathered():
        asked = by_token.beta.messages.stream(model="up/elm", max_tokens=500, messages=[USER], betas=["none-of-ours"])
        async with asked as helper:
            return await helper.get_final_text()

    equal(asyncio.run(gathered()), ANSWER)


def next_turn():
    first = ask("up/elm", system="Be brief.", thinking={"type": "enabled", "budget_tokens": 1_024})
    earlier = {"role": "assistant", "content": first.content}
    equal(text(ask("up/elm", [USER, earlier, USER])), ANSWER)


def typed_answer():
    made = client.messages.parse(model="up/json", max_tokens=500, messages=[USER], output_format=Height)
    equal(made.parsed_output, Height(metres=330))


def picture():
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": QUESTION}]
    equal(text(ask("up/elm", [{"role": "user", "content": content}])), ANSWER)


def tools_offered():
    equal(text(ask("up/elm", tools=[TOOL])), ANSWER)


def calls_of_tools():
    with client.messages.stream(model="up/caller", max_tokens=500, messages=[USER], tools=[TOOL]) as helper:
        for event in helper:
            equal(event.type != "error", True)
        streamed = helper.get_final_message()
    for said in (ask("up/caller", tools=[TOOL]), streamed):
        (call,) = said.content
        equal((said.stop_reason, call.name, call.input), ("tool_use", "weather", {"city": "Paris"}))
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "Sunny"}
        turns = [USER, {"role": "assistant", "content": said.content}, {"role": "user", "content": [result]}]
        equal(text(ask("up/caller", turns, tools=[TOOL])), ANSWER)
    for event in ask("up/caller", tools=[TOOL], stream=True):
        checked(event)

    asked = []

    @anthropic.beta_tool
    def weather(city: str) -> str:
        """Say how the weather is.

        Args:
            city: Where.
        """
        asked.append(city)
        return "Sunny"

    runner = client.beta.messages.tool_runner(model="up/caller", max_tokens=500, messages=[USER], tools=[weather])
    equal((text(runner.until_done()), asked), (ANSWER, ["Paris"]))


def unknown_model():
    error = raises(anthropic.NotFoundError, lambda: ask("up/none"))
    equal(error.body["error"]["type"], "not_found_error")


def failure_paid_once():
    schema = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}
    form = {"format": {"type": "json_schema", "schema": schema}}
    error = raises(anthropic.BadRequestError, lambda: ask("up/prose", output_config=form))
    equal(error.body["error"]["type"], "invalid_request_error")


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
