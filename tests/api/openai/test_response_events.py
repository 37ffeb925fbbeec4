"""The events of responses, each read by OpenAI's own class for it, in the order that OpenAI has them."""

from collections.abc import Iterator
from typing import Any, get_args

import httpx
import openai
import orjson
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_item_list import ResponseItemList

from tests.api.factories import ANSWERS, FUSED
from tests.factories import make_user

PATH, QUESTION = "/v1/responses", "How high is the Eiffel Tower?"
FORMS = {get_args(form.model_fields["type"].annotation)[0]: form for form in get_args(get_args(ResponseStreamEvent)[0])}
"""OpenAI's classes by the type of their events."""
FUSION = "response.fusion_call."
MESSAGE = [
    *("output_item.added", "content_part.added", "output_text.delta"),
    *("output_text.done", "content_part.done", "output_item.done"),
]
THOUGHTS = [
    *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"),
    *("reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"),
]
CALLED = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"]
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
CALL = {"id": "call_1", "name": "weather", "arguments": '{"city": "Paris"}'}


def events_of(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Yield the events as they come; each is one of OpenAI's, or of a fusion, and has the next number."""
    for line in lines:
        if line.startswith("data:"):
            yield orjson.loads(line.removeprefix("data:"))


def checked(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for at, event in enumerate(events):
        assert event["sequence_number"] == at
        if event["type"].startswith(FUSION):
            assert {"item_id", "output_index"} <= set(event)
        else:
            FORMS[event["type"]].model_validate(event)
    return events


def streamed(http: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    with http.stream("POST", PATH, json={"model": "up/elm", "input": QUESTION, "stream": True, **body}) as response:
        assert response.status_code == 200
        return checked(list(events_of(response.iter_lines())))


def kinds_of(events: list[dict[str, Any]]) -> list[str]:
    """The types without what repeats: pieces of one text."""
    kinds = [event["type"].removeprefix("response.") for event in events]
    return [kind for at, kind in enumerate(kinds) if not (kind.endswith("delta") and kinds[at - 1] == kind)]


def is_whole(events: list[dict[str, Any]]) -> None:
    """Check that the pieces make the texts, and the items of the stream the output of the last event."""
    last = events[-1]["response"]
    ended = {event["output_index"]: event["item"] for event in events if event["type"].endswith("item.done")}
    assert [ended[at] for at in sorted(ended)] == last["output"]
    pieces = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(pieces) == "".join(
        part["text"] for item in last["output"] if item["type"] == "message" for part in item["content"]
    )


def test_every_kind_of_answer_has_its_events_in_order(panel: Any, http: httpx.Client, bench: Any) -> None:
    bench.model("thinker", "ok", reasoning="Let me think.", text="330 m.")
    bench.model("caller", "calls", reasoning="A call.", before="Wait.", calls=[CALL, {**CALL, "id": "call_2"}])
    bench.model("cut", "ok", text="It is", finish="length")
    begin, thought = ["created", "in_progress"], {"reasoning": {"summary": "auto"}}

    table: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [*begin, *MESSAGE, "completed"]),
        ({"model": "fusion"}, [*begin, *MESSAGE, "completed"]),
        ({"model": "up/thinker"}, [*begin, *MESSAGE, "completed"]),
        ({"model": "up/thinker", **thought}, [*begin, *THOUGHTS, *MESSAGE, "completed"]),
        ({"model": "up/elm", **thought}, [*begin, *MESSAGE, "completed"]),
        ({"model": "up/cut"}, [*begin, *MESSAGE, "incomplete"]),
        ({"background": True}, ["created", "queued", "in_progress", *MESSAGE, "completed"]),
        (
            {"model": "up/caller", "tools": [WEATHER], **thought},
            [*begin, *THOUGHTS, *MESSAGE, *CALLED, *CALLED, "completed"],
        ),
    ]
    for body, kinds in table:
        events = streamed(http, **body)
        assert kinds_of(events) == kinds, body
        is_whole(events)
        whole = http.post(PATH, json={"model": "up/elm", "input": QUESTION, **body, "background": False}).json()
        Response.model_validate(whole)
        seen = [(item["type"], item.get("content") or item.get("summary")) for item in whole["output"]]
        last = events[-1]["response"]
        assert seen == [(item["type"], item.get("content") or item.get("summary")) for item in last["output"]]
        assert (whole["status"], whole["incomplete_details"]) == (last["status"], last["incomplete_details"])


def test_a_response_that_fails_ends_with_an_error_that_has_openais_codes(
    panel: Any, http: httpx.Client, bench: Any
) -> None:
    bench.upstream.script("elm", "401")
    bench.upstream.script("oak", "error-mid-stream")

    for model, code in (("up/elm", "authentication"), ("up/oak", "upstream_error")):
        events = streamed(http, model=model)
        error, end = events[-2:]
        assert (error["type"], error["code"]) == ("error", code)
        assert (end["type"], end["response"]["error"]["code"]) == ("response.failed", "server_error")
        assert end["response"]["error"]["fusion_code"] == code
        read = http.get(f"{PATH}/{end['response']['id']}").json()
        assert Response.model_validate(read).error == Response.model_validate(end["response"]).error


def test_a_cap_fails_a_response(panel: Any, http: httpx.Client) -> None:
    refused = http.post(PATH, json={"model": "fusion", "input": QUESTION, "fusion": {"max_cost": 0.000001}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "cap_reached")

    events = streamed(http, model="fusion", fusion={"max_cost": 0.000001})

    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-2]["code"] == "cap_reached"


def test_a_stopped_response_fails_its_stream_and_is_cancelled_when_it_is_read(
    panel: Any, http: httpx.Client, sdk: openai.OpenAI, bench: Any
) -> None:
    bench.upstream.script("elm", "stall-mid")
    with http.stream("POST", PATH, json={"model": "up/elm", "input": QUESTION, "stream": True}) as response:
        events, found = events_of(response.iter_lines()), []
        for event in events:
            found.append(event)
            if event["type"] == "response.output_text.delta":
                break
        name = found[0]["response"]["id"]
        stopped = sdk.responses.cancel(name)
        found += events

    checked(found)
    assert stopped.status == "cancelled"
    assert [(event["type"], event.get("code")) for event in found[-2:]] == [
        ("error", "cancelled"),
        ("response.failed", None),
    ]
    again = sdk.responses.cancel(name)
    assert (again.status, again.error) == ("cancelled", None)


def test_a_response_in_the_background_is_read_until_it_has_ended(panel: Any, sdk: openai.OpenAI, bench: Any) -> None:
    bench.upstream.script("oak", "stall-mid", text=ANSWERS["oak"])

    made = sdk.responses.create(model="fusion", input=QUESTION, background=True)
    read = sdk.responses.retrieve(made.id)
    with sdk.responses.retrieve(made.id, stream=True) as left:
        first = next(iter(left))
    with sdk.responses.retrieve(made.id, stream=True) as events:
        bench.upstream.release("oak")
        live = [event.to_dict() for event in events]
    late = [event.to_dict() for event in sdk.responses.retrieve(made.id, stream=True)]

    assert (made.status, made.background, read.status) == ("queued", True, "in_progress")
    assert first.type == "response.created"
    for told in (live, late):
        assert kinds_of(checked(told)) == ["created", "in_progress", *MESSAGE, "completed"]
        is_whole(told)
    assert sdk.responses.retrieve(made.id).output_text == FUSED
    with pytest.raises(openai.BadRequestError, match="from its beginning"):
        sdk.responses.retrieve(made.id, stream=True, starting_after=3)
    with pytest.raises(openai.BadRequestError, match="background"):
        sdk.responses.create(model="fusion", input=QUESTION, background=True, store=False)


def test_a_fusion_tells_of_its_panel_and_judge(panel: Any, http: httpx.Client, bench: Any) -> None:
    bench.upstream.script("oak", "ok", text=ANSWERS["oak"], reasoning="Hm.")
    bench.upstream.script("yew", "401")
    asked = {"stream_options": {"include_fusion": True}}

    events = streamed(http, model="fusion", **asked)
    alone = streamed(http, **asked)

    told = [event for event in events if event["type"].startswith(FUSION)]
    by_slot = {slot: [event for event in told if event.get("slot") == slot] for slot in "ABC"}
    kinds = {slot: list(dict.fromkeys(one["type"].removeprefix(FUSION) for one in by_slot[slot])) for slot in "ABC"}
    assert kinds == {
        "A": ["panel.added", "panel.reasoning.delta", "panel.delta", "panel.completed"],
        "B": ["panel.added", "panel.delta", "panel.completed"],
        "C": ["panel.added", "panel.failed"],
    }
    pieces = "".join(one["delta"] for one in by_slot["B"] if one["type"].endswith(".delta"))
    assert pieces == by_slot["B"][-1]["content"] == ANSWERS["elm"]
    assert (by_slot["C"][-1]["model"], by_slot["C"][-1]["code"]) == ("up/yew", "authentication")
    others = [event for event in told if "slot" not in event]
    assert [one["type"].removeprefix(FUSION) for one in others] == [
        *("in_progress", "analysis.in_progress", "analysis.completed", "completed"),
    ]
    lists = {"consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots"}
    assert lists <= set(others[2]["analysis"])
    assert [event for event in alone if event["type"].startswith(FUSION)] == []


def test_the_sdk_lists_and_counts_the_input(panel: Any, sdk: openai.OpenAI, bench: Any, http: httpx.Client) -> None:
    bench.model("caller", "calls", text="Sunny.", calls=[CALL])
    tools: Any = [WEATHER]
    first = sdk.responses.create(model="up/caller", input=QUESTION, tools=tools, instructions="Be brief.")
    result: Any = {"type": "function_call_output", "call_id": "call_1", "output": "Sun"}
    second = sdk.responses.create(model="up/caller", input=[result], tools=tools, previous_response_id=first.id)

    items = list(sdk.responses.input_items.list(second.id, order="asc", limit=2))
    newest = list(sdk.responses.input_items.list(second.id))
    count = sdk.responses.input_tokens.count
    counted = [
        count(model="up/caller", input=QUESTION),
        count(model="up/caller", input=QUESTION, tools=tools),
        count(model="up/caller", input=[result], previous_response_id=first.id),
    ]

    ResponseItemList.model_validate(http.get(f"{PATH}/{second.id}/input_items").json())
    assert [item.type for item in items] == ["message", "message", "function_call", "function_call_output"]
    assert newest == items[::-1]
    assert counted[0].object == "response.input_tokens"
    assert 0 < counted[0].input_tokens < min(one.input_tokens for one in counted[1:])
    with pytest.raises(openai.BadRequestError, match="no item"):
        sdk.responses.input_items.list(second.id, after="in_nothing")


def test_other_readers_have_none_of_it(panel: Any, http: httpx.Client, make_key: Any) -> None:
    made = http.post(PATH, json={"model": "up/elm", "input": QUESTION}).json()["id"]
    http.headers["Authorization"] = f"Bearer {make_key('admin', owner=make_user('charlie'))}"

    refusals = []
    for name in (made, "resp_nothing"):
        answers = [
            http.get(f"{PATH}/{name}/input_items"),
            http.post(f"{PATH}/{name}/cancel"),
            http.post(f"{PATH}/input_tokens", json={"input": "x", "previous_response_id": name}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        refusals.append([answer.text.replace(name, "it") for answer in answers])
    assert refusals[0] == refusals[1]
