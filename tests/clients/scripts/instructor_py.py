"""Instructor in the modes that ask for JSON, and in its default, which requires a call of a tool."""

import instructor
import openai
from pydantic import BaseModel
from report import BASE_URL, KEY, PICTURE, QUESTION, equal, raises, run

USER = {"role": "user", "content": QUESTION}
MODES = (instructor.Mode.JSON, instructor.Mode.MD_JSON, instructor.Mode.JSON_SCHEMA)


class Height(BaseModel):
    """A typed answer."""

    metres: int


def client(mode=instructor.Mode.JSON_SCHEMA):
    return instructor.from_openai(openai.OpenAI(base_url=BASE_URL, api_key=KEY), mode=mode)


def ask(model="up/json", mode=instructor.Mode.JSON_SCHEMA, messages=None, **options):
    create = client(mode).chat.completions.create
    return create(model=model, messages=messages or [USER], response_model=Height, **options)


def typed_answer():
    for mode in MODES:
        equal(ask(mode=mode).metres, 330)


def stream():
    partial = client().chat.completions.create_partial
    equal(list(partial(model="up/json", messages=[USER], response_model=Height))[-1].metres, 330)


def calls_of_tools():
    for mode in (instructor.Mode.TOOLS, instructor.Mode.TOOLS_STRICT):
        equal(ask("up/filler", mode=mode).metres, 330)


def next_turn():
    equal(ask(messages=[USER, {"role": "assistant", "content": "330"}, USER]).metres, 330)


def picture():
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    equal(ask(messages=[{"role": "user", "content": content}]).metres, 330)


def unknown_model():
    raises(Exception, lambda: ask("up/none"))


def failure_paid_once():
    raises(Exception, lambda: ask("up/prose", max_retries=1))


run(
    {
        "stream": stream,
        "next turn": next_turn,
        "typed answer": typed_answer,
        "picture": picture,
        "calls of tools": calls_of_tools,
        "unknown model": unknown_model,
        "failure paid once": failure_paid_once,
    }
)
