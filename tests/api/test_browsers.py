"""Pages of other origins that call the API with a key of their own, as a browser lets them."""

import pytest
from django.test import Client

from apps.api.site import api

ORIGIN = "https://chat.example"
CHAT = "/v1/chat/completions"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
}


@pytest.mark.parametrize("path", [CHAT, "/v1/responses", "/api/v1/runs", "/v1/models"])
def test_without_a_setting_no_origin_is_let_in(client: Client, db: None, path: str) -> None:
    preflight = client.options(path, headers=PREFLIGHT)
    answer = client.get("/v1/models", headers={"Origin": ORIGIN})

    for response in (preflight, answer):
        assert [name for name in response.headers if name.startswith("Access-Control-Allow-Origin")] == []


@pytest.mark.parametrize("allowed, named", [([ORIGIN], ORIGIN), (["*"], "*")])
@pytest.mark.parametrize("path", [CHAT, "/v1/responses/resp_x", "/api/v1/runs"])
def test_an_origin_of_the_setting_may_ask_without_a_key_and_read(
    client: Client, db: None, settings, path: str, allowed: list[str], named: str
) -> None:
    settings.API_CORS_ORIGINS = allowed

    preflight = client.options(path, headers=PREFLIGHT)
    refused = client.post(path, {}, content_type="application/json", headers={"Origin": ORIGIN})

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Headers"] == PREFLIGHT["Access-Control-Request-Headers"]
    assert "POST" in preflight["Access-Control-Allow-Methods"]
    assert [answer["Access-Control-Allow-Origin"] for answer in (preflight, refused)] == [named, named]
    assert "X-Request-Id" in refused["Access-Control-Expose-Headers"]
    assert "Origin" in refused["Vary"]
    assert "Access-Control-Allow-Credentials" not in refused.headers


def test_every_method_of_the_api_may_be_asked_for(client: Client, db: None, settings) -> None:
    settings.API_CORS_ORIGINS = [ORIGIN]
    methods = {method.upper() for path in api.get_openapi_schema()["paths"].values() for method in path}

    allowed = client.options(CHAT, headers=PREFLIGHT)["Access-Control-Allow-Methods"]

    assert {*allowed.split(", ")} == methods


def test_other_origins_and_other_pages_are_not_let_in(client: Client, db: None, settings) -> None:
    settings.API_CORS_ORIGINS = [ORIGIN]

    other = client.options(CHAT, headers={**PREFLIGHT, "Origin": "https://evil.example"})
    page = client.get("/api/docs/", headers={"Origin": ORIGIN})

    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Origin" not in page.headers


@pytest.mark.parametrize(
    "accepted, packed",
    [("gzip, deflate, br", True), ("br;q=1, gzip;q=0.5", True), ("identity", False), ("", False)],
)
def test_a_large_document_comes_compressed_to_those_that_take_it(panel, http, accepted: str, packed: bool) -> None:
    long = {"model": "up/elm", "prompt": "word " * 4_000}
    run = http.post("/api/v1/runs", json=long).json()["id"]

    answer = http.get(f"/api/v1/runs/{run}", headers={"Accept-Encoding": accepted})

    assert (answer.headers.get("Content-Encoding"), answer.json()["id"]) == ("gzip" if packed else None, run)
    assert "Accept-Encoding" in answer.headers["Vary"]
