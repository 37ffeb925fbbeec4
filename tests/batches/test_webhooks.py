"""Messages about the ends of batches: after the last row, signed, tried again, and another one after a retry."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.batches import actions, webhooks
from apps.batches.actions import BatchRequest
from apps.batches.models import Batch, BatchDelivery, BatchState
from apps.fusion.values import Message
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle import webhooks as run_webhooks
from apps.runs.models import DeliveryStatus
from tests.factories import make_local_preset, make_recipe, make_user
from tests.receiver import receiver
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return the list of the tasks that are sent, as (name, key of the row)."""
    found = []
    monkeypatch.setattr(
        run_webhooks.current_app, "send_task", lambda name, args, **_: found.append((name, *args)), raising=False
    )
    return found


def told(url="http://127.0.0.1:1/", state=BatchState.DONE, statuses=(Status.DONE, Status.FAILED)) -> BatchDelivery:
    """Return the message of a batch with two rows to an address; the first one's run cost 0.2 USD."""
    make_local_preset()
    owner = make_user("alice")
    owner.is_superuser = True  # whose receivers may be inside this network
    owner.save()
    key, _ = api_keys.make_key(owner, "nightly", [Scope.RUN])
    batch = actions.create_batch(
        owner,
        BatchRequest(
            recipe=make_recipe(),
            messages=(Message(role="user", text="Why?"),),
            repetitions=2,
            api_key=key,
            metadata={"report": "7"},
            webhook=url,
            site="https://fusion.example",
        ),
    )
    run = make_finished_run(owner)
    type(run).objects.filter(pk=run.pk).update(cost=Decimal("0.2"), cost_is_complete=True)
    for number, status in enumerate(statuses, 1):
        refused = {"message": "No such model.", "status": 404} if status is Status.FAILED else None
        batch.rows.filter(number=number).update(status=status, run=run if number == 1 else None, error=refused)
    Batch.objects.filter(pk=batch.pk).update(state=state, ended_at=timezone.now())
    return BatchDelivery.objects.get(batch=batch)


def attempt(delivery) -> BatchDelivery:
    webhooks.deliver(delivery.pk)
    return BatchDelivery.objects.get(pk=delivery.pk)


def test_message_says_how_the_rows_ended_and_is_signed():
    with receiver() as server:
        delivery = attempt(told(server.url))

    [(headers, body)] = server.taken
    [message] = server.messages
    batch, data = delivery.batch, message["data"]
    assert (message["type"], data["id"], data["status"]) == ("batch.ended", batch.public_id, "done")
    assert data["url"] == f"https://fusion.example/batches/{batch.public_id}/"
    assert data["api_url"] == f"https://fusion.example/api/v1/batches/{batch.public_id}"
    assert {name: count for name, count in data["counts"].items() if count} == {"total": 2, "done": 1, "failed": 1}
    assert (data["cost"], data["cost_is_complete"], data["metadata"]) == (0.2, True, {"report": "7"})
    timestamp = int(headers["webhook-timestamp"])
    expected = run_webhooks.signature(batch.api_key, delivery.message_id, timestamp, body)
    assert (headers["webhook-id"], headers["webhook-signature"]) == (delivery.message_id, expected)
    assert (delivery.status, delivery.due_at) == (DeliveryStatus.DELIVERED, None)


@pytest.mark.parametrize(
    "state, statuses, is_sent",
    [
        (BatchState.READY, (Status.QUEUED, Status.QUEUED), False),
        (BatchState.RUNNING, (Status.DONE, Status.RUNNING), False),
        (BatchState.PAUSED, (Status.DONE, Status.QUEUED), False),
        (BatchState.CANCELLED, (Status.DONE, Status.RUNNING), False),
        (BatchState.CANCELLED, (Status.DONE, Status.CANCELLED), True),
        (BatchState.DONE, (Status.DONE, Status.FAILED), True),
    ],
)
def test_message_is_sent_once_when_the_batch_has_ended_and_no_run_is_at_work(sent, state, statuses, is_sent):
    delivery = told(state=state, statuses=statuses)

    webhooks.send_due_deliveries()
    webhooks.send_due_deliveries()  # a worker is at it

    assert sent == ([("batches.deliver_webhook", delivery.pk)] if is_sent else [])


def test_message_that_was_taken_is_not_sent_again_and_one_that_failed_is_when_it_is_due(sent):
    with receiver(500, 204) as server:
        delivery = attempt(told(server.url))
        assert (delivery.status, delivery.due_at > timezone.now()) == (DeliveryStatus.WAITING, True)
        webhooks.send_due_deliveries()
        assert sent == []

        BatchDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        webhooks.send_due_deliveries()
        assert sent == [("batches.deliver_webhook", delivery.pk)]
        delivery = attempt(attempt(delivery))
        webhooks.send_due_deliveries()

    assert (len(server.taken), len(sent), delivery.status) == (2, 1, DeliveryStatus.DELIVERED)
    assert [one.http_status for one in delivery.attempts] == [500, 204]
    assert {headers["webhook-id"] for headers, _ in server.taken} == {delivery.message_id}


def test_batch_that_is_retried_tells_of_its_next_end_with_another_id(sent):
    with receiver() as server:
        delivery = attempt(told(server.url))
        actions.retry_failed(delivery.batch)
        webhooks.send_due_deliveries()
        attempt(delivery)
        assert (len(server.taken), sent) == (1, [])  # it is at work again

        Batch.objects.update(state=BatchState.DONE)
        delivery.batch.rows.filter(number=2).update(status=Status.DONE)
        again = attempt(delivery)

    assert [message["data"]["counts"]["done"] for message in server.messages] == [1, 2]
    assert [headers["webhook-id"] for headers, _ in server.taken] == [delivery.message_id, again.message_id]
    assert delivery.message_id != again.message_id
    assert (again.status, len(again.attempts)) == (DeliveryStatus.DELIVERED, 1)


def test_attempt_that_a_retry_overtook_is_not_the_next_messages(monkeypatch):
    delivery = told()

    async def retried_meanwhile(*_):
        return 204, "It took the message."

    monkeypatch.setattr(run_webhooks, "_post", retried_meanwhile)
    old = BatchDelivery.objects.select_related("batch__owner", "batch__api_key").get(pk=delivery.pk)
    actions.retry_failed(delivery.batch)
    run_webhooks.attempt_delivery(old, {}, old.batch.owner, old.batch.api_key)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, ())


def test_message_of_a_revoked_key_is_not_sent():
    with receiver() as server:
        delivery = told(server.url)
        api_keys.revoke(delivery.batch.api_key)
        delivery = attempt(delivery)

    assert (server.taken, delivery.status) == ([], DeliveryStatus.FAILED)
    assert "revoked" in delivery.attempts[0].sentence


def test_message_of_a_deleted_batch_goes_with_it(sent):
    delivery = told()
    actions.delete_batch(delivery.batch)

    webhooks.send_due_deliveries()
    webhooks.deliver(delivery.pk)

    assert (sent, BatchDelivery.objects.exists()) == ([], False)
