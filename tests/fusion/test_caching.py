"""The key of the cache: two requests share it if, and only if, models would be asked the same."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from apps.fusion.caching import CacheSettings, cache_key, is_reusable
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.routing import Route, RouteBasis
from apps.fusion.tools import Tool, ToolCall, ToolResult, ToolSet, VendorData
from apps.fusion.values import AnswerFormat, Message, Parameters, PlainSettings, Recipe, SlotSpec

PICTURE = "data:image/png;base64,AAAA"
ASK = (Message(role="system", text="Be brief."), Message(role="user", text="Why?"))


def recipe(**values: Any) -> Recipe:
    panel = (SlotSpec(slot="A", model="x/a"), SlotSpec(slot="B", model="x/b"))
    return Recipe(**{"settings": PlainSettings(judge="x/j", writer="x/w"), "panel": panel, **values})


def asked(text: str = "Why?", **values: Any) -> tuple[Message, ...]:
    return (ASK[0], Message(role="user", text=text, **values))


SAME = [
    (recipe(seed=7), ASK),
    (recipe(preset="quality", preset_version=3), ASK),
    (recipe(max_cost=Decimal("0.5"), hard_limit_s=20), ASK),
    (recipe(cache=CacheSettings(ttl_s=5)), ASK),
    (recipe(route=Route(by=RouteBasis.RULE, reason="Because.")), ASK),
    (recipe(), asked("  Why?\r\n")),
    (recipe(), (ASK[0], ASK[1].model_copy(update={"vendor_data": VendorData(dialect="x", content=({"id": "1"},))}))),
]


@pytest.mark.parametrize("other, messages", SAME)
def test_requests_that_ask_the_same_share_a_key(other: Recipe, messages: tuple[Message, ...]) -> None:
    assert cache_key(messages, other) == cache_key(ASK, recipe())


DIFFERENT = [
    (recipe(), asked("Why not?")),
    (recipe(), asked("Why? ", images=(PICTURE,))),
    (recipe(), asked("Why?", result=ToolResult(id="1"))),
    (recipe(), (*ASK, Message(role="assistant", text="", calls=(ToolCall(id="1", name="f", arguments="{}"),)))),
    (recipe(), ASK[1:]),
    (recipe(), ASK[::-1]),
    (recipe(criteria="cites"), ASK),
    (recipe(settings=PlainSettings(judge="x/j", writer="x/v")), ASK),
    (recipe(panel=(SlotSpec(slot="A", model="x/b"), SlotSpec(slot="B", model="x/a"))), ASK),
    (recipe(panel=(SlotSpec(slot="A", model="x/a", parameters=Parameters(temperature=0.1)), recipe().panel[1])), ASK),
    (recipe(answer_format=AnswerFormat(type="json_object")), ASK),
    (recipe(web=LookupSettings()), ASK),
]


@pytest.mark.parametrize("other, messages", DIFFERENT)
def test_requests_that_ask_something_else_do_not(other: Recipe, messages: tuple[Message, ...]) -> None:
    assert cache_key(messages, other) != cache_key(ASK, recipe())


def test_tools_and_the_own_answers_of_columns_count() -> None:
    tools = ToolSet(tools=(Tool(name="look", description="Looks."),))

    keys = {
        cache_key(ASK, recipe()),
        cache_key(ASK, recipe(), tools),
        cache_key(ASK, recipe(), None, {"A": ("Because.",)}),
        cache_key(ASK, recipe(), None, {"B": ("Because.",)}),
    }

    assert len(keys) == 4


@pytest.mark.parametrize("ttl_s", [-1, 30 * 24 * 3600 + 1])
def test_time_to_live_has_limits(ttl_s: int) -> None:
    with pytest.raises(ValidationError):
        CacheSettings(ttl_s=ttl_s)


def test_answers_are_reused_only_where_nothing_else_was_read() -> None:
    cached = recipe(cache=CacheSettings(ttl_s=60))

    assert is_reusable(cached)
    assert not is_reusable(recipe())
    assert not is_reusable(cached.model_copy(update={"web": LookupSettings()}))
