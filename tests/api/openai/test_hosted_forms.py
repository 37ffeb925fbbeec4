"""The request forms that OpenRouter documents for its hosted fusion, on a site that has its own models only."""

from typing import Any

import pytest

from apps.runs.models import Run
from tests.api.factories import make_preset

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
PANEL = ["up/oak", "up/yew"]
CHAT = "/v1/chat/completions"
FUNCTION = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize("preset", ["general-high", "general-budget", "general-fast"])
def test_a_hosted_preset_without_a_counterpart_is_the_default_preset(panel, http, preset) -> None:
    answer = http.post(CHAT, json={**ASK, "model": "fusion", "plugins": [{"id": "fusion", "preset": preset}]})

    assert (answer.status_code, Run.objects.get().preset) == (200, "trees")
    assert "the default preset “trees” was asked instead" in " ".join(answer.json()["fusion"]["notices"])


def test_a_hosted_preset_with_a_counterpart_is_that(panel, http, bench) -> None:
    make_preset(bench, "quality")

    answer = http.post(CHAT, json={**ASK, "model": "fusion", "plugins": [{"id": "fusion", "preset": "general-high"}]})

    assert Run.objects.get().preset == "quality"
    assert "instead" not in " ".join(answer.json()["fusion"]["notices"])


@pytest.mark.parametrize("effort, known", [("high", "high"), ("xhigh", "high"), ("none", "minimal")])
def test_the_sampling_of_the_plugin_is_honoured(panel, http, bench, effort, known) -> None:
    plugin = {
        "id": "fusion",
        "analysis_models": PANEL,
        "model": "up/elm",
        "temperature": 0.25,
        "max_completion_tokens": 77,
        "reasoning": {"effort": effort},
    }
    http.post(CHAT, json={**ASK, "model": "openrouter/fusion", "plugins": [plugin], "temperature": 1})

    recipe = Run.objects.get().recipe
    assert {spec.parameters.temperature for spec in recipe.panel} == {0.25}
    assert {spec.parameters.reasoning_effort for spec in recipe.panel} == {known}
    settings = recipe.settings
    assert (settings.writer, settings.writer_parameters.temperature, settings.writer_parameters.max_tokens) == (
        "up/elm",
        0.25,
        77,
    )


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("model", ["up/elm", "openrouter/fusion"])
@pytest.mark.parametrize("choice", [None, "required", {"type": "openrouter:fusion"}])
def test_the_tool_of_the_server_makes_a_fusion(panel, http, nested, model, choice) -> None:
    given = {"analysis_models": PANEL, "max_tool_calls": 4}
    tool = {"type": "openrouter:fusion", **({"parameters": given} if nested else given)}

    answer = http.post(CHAT, json={**ASK, "model": model, "tools": [tool], "tool_choice": choice})

    assert answer.status_code == 200, answer.text
    assert [spec.model for spec in Run.objects.get().recipe.panel] == PANEL
    assert "X-Ignored-Parameters" not in answer.headers


def test_a_fusion_may_be_required_by_the_hosted_models_name(panel, http) -> None:
    answer = http.post(CHAT, json={**ASK, "model": "openrouter/fusion", "tool_choice": "required"})

    assert answer.status_code == 200


def test_a_required_call_of_a_function_is_required_of_the_writer_there(panel, http, bench) -> None:
    answer = http.post(CHAT, json={**ASK, "model": "openrouter/fusion", "tools": [FUNCTION], "tool_choice": "required"})

    assert answer.status_code == 200
    assert bench.upstream.ledger("writer")[-1]["body"]["tool_choice"] == "required"
    assert "tools" not in bench.upstream.ledger("oak")[-1]["body"]


def test_other_plugins_are_named_and_have_no_effect(panel, http) -> None:
    plugins = [{"id": "moderation"}, {"id": "response-healing"}, {"id": "fusion", "analysis_models": PANEL}]

    answer = http.post(CHAT, json={**ASK, "model": "openrouter/fusion", "plugins": plugins})

    assert (answer.status_code, answer.headers["X-Ignored-Parameters"]) == (200, "plugins")
    assert [spec.model for spec in Run.objects.get().recipe.panel] == PANEL


def test_web_search_that_is_not_set_up_is_refused_and_no_run_is_made(panel, http) -> None:
    forms = {
        "plugins": {"plugins": [{"id": "web", "max_results": 3}]},
        "model": {"model": "up/elm:online"},
        "tools.0": {"tools": [{"type": "openrouter:web_search"}]},
        "web_search_options": {"web_search_options": {}},
    }
    for param, form in forms.items():
        error = http.post(CHAT, json={"model": "up/elm", **ASK, **form}).json()["error"]
        assert (error["code"], error["param"]) == ("unsupported_parameter", param)
        assert "not set up" in error["message"]
    assert not Run.objects.exists()


def test_a_fault_in_the_tool_of_the_server_is_named(panel, http) -> None:
    tool = {"type": "openrouter:fusion", "parameters": {"flavour": 1}}

    answer = http.post(CHAT, json={**ASK, "model": "openrouter/fusion", "tools": [tool]})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "tools.parameters.flavour")
