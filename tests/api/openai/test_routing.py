"""Requests whose model is chosen by rules, and those that reuse an answer, with OpenAI's own client."""

import pytest

from apps.catalogue.recipes.rules import save_rule
from apps.fusion.routing import Feature, RoutingRule
from apps.fusion.vocabulary import StrategyName
from apps.runs.models import Run
from tests.api.factories import ANSWERS, FUSED
from tests.api.runs.test_single import HEIGHT, SCHEMA
from tests.api.test_files import PDF
from tests.api.test_pictures import GOOD

ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]
ROUTE = {"fusion": {"strategy": "route"}}


def tags(name):
    return {"metadata": {"tags": f"x, {name}"}}


def test_rule_chooses_and_is_named_in_headers_and_answer(panel, sdk, bench):
    save_rule(bench.owner, RoutingRule(name="Höhe", words=("eiffel tower",), tag="towers", model="up/elm"))
    save_rule(bench.owner, RoutingRule(name="Nightly", key="test", shorter_than=20, strategy=StrategyName.VOTE))

    raw = sdk.chat.completions.with_raw_response.create(
        model="fusion", messages=ASK, extra_body={**ROUTE, **tags("Towers")}
    )
    answer = raw.parse()
    assert (raw.headers["x-route"], raw.headers["x-route-rule"]) == ("rule", "H%C3%B6he")
    assert answer.choices[0].message.content == ANSWERS["elm"]
    assert answer.fusion["route"] == {
        "by": "rule",
        "rule": "Höhe",
        "reason": "Chosen by your rule “Höhe”: it says “eiffel tower” and it is tagged “towers”.",
        "model": "up/elm",
        "preset": "",
        "strategy": None,
    }

    by_form = sdk.chat.completions.with_raw_response.create(model="fusion", messages=ASK, extra_body=ROUTE)
    assert by_form.headers["x-route"] == "form"
    assert "x-route-rule" not in by_form.headers
    assert by_form.parse().fusion["route"]["reason"] == "A short checkable question: vote."
    assert Run.objects.latest("pk").recipe.strategy is StrategyName.VOTE

    asked_by_key = [{"role": "user", "content": "Name a tower."}]
    voted = sdk.chat.completions.create(model="fusion", messages=asked_by_key, extra_body=ROUTE)
    assert voted.fusion["route"]["rule"] == "Nightly"
    plain = sdk.chat.completions.create(model="fusion", messages=ASK)
    assert plain.fusion["route"] is None


def asked_with(part):
    return {"messages": [{"role": "user", "content": [part, {"type": "text", "text": "How high is it?"}]}]}


BROUGHT = {
    Feature.IMAGES: asked_with({"type": "image_url", "image_url": {"url": GOOD}}),
    Feature.TOOLS: {"tools": [{"type": "function", "function": {"name": "measure", "parameters": {"type": "object"}}}]},
    Feature.SCHEMA: {"response_format": {"type": "json_schema", "json_schema": {"name": "height", "schema": SCHEMA}}},
    Feature.FILE: asked_with({"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}}),
}


@pytest.mark.parametrize("feature", Feature)
def test_rule_sees_what_comes_with_a_request(panel, http, bench, feature):
    for one in Feature:
        save_rule(bench.owner, RoutingRule(name=one, has=(one,), model="up/elm"))
    bench.upstream.script("elm", "ok", text=HEIGHT)

    answer = http.post("/v1/chat/completions", json={"model": "fusion", "messages": ASK, **ROUTE, **BROUGHT[feature]})

    assert answer.status_code == 200, answer.text
    assert (answer.headers["x-route"], answer.headers.get("x-route-rule")) == ("rule", feature)
    assert answer.json()["choices"][0]["message"]["content"] == HEIGHT


def test_rule_for_a_larger_panel_is_passed_over_and_the_request_goes_on(panel, http, bench):
    save_rule(bench.owner, RoutingRule(name="Cheap first", shorter_than=9_000, strategy=StrategyName.CASCADE))

    body = {"prompt": "Name a tower.", "panel": ["up/oak", "up/elm"], "strategy": "route"}
    made = http.post("/api/v1/runs", json=body)

    assert made.status_code == 201, made.text
    route = made.json()["route"]
    assert (route["by"], route["strategy"]) == ("form", "fuse")
    assert route["reason"].startswith("Your rule “Cheap first” was passed over: cascade needs 3 models")


def test_preset_that_routes_does_so_by_its_name_and_a_named_strategy_stands(panel, sdk, bench):
    panel.routes = True
    panel.save()
    save_rule(bench.owner, RoutingRule(name="All", shorter_than=9_000, model="up/yew"))

    routed = sdk.chat.completions.create(model="fusion/trees", messages=ASK)
    assert routed.choices[0].message.content == ANSWERS["yew"]
    fused = sdk.chat.completions.create(model="fusion/trees", messages=ASK, extra_body={"fusion": {"strategy": "fuse"}})
    assert (fused.choices[0].message.content, fused.fusion["route"]) == (FUSED, None)


@pytest.mark.parametrize("stream", [False, True])
def test_equal_request_gets_the_same_answer_at_no_cost(panel, sdk, bench, stream):
    body = {"fusion": {"cache": {"ttl": 60}}}
    first = sdk.chat.completions.create(model="fusion", messages=ASK, extra_body=body)
    asked = len(bench.upstream.ledger("oak"))

    raw = sdk.chat.completions.with_raw_response.create(
        model="fusion",
        messages=ASK,
        extra_body=body,
        stream=stream,
        stream_options={"include_usage": True} if stream else None,
    )

    assert raw.headers["x-cache"] == "hit"
    again = raw.parse()
    if stream:
        chunks = list(again)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert (text, chunks[-1].usage.cost) == (FUSED, 0)
        assert chunks[-1].usage.total_tokens == 0
    else:
        assert again.choices[0].message.content == first.choices[0].message.content == FUSED
        assert (again.usage.cost, again.usage.total_tokens) == (0, 0)
        assert again.fusion["cache"]["run"] == first.fusion["run_id"] != again.fusion["run_id"]
        assert again.fusion["analysis"] == first.fusion["analysis"]
    assert len(bench.upstream.ledger("oak")) == asked
    other = sdk.chat.completions.create(model="fusion", messages=ASK)
    assert other.fusion["cache"] is None


def test_cache_needs_a_time_in_its_limits(panel, http):
    for ttl, status in ((-1, 400), (2_592_001, 400), ("60", 400), (None, 201)):
        body = {"prompt": "Why?", "fusion": None, "cache": {"ttl": ttl}}
        body.pop("fusion")
        assert http.post("/api/v1/runs", json=body).status_code == status, ttl
