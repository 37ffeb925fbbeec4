"""A request that comes again while the first is still being taken in."""

from typing import Any

import pytest
from django.test import RequestFactory

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey
from apps.api import run_requests
from apps.api.errors import ApiError
from apps.api.run_requests import RunRequest
from apps.fusion.values import Message
from tests.factories import SMOL, make_local_models, make_user

ORDER = RunRequest(messages=(Message(role="user", text="How high?"),), model=SMOL)


@pytest.fixture
def key(db: None, valkey_url: str) -> ApiKey:
    make_local_models()
    return api_keys.make_key(make_user("alice"), "test", [Scope.RUN], concurrent_runs=1)[0]


def asked(key: ApiKey, name: str) -> Any:
    request = RequestFactory().post("/api/v1/runs", headers={"Idempotency-Key": name})
    request.auth = key  # type: ignore[attr-defined]
    return request


def test_replay_that_did_not_see_the_first_gets_its_run_though_no_other_may_start(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_requests.create_run_once(ORDER, asked(key, "one"), b"body")
    see, looks = run_requests._earlier, iter([False, True, False, True])
    monkeypatch.setattr(run_requests, "_earlier", lambda *arguments: see(*arguments) if next(looks) else None)

    again = run_requests.create_run_once(ORDER, asked(key, "one"), b"body")
    with pytest.raises(ApiError) as refused:
        run_requests.create_run_once(ORDER, asked(key, "two"), b"body")

    assert again == first
    assert refused.value.code == "too_many_runs"
