"""LlamaIndex for OpenAI-compatible servers: over chat, and over the oldest contract, which is its default."""

import openai
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run


class Height(BaseModel):
    """A typed answer."""

    metres: int


def model(name="fusion", **options):
    options = {"is_chat_model": True, "max_retries": 0, **options}
    return OpenAILike(model=name, api_base=BASE_URL, api_key=KEY, context_window=8000, **options)


def answer():
    equal(str(model().complete(QUESTION)), FUSED)
    equal(str(model(is_chat_model=False).complete(QUESTION)), FUSED)


def stream():
    equal("".join(piece.delta for piece in model().stream_complete(QUESTION)), FUSED)
    equal("".join(piece.delta for piece in model(is_chat_model=False).stream_complete(QUESTION)), FUSED)


def next_turn():
    first = model("up/elm").chat([ChatMessage(QUESTION)]).message
    equal(model("up/elm").chat([ChatMessage(QUESTION), first, ChatMessage("Sure?")]).message.content, ANSWER)


def typed_answer():
    typed = model("up/json", should_use_structured_outputs=True).as_structured_llm(Height)
    equal(typed.complete(QUESTION).raw, Height(metres=330))


def picture():
    blocks = [TextBlock(text=QUESTION), ImageBlock(url=PICTURE)]
    equal(model("up/elm").chat([ChatMessage(role="user", blocks=blocks)]).message.content, ANSWER)


def tools_offered():
    tool = FunctionTool.from_defaults(lambda city: city, name="weather", description="Say how the weather is.")
    offered = model("up/elm", is_function_calling_model=True).chat_with_tools([tool], user_msg=QUESTION)
    equal(offered.message.content, ANSWER)


def calls_of_tools():
    tool = FunctionTool.from_defaults(lambda city: city, name="weather", description="Say how the weather is.")
    caller = model("up/caller", is_function_calling_model=True)
    first = caller.chat_with_tools([tool], user_msg=QUESTION)
    (call,) = caller.get_tool_calls_from_response(first)
    equal((call.tool_name, call.tool_kwargs), ("weather", {"city": "Paris"}))
    asked = ChatMessage(role="user", content=QUESTION)
    result = ChatMessage(role="tool", content="Sunny", additional_kwargs={"tool_call_id": call.tool_id})
    again = caller.chat_with_tools([tool], chat_history=[asked, first.message, result])
    equal(again.message.content, ANSWER)


def unknown_model():
    raises(openai.NotFoundError, lambda: model("up/none").complete(QUESTION))


def failure_paid_once():
    typed = model("up/prose", should_use_structured_outputs=True, max_retries=3).as_structured_llm(Height)
    raises(openai.BadRequestError, lambda: typed.complete(QUESTION))


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
