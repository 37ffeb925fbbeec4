"""Pictures in requests: whole and of a known kind, or refused with the name of their parameter."""

import base64
from typing import Any

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.runs.models import Run
from tests.factories import make_local_preset, make_user

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
GOOD = f"data:image/png;base64,{PNG}"
HUGE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(5_000_000)).decode()
BAD = {
    "web address": "https://example.org/a.png",
    "other kind": f"data:image/svg+xml;base64,{PNG}",
    "other content": f"data:image/jpeg;base64,{PNG}",
    "no picture": "data:image/png;base64,AAAA",
    "no base64": "data:image/png;base64,====",
    "too large": HUGE,
}


@pytest.fixture
def program(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client with a key; no call is sent to a worker."""
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda calls: None)
    make_local_preset()
    secret = api_keys.make_key(make_user("alice"), "test", [Scope.RUN])[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def chat(*urls: str) -> tuple[str, dict[str, Any], str, str]:
    """Path and body of a request with pictures, and the parameters that name the pictures and the first of them."""
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    body = {"model": "fusion", "messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}, *parts]}]}
    return "/v1/chat/completions", body, "messages.0.content", "messages.0.content.1.image_url.url"


def response(*urls: str) -> tuple[str, dict[str, Any], str, str]:
    parts = [{"type": "input_image", "image_url": url} for url in urls]
    turn = {"role": "user", "content": [{"type": "input_text", "text": "What?"}, *parts]}
    return "/v1/responses", {"model": "fusion", "input": [turn]}, "input.0.content", "input.0.content.1.image_url"


def run(*urls: str) -> tuple[str, dict[str, Any], str, str]:
    body = {"messages": [{"role": "user", "text": "What?", "images": urls}]}
    return "/api/v1/runs", body, "messages.0.images", "messages.0.images.0"


@pytest.mark.parametrize("request_of", [chat, response, run])
@pytest.mark.parametrize("bad", BAD)
def test_a_picture_that_cannot_be_sent_is_named(program: Client, request_of: Any, bad: str) -> None:
    path, body, _, first = request_of(BAD[bad])

    answer = program.post(path, body, content_type="application/json")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported_image", first)


@pytest.mark.parametrize("request_of", [chat, response, run])
def test_too_many_pictures_are_refused(program: Client, request_of: Any) -> None:
    path, body, pictures, _ = request_of(*[GOOD] * 5)

    answer = program.post(path, body, content_type="application/json")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported_image", pictures)


def test_white_space_in_a_picture_is_taken_out(program: Client) -> None:
    path, body, _, _ = run(GOOD[:-4] + "\r\n " + GOOD[-4:])

    answer = program.post(path, body, content_type="application/json")

    assert (answer.status_code, Run.objects.get().messages[0].images) == (201, (GOOD,))
