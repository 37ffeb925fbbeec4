"""Answers that rest on look-ups, in each form: citations where a form has a place for them, and how often it was."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from apps.catalogue.models import SearchSettings
from tests.api.openai.test_response_events import checked, events_of, is_whole, kinds_of
from tests.lookup.web import FakeWeb, fake_web

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
PAGE = {"url": "https://tower.example/height", "title": "Height", "content": "The tower is 330 metres tall."}
ANSWER = 'It is 330 metres tall [1: "330 metres tall"].'
TURNS = [{"role": "user", "content": "How high is the tower?"}]
SEARCH = {"name": "web_search", "arguments": json.dumps({"query": "height of the tower"})}
MARK = {"start_index": ANSWER.index("["), "end_index": ANSWER.index("]") + 1}
CITED = {"url": PAGE["url"], "title": "Height", **MARK}
COUNTS = {"web_search_requests": 1, "web_fetch_requests": 0}
FOUND = ["output_item.added", "web_search_call.in_progress", "web_search_call.searching"]
DONE = ["web_search_call.completed", "output_item.done"]


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    """A search engine that the site is connected to, with one result."""
    with fake_web() as found:
        found.results = [PAGE]
        SearchSettings.objects.create(engine="searxng", base_url=found.engine_url("searxng"))
        yield found


@pytest.fixture
def seeker(panel: Any, bench: Any, web: FakeWeb, http: httpx.Client, make_key: Callable[..., str]) -> str:
    """A model that searches once and answers, asked with a key that may look things up."""
    http.headers["Authorization"] = f"Bearer {make_key('run', 'web')}"
    reference: str = bench.model("seeker", "looks-up", rounds=[{"calls": [SEARCH]}], text=ANSWER)
    return reference


def test_chat_cites_and_counts(seeker: str, http: httpx.Client) -> None:
    asked = {"model": f"{seeker}:online", "messages": TURNS}

    whole = http.post(CHAT, json=asked).json()
    stream = http.post(CHAT, json={**asked, "stream": True, "stream_options": {"include_usage": True}}).text
    plain = http.post(CHAT, json={**asked, "model": seeker}).json()

    message = whole["choices"][0]["message"]
    assert message["content"] == ANSWER
    assert message["annotations"] == [{"type": "url_citation", "url_citation": CITED}]
    assert whole["usage"]["server_tool_use"] == COUNTS
    chunks = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert [delta["annotations"] for delta in deltas if "annotations" in delta] == [message["annotations"]]
    assert chunks[-1]["usage"]["server_tool_use"] == COUNTS
    assert "annotations" not in plain["choices"][0]["message"]
    assert "server_tool_use" not in plain["usage"]


@pytest.mark.parametrize("before", ["", "Let me look. "])
def test_a_response_shows_its_searches_and_citations(seeker: str, http: httpx.Client, bench: Any, before: str) -> None:
    bench.model("seeker", "looks-up", rounds=[{"before": before, "calls": [SEARCH]}], text=ANSWER)
    asked = {"model": seeker, "input": "How high is the tower?", "tools": [{"type": "web_search"}]}

    with http.stream("POST", RESPONSES, json={**asked, "stream": True}) as response:
        events = checked(list(events_of(response.iter_lines())))
    whole = http.post(RESPONSES, json=asked).json()
    read = http.get(f"{RESPONSES}/{whole['id']}").json()

    is_whole(events)
    begun = ["output_item.added", "content_part.added", "output_text.delta"]
    ended = ["output_text.annotation.added", "output_text.done", "content_part.done", "output_item.done"]
    order = [*begun, *ended, *FOUND, *DONE] if before else [*FOUND, *DONE, *begun, *ended]
    assert kinds_of(events) == ["created", "in_progress", *order, "completed"]
    last = events[-1]["response"]
    for document in (last, whole, read):
        search, message = sorted(document["output"], key=lambda item: item["type"], reverse=True)
        assert (search["status"], search["action"]["query"]) == ("completed", "height of the tower")
        assert search["action"]["sources"] == [{"type": "url", "url": PAGE["url"]}]
        cited = message["content"][0]["annotations"]
        assert [(one["type"], one["url"], one["title"]) for one in cited] == [("url_citation", PAGE["url"], "Height")]
        assert message["content"][0]["text"][cited[0]["start_index"] : cited[0]["end_index"]].startswith("[1:")
        assert document["usage"]["server_tool_use"] == COUNTS


def test_messages_and_a_fusion_count_too(seeker: str, http: httpx.Client, bench: Any) -> None:
    asked = {"messages": TURNS, "max_tokens": 500}
    alone = http.post(MESSAGES, json={**asked, "model": seeker, "fusion": {"web": {}}}).json()
    options = {"panel": [seeker, "up/elm"], "web": {"fetch": False}}

    fused = http.post(CHAT, json={"model": "fusion", "messages": TURNS, "fusion": options}).json()

    assert alone["usage"]["server_tool_use"] == COUNTS
    assert fused["usage"]["server_tool_use"] == COUNTS


SERVER_TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}


def test_anthropics_tool_is_a_search_of_ours(seeker: str, http: httpx.Client) -> None:
    asked = {"model": seeker, "messages": TURNS, "max_tokens": 500, "tools": [SERVER_TOOL]}

    answer = http.post(MESSAGES, json=asked)
    stream = http.post(MESSAGES, json={**asked, "stream": True}).text

    whole = answer.json()
    asking, found, text = whole["content"]
    assert (asking["type"], asking["input"]) == ("server_tool_use", {"query": "height of the tower"})
    assert found["tool_use_id"] == asking["id"]
    assert [(one["type"], one["url"]) for one in found["content"]] == [("web_search_result", PAGE["url"])]
    (cited,) = text["citations"]
    assert (text["text"], cited["url"], cited["cited_text"]) == (ANSWER, PAGE["url"], '[1: "330 metres tall"]')
    assert whole["usage"]["server_tool_use"] == COUNTS
    assert "X-Ignored-Parameters" not in answer.headers
    events = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    began = [event["content_block"] for event in events if event["type"] == "content_block_start"]
    assert [block["type"] for block in began] == ["text", "server_tool_use", "web_search_tool_result"]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert [one["citation"] for one in deltas if one["type"] == "citations_delta"] == [cited]
    assert events[-2]["usage"]["server_tool_use"] == COUNTS
    again = [*TURNS, {"role": "assistant", "content": whole["content"]}, {"role": "user", "content": "Sure?"}]
    assert http.post(MESSAGES, json={**asked, "messages": again}).status_code == 200


def test_anthropics_tool_is_refused_where_nothing_can_be_searched(
    panel: Any, http: httpx.Client, make_key: Callable[..., str]
) -> None:
    asked = {"model": "up/elm", "messages": TURNS, "max_tokens": 500, "tools": [SERVER_TOOL]}

    without_key = http.post(MESSAGES, json={**asked, "tools": [{**SERVER_TOOL, "type": "web_fetch_20250910"}]})
    http.headers["Authorization"] = f"Bearer {make_key('run', 'web')}"
    without_engine = http.post(MESSAGES, json=asked)

    assert (without_key.status_code, without_key.json()["error"]["type"]) == (403, "permission_error")
    assert (without_engine.status_code, "an administrator connects" in without_engine.text) == (400, True)
    assert "tools.0: " in without_engine.json()["error"]["message"]


def test_what_anthropics_tools_cannot_do_here_is_said(seeker: str, http: httpx.Client) -> None:
    weather = {"name": "weather", "input_schema": {"type": "object"}}
    tools = [{**SERVER_TOOL, "allowed_domains": ["a.test"]}, weather]

    answer = http.post(MESSAGES, json={"model": seeker, "messages": TURNS, "max_tokens": 500, "tools": tools}).json()

    notices = " ".join(answer["fusion"]["notices"])
    assert "Accepted without effect: allowed_domains of web tools." in notices
    assert "A model that may call your tools looks nothing up itself" in notices


def test_a_key_without_the_permission_is_refused(seeker: str, http: httpx.Client, key: str) -> None:
    http.headers["Authorization"] = f"Bearer {key}"

    answer = http.post(CHAT, json={"model": seeker, "messages": TURNS, "plugins": [{"id": "web"}]})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
