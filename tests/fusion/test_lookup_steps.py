"""Look-ups as values: arguments as models write them, and limits."""

import json

import orjson
import pytest

from apps.fusion.lookup_steps import (
    Fetch,
    Search,
    Spent,
    google_link,
    link_of,
    object_of,
    read_arguments,
    summary_of,
)
from apps.fusion.lookups import LookupFailure, LookupFault


@pytest.mark.parametrize(
    "tool, arguments, asked",
    [
        ("web_search", '{"query": " two\\n words "}', Search("two words", 5)),
        ("web_search", '{"query": "x", "max_results": 99}', Search("x", 20)),
        ("web_search", '{"query": "x", "max_results": "3"}', Search("x", 3)),
        ("web_search", '{"query": "x", "max_results": "many"}', Search("x", 5)),
        ("web_search", '{"query": "x", "max_results": 1e400}', Search("x", 5)),
        ("web_search", '{"query": "x", "max_results": true}', Search("x", 5)),
        ("web_search", json.dumps('{"query": "x"}'), Search("x", 5)),
        ("web_search", json.dumps(json.dumps({"query": "x"})), Search("x", 5)),
        ("web_search", '{"query": "%s"}' % ("x" * 500), Search("x" * 400, 5)),
        ("web_fetch", '{"url": " https://a.test/ "}', Fetch("https://a.test/", 0)),
        ("web_fetch", '{"url": "HTTP://a.test", "offset": -4}', Fetch("HTTP://a.test", 0)),
    ],
)
def test_arguments_are_read(tool: str, arguments: str, asked: Search | Fetch) -> None:
    assert read_arguments(tool, arguments) == asked


@pytest.mark.parametrize(
    "tool, arguments",
    [
        ("web_search", ""),
        ("web_search", "{}"),
        ("web_search", "null"),
        ("web_search", "not json"),
        ("web_search", '{"query": '),
        ("web_search", "[1]"),
        ("web_search", '{"query": 7}'),
        ("web_search", '{"query": " "}'),
        ("web_search", "[" * 100_000),
        ("web_fetch", '{"url": "javascript:alert(1)"}'),
        ("web_fetch", '{"url": "https://a.test/%s"}' % ("x" * 2_000)),
        ("shell", "{}"),
    ],
)
def test_arguments_that_cannot_be_read_are_refused(tool: str, arguments: str) -> None:
    with pytest.raises(LookupFault) as refused:
        read_arguments(tool, arguments)

    assert refused.value.code is LookupFailure.INVALID_ARGUMENTS
    assert summary_of(tool, arguments) == ""


@pytest.mark.parametrize(
    "tool, arguments, summary",
    [
        ("web_search", r'{"query": "a\ud800b", "link": "x"}', "a\ufffdb"),
        ("web_search", r'{"query": "\udc00\ud800"}', "\ufffd\ufffd"),
        ("web_search", r'{"query": "\ud83d\ude00 \u0000x"}', "\U0001f600 x"),
        ("web_search", json.dumps(r'{"query": "a\ud800b"}'), "a\ufffdb"),
        ("web_fetch", r'{"url": "https://a.test/\ud800"}', "https://a.test/\ufffd"),
        ("notes__find", r'{"\ud800": ["\udfff"]}', '{"\ufffd": ["\ufffd"]}'),
    ],
)
def test_half_a_character_is_replaced_in_what_is_asked(tool: str, arguments: str, summary: str) -> None:
    assert summary_of(tool, arguments) == summary
    assert link_of(tool, arguments) == ""
    assert orjson.dumps(object_of(arguments))


def test_link_of_a_query_with_half_a_character_is_known() -> None:
    query = "a\ud800b"

    assert google_link(query) == "https://www.google.com/search?q=a%EF%BF%BDb"
    assert link_of("web_search", json.dumps({"query": query, "link": google_link(query)})) == google_link(query)


def test_limits_are_those_of_the_call_and_of_the_run() -> None:
    spent = Spent()
    for _ in range(6):
        assert spent.refusal_of("web_search") == ""
        spent = spent.plus("web_search")

    assert "6 searches" in spent.refusal_of("web_search")
    assert (spent.refusal_of("web_fetch"), spent.is_all) == ("", False)
    for _ in range(8):
        spent = spent.plus("web_fetch")
    assert "8 pages" in spent.refusal_of("web_fetch")
    assert spent.is_all
    assert Spent(in_run=40).is_all
    assert "whole run" in Spent(in_run=40).refusal_of("web_fetch")
