"""Calls that use tools of a connected tool server on the way to their answer. The tests play the worker."""

import pytest
from pydantic import SecretStr

from apps.catalogue import tool_servers
from apps.catalogue.tool_servers import ServerEntry
from apps.fusion.vocabulary import Status
from apps.runs.execution import executor as executor_module
from apps.runs.models import ToolUse
from tests.runs.fake_lookups import FakeLookups, looking_up, perform, texts_sent
from tests.runs.log_reader import stored
from tests.tool_servers.server import TOKEN

pytestmark = pytest.mark.usefixtures("quick_lookups")


@pytest.fixture
def orchard(bench, monkeypatch, tool_server):
    monkeypatch.setattr(executor_module, "lookup_client", FakeLookups)
    entry = ServerEntry("Orchard", tool_server, SecretStr(TOKEN), only_public=False)
    return tool_servers.connect_server(entry)


def test_a_model_calls_a_tool_and_answers_with_what_it_gave(bench, upstream, orchard):
    asked = {"name": "orchard__find_trees", "arguments": '{"kind": "oak"}'}
    run = looking_up(bench, [asked, {"name": "orchard__broken", "arguments": "{}"}])

    call = perform(run)

    first, second = texts_sent(upstream)
    uses = list(ToolUse.objects.filter(call=call))
    assert call.status == Status.DONE
    assert "You can also call orchard__broken, orchard__find_trees" in first
    assert "Find trees of a kind." in first
    assert "fell_tree" not in first
    assert "3 trees of the kind oak" in second
    assert [(use.status, use.sentence) for use in uses] == [(Status.DONE, ""), (Status.FAILED, uses[1].sentence)]
    assert "no ladder" in uses[1].sentence
    assert [one.summary for one in stored(run).calls[0].lookups] == ['{"kind": "oak"}', ""]


@pytest.mark.parametrize("name", ["orchard__fell_tree", "orchard__nothing"])
def test_a_tool_that_is_not_allowed_is_not_called(bench, upstream, orchard, name):
    run = looking_up(bench, [{"name": name, "arguments": '{"name": "oak"}'}])

    call = perform(run)

    assert call.status == Status.DONE
    assert f"There is no tool “{name}”." in texts_sent(upstream)[1]
    assert "is felled" not in texts_sent(upstream)[1]


def test_arguments_that_are_none_are_told_to_the_model(bench, upstream, orchard):
    run = looking_up(bench, [{"name": "orchard__find_trees", "arguments": "oak"}])

    perform(run)

    assert "The arguments are no JSON object." in texts_sent(upstream)[1]
