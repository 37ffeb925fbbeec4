"""Forms of Anthropic's API that its own servers answer: here they are taken as far as they mean something."""

from typing import Any

import pytest

from apps.api.anthropic.wire.messages_request import MessagesRequest, run_request_of, turns_of
from apps.api.errors import ApiError
from apps.fusion.tools import ToolChoice
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import ReasoningEffort

USER = {"role": "user", "content": "How is Paris?"}
CALL = {"type": "tool_use", "id": "a", "name": "weather", "input": {}}
SCHEMA = {"type": "object", "properties": {"metres": {"type": "integer"}}}
FORM = {"type": "json_schema", "schema": SCHEMA}


def request_of(**body: Any) -> MessagesRequest:
    return MessagesRequest.model_validate({"model": "up/elm", "max_tokens": 500, "messages": [USER], **body})


BLOCKS: list[tuple[dict[str, Any], str]] = [
    ({"type": "bash_code_execution_tool_result", "tool_use_id": "s", "content": {}}, ""),
    ({"type": "text_editor_code_execution_tool_result", "tool_use_id": "s", "content": {}}, ""),
    ({"type": "tool_search_tool_result", "tool_use_id": "s", "content": {}}, ""),
    ({"type": "advisor_tool_result", "tool_use_id": "s", "content": {}}, ""),
    ({"type": "mcp_tool_use", "id": "m", "name": "f", "server_name": "x", "input": {}}, ""),
    ({"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False, "content": []}, ""),
    ({"type": "mcp_tool_listing", "mcp_server_name": "x", "tools": []}, ""),
    ({"type": "fallback", "from": {}, "to": {}}, ""),
    ({"type": "compaction", "content": "They spoke of Rome."}, "They spoke of Rome.\n\n"),
    ({"type": "compaction", "content": None}, ""),
]


@pytest.mark.parametrize("block, shown", BLOCKS, ids=[f"{block['type']} {at}" for at, (block, _) in enumerate(BLOCKS)])
def test_blocks_of_anthropics_servers_come_back(block: dict[str, Any], shown: str) -> None:
    turns = [USER, {"role": "assistant", "content": [block, {"type": "text", "text": "Sunny."}]}, USER]

    messages, _ = turns_of(request_of(messages=turns))

    assert [message.text for message in messages] == [USER["content"], f"{shown}Sunny.", USER["content"]]


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SHOWN = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
TEXTS = [{"type": "text", "text": "Pears."}, {"type": "text", "text": "Apples."}]


@pytest.mark.parametrize(
    "content, text, pictures",
    [("Pears.", "Pears.", 0), (TEXTS, "Pears.\n\nApples.", 0), ([SHOWN, *TEXTS[:1]], "Pears.", 1), ([SHOWN], None, 1)],
)
def test_document_of_blocks_is_a_file_of_their_text_with_their_pictures(
    content: Any, text: str | None, pictures: int
) -> None:
    document = {"type": "document", "title": "Fruit", "source": {"type": "content", "content": content}}
    said = {"role": "user", "content": [document, {"type": "text", "text": "What?"}]}

    [message], _ = turns_of(request_of(messages=[said]))

    assert [(file.name, file.text) for file in message.files] == ([] if text is None else [("Fruit", text)])
    assert (message.text, len(message.images)) == ("What?", pictures)


@pytest.mark.parametrize(
    "content, param",
    [
        ([], "messages.0.content.0.source.content"),
        ([{"type": "image", "source": {"type": "url"}}], "messages.0.content.0.source.content.0.source"),
    ],
)
def test_document_of_blocks_that_cannot_be_read_is_refused_with_its_place(content: Any, param: str) -> None:
    document = {"type": "document", "source": {"type": "content", "content": content}}

    with pytest.raises(ApiError) as refused:
        turns_of(request_of(messages=[{"role": "user", "content": [document]}]))

    assert refused.value.param == param


def test_a_search_of_tools_has_their_names_as_its_result() -> None:
    found = [{"type": "tool_reference", "tool_name": "weather"}, {"type": "tool_reference", "tool_name": "clock"}]
    turns = [
        USER,
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": found}]},
    ]

    messages, _ = turns_of(request_of(messages=turns))

    assert (messages[-1].text, messages[-1].result and messages[-1].result.id) == ("weather\n\nclock", "a")


@pytest.mark.parametrize(
    "tool", [{"type": "mcp_toolset", "mcp_server_name": "x"}, {"type": "computer_toolset_20260801", "configs": None}]
)
def test_a_set_of_tools_without_a_name_has_no_effect(tool: dict[str, Any]) -> None:
    request = request_of(tools=[tool, {"name": "weather", "input_schema": {"type": "object"}}])

    tools = run_request_of(request, "up/elm").tools

    assert request.ignored == ("tools",)
    assert tools
    assert [one.name for one in tools.tools] == ["weather"]


@pytest.mark.parametrize("place", [{"output_format": FORM}, {"output_config": {"format": FORM}}])
def test_a_form_of_the_answer_is_read_from_both_of_its_places(place: dict[str, Any]) -> None:
    found = run_request_of(request_of(**place), "up/elm")

    assert found.answer_format == AnswerFormat(type="json_schema", json_schema=SCHEMA)
    assert found.schema_param == ("output_format.schema" if "output_format" in place else "output_config.format.schema")


def test_a_form_that_is_none_is_named_by_its_place() -> None:
    with pytest.raises(ApiError) as refused:
        run_request_of(request_of(output_format={"type": "json_schema"}), "up/elm")

    assert refused.value.param == "output_format"


def test_thinking_between_tools_is_thinking() -> None:
    request = request_of(thinking={"type": "between_tools"})

    assert run_request_of(request, "up/elm").sampling.reasoning_effort is ReasoningEffort.HIGH


def test_a_search_may_be_chosen_beside_tools_of_the_client() -> None:
    search = {"type": "web_search_20250305", "name": "web_search"}
    own = {"name": "weather", "input_schema": {"type": "object"}}
    choice = {"type": "tool", "name": "web_search", "disable_parallel_tool_use": True}

    found = run_request_of(request_of(tools=[search, own], tool_choice=choice), "up/elm")

    assert found.options.web
    assert found.tools
    assert (found.tools.choice, found.tools.only, found.tools.parallel) == (ToolChoice.AUTO, "", False)
