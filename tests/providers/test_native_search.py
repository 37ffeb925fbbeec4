"""Native search, by the vendor itself, in the three dialects: how it is asked for, and what is read of it."""

import json
import time
from typing import Any

import pytest

from apps.fusion.native_search import MOST_CITATIONS, NativeCitation, NativeSearch, place_of, with_marks
from apps.fusion.values import Message
from apps.providers import anthropic, gemini, openai_compatible
from apps.providers.base import Request, Text
from apps.providers.dialects import Dialect
from apps.providers.native_search.anthropic import LONGEST_INPUT, AnthropicSearchNotes
from apps.providers.native_search.gemini import GeminiSearchNotes
from apps.providers.native_search.notes import MOST_QUERIES, address
from apps.providers.native_search.openai import OpenAISearchNotes
from apps.providers.native_search.search_tools import ANTHROPIC_TOOL, can_search, price_of_search
from apps.providers.translation import Translator
from tests.providers.asking import Bytes, ask, client_for, endpoint_at, splits
from tests.upstream.wires import wire_for

ENDPOINT = endpoint_at("http://vendor.test/v1")
MODELS = {Dialect.OPENAI: "elm", Dialect.ANTHROPIC: "claude-opus-4-1", Dialect.GEMINI: "gemini-2.5-pro"}
PATHS = {Dialect.OPENAI: "/v1/chat/completions", Dialect.ANTHROPIC: "/messages", Dialect.GEMINI: ":generateContent"}
URL = "https://tower.test/height"
OTHER = "https://fair.test/"
PIECES: Any = [
    ("Grüße 🗼. ", []),
    ("It is 330 metres tall.", [{"url": URL, "title": "Height", "quote": "330 metres tall"}]),
    (" It opened in 1889.", [{"url": OTHER, "title": "Fair"}, {"url": URL, "title": "Height"}]),
]
TEXT = "".join(text for text, _ in PIECES)
USAGE = {"prompt_tokens": 11, "completion_tokens": 17, "total_tokens": 28}


def request(dialect: Dialect, **more: Any) -> Request:
    return Request(model=MODELS[dialect], messages=(Message(role="user", text="How high?"),), **more)


def recorded(dialect: Dialect) -> bytes:
    wire = wire_for(PATHS[dialect], MODELS[dialect], "c1")
    return wire.opening(USAGE) + wire.searched("height of the tower", PIECES) + wire.ending("stop", USAGE) + wire.done


def cited(text: str, url: str, title: str, quote: str = "") -> NativeCitation:
    start = TEXT.index(text)
    return NativeCitation(start=start, end=start + len(text), text=text, url=url, title=title, quote=quote)


def expected(dialect: Dialect) -> NativeSearch:
    tall, opened = (text for text, _ in PIECES[1:])
    quote = "330 metres tall" if dialect is Dialect.ANTHROPIC else ""
    found = (cited(tall, URL, "Height", quote), cited(opened, OTHER, "Fair"), cited(opened, URL, "Height"))
    queries = () if dialect is Dialect.OPENAI else ("height of the tower",)
    return NativeSearch(queries=queries, charges=1, citations=found)


@pytest.mark.parametrize("dialect", MODELS)
async def test_a_stream_with_searches_may_be_split_anywhere(dialect: Dialect) -> None:
    for pieces in splits(recorded(dialect)):
        client = client_for(Bytes(list(pieces)), content_type="text/event-stream")

        found = await ask(client, ENDPOINT, request(dialect, searches_natively=True), dialect=dialect)

        assert found.text == TEXT
        assert found.end
        assert found.end.search == expected(dialect)
        assert found.end.tool_calls == ()


@pytest.mark.parametrize("dialect", MODELS)
async def test_what_was_not_asked_for_is_not_kept(dialect: Dialect) -> None:
    client = client_for(Bytes([recorded(dialect)]), content_type="text/event-stream")

    found = await ask(client, ENDPOINT, request(dialect), dialect=dialect)

    assert (found.text, found.end and found.end.search) == (TEXT, None)


def test_each_dialect_asks_in_its_own_words_and_only_where_search_is_wanted() -> None:
    bodies: dict[Dialect, Any] = {
        Dialect.OPENAI: openai_compatible.body_of,
        Dialect.ANTHROPIC: anthropic.body_of,
        Dialect.GEMINI: gemini.body_of,
    }
    words: dict[Dialect, Any] = {
        Dialect.OPENAI: {"web_search_options": {}},
        Dialect.ANTHROPIC: {"tools": [ANTHROPIC_TOOL]},
        Dialect.GEMINI: {"tools": [{"googleSearch": {}}]},
    }
    for dialect, body_of in bodies.items():
        plain = body_of(ENDPOINT, request(dialect))
        assert body_of(ENDPOINT, request(dialect, searches_natively=True)) == plain | words[dialect]
    router = endpoint_at("https://openrouter.ai/api/v1")
    body = openai_compatible.body_of(router, request(Dialect.OPENAI, searches_natively=True))
    assert body["plugins"] == [{"id": "web"}]


def test_vendors_without_a_search_are_known_and_prices_are_by_their_lists() -> None:
    asked = {
        ("openai", "https://api.deepseek.com/v1", "deepseek-chat"): (False, None),
        ("openai", "https://api.openai.com/v1", "gpt-4o-search-preview"): (True, "0.025"),
        ("openai", "https://api.openai.com/v1", "gpt-5-search-api"): (True, "0.010"),
        ("openai", "https://openrouter.ai/api/v1", "a/b"): (True, None),
        ("anthropic", "https://api.anthropic.com/v1", "claude-opus-4-1"): (True, "0.010"),
        ("gemini", "https://vendor.test", "gemini-2.5-pro"): (True, "0.035"),
        ("gemini", "https://vendor.test", "gemini-3-pro-preview"): (True, "0.014"),
    }
    for (dialect, url, model), (can, price) in asked.items():
        found = price_of_search(dialect, url, model)
        assert (can_search(dialect, url), found and str(found)) == (can, price)


async def test_whole_answer_of_anthropics_form_has_its_citations() -> None:
    block = {
        "type": "text", "text": "It is high.",
        "citations": [{"type": "web_search_result_location", "url": URL, "title": "Height", "cited_text": "high"}],
    }  # fmt: skip
    usage = {"input_tokens": 3, "output_tokens": 4, "server_tool_use": {"web_search_requests": 2}}
    asked = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "height"}}
    body = {"type": "message", "content": [asked, block], "stop_reason": "end_turn", "usage": usage}
    client = client_for(Bytes([json.dumps(body).encode()]), content_type="application/json")

    found = await ask(client, ENDPOINT, request(Dialect.ANTHROPIC, searches_natively=True), dialect=Dialect.ANTHROPIC)

    assert found.end
    one = NativeCitation(start=0, end=11, text="It is high.", url=URL, title="Height", quote="high")
    assert found.end.search == NativeSearch(queries=("height",), charges=2, citations=(one,))


async def test_broken_citations_cost_no_answer() -> None:
    odd = [
        {"type": "url_citation", "url_citation": {"url": "javascript:alert(1)", "title": "x"}},
        {"type": "url_citation", "url_citation": {"url": URL, "start_index": 5, "end_index": 2}},
        {"type": "url_citation", "url_citation": None},
        "no object",
        {"type": "other", "url": URL},
    ]
    event = {"choices": [{"delta": {"content": "High.", "annotations": odd}, "finish_reason": "stop"}]}
    client = client_for(Bytes([b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n"]))

    found = await ask(client, ENDPOINT, request(Dialect.OPENAI, searches_natively=True))

    assert found.end
    assert found.end.search
    assert found.end.search.citations == (NativeCitation(start=0, end=0, text="", url=URL),)
    assert place_of(found.end.search.citations[0], "High.") is None


def test_places_are_found_in_a_text_that_lost_its_beginning_and_get_marks() -> None:
    one = NativeCitation(start=17, end=28, text="It is high.", url=URL)

    assert place_of(one, "It is high. It is old.") == (0, 11)
    assert place_of(one, "Something else.") is None
    assert with_marks("It is high. It is old. ", [(11, 2), (23, 1), (11, 1)]) == "It is high. [1, 2] It is old. [1] "


def test_no_more_sources_and_queries_are_gathered_than_are_kept() -> None:
    pages = [{"web": {"uri": f"https://page.test/{at}"}} for at in range(1_000)]
    marks: Any = [
        {"type": "url_citation", "url_citation": {"url": URL, "start_index": at, "end_index": 1_000}}
        for at in range(500)
    ]
    block = {
        "type": "text", "text": "High.",
        "citations": [{"type": "web_search_result_location", "url": f"{URL}/{at}"} for at in range(500)],
    }  # fmt: skip
    asked = [{"type": "server_tool_use", "input": {"query": f"q{at}"}} for at in range(500)]
    openai, claude, google = OpenAISearchNotes(), AnthropicSearchNotes(), GeminiSearchNotes()

    openai.note_message({"annotations": marks})
    claude.note_blocks([*asked, block])
    google.note_grounding({
        "groundingChunks": pages, "webSearchQueries": [f"q{at}" for at in range(500)],
        "groundingSupports": [{"segment": {"text": "High"}, "groundingChunkIndices": list(range(1_000))}],
    })  # fmt: skip

    for one, queries in ((openai, 0), (claude, MOST_QUERIES), (google, MOST_QUERIES)):
        found = one.result("High. " * 1_000, 1)
        assert found
        assert (len(found.citations), len(found.queries)) == (MOST_CITATIONS, queries)


def test_each_source_is_looked_for_once() -> None:
    # Looking for the words of each mark anew took minutes, in the worker that all runs share.
    said, notes = "a" * 1_000_000 + "High.", GeminiSearchNotes()
    support = {"segment": {"text": "High."}, "groundingChunkIndices": [0] * 20_000}
    notes.note_grounding({"groundingChunks": [{"web": {"uri": URL}}], "groundingSupports": [support] * 20})
    started = time.thread_time()

    found = notes.result(said, 1)

    assert time.thread_time() - started < 30
    assert found
    assert found.citations == (NativeCitation(start=1_000_000, end=1_000_005, text="High.", url=URL),)


def test_lists_that_are_none_and_endless_input_cost_nothing() -> None:
    google, notes = GeminiSearchNotes(), AnthropicSearchNotes()
    support = {"segment": {"text": "High"}, "groundingChunkIndices": 5}
    google.note_grounding({"webSearchQueries": 5, "groundingSupports": [support]})
    notes.is_own_block(0, {"type": "server_tool_use"})
    for _ in range(3 * LONGEST_INPUT):
        notes.is_own_block(0, {"type": "input_json_delta", "partial_json": " "})
    notes.is_own_block(0, {"type": "input_json_delta", "partial_json": '{"query": "high"}'})
    notes.close_block(0)

    assert (google.result("High.", 1), notes.result("High.", 1)) == (None, None)


async def test_text_is_not_put_together_for_each_of_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def said(translator: Translator) -> str:
        asked.append(translator._said[Text].told)
        return asked[-1]

    monkeypatch.setattr(Translator, "said", property(said))
    client = client_for(Bytes([recorded(Dialect.ANTHROPIC)]), content_type="text/event-stream")

    found = await ask(client, ENDPOINT, request(Dialect.ANTHROPIC, searches_natively=True), dialect=Dialect.ANTHROPIC)

    assert found.end
    assert found.end.search == expected(Dialect.ANTHROPIC)
    assert asked == [TEXT]


def test_address_that_no_index_takes_is_no_source() -> None:
    assert address("https://a.example/" + "梨" * 600) != ""
    assert address("https://a.example/" + "梨" * 700) == ""
