"""OpenAI's Python client."""

import openai
from pydantic import BaseModel
from report import ANSWER, BASE_URL, FUSED, KEY, PICTURE, QUESTION, equal, raises, run

client = openai.OpenAI(base_url=BASE_URL, api_key=KEY)
USER = {"role": "user", "content": QUESTION}


class Height(BaseModel):
    """A typed answer, and the arguments of a tool."""

    metres: int


class City(BaseModel):
    """The arguments of a tool."""

    city: str


def answer():
    equal(client.chat.completions.create(model="fusion", messages=[USER]).choices[0].message.content, FUSED)


def stream():
    with client.chat.completions.create(model="fusion", messages=[USER], stream=True) as chunks:
        equal("".join(chunk.choices[0].delta.content or "" for chunk in chunks), FUSED)


def next_turn():
    first = client.chat.completions.create(model="up/elm", messages=[USER]).choices[0].message
    for earlier in (first, first.model_dump()):
        again = client.chat.completions.create(model="up/elm", messages=[USER, earlier, USER])
        equal(again.choices[0].message.content, ANSWER)


def typed_answer():
    made = client.chat.completions.parse(model="up/json", messages=[USER], response_format=Height)
    equal(made.choices[0].message.parsed, Height(metres=330))
    equal(client.responses.parse(model="up/json", input=QUESTION, text_format=Height).output_parsed.metres, 330)


def picture():
    parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    made = client.chat.completions.create(model="up/elm", messages=[{"role": "user", "content": parts}])
    equal(made.choices[0].message.content, ANSWER)


def responses():
    unkept = client.responses.create(
        model="up/elm", input=QUESTION, store=False, include=["reasoning.encrypted_content"]
    )
    first = client.responses.create(model="up/elm", input=QUESTION)
    equal((unkept.output_text, first.output_text), (ANSWER, ANSWER))
    second = client.responses.create(model="up/elm", input=QUESTION, previous_response_id=first.id)
    third = client.responses.create(model="up/elm", input=[USER, *second.output, USER])
    equal((second.output_text, third.output_text), (ANSWER, ANSWER))
    with client.responses.stream(model="fusion", input=QUESTION) as events:
        equal(events.get_final_response().output_text, FUSED)


def tools_offered():
    tool = openai.pydantic_function_tool(Height)
    made = client.chat.completions.create(model="up/elm", messages=[USER], tools=[tool])
    equal(made.choices[0].message.content, ANSWER)


def calls_of_tools():
    tool = openai.pydantic_function_tool(City, name="weather")
    with client.chat.completions.stream(model="up/caller", messages=[USER], tools=[tool]) as events:
        streamed = events.get_final_completion().choices[0].message
    first = client.chat.completions.parse(model="up/caller", messages=[USER], tools=[tool]).choices[0]
    equal(first.finish_reason, "tool_calls")
    for said in (streamed, first.message):
        equal([call.function.parsed_arguments for call in said.tool_calls], [City(city="Paris")])
        results = [{"role": "tool", "tool_call_id": call.id, "content": "Sunny"} for call in said.tool_calls]
        messages = [USER, said, *results]
        again = client.chat.completions.create(model="up/caller", messages=messages, tools=[tool])
        equal(again.choices[0].message.content, ANSWER)
    made = client.responses.parse(model="up/caller", input=QUESTION, tools=[openai.pydantic_function_tool(City)])
    (call,) = made.output
    equal(call.parsed_arguments, City(city="Paris"))
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}
    flat = {"type": "function", "name": "City", "parameters": City.model_json_schema(), "strict": False}
    again = client.responses.create(model="up/caller", input=[output], previous_response_id=made.id, tools=[flat])
    equal(again.output_text, ANSWER)


def unknown_model():
    error = raises(openai.NotFoundError, lambda: client.chat.completions.create(model="up/none", messages=[USER]))
    equal(error.code, "model_not_found")


def failure_paid_once():
    def ask():
        return client.chat.completions.parse(model="up/prose", messages=[USER], response_format=Height)

    equal(raises(openai.BadRequestError, ask).code, "invalid_answer_format")


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
