"""LangChain's Python client."""

import openai
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run


class Height(BaseModel):
    """A typed answer."""

    metres: int


def chat(model="fusion", **options):
    return ChatOpenAI(base_url=BASE_URL, api_key=KEY, model=model, **options)


def answer():
    equal(chat().invoke(QUESTION).content, FUSED)


def stream():
    equal("".join(piece.content for piece in chat().stream(QUESTION)), FUSED)


def next_turn():
    first = chat("up/elm").invoke(QUESTION)
    equal(chat("up/elm").invoke([HumanMessage(QUESTION), first, HumanMessage("Sure?")]).content, ANSWER)


def typed_answer():
    equal(chat("up/json").with_structured_output(Height, method="json_schema").invoke(QUESTION), Height(metres=330))


def picture():
    parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    equal(chat("up/elm").invoke([HumanMessage(parts)]).content, ANSWER)


def responses():
    model = chat("up/elm", use_responses_api=True, use_previous_response_id=True)
    first = model.invoke(QUESTION)
    equal(first.text, ANSWER)
    equal(model.invoke([HumanMessage(QUESTION), first, HumanMessage("Sure?")]).text, ANSWER)
    equal("".join(piece.text for piece in chat(use_responses_api=True).stream(QUESTION)), FUSED)


def tools_offered():
    @tool
    def weather(city: str) -> str:
        """Say how the weather is."""
        return city

    equal(chat("up/elm").bind_tools([weather]).invoke(QUESTION).content, ANSWER)


def calls_of_tools():
    @tool
    def weather(city: str) -> str:
        """Say how the weather is."""
        return f"Sunny in {city}"

    for options in ({}, {"use_responses_api": True}, {"streaming": True}):
        model = chat("up/caller", **options).bind_tools([weather])
        first = model.invoke(QUESTION)
        equal([call["args"] for call in first.tool_calls], [{"city": "Paris"}])
        results = [weather.invoke(call) for call in first.tool_calls]
        equal(results[0].content, "Sunny in Paris")
        equal(model.invoke([HumanMessage(QUESTION), first, *results]).text, ANSWER)
    typed = chat("up/filler").with_structured_output(Height, method="function_calling")
    equal(typed.invoke(QUESTION), Height(metres=330))


def unknown_model():
    raises(openai.NotFoundError, lambda: chat("up/none").invoke(QUESTION))


def failure_paid_once():
    typed = chat("up/prose").with_structured_output(Height, method="json_schema")
    raises(openai.BadRequestError, lambda: typed.invoke(QUESTION))


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
