"""Messages about the ends of runs: signed, tried again, given up, and never sent into this network for a stranger."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope, webhook_secret
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle import webhooks
from apps.runs.models import DeliveryStatus, Run, WebhookDelivery
from tests.factories import make_local_preset, make_user
from tests.receiver import receiver
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return the list of the tasks that are sent, as (name, key of the row)."""
    found = []
    monkeypatch.setattr(
        webhooks.current_app, "send_task", lambda name, args, **_: found.append((name, *args)), raising=False
    )
    return found


def told(url, is_administrator=True, **values):
    """Return the message of a finished run to an address."""
    make_local_preset()
    owner = make_user("alice")
    owner.is_superuser = is_administrator
    owner.save()
    key, _ = api_keys.make_key(owner, "nightly", [Scope.RUN])
    run = make_finished_run(owner, api_key=key, metadata={"report": "7"}, **values)
    return WebhookDelivery.objects.create(run=run, url=url, site="https://fusion.example")


def attempt(delivery):
    webhooks.deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_message_says_what_ended_and_is_signed_as_the_specification_says():
    with receiver() as server:
        delivery = attempt(told(server.url))

    [(headers, body)] = server.taken
    [message] = server.messages
    run = delivery.run
    assert (message["type"], message["data"]["id"], message["data"]["status"]) == ("run.ended", run.public_id, "done")
    assert message["data"]["url"] == f"https://fusion.example/runs/{run.public_id}/"
    assert message["data"]["metadata"] == {"report": "7"}
    assert run.prompt not in body.decode()
    secret = base64.b64decode(webhook_secret(run.api_key).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == delivery.message_id
    assert (delivery.status, delivery.due_at) == (DeliveryStatus.DELIVERED, None)
    assert [(one.http_status, one.sentence) for one in delivery.attempts] == [(204, "127.0.0.1 took the message.")]


def test_failed_message_is_tried_again_with_the_same_id_and_given_up_in_the_end():
    with receiver(500, 302, 404) as server:
        delivery = told(server.url)
        waits = []
        while delivery.status is DeliveryStatus.WAITING:
            attempt(delivery)
            waits.append(delivery.due_at and (delivery.due_at - delivery.attempts[-1].at).total_seconds())

    assert delivery.status is DeliveryStatus.FAILED
    assert len(server.taken) == len(webhooks.WAITS_S) + 1
    assert len({headers["webhook-id"] for headers, _ in server.taken}) == 1
    assert waits.pop() is None
    assert all(least <= wait < 1.5 * least + 60 for wait, least in zip(waits, webhooks.WAITS_S, strict=True))
    assert [one.sentence for one in delivery.attempts][:3] == [
        "127.0.0.1 answered 500.",
        "127.0.0.1 answered 302, and redirects are not followed.",
        "127.0.0.1 answered 404.",
    ]


def test_attempt_that_breaks_counts_and_is_not_made_for_ever(monkeypatch):
    async def bug(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(webhooks, "_post", bug)
    delivery = told("http://127.0.0.1:1/")
    while delivery.status is DeliveryStatus.WAITING:
        attempt(delivery)

    assert delivery.status is DeliveryStatus.FAILED
    assert {one.sentence for one in delivery.attempts} == {webhooks.BROKE}
    assert len(delivery.attempts) == len(webhooks.WAITS_S) + 1


def test_receiver_that_is_gone_is_not_asked_again():
    with receiver(410) as server:
        delivery = attempt(told(server.url))

    assert delivery.status is DeliveryStatus.FAILED
    assert len(server.taken) == 1


def test_receiver_inside_this_network_is_for_administrators():
    with receiver() as server:
        delivery = attempt(told(server.url, is_administrator=False))

    assert server.taken == []
    assert delivery.status is DeliveryStatus.WAITING
    assert "inside this network" in delivery.attempts[0].sentence


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://host.invalid/"])
def test_receiver_that_cannot_be_reached_is_named(url):
    delivery = attempt(told(url))

    assert delivery.attempts[0].http_status is None
    assert "cannot be reached" in delivery.attempts[0].sentence


def test_receiver_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.3)
    with receiver(drips=True) as server:
        delivery = attempt(told(server.url))

    assert delivery.status is DeliveryStatus.WAITING
    assert delivery.attempts[0].sentence == "127.0.0.1 did not answer within 0.3 s."


def test_message_of_a_revoked_key_is_not_sent():
    with receiver() as server:
        delivery = told(server.url)
        api_keys.revoke(delivery.run.api_key)
        attempt(delivery)

    assert server.taken == []
    assert delivery.status is DeliveryStatus.FAILED
    assert "revoked" in delivery.attempts[0].sentence


def test_message_is_sent_once_its_run_has_ended_and_when_it_is_due(sent):
    delivery = told("http://127.0.0.1:1/", status=Status.RUNNING)

    webhooks.send_due_deliveries()
    assert sent == []

    delivery.run.status = Status.DONE
    delivery.run.save()
    webhooks.send_due_deliveries()
    webhooks.send_due_deliveries()  # a worker is at it
    assert sent == [("runs.deliver_webhook", delivery.pk)]

    WebhookDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))  # which was lost
    webhooks.send_due_deliveries()
    assert len(sent) == 2


def test_message_that_is_over_is_delivered_again_only_when_asked_for(sent):
    with receiver() as server:
        delivery = attempt(told(server.url))
        attempt(delivery)
        webhooks.send_due_deliveries()
        assert (len(server.taken), sent) == (1, [])

        webhooks.send_again(delivery)
        webhooks.send_due_deliveries()
        assert sent == [("runs.deliver_webhook", delivery.pk)]
        attempt(delivery)

    assert len(server.taken) == 2
    assert delivery.status is DeliveryStatus.DELIVERED
    assert len(delivery.attempts) == 1


def test_message_of_a_run_that_went_on_in_between_waits_for_its_end():
    with receiver() as server:
        delivery = told(server.url)
        Run.objects.filter(pk=delivery.run_id).update(status=Status.RUNNING)

        assert attempt(delivery).status is DeliveryStatus.WAITING

        Run.objects.filter(pk=delivery.run_id).update(status=Status.FAILED)
        assert attempt(delivery).status is DeliveryStatus.DELIVERED

    assert [message["data"]["status"] for message in server.messages] == ["failed"]


def test_message_of_a_deleted_run_goes_with_it():
    delivery = told("http://127.0.0.1:1/")
    delivery.run.delete()

    webhooks.deliver(delivery.pk)

    assert not WebhookDelivery.objects.exists()
