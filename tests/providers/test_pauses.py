"""Answers that Anthropic pauses amid its own searches: they go on, and nothing of them is lost or counted twice."""

import json
from typing import Any

import httpx
import pytest

from apps.fusion.tokens import count_tokens
from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason, ReasoningEffort
from apps.providers import anthropic_pauses
from apps.providers.anthropic_pauses import MOST_CITED, MOST_CONTENT, MOST_PAUSES, Turn
from apps.providers.base import Request
from apps.providers.dialects import Dialect
from apps.providers.errors import ProviderError
from apps.providers.reading import objects
from tests.providers.asking import Answer, Bytes, ask, endpoint_at, splits

ENDPOINT = endpoint_at("http://vendor.test/v1")
URL = "https://tower.test/height"
CITED = {
    "type": "web_search_result_location",
    "url": URL,
    "title": "Height",
    "cited_text": "330",
    "encrypted_index": "E",
}
FOUND = [{"type": "web_search_result", "url": URL, "title": "Height", "encrypted_content": "Eo"}]
CONTENT: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Höhe?", "signature": "EqQB"},
    {"type": "text", "text": "Let me look. "},
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "height 東京"}},
    {"type": "web_search_tool_result", "tool_use_id": "s1", "content": FOUND},
    {"type": "text", "text": "It is 330 metres 🗼. ", "citations": [CITED]},
]
LAST = [{"type": "text", "text": "Built in 1889.", "citations": [CITED]}]


def events(*found: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(one, ensure_ascii=False).encode() + b"\n\n" for one in found)


def deltas_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The pieces that a block comes in, but for what it begins with."""
    match block["type"]:
        case "thinking":
            return [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        case "text":
            cited = [{"type": "citations_delta", "citation": one} for one in block.get("citations", ())]
            half = len(block["text"]) // 2
            return [
                {"type": "text_delta", "text": text} for text in (block["text"][:half], block["text"][half:])
            ] + cited
        case "server_tool_use":
            text = json.dumps(block["input"])
            return [{"type": "input_json_delta", "partial_json": text[at : at + 9]} for at in range(0, len(text), 9)]
    return []


def stream_of(content: list[dict[str, Any]], reason: str, searches: int = 1) -> bytes:
    sent = events({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 10}}})
    empty = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "server_tool_use": {"input": {}}}
    for at, block in enumerate(content):
        begun = {name: value for name, value in block.items() if name != "citations"} | empty.get(block["type"], {})
        sent += events({"type": "content_block_start", "index": at, "content_block": begun})
        sent += events(*({"type": "content_block_delta", "index": at, "delta": one} for one in deltas_of(block)))
        sent += events({"type": "content_block_stop", "index": at})
    usage = {"output_tokens": 7, "server_tool_use": {"web_search_requests": searches}}
    ending = {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}
    return sent + events(ending, {"type": "message_stop"})


class Responder:
    """Answers each request with the next of its bodies, and keeps what it was sent."""

    def __init__(self, *bodies: list[bytes] | int) -> None:
        self.bodies, self.sent = list(bodies), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content))
        body = self.bodies.pop(0)
        if isinstance(body, int):
            return httpx.Response(body, json={"type": "error", "error": {"type": "api_error", "message": "Down."}})
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Bytes(body))

    async def asked(self, into: Answer | None = None, **more: Any) -> Answer:
        asked = Request(
            model="claude-opus-4-1", messages=(Message(role="user", text="How high?"),), searches_natively=True, **more
        )
        client = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return await ask(client, ENDPOINT, asked, into, dialect=Dialect.ANTHROPIC)


async def test_a_paused_answer_goes_on_with_what_it_said_wherever_its_stream_is_split() -> None:
    whole, at_every_byte, *at_a_place = splits(stream_of(CONTENT, "pause_turn"))
    for pieces in (whole, at_every_byte, *at_a_place[::11]):
        vendor = Responder(pieces, [stream_of(LAST, "end_turn", searches=2)])

        found = await vendor.asked()

        assert found.text == "Let me look. It is 330 metres 🗼. Built in 1889."
        assert vendor.sent[1]["messages"] == [*vendor.sent[0]["messages"], {"role": "assistant", "content": CONTENT}]
        assert found.end
        assert found.end.finish_reason is FinishReason.STOP
        assert [one.usage for one in (*found.paused, found.end)] == [Usage(input_tokens=10, output_tokens=7)] * 2
        assert [one.search.charges for one in found.paused if one.search] == [1]
        assert found.end.search
        assert (found.end.search.queries, found.end.search.charges) == (("height 東京",), 3)
        cited = [(found.text[one.start : one.end], one.text) for one in found.end.search.citations]
        assert cited == [("It is 330 metres 🗼. ",) * 2, ("Built in 1889.",) * 2]


async def test_an_answer_that_came_whole_goes_on_too() -> None:
    usage = {"input_tokens": 10, "output_tokens": 7}
    whole = {"type": "message", "content": CONTENT, "stop_reason": "pause_turn", "usage": usage}
    vendor = Responder([events(whole)], [stream_of(LAST, "end_turn")])

    found = await vendor.asked()

    assert found.text.endswith("🗼. Built in 1889.")
    assert vendor.sent[1]["messages"][-1]["content"] == CONTENT


async def test_half_a_character_of_a_quote_costs_no_answer() -> None:
    quote = stream_of(LAST, "pause_turn").replace(b'"cited_text": "', b'"cited_text": "\\ud83d')
    vendor = Responder([quote], [stream_of(LAST, "end_turn")])

    assert (await vendor.asked()).text == "Built in 1889." * 2
    (block,) = vendor.sent[1]["messages"][-1]["content"]
    assert block["citations"][0]["cited_text"].startswith("\ufffd")


async def test_an_answer_that_is_always_paused_ends_as_one_that_was_cut() -> None:
    vendor = Responder(*[[stream_of(LAST, "pause_turn")]] * (MOST_PAUSES + 1))

    found = await vendor.asked()

    assert found.text == "Built in 1889." * (MOST_PAUSES + 1)
    assert found.end
    assert found.end.finish_reason is FinishReason.LENGTH
    assert [one.usage.output_tokens for one in (*found.paused, found.end)] == [7] * (MOST_PAUSES + 1)
    assert [one.search.charges for one in found.paused if one.search] == [1, 2, 3, 4]
    # One turn of the model, however often it was paused.
    assert [turn["role"] for turn in vendor.sent[-1]["messages"]] == ["user", "assistant"]
    assert vendor.sent[-1]["messages"][-1]["content"] == LAST * MOST_PAUSES


async def test_a_failure_behind_a_pause_keeps_the_words_and_counts_what_came() -> None:
    kept, vendor = Answer(), Responder([stream_of(CONTENT, "pause_turn")], 500)

    with pytest.raises(ProviderError) as caught:
        await vendor.asked(kept)

    assert kept.text == "Let me look. It is 330 metres 🗼. "
    assert caught.value.code is FailureCode.UPSTREAM_ERROR
    assert caught.value.told
    assert [one.usage for one in kept.paused] == [Usage(input_tokens=10, output_tokens=7)]
    assert (caught.value.told.usage, caught.value.told.search) == (Usage(), kept.paused[0].search)


async def test_nothing_more_to_say_behind_a_pause_is_an_answer() -> None:
    found = await Responder([stream_of(CONTENT, "pause_turn")], [stream_of([], "end_turn")]).asked()

    assert found.text.startswith("Let me look. ")
    assert found.end
    assert (found.end.finish_reason, found.end.usage.input_tokens) == (FinishReason.STOP, 10)


async def test_an_answer_goes_on_only_where_it_can_go_back() -> None:
    broken = [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}, *LAST]
    cut = stream_of(broken, "pause_turn").replace(b'"partial_json": "{}"', b'"partial_json": "{"')
    for body in (stream_of([], "pause_turn"), cut):
        vendor = Responder([body])
        found = await vendor.asked()
        assert found.end
        assert (found.end.finish_reason, len(vendor.sent)) == (FinishReason.LENGTH, 1)
    turn = Turn()
    turn.note({"type": "message", "content": [{"type": "text", "text": "x" * MOST_CONTENT}]})
    assert turn.content() == []


async def test_all_parts_together_write_at_most_the_tokens_that_were_asked_for() -> None:
    vendor = Responder([stream_of(CONTENT, "pause_turn")], [stream_of(LAST, "pause_turn")], [stream_of([], "end_turn")])

    found = await vendor.asked(parameters=Parameters(max_tokens=14))

    assert [one["max_tokens"] for one in vendor.sent] == [14, 7]
    assert found.end
    assert found.end.finish_reason is FinishReason.LENGTH


@pytest.mark.parametrize(("limit", "sent"), [(2_060, [(2_060, 1_036), (2_053, 1_029)]), (1_031, [(1_031, 1_024)])])
async def test_thought_has_a_budget_below_the_tokens_that_are_left(limit: int, sent: list[tuple[int, int]]) -> None:
    vendor = Responder([stream_of(CONTENT, "pause_turn")], [stream_of(LAST, "end_turn")])

    await vendor.asked(parameters=Parameters(max_tokens=limit, reasoning_effort=ReasoningEffort.HIGH))

    assert [(one["max_tokens"], one["thinking"]["budget_tokens"]) for one in vendor.sent] == sent


async def test_tokens_that_a_vendor_does_not_tell_are_counted() -> None:
    untold = stream_of(CONTENT, "pause_turn").replace(b'"output_tokens": 7', b'"output_tokens": null')
    vendor = Responder([untold], [stream_of(LAST, "end_turn")])

    await vendor.asked(parameters=Parameters(max_tokens=100))

    assert vendor.sent[1]["max_tokens"] == 100 - count_tokens("Let me look. It is 330 metres 🗼. ")


@pytest.mark.parametrize(("count", "goes_back"), [(MOST_CITED, True), (10_000, False)])
def test_citations_are_gathered_without_reading_the_earlier_ones_again(
    monkeypatch: pytest.MonkeyPatch, count: int, goes_back: bool
) -> None:
    read: list[int] = []
    monkeypatch.setattr(anthropic_pauses, "objects", lambda found: read.append(len(found or ())) or objects(found))
    turn = Turn()
    turn.note({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Yes."}})
    for at in range(count):
        cited = {"type": "citations_delta", "citation": {"url": str(at)}}
        turn.note({"type": "content_block_delta", "index": 0, "delta": cited})

    content = turn.content()

    cited = [{"url": str(at)} for at in range(count)]
    assert content == ([{"type": "text", "text": "Yes.", "citations": cited}] if goes_back else [])
    assert sum(read) <= count
