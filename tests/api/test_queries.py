"""The statements that a program's request for a run costs: each is a round trip before the first token."""

from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.api.answer_stream import ended_snapshot
from apps.fusion.vocabulary import Status
from tests.factories import SMOL, make_local_models, make_run, make_user
from tests.web.run_factories import make_call


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


def test_ended_answer_is_read_without_what_people_added(transactional_db: None, django_assert_num_queries: Any) -> None:
    make_local_models()
    run = make_run(make_user("alice"), status=Status.DONE)
    make_call(run, slot="A", text="It is 330 metres high.")

    with django_assert_num_queries(4):  # the run, its calls, their attempts, their models
        ended = async_to_sync(ended_snapshot)(run)

    assert ended is not None
    assert [call.text for call in ended.calls] == ["It is 330 metres high."]
