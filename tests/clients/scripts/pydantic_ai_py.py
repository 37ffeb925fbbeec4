"""Pydantic AI. Its default typed output is a tool call; ``NativeOutput`` is the one that is a schema."""

import asyncio

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from report import ANSWER, BASE_URL, FUSED, KEY, QUESTION, equal, raises, run

provider = OpenAIProvider(base_url=BASE_URL, api_key=KEY)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082"
)


class Height(BaseModel):
    """A typed answer."""

    metres: int


def agent(model="fusion", **options):
    return Agent(OpenAIChatModel(model, provider=provider), **options)


def answer():
    equal(agent().run_sync(QUESTION).output, FUSED)


def stream():
    async def text():
        async with agent().run_stream(QUESTION) as result:
            return await result.get_output()

    equal(asyncio.run(text()), FUSED)


def next_turn():
    first = agent("up/elm").run_sync(QUESTION)
    equal(agent("up/elm").run_sync("Sure?", message_history=first.all_messages()).output, ANSWER)


def typed_answer():
    equal(agent("up/json", output_type=NativeOutput(Height)).run_sync(QUESTION).output, Height(metres=330))


def picture():
    equal(agent("up/elm").run_sync([QUESTION, BinaryContent(PIXEL, media_type="image/png")]).output, ANSWER)


def responses():
    model = Agent(OpenAIResponsesModel("up/elm", provider=provider))
    first = model.run_sync(QUESTION)
    equal(first.output, ANSWER)
    equal(model.run_sync("Sure?", message_history=first.all_messages()).output, ANSWER)


def tools_offered():
    helped = agent("up/elm")

    @helped.tool_plain
    def weather(city: str) -> str:
        """Say how the weather is."""
        return city

    equal(helped.run_sync(QUESTION).output, ANSWER)


def calls_of_tools():
    for kind in (OpenAIChatModel, OpenAIResponsesModel):
        asked = []

        def weather(city: str) -> str:
            """Say how the weather is."""
            asked.append(city)  # noqa: B023 - it is called within its round
            return "Sunny"

        helped = Agent(kind("up/caller", provider=provider), tools=[weather])
        equal((helped.run_sync(QUESTION).output, asked), (ANSWER, ["Paris"]))
    equal(agent("up/filler", output_type=Height).run_sync(QUESTION).output, Height(metres=330))


def unknown_model():
    equal(raises(ModelHTTPError, lambda: agent("up/none").run_sync(QUESTION)).status_code, 404)


def failure_paid_once():
    typed = agent("up/prose", output_type=NativeOutput(Height))
    equal(raises(ModelHTTPError, lambda: typed.run_sync(QUESTION)).status_code, 400)


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
