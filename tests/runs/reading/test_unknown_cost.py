"""A cost of which only the free part is known is unknown wherever it is told: it is never shown as zero."""

import csv
import json
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.batches import webhooks as batch_webhooks
from apps.batches.actions import BatchRequest, create_batch
from apps.batches.models import Batch, BatchDelivery
from apps.batches.results import result_lines
from apps.fusion.values import Message
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle import webhooks
from apps.runs.models import Run, WebhookDelivery
from apps.runs.reading.bulk_export import export_runs
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from tests.factories import make_local_preset, make_recipe, make_run, make_user
from tests.web.run_factories import make_finished_run

FREE_PART = {"cost": Decimal(0), "cost_is_complete": False}


@pytest.fixture
def alice(db: None) -> User:
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def run(alice: User) -> Run:
    run = make_finished_run(alice)
    Run.objects.filter(pk=run.pk).update(**FREE_PART)
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def batch(alice: User, run: Run) -> Batch:
    wanted = BatchRequest(
        recipe=make_recipe(), messages=(Message(role="user", text="Why?"),), webhook="https://a.test/"
    )
    batch = create_batch(alice, wanted)
    batch.rows.update(run=run, status=Status.DONE)
    return batch


def found(user: User, text: str) -> int:
    return len(search_runs(user, RunQuery.parse(text, timezone.localdate())).runs)


def test_exports_of_runs_tell_none(alice: User, run: Run) -> None:
    document, table = ("".join(export_runs(alice, [run.pk], form)) for form in ("md", "csv"))

    assert "| **total** | | | | | | unknown | |" in document
    assert {row["run_cost_usd"] for row in csv.DictReader(table.splitlines())} == {""}


def test_search_for_cheap_runs_leaves_it_out(alice: User, run: Run) -> None:
    make_run(alice, "Free", cost=0)

    assert [found(alice, text) for text in ("cost<1", "cost=0", "cost>0")] == [1, 1, 0]


def test_messages_of_ends_tell_none(run: Run, batch: Batch) -> None:
    told = webhooks.message_of(WebhookDelivery(run=run, url="https://a.test/"))
    told_of_batch = batch_webhooks.message_of(BatchDelivery.objects.get(batch=batch))

    assert [(one["data"]["cost"], one["data"]["cost_is_complete"]) for one in (told, told_of_batch)] == [
        (None, False)
    ] * 2


def test_results_of_a_batch_tell_none(batch: Batch) -> None:
    table, lines = ("".join(result_lines(batch, kind)) for kind in ("csv", "jsonl"))

    assert [row["cost"] for row in csv.DictReader(table.splitlines())] == [""]
    assert [json.loads(line)["cost"] for line in lines.splitlines()] == [None]
    batch.rows.update(earlier_cost=Decimal("0.5"))
    assert [json.loads(line)["cost"] for line in result_lines(batch, "jsonl")] == [0.5]


def test_tree_of_forks_tells_none(client: Client, alice: User, run: Run) -> None:
    fork = make_run(alice, forked_from=run)
    client.force_login(alice)

    page = " ".join(client.get(fork.get_absolute_url()).content.decode().split())

    assert "done · cost unknown ·" in page


def test_list_of_batches_says_that_there_may_be_more(client: Client, alice: User, batch: Batch) -> None:
    Run.objects.update(cost=Decimal("0.5"))
    client.force_login(alice)

    assert "$0.500 or more" in client.get("/batches/").content.decode()
