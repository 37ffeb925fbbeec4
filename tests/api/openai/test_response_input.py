"""Input of responses in the newer forms of OpenAI's contract, and of OpenRouter's: carried out, or refused by name."""

from typing import Any

import pytest
from pydantic import ValidationError

from apps.api.errors import ApiError
from apps.api.openai.wire.responses_request import ResponsesRequest, run_request_of
from apps.api.run_requests import RunRequest
from apps.fusion.tools import ToolChoice

USER = {"role": "user", "content": "How is Paris?"}
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
CLOCK = {**WEATHER, "name": "clock"}


def request_of(*items: dict[str, Any], **body: Any) -> ResponsesRequest:
    return ResponsesRequest.model_validate({"model": "up/elm", "input": [*items], **body})


def read(request: ResponsesRequest) -> RunRequest:
    return run_request_of(request, lambda _: None)


@pytest.mark.parametrize("stop, found", [("END", ["END"]), (["a", "b"], ["a", "b"]), ("", None), (None, None)])
def test_stops_are_those_of_the_answer(stop: Any, found: list[str] | None) -> None:
    assert read(request_of(USER, stop=stop)).sampling.stop == found


def test_more_than_four_stops_are_refused() -> None:
    with pytest.raises(ApiError, match="At most four") as refused:
        read(request_of(USER, stop=list("abcde")))

    assert refused.value.param == "stop"


def test_functions_of_additional_tools_join_the_others() -> None:
    added = {"type": "additional_tools", "role": "developer", "tools": [CLOCK]}
    request = request_of(USER, added, tools=[WEATHER], tool_choice={"type": "function", "name": "clock"})

    found = read(request)

    assert found.tools
    assert [tool.name for tool in found.tools.tools] == ["weather", "clock"]
    assert (found.tools.choice, found.tools.only) == (ToolChoice.REQUIRED, "clock")
    assert ([message.text for message in found.messages], request.ignored) == (["How is Paris?"], ())


def test_additional_tools_of_other_kinds_are_named() -> None:
    custom = {"type": "custom", "name": "shell"}
    request = request_of({"type": "additional_tools", "role": "developer", "tools": [custom, CLOCK]}, USER)

    assert request.ignored == ("tools",)
    assert [tool.name for tool in read(request).tools.tools] == ["clock"]  # type: ignore[union-attr]


def test_wrong_additional_tool_is_refused_with_its_place() -> None:
    added = {"type": "additional_tools", "role": "developer", "tools": [WEATHER, {"type": "function"}]}

    with pytest.raises(ApiError) as refused:
        read(request_of(USER, added))

    assert (refused.value.code, refused.value.param) == ("missing_parameter", "input.1.tools.1.name")


def test_search_among_additional_tools_is_a_look_up() -> None:
    added = {"type": "additional_tools", "role": "developer", "tools": [{"type": "web_search"}]}

    found = read(request_of(USER, added))

    assert found.options.web
    assert (found.options.web.search, found.web_param) == (True, "input.1.tools.0")


def test_assistant_that_said_nothing_may_be_null() -> None:
    found = read(request_of(USER, {"role": "assistant", "content": None}, USER))

    assert [(message.role, message.text) for message in found.messages] == [
        ("user", "How is Paris?"),
        ("assistant", ""),
        ("user", "How is Paris?"),
    ]


def test_message_of_a_user_is_not_null() -> None:
    with pytest.raises(ValidationError, match="Only an assistant"):
        request_of({"role": "user", "content": None})


def test_wish_to_compact_is_refused_by_name() -> None:
    with pytest.raises(ApiError, match="not compacted here") as refused:
        read(request_of(USER, {"type": "compaction_trigger"}))

    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "input.1")
