"""A person's own password: set without an old one by whoever has none, and changed with it; it ends other sessions."""

import pytest
from django.test import Client

from apps.accounts.models import User

PAGE = "/settings/password/"
NEW = "staple battery 9"


@pytest.fixture(autouse=True)
def quick(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def form(**old: str) -> dict[str, str]:
    return {"new_password1": NEW, "new_password2": NEW, **old}


def with_password(alice: User) -> Client:
    alice.set_password("correct horse")
    alice.save()
    client = Client()
    client.force_login(alice)
    return client


def test_who_has_no_password_sets_one_and_stays_signed_in(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client = Client()
    client.force_login(alice)
    assert b"old_password" not in client.get(PAGE).content

    assert client.post(PAGE, form()).url == "/settings/"

    assert "Your password is saved." in client.get("/settings/").content.decode()
    assert Client().post("/login/", {"username": "alice", "password": NEW}).url == "/"


def test_old_password_is_asked_for_and_other_sessions_end(alice: User) -> None:
    client = with_password(alice)
    other = Client()
    other.force_login(alice)

    assert client.post(PAGE, form(old_password="wrong")).status_code == 200
    assert client.post(PAGE, form()).status_code == 200
    assert other.get("/settings/").status_code == 200
    assert client.post(PAGE, form(old_password="correct horse")).url == "/settings/"

    assert client.get("/settings/").status_code == 200
    assert other.get("/settings/").url == "/login/?next=/settings/"


def test_weak_password_is_refused(alice: User) -> None:
    client = with_password(alice)

    answer = client.post(PAGE, {"old_password": "correct horse", "new_password1": "alice", "new_password2": "alice"})

    assert "too similar to the username" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password("correct horse")


def test_settings_lead_to_the_page(as_alice: Client) -> None:
    assert f'href="{PAGE}"' in as_alice.get("/settings/").content.decode()


def test_page_is_for_people_who_are_signed_in(client: Client, db: None) -> None:
    assert client.get(PAGE).url == f"/login/?next={PAGE}"
