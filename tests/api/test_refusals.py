"""Refusals of the API: one envelope, stable codes, the parameter named; never silence, never a 5xx."""

import subprocess
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pydantic import ValidationError

from apps.accounts.login_links import make_login_path
from apps.accounts.models import ApiKey
from apps.api.errors import of_validation
from apps.api.openai.wire.chat_request import ChatRequest
from apps.runs.models import Run
from tests.forms import form_token

CHAT = "/v1/chat/completions"
ASK = {"model": "fusion", "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def user(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


REFUSED: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"n": 2}, 400, "unsupported_parameter", "n"),
    ({"logprobs": True}, 400, "unsupported_parameter", "logprobs"),
    ({"tools": [{"type": "function"}], "tool_choice": "required"}, 400, "missing_parameter", "tools.0.name"),
    ({"audio": {"voice": "x"}}, 400, "unsupported_parameter", "audio"),
    ({"presence_penalty": 3}, 400, "invalid_parameter", "presence_penalty"),
    ({"store_": False}, 400, "unknown_parameter", "store_"),
    ({"flavour": "sweet"}, 400, "unknown_parameter", "flavour"),
    ({"fusion": {"flavour": "sweet"}}, 400, "unknown_parameter", "fusion.flavour"),
    ({"plugins": [{"id": "fusion", "flavour": 1}]}, 400, "unknown_parameter", "plugins.0.flavour"),
    ({"plugins": [{"name": "web"}]}, 400, "missing_parameter", "plugins.0.id"),
    ({"temperature": "hot"}, 400, "invalid_parameter", "temperature"),
    ({"temperature": 3}, 400, "invalid_parameter", "temperature"),
    ({"stop": ["a", "b", "c", "d", "e"]}, 400, "invalid_parameter", "stop"),
    ({"messages": []}, 400, "invalid_parameter", "messages"),
    ({"messages": "hello"}, 400, "invalid_parameter", "messages"),
    ({"messages": [{"role": "king", "content": "x"}]}, 400, "invalid_parameter", "messages.0.role"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "invalid_prompt", "messages"),
    (user(""), 400, "invalid_prompt", "messages"),
    (user([{"type": "text", "text": "x"}] * 1_001), 400, "invalid_parameter", "messages.0.content"),
    (user(",[" * 90_000 + '\\"' * 240_000), 400, "invalid_prompt", "messages"),
    (user("a\x00b"), 400, "invalid_json", None),
    (user("a" * 600_001), 400, "invalid_prompt", "messages"),
    (
        user([{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/a.png"}}]),
        400,
        "unsupported_image",
        "messages.0.content.1.image_url.url",
    ),
    ({"model": "up/nothing"}, 404, "model_not_found", "model"),
    ({"model": "fusion/nothing"}, 404, "model_not_found", "model"),
    ({"fusion": {"preset": "nothing"}}, 400, "unknown_preset", "fusion.preset"),
    ({"plugins": [{"id": "fusion", "preset": "general-low"}]}, 400, "invalid_parameter", "plugins.0.preset"),
    ({"model": "fusion/trees", "fusion": {"preset": "other"}}, 400, "invalid_parameter", "fusion.preset"),
    ({"model": "up/elm", "fusion": {"judge": "up/oak"}}, 400, "invalid_parameter", "fusion"),
    ({"fusion": {"panel": ["up/elm"], "preset": "trees"}}, 400, "invalid_parameter", "fusion.preset"),
    ({"fusion": {"quorum": True}}, 400, "invalid_parameter", "fusion.quorum"),
    (
        {"fusion": {"panel": [{"model": "up/elm", "parameters": {"seed": "4"}}]}},
        400,
        "invalid_parameter",
        "fusion.panel.0.parameters.seed",
    ),
    ({"stream_options": {"include_usage": True}}, 400, "invalid_parameter", "stream_options"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "thing"}}}},
        400,
        "invalid_json_schema",
        "response_format.json_schema.schema",
    ),
]


@pytest.fixture
def posted(panel, http) -> Any:
    def post(body: Any, **headers: str) -> httpx.Response:
        return http.post(CHAT, json=body, headers=headers)

    return post


@pytest.mark.parametrize("change, status, code, param", REFUSED, ids=lambda value: str(value)[:40])
def test_a_request_that_cannot_be_honoured_names_the_parameter(
    posted, change: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    answer = posted({**ASK, **change})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert set(error) == {"message", "type", "param", "code"}
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "change, param",
    [
        (user([{"type": "image_url", "image_url": PICTURE}]), "messages.0.content.0.image_url"),
        (user(["How high?"]), "messages.0.content.0"),
        ({"messages": ["How high?"]}, "messages.0"),
        ({"response_format": "json_object"}, "response_format"),
        ({"fusion": "trees"}, "fusion"),
        ({"metadata": "report 7"}, "metadata"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_where_an_object_is_taken_a_refusal_says_so_in_the_words_of_json(change: dict[str, Any], param: str) -> None:
    body = {**ASK, **change}
    with pytest.raises(ValidationError) as refused:
        ChatRequest.model_validate(body)
    errors = [{**error, "loc": ("body", "body", *error["loc"])} for error in refused.value.errors()]

    refusal = of_validation(errors, body)

    assert (refusal.param, refusal.message) == (param, f"{param}: Send an object.")


@pytest.mark.parametrize(
    "body, status, code",
    [
        (b"", 400, "missing_parameter"),
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_parameter"),
        (b'"text"', 400, "invalid_parameter"),
        (b'{"model": "\xff\xfe"}', 400, "invalid_json"),
        (b'{"model": "\\ud800"}', 400, "invalid_json"),
        (b"[" * 40_000, 400, "invalid_json"),
        (b'{"model": "fusion", "messages": ' + b"[" * 900 + b"]" * 900 + b"}", 400, "invalid_json"),
        (b'{"model": "fusion", "messages": "' + b"a" * 10_500_000 + b'"}', 413, "request_too_large"),
        (b'{"messages": [' + b",".join([b"{}"] * 50_000) + b"]}", 413, "request_too_large"),
        (b'{"a": [' + b",".join([b"0"] * 50_001), 413, "request_too_large"),
        (b"{" + b",".join(b'"%d":0' % at for at in range(30_000)) + b"}", 413, "request_too_large"),
        (b'"' + b'\\"' * 2_000_000, 400, "invalid_json"),
        (b'{"model": NaN}', 400, "invalid_json"),
    ],
    ids=lambda value: str(value)[:24],
)
@pytest.mark.parametrize("path", [CHAT, "/v1/responses", "/api/v1/runs"])
def test_a_malformed_body_is_refused(panel, http, path: str, body: bytes, status: int, code: str) -> None:
    answer = http.post(path, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "kind", ["none", "basic", "garbage", "foreign script", "expired", "revoked", "inactive", "read"]
)
def test_a_key_that_does_not_fit_is_refused(panel, http, make_key, bench, kind: str) -> None:
    secret = make_key("read") if kind == "read" else make_key()
    header = {"none": "", "basic": f"Basic {secret}", "garbage": "Bearer fw-x", "foreign script": "Bearer é"}
    if kind == "expired":
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif kind == "revoked":
        ApiKey.objects.update(revoked_at=timezone.now())
    elif kind == "inactive":
        type(bench.owner).objects.update(is_active=False)
    value = header.get(kind, f"Bearer {secret}").encode("latin-1")

    answer = http.post(CHAT, json=ASK, headers={"Authorization": value})

    expected = (403, "missing_scope") if kind == "read" else (401, "invalid_api_key")
    assert (answer.status_code, answer.json()["error"]["code"]) == expected
    assert secret not in answer.text


def test_a_session_is_no_key(panel, http, bench) -> None:
    del http.headers["Authorization"]
    link = make_login_path(bench.owner)
    http.post(link, data={"csrfmiddlewaretoken": form_token(http.get(link).text)})
    assert http.get("/runs/").status_code == 200

    assert http.get("/v1/models").status_code == 401


@pytest.mark.parametrize(
    "method, path, status, code",
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", CHAT, 405, "method_not_allowed"),
        ("GET", "/api/v1/runs/nothing", 404, "not_found"),
        ("GET", "/api/v1/runs/-", 400, "invalid_parameter"),
        ("GET", "/api/v1/runs?limit=many", 400, "invalid_parameter"),
        ("GET", "/api/v1/runs?limit=2.0", 400, "invalid_parameter"),
        ("GET", "/api/v1/runs?limit=101", 400, "invalid_parameter"),
        ("GET", "/api/v1/runs?preset=%00", 200, ""),
        ("POST", "/api/v1/calls/99999999999999999999/retry", 400, "invalid_parameter"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(panel, http, method: str, path: str, status: int, code: str) -> None:
    answer = http.request(method, path)

    assert (answer.status_code, answer.json().get("error", {}).get("code", "")) == (status, code)


@pytest.mark.parametrize("model", ["fusion", "fusion/trees", "openrouter/fusion"])
def test_a_fusion_inside_of_a_fusion_is_refused(posted, model: str) -> None:
    answer = posted({**ASK, "model": model}, **{"x-fusion-depth": "1"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "recursion")


def test_a_single_model_passes_the_depth_on_until_it_is_too_deep(posted, bench) -> None:
    allowed = posted({**ASK, "model": "up/elm"}, **{"x-fusion-depth": "1"})
    refused = posted({**ASK, "model": "up/elm"}, **{"x-fusion-depth": "5"})

    assert allowed.status_code == 200
    assert bench.upstream.ledger("elm")[0]["headers"]["x-fusion-depth"] == "2"
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "recursion")


def test_a_key_is_held_to_its_requests_per_minute(panel, http, make_key) -> None:
    headers = {"Authorization": f"Bearer {make_key('read', requests_per_minute=2)}"}

    answers = [http.get("/v1/models", headers=headers) for _ in range(3)]
    if answers[-1].status_code == 200:  # a new minute began meanwhile
        answers = [http.get("/v1/models", headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining-Requests"] for answer in answers] == ["1", "0", "0"]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["error"]["code"] == "rate_limit_exceeded"


def test_a_key_is_held_to_its_runs_at_the_same_time(panel, http, make_key, bench) -> None:
    bench.upstream.script("oak", "stall-mid")
    headers = {"Authorization": f"Bearer {make_key(concurrent_runs=1)}"}
    wish = {"prompt": "How high?", "quorum": 3}

    first = http.post("/api/v1/runs", json=wish, headers=headers)
    second = http.post("/api/v1/runs", json=wish, headers=headers)

    assert first.status_code == 201
    assert (second.status_code, second.json()["error"]["code"]) == (429, "too_many_runs")
    assert second.headers["Retry-After"] == "5"


def test_a_cap_that_is_used_up_is_402(posted, make_key) -> None:
    ApiKey.objects.update(cap_per_day=0)

    answer = posted(ASK)

    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "cap_reached")


@pytest.mark.parametrize(
    "behaviour, status, code",
    [("401", 502, "authentication"), ("context", 400, "context_too_long"), ("empty", 400, "empty")],
)
def test_a_single_model_that_fails_says_how(posted, bench, behaviour: str, status: int, code: str) -> None:
    bench.upstream.script("elm", behaviour)

    answer = posted({**ASK, "model": "up/elm"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["X-Should-Retry"] == "false"


def test_a_panel_that_fails_as_a_whole_names_its_models(posted, bench) -> None:
    for name in ("oak", "elm", "yew"):
        bench.upstream.script(name, "401")

    whole = posted(ASK)
    stream = posted({**ASK, "stream": True})

    error = whole.json()["error"]
    assert (whole.status_code, error["code"]) == (400, "all_panels_failed")
    assert [model["model"] for model in error["failed_models"]] == ["up/oak", "up/elm", "up/yew"]
    assert stream.status_code == 200
    assert '"code":"all_panels_failed"' in stream.text.strip().splitlines()[-1]


def test_a_huge_body_by_curl_is_413_and_not_a_broken_pipe(panel, base_url, key, tmp_path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b" " * 30_000_000)
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", f"@{body}"]

    done = subprocess.run(
        [*command, "-H", f"Authorization: Bearer {key}", f"{base_url}{CHAT}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "413"
