"""The statements that a program's request for a run costs: each is a round trip before the first token."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import SMOL, make_local_models


def test_request_for_one_model_asks_the_database_once_for_each_thing(db: None, key: str) -> None:
    make_local_models()
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def ask() -> Any:
        return client.post("/api/v1/runs", {"prompt": "Count.", "model": SMOL}, content_type="application/json")

    assert ask().status_code == 201
    with CaptureQueriesContext(connection) as asked:
        ask()

    # The key, the model, answers' lengths, the payer's runs, the run itself with its call; and of the answer the run,
    # its calls with their outputs and attempts.
    assert len(asked.captured_queries) == 8
