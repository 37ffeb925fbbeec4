"""The settings page: a key is shown once, belongs to one person, and can be revoked; caps are kept."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.forms import ModelForm
from django.test import Client
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey, User
from apps.batches.models import Batch, BatchDelivery, BatchState
from apps.fusion.vocabulary import Status
from apps.runs.models import DeliveryAttempt, DeliveryStatus, WebhookDelivery
from apps.web.settings.forms import CapsForm
from tests.factories import make_local_preset, make_run
from tests.web.run_factories import make_call

KEY = {"name": "laptop", "scopes": ["run"], "expiry": "30", "requests_per_minute": "60", "cap_per_day": "1.50"}


def test_key_is_shown_once_and_then_only_by_its_beginning(as_alice: Client) -> None:
    made = as_alice.post("/settings/keys/", KEY)
    answer = as_alice.get("/settings/")
    secret = re.search(r'value="(fw-[^"]+)"', answer.content.decode())
    page = as_alice.get("/settings/").content.decode()

    key = ApiKey.objects.get()
    assert (made.status_code, made["Location"]) == (302, "/settings/")
    assert secret is not None
    assert api_keys.find_key(secret[1]) == key
    assert secret[1] not in page
    assert f"{key.prefix}…" in page
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert (key.requests_per_minute, key.concurrent_runs, key.cap_per_day) == (60, None, Decimal("1.50"))
    assert (key.expires_at - key.created_at).days in (29, 30)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"name": ""}, "This field is required."),
        ({"scopes": ["everything"]}, "everything is not one of the available choices"),
        ({"requests_per_minute": "0"}, "greater than or equal to 1"),
        ({"cap_per_day": "-1"}, "greater than or equal to 0"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_key_that_cannot_be_made_says_why(as_alice: Client, change: dict[str, object], sentence: str) -> None:
    answer = as_alice.post("/settings/keys/", {**KEY, **change})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_name_is_given_to_one_valid_key_of_a_person_at_a_time(as_alice: Client, as_charlie: Client) -> None:
    posts = [person.post("/settings/keys/", KEY).status_code for person in (as_alice, as_alice, as_charlie)]
    answer = as_alice.post("/settings/keys/", KEY)

    sentence = "You have a key “laptop” already. Choose another name, or revoke that key first."
    assert posts == [302, 400, 302]
    assert answer.context["key_form"].errors == {"name": [sentence]}

    api_keys.revoke(ApiKey.objects.get(owner__username="alice"))
    assert as_alice.post("/settings/keys/", KEY).status_code == 302


def test_only_its_owner_sees_and_revokes_a_key(as_alice: Client, as_charlie: Client, alice) -> None:
    key, secret = api_keys.make_key(alice, "laptop", [Scope.RUN])

    assert key.prefix not in as_charlie.get("/settings/").content.decode()
    assert as_charlie.post(f"/settings/keys/{key.pk}/revoke/").status_code == 404
    assert api_keys.find_key(secret) == key

    assert as_alice.post(f"/settings/keys/{key.pk}/revoke/").status_code == 302
    assert api_keys.find_key(secret) is None
    assert key.prefix not in as_alice.get("/settings/").content.decode()


def test_caps_are_saved_and_lifted(as_alice: Client, alice) -> None:
    as_alice.post("/settings/caps/", {"cap_per_day": "2.5", "cap_per_month": "0"})
    alice.refresh_from_db()
    assert (alice.cap_per_day, alice.cap_per_month) == (Decimal("2.5"), Decimal(0))

    as_alice.post("/settings/caps/", {"cap_per_day": "", "cap_per_month": ""})
    alice.refresh_from_db()
    assert (alice.cap_per_day, alice.cap_per_month) == (None, None)


def test_caps_leave_alone_what_else_is_changed_of_the_account(
    as_alice: Client, alice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_valid(form: CapsForm) -> bool:
        User.objects.filter(pk=alice.pk).update(is_active=False, password="!")
        return ModelForm.is_valid(form)

    monkeypatch.setattr(CapsForm, "is_valid", is_valid)

    as_alice.post("/settings/caps/", {"cap_per_day": "2.5", "cap_per_month": ""})

    alice.refresh_from_db()
    assert (alice.cap_per_day, alice.is_active, alice.password) == (Decimal("2.5"), False, "!")


def test_cap_that_is_no_amount_is_refused(as_alice: Client, alice) -> None:
    answer = as_alice.post("/settings/caps/", {"cap_per_day": "much"})

    assert answer.status_code == 400
    assert "Enter a number." in answer.content.decode()


def test_settings_page_says_what_was_spent(as_alice: Client, alice, local) -> None:
    make_call(make_run(alice), cost=Decimal("0.25"), ended_at=timezone.now())
    make_call(make_run(alice), cost=Decimal(4), ended_at=timezone.now() - timedelta(days=40))

    page = as_alice.get("/settings/").content.decode()

    assert "$0.250 spent today" in page
    assert "$0.250 spent this month" in page


@pytest.mark.parametrize("path", ["/settings/", "/settings/keys/", "/settings/caps/", "/settings/keys/1/revoke/"])
def test_settings_are_for_people_who_are_signed_in(client: Client, db: None, path: str) -> None:
    answer = client.get(path) if path == "/settings/" else client.post(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_key_names_the_hosts_that_its_runs_may_tell(as_alice: Client) -> None:
    hosts = "hooks.example.com, Hooks.Example.com:8443 bücher.example"
    as_alice.post("/settings/keys/", {**KEY, "webhook_hosts": hosts})
    page = as_alice.get("/settings/").content.decode()

    key = ApiKey.objects.get()
    assert key.webhook_hosts == ["hooks.example.com", "hooks.example.com:8443", "xn--bcher-kva.example"]
    assert api_keys.webhook_secret(key) in page


@pytest.mark.parametrize(
    "hosts, sentence",
    [
        ("https://hooks.example.com", "is no host. Enter it without https:// and without a path."),
        ("hooks.example.com/path", "is no host."),
        ("hooks.example.com?", "is no host."),
        ("me@hooks.example.com", "is no host."),
        ("hooks.example.com:port", "is no host."),
        ("xn--ls8h.example.com", "is no host."),
        ("localhost", "localhost is an address inside this network."),
        ("10.0.0.1:8000", "10.0.0.1 is an address inside this network."),
        (" ".join(f"h{number}.example.com" for number in range(11)), "A key may have 10 hosts at most."),
    ],
)
def test_host_that_cannot_be_told_is_refused_at_its_field(as_alice: Client, hosts: str, sentence: str) -> None:
    answer = as_alice.post("/settings/keys/", {**KEY, "webhook_hosts": hosts})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_page_lists_messages_and_sends_them_again(as_alice: Client, alice: User) -> None:
    make_local_preset()
    run = make_run(alice, status=Status.DONE)
    attempt = DeliveryAttempt(at=timezone.now(), duration_s=1, http_status=500, sentence="hooks.example answered 500.")
    delivery = WebhookDelivery.objects.create(
        run=run, url="https://hooks.example/", site="", status=DeliveryStatus.FAILED, attempts=(attempt,)
    )

    before = as_alice.get("/settings/").content.decode()
    sent = as_alice.post(f"/settings/webhooks/{run.public_id}/send/")
    after = as_alice.get("/settings/").content.decode()

    delivery.refresh_from_db()
    assert "hooks.example answered 500." in before
    assert (sent.status_code, delivery.status, delivery.attempts) == (302, DeliveryStatus.WAITING, ())
    assert "is sent again." in after
    assert "none yet" in after


def test_page_lists_messages_of_batches_beside_those_of_runs(as_alice: Client, alice: User) -> None:
    make_local_preset()
    run = make_run(alice, "Older than the batch?", status=Status.DONE)
    WebhookDelivery.objects.create(run=run, url="https://hooks.example/", site="", status=DeliveryStatus.DELIVERED)
    batch, at_work = (
        Batch.objects.create(owner=alice, team=alice.personal_team, name=state, state=state)
        for state in (BatchState.DONE, BatchState.RUNNING)
    )
    of_batch, _ = (
        BatchDelivery.objects.create(batch=one, url="https://of.batches/", site="", status=DeliveryStatus.FAILED)
        for one in (batch, at_work)
    )

    page = as_alice.get("/settings/").content.decode()
    sent = as_alice.post(f"/batches/{batch.public_id}/webhook/send/")

    of_batch.refresh_from_db()
    assert page.index("https://of.batches/") < page.index("Older than the batch?")
    assert (f"/batches/{batch.public_id}/webhook/send/" in page, at_work.public_id in page) == (True, False)
    assert (sent.status_code, of_batch.status) == (302, DeliveryStatus.WAITING)
    assert "is sent again." in as_alice.get("/settings/").content.decode()
