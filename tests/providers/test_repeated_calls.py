"""Calls of tools whose pieces repeat each other, or share a number: at gateways, Ollama and servers of open models."""

import json
import time
from typing import Any

import pytest

from apps.providers.dialects import Dialect
from apps.providers.tool_calls import CallCollector
from tests.providers.test_tool_calls import ENDPOINT, STOP, answer_to, assert_begun_by, called, chunk, more

A, B = {"city": "A"}, {"city": "東京"}
NESTED = '{"and":[{"and":[{"and":[]}]}]}'
REPEATED = {
    "all of it again at the end": ['{"city":', '"A"}', '{"city":"A"}'],
    "again in other white space": ['{"city":"A"}', '{\n  "city": "A"\n}'],
    "again as an object": ['{"city":"A"}', A],
    "again and encoded twice": ['{"city":', '"A"}', json.dumps('{"city":"A"}')],
    "twice again": ['{"city":"A"}', '{"city":"A"}', '{"city":"A"}'],
    "each with all before it": ['{"c', '{"city":', '{"city":', '{"city":"A"', '{"city":"A"}', '{"city":"A"}'],
    "an object of nothing first": ["{}", '{"city":', '"A"}'],
    "nothing, and an object of nothing first": ["", " {} ", '{"city":"A"}'],
}


def pieces_of(arguments: list[Any], **more_of_all: Any) -> list[bytes]:
    first, *others = arguments
    return [chunk(called("f", first, id="x", **more_of_all)), *(chunk(more(one, **more_of_all)) for one in others)]


@pytest.mark.parametrize("numbered", [{"index": 0}, {}], ids=["numbered", "without a number"])
@pytest.mark.parametrize("arguments", REPEATED.values(), ids=REPEATED.keys())
async def test_arguments_that_are_said_again_count_once(arguments: list[Any], numbered: dict[str, Any]) -> None:
    found = await answer_to(Dialect.OPENAI, *pieces_of(arguments, **numbered), STOP)

    assert found.end
    assert [(call.id, call.name, json.loads(call.arguments)) for call in found.end.tool_calls] == [("x", "f", A)]
    assert_begun_by(found)


@pytest.mark.parametrize(
    "arguments",
    [
        ['{"and":[', '{"and":[', '{"and":[', "]}]}]}"],
        ["{", '"and":[{"and":', "[", '{"and":[]}]}', "]}"],
        list(NESTED),
        [NESTED],
    ],
)
async def test_arguments_that_hold_their_own_beginning_stay_whole(arguments: list[str]) -> None:
    found = await answer_to(Dialect.OPENAI, *pieces_of(arguments, index=0), STOP)

    assert found.end
    assert [call.arguments for call in found.end.tool_calls] == [NESTED]
    assert_begun_by(found)


ONE_NUMBER = {
    "in events of their own": [
        chunk(called("f", '{"city":"A"}', index=0)),
        chunk(called("f", '{"city":"東京"}', index=0)),
        chunk(called("g", "{}", index=0)),
    ],
    "in one event, with empty ids": [
        chunk(
            called("f", '{"city":"A"}', index=0, id=""),
            called("f", '{"city":"東京"}', index=0, id=""),
            called("g", "{}", index=0, id=""),
        )
    ],
    "in pieces": [
        chunk(called("f", '{"city":', index=0)),
        chunk(more('"A"}', index=0)),
        chunk(called("f", '{"city":', index=0)),
        chunk(more('"東京"}', index=0)),
        chunk(called("g", "", index=0)),
    ],
    "without a number, named in every piece": [
        chunk(called("f", '{"city":"A"')),
        chunk(called("f", "}")),
        chunk(called("f", '{"city":"東京"}')),
        chunk(called("g", "")),
    ],
}


@pytest.mark.parametrize("pieces", ONE_NUMBER.values(), ids=ONE_NUMBER.keys())
async def test_calls_of_one_number_and_no_id_are_told_apart(pieces: list[bytes]) -> None:
    found = await answer_to(Dialect.OPENAI, *pieces, STOP)

    assert found.end
    calls = [(call.name, json.loads(call.arguments)) for call in found.end.tool_calls]
    assert calls == [("f", A), ("f", B), ("g", {})]
    assert len({call.id for call in found.end.tool_calls}) == 3
    assert_begun_by(found)


@pytest.mark.parametrize("number", [str, float])
async def test_numbers_of_calls_may_be_texts_or_have_a_point(number: Any) -> None:
    pieces = [
        chunk(called("f", "", index=number(0), id="x"), called("g", "", index=number(1), id="y")),
        chunk(more('{"city":"A"}', index=number(0))),
        chunk(more("{}", index=number(1))),
    ]

    found = await answer_to(Dialect.OPENAI, *pieces, STOP)

    assert found.end
    calls = [(call.id, json.loads(call.arguments)) for call in found.end.tool_calls]
    assert calls == [("x", A), ("y", {})]


@pytest.mark.parametrize("given", [A, '{"city":"A"}'])
@pytest.mark.parametrize("closes", [True, False])
async def test_arguments_that_a_block_begins_with_are_taken_in_any_form(given: Any, closes: bool) -> None:
    block = {"type": "tool_use", "id": "x", "name": "f", "input": given}
    stop: list[dict[str, Any]] = [{"type": "content_block_stop", "index": 0}] if closes else []
    events = [{"type": "content_block_start", "index": 0, "content_block": block}, *stop, {"type": "message_stop"}]

    found = await answer_to(Dialect.ANTHROPIC, *(b"data: " + json.dumps(one).encode() + b"\n\n" for one in events))

    assert found.end
    assert [(call.id, json.loads(call.arguments)) for call in found.end.tool_calls] == [("x", A)]


@pytest.mark.parametrize("piece", ["{", "{}", '{"a":{}', '{"a":[]}', '"{}"', "}", " ", ""])
def test_a_call_in_many_pieces_takes_time_in_proportion(piece: str) -> None:
    began = time.process_time()
    calls = CallCollector(ENDPOINT)
    for key in (0, None):
        calls.add(key, "", "f", '{"a":[' + "1," * 200_000 + "{}")
        for _ in range(30_000):
            calls.add(key, None, "f", piece)
            calls.news()

    assert time.process_time() - began < 8  # seconds; in quadratic time it would be minutes
