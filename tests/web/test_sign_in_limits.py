"""Passwords that are tried: after ten failures within a quarter of an hour an account and an address have to wait."""

import logging
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from apps.accounts.login_links import make_login_path
from apps.accounts.models import User

FORMS = ["/login/", "/admin/login/"]
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def people(alice: User, charlie: User, settings) -> None:
    """Alice and Charlie with passwords; real hashers take their time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for user in (alice, charlie):
        user.set_password(PASSWORD)
        user.is_staff = True
        user.save()


def attempt(path: str, username: str, password: str, address: str = "203.0.113.1", **headers: str):
    form = {"username": username, "password": password, "next": "/runs/"}
    return Client(REMOTE_ADDR=address).post(path, form, headers=headers)


def statuses(path: str, username: str, addresses: list[str]) -> list[int]:
    return [attempt(path, username, "wrong", address).status_code for address in addresses]


@pytest.mark.parametrize("path", FORMS)
def test_account_is_locked_on_every_form_wherever_the_attempts_come_from(path: str) -> None:
    assert statuses(path, "alice", [f"203.0.113.{number}" for number in range(12)]) == [200] * 9 + [429] * 3

    locked = [attempt(form, "alice", PASSWORD, "198.51.100.7") for form in FORMS]
    assert [response.status_code for response in locked] == [429, 429]
    assert 0 < int(locked[0]["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in locked[0].content.decode()
    assert attempt(path, "charlie", PASSWORD, "198.51.100.7").url == "/runs/"


@pytest.mark.parametrize("path", FORMS)
def test_address_is_locked_whichever_accounts_it_tries(path: str) -> None:
    for number in range(10):
        attempt(path, f"nobody{number}", "wrong")

    assert attempt(path, "alice", PASSWORD).status_code == 429
    assert attempt(path, "alice", PASSWORD, "198.51.100.7").url == "/runs/"


def test_account_of_ones_own_does_not_wipe_out_what_was_tried_on_others() -> None:
    for _ in range(9):
        attempt("/login/", "alice", "wrong")
    assert attempt("/login/", "charlie", PASSWORD).url == "/runs/"

    assert attempt("/login/", "alice", "wrong").status_code == 429


def test_lock_ends_by_itself_and_is_not_prolonged_by_further_attempts() -> None:
    statuses("/login/", "alice", ["203.0.113.1"] * 10)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert attempt("/login/", "alice", PASSWORD)["Retry-After"] in ("59", "60")

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert attempt("/login/", "alice", PASSWORD).url == "/runs/"


def test_login_link_signs_in_to_a_locked_account(alice: User) -> None:
    statuses("/login/", "alice", ["203.0.113.1"] * 10)

    assert Client(REMOTE_ADDR="203.0.113.1").post(make_login_path(alice)).url == "/"


def test_valkey_that_is_away_neither_opens_nor_locks(settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    assert attempt("/login/", "alice", PASSWORD).url == "/runs/"
    assert statuses("/login/", "alice", ["203.0.113.1"] * 11) == [200] * 9 + [429] * 2


def test_log_names_account_and_address_on_one_line(caplog) -> None:
    with caplog.at_level(logging.WARNING, "axes"):
        attempt("/login/", "alice", "wrong")
        attempt("/login/", "a\nAXES: Successful login", "wrong")

    assert "New login failure by account 'alice' from 203.0.113.1 on '/login/'" in caplog.messages[0]
    assert [message for message in caplog.messages if "\n" in message] == []
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("behind, status", [(True, 302), (False, 429)])
def test_address_behind_a_proxy_is_the_visitors(settings, behind: bool, status: int) -> None:
    settings.BEHIND_PROXY = behind
    for number in range(10):
        attempt("/login/", f"nobody{number}", "wrong", "172.18.0.2", x_forwarded_for=f"{number}.1.1.1, 9.9.9.9")

    other = attempt("/login/", "alice", PASSWORD, "172.18.0.2", x_forwarded_for="8.8.8.8")
    assert other.status_code == status
    locked = attempt("/login/", "alice", PASSWORD, "172.18.0.2", x_forwarded_for="1.1.1.1, 9.9.9.9")
    assert locked.status_code == 429
