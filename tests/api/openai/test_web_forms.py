"""Web search as OpenAI's and OpenRouter's clients ask for it: every form is one wish."""

from typing import Any

import pytest

from apps.api.errors import ApiError
from apps.api.openai.wire import chat_request, responses_request
from apps.api.openai.wire.chat_request import ChatRequest
from apps.api.openai.wire.responses_request import ResponsesRequest
from apps.api.options import WebOptions
from apps.api.run_requests import RunRequest
from apps.api.web_options import WebWish

FUNCTION = {"type": "function", "function": {"name": "f"}}


def of_chat(**body: Any) -> RunRequest:
    given = {"model": "up/elm", "messages": [{"role": "user", "content": "How high?"}], **body}
    return chat_request.run_request_of(ChatRequest.model_validate(given))


def of_responses(**body: Any) -> RunRequest:
    request = ResponsesRequest.model_validate({"model": "up/elm", "input": "How high?", **body})
    return responses_request.run_request_of(request, lambda _: None)


FORMS: list[tuple[dict[str, Any], WebWish | None]] = [
    ({}, None),
    ({"model": "up/elm:online"}, WebWish("model", search=True)),
    ({"plugins": [{"id": "web"}]}, WebWish("plugins", search=True)),
    (
        {"plugins": [{"id": "web", "max_results": 3, "engine": "exa", "max_uses": 2}]},
        WebWish("plugins", True, False, 2),
    ),
    ({"plugins": [{"id": "web-fetch"}]}, WebWish("plugins", fetch=True)),
    ({"plugins": [{"id": "web", "enabled": False}, {"id": "response-healing"}]}, None),
    ({"tools": [{"type": "openrouter:web_search", "parameters": {"max_uses": 3}}]}, WebWish("tools.0", True, False, 3)),
    ({"tools": [FUNCTION, {"type": "openrouter:web_fetch"}]}, WebWish("tools.1", fetch=True)),
    ({"tools": [{"type": "web_search", "filters": {}}]}, WebWish("tools.0", True, True)),
    ({"tools": [{"type": "web_search_2025_08_26"}]}, WebWish("tools.0", True, True)),
    ({"tools": [{"type": "web_search_preview_2025_03_11"}]}, WebWish("tools.0", True, True)),
    (
        {"plugins": [{"id": "fusion", "tools": [{"type": "openrouter:web_search"}], "max_tool_calls": 2}]},
        WebWish("plugins", True, False, 2),
    ),
    (
        {"tools": [{"type": "openrouter:fusion", "parameters": {"tools": [{"type": "openrouter:web_fetch"}]}}]},
        WebWish("plugins", fetch=True),
    ),
    ({"plugins": [{"id": "fusion", "tools": [{"type": "openrouter:datetime"}]}]}, None),
    ({"plugins": [{"id": "fusion", "tools": [{"type": "web_search"}], "enabled": False}]}, None),
    ({"tools": [{"type": "web_searcher"}, {"type": "mcp"}, "web_search"]}, None),
    ({"tools": [{"type": "web_search"}], "fusion": {"tools": "ignore"}}, None),
    (
        {"plugins": [{"id": "web"}], "tools": [{"type": "openrouter:web_fetch", "max_uses": 4}]},
        WebWish("plugins", True, True, 4),
    ),
]


@pytest.mark.parametrize("ask", [of_chat, of_responses])
@pytest.mark.parametrize("body, wish", FORMS, ids=[str(body) for body, _ in FORMS])
def test_every_form_is_the_same_wish(ask: Any, body: dict[str, Any], wish: WebWish | None) -> None:
    request = ask(**body)

    assert (request.options.web, request.web_param) == ((wish.options, wish.param) if wish else (None, ""))
    assert request.model in ("up/elm", "fusion")


def test_openais_own_parameter_of_chat_is_one_too() -> None:
    assert of_chat(web_search_options={}).options.web == WebOptions()
    assert of_chat(web_search_options=None).options.web is None


def test_our_own_option_goes_before_a_wish_of_another_form() -> None:
    request = of_chat(tools=[{"type": "web_search", "max_uses": 99}], fusion={"web": {"search": False}})

    assert request.options.web == WebOptions(search=False)
    assert WebWish("x", search=True, max_uses=99).options.max_tool_calls == 16


def test_only_other_tools_and_plugins_are_named_as_without_effect() -> None:
    asked = {"messages": [{"role": "user", "content": "x"}], "model": "up/elm"}
    web = ChatRequest.model_validate({**asked, "tools": [{"type": "web_search"}], "plugins": [{"id": "web"}]})
    other = ChatRequest.model_validate({**asked, "tools": [{"type": "mcp"}], "plugins": [{"id": "response-healing"}]})

    assert (web.ignored, other.ignored) == ((), ("tools", "plugins"))


def test_a_search_may_be_required_where_no_other_tool_is() -> None:
    search = {"type": "web_search"}

    assert of_responses(tools=[search], tool_choice="required").options.web
    assert of_responses(tools=[search], tool_choice=search).options.web
    with pytest.raises(ApiError, match="tool_choice"):
        of_responses(tools=[search, {"type": "mcp"}], tool_choice="required")


@pytest.mark.parametrize(
    "choice, functions",
    [
        ({"type": "web_search"}, "auto"),
        ({"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]}, "none"),
    ],
)
def test_a_choice_of_a_search_leaves_functions_as_it_says(choice: Any, functions: str) -> None:
    request = of_responses(tools=[{"type": "web_search"}, {"type": "function", "name": "f"}], tool_choice=choice)

    assert request.options.web
    assert request.tools
    assert (request.tools.choice, request.tools.only) == (functions, "")


def test_a_hosted_fusion_without_tools_looks_nothing_up() -> None:
    off = {"id": "fusion", "tools": []}

    assert of_chat(model="fusion", plugins=[off]).options.web == WebOptions(search=False, fetch=False)
    assert of_chat(model="fusion", plugins=[off, {"id": "web"}]).options.web == WebOptions(search=True, fetch=False)
    assert of_chat(model="fusion", plugins=[off], fusion={"web": {"fetch": False}}).options.web == WebOptions(
        fetch=False
    )


@pytest.mark.parametrize("plugins", [[], [{"id": "fusion"}]])
def test_the_suffix_alone_is_no_fusion(plugins: list[dict[str, Any]]) -> None:
    request = of_chat(model=":online", plugins=plugins)

    assert ":online" in (request.model, request.options.judge)
