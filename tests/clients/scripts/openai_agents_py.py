"""OpenAI's agents, over chat completions and over responses."""

import asyncio

import openai
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    SQLiteSession,
    function_tool,
    set_tracing_disabled,
)
from pydantic import BaseModel
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run

set_tracing_disabled(disabled=True)
client = openai.AsyncOpenAI(base_url=BASE_URL, api_key=KEY)
KINDS = (OpenAIChatCompletionsModel, OpenAIResponsesModel)


class Height(BaseModel):
    """A typed answer."""

    metres: int


@function_tool
def weather(city: str) -> str:
    """Say how the weather is."""
    return city


def agent(kind=OpenAIResponsesModel, model="fusion", **options):
    return Agent(name="Agent", model=kind(model=model, openai_client=client), **options)


def ask(kind=OpenAIResponsesModel, model="fusion", prompt=QUESTION, session=None, **options):
    async def answer():
        return (await Runner.run(agent(kind, model, **options), prompt, session=session)).final_output

    return LOOP.run_until_complete(answer())


LOOP = asyncio.new_event_loop()


def answer():
    for kind in KINDS:
        equal(ask(kind), FUSED)


def stream():
    async def text():
        result = Runner.run_streamed(agent(), QUESTION)
        async for _ in result.stream_events():
            pass
        return result.final_output

    equal(LOOP.run_until_complete(text()), FUSED)


def next_turn():
    for kind in KINDS:
        session = SQLiteSession("one")
        equal([ask(kind, "up/elm", session=session), ask(kind, "up/elm", "Sure?", session)], [ANSWER, ANSWER])


def typed_answer():
    for kind in KINDS:
        equal(ask(kind, "up/json", output_type=Height), Height(metres=330))


def picture():
    parts = [{"type": "input_text", "text": QUESTION}, {"type": "input_image", "image_url": PICTURE, "detail": "auto"}]
    equal(ask(model="up/elm", prompt=[{"role": "user", "content": parts}]), ANSWER)


def responses():
    settings = ModelSettings(store=False, verbosity="low", truncation="auto", include_usage=True)
    equal(ask(model="up/elm", model_settings=settings), ANSWER)


def tools_offered():
    for kind in KINDS:
        equal(ask(kind, "up/elm", tools=[weather]), ANSWER)


def calls_of_tools():
    for kind in KINDS:
        equal(ask(kind, "up/caller", tools=[weather]), ANSWER)

        async def text(kind=kind):
            result = Runner.run_streamed(agent(kind, "up/caller", tools=[weather]), QUESTION)
            outputs = [event.item async for event in result.stream_events() if event.type == "run_item_stream_event"]
            return result.final_output, [one.output for one in outputs if one.type == "tool_call_output_item"]

        equal(LOOP.run_until_complete(text()), (ANSWER, ["Paris"]))


def unknown_model():
    raises(openai.NotFoundError, lambda: ask(model="up/none"))


def failure_paid_once():
    raises(openai.BadRequestError, lambda: ask(model="up/prose", output_type=Height))


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
