"""Signing in and out, and the pages for what goes wrong."""

import pytest
from django.http import HttpRequest
from django.test import Client
from django.test.client import RequestFactory
from django.views.defaults import server_error

from apps.accounts.login_links import make_login_path
from apps.accounts.models import User


@pytest.fixture
def password(alice: User, settings) -> str:
    """Set Alice's password with a fast hasher: real ones take their time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    alice.set_password("correct horse")
    alice.save()
    return "correct horse"


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_login_link_signs_in_once(alice: User) -> None:
    path = make_login_path(alice)
    first, second = Client(), Client()

    assert first.post(path).url == "/"
    responses = [second.get(path), second.post(path)]

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert [response.status_code for response in responses] == [403, 403]
    assert b"has expired" in responses[0].content


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_login_link_asks_before_it_signs_in(alice: User, method: str) -> None:
    path, client = make_login_path(alice), Client()

    response = getattr(client, method)(path)

    assert response.status_code == 200
    assert not is_signed_in(client)
    assert client.post(path).url == "/"


def test_a_login_link_tells_who_is_signed_in_that_it_changes_the_account(alice: User, as_charlie: Client) -> None:
    page = as_charlie.get(make_login_path(alice)).content.decode()

    assert "You are signed in as charlie. This link will sign you in as alice instead." in page
    assert as_charlie.get("/settings/").context["user"].username == "charlie"


def test_a_login_link_cannot_be_pressed_by_another_site(alice: User) -> None:
    path, client = make_login_path(alice), Client(enforce_csrf_checks=True)
    client.get(path)

    assert client.post(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert not is_signed_in(client)


def test_used_link_leads_home_who_is_signed_in(alice: User) -> None:
    path, client = make_login_path(alice), Client()
    client.post(path)

    assert client.get(path).url == "/"
    assert is_signed_in(client)


@pytest.mark.parametrize("token", ["x", "c0ffee-0123456789abcdef", "-", "zzzzzzzzzzzzz-1"])
def test_made_up_link_signs_nobody_in(alice: User, token: str) -> None:
    client = Client()

    assert client.get(f"/login/{alice.pk}/{token}/").status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/login/", "/login/1/c0ffee-0123456789abcdef/"])
def test_command_for_a_fresh_link_works_as_it_is_shown(client: Client, db: None, path: str) -> None:
    assert "<code>.venv/bin/python manage.py login_link</code>" in client.get(path).content.decode()


def test_login_link_is_dead_for_an_inactive_user(alice: User) -> None:
    path = make_login_path(alice)
    User.objects.update(is_active=False)

    assert Client().get(path).status_code == 403


@pytest.mark.parametrize("following, url", [("/runs/", "/runs/"), ("https://evil.example/", "/"), ("", "/")])
def test_password_signs_in_and_leads_on(password: str, following: str, url: str) -> None:
    response = Client().post("/login/", {"username": "alice", "password": password, "next": following})

    assert response.url == url


@pytest.mark.parametrize("username, typed", [("alice", "wrong"), ("nobody", "correct horse"), ("alice", "")])
def test_wrong_password_says_so_and_keeps_the_name(password: str, username: str, typed: str) -> None:
    response = Client().post("/login/", {"username": username, "password": typed})

    assert b"The name or the password is wrong." in response.content
    assert f'value="{username}"' in response.content.decode()


def test_logout_needs_a_post(as_alice: Client) -> None:
    assert as_alice.get("/logout/").status_code == 405
    assert as_alice.post("/logout/").url == "/login/"
    assert not is_signed_in(as_alice)


def test_unknown_address_has_a_page_of_its_own(client: Client, db: None) -> None:
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert b"Page not found" in response.content


def test_form_without_its_token_is_explained(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post("/setup/", {})

    assert response.status_code == 403
    assert b"This page has expired" in response.content


def test_page_for_our_own_faults_needs_nothing_that_may_be_broken() -> None:
    request: HttpRequest = RequestFactory().get("/")

    response = server_error(request)

    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content


def test_pages_forbid_inline_code_and_remote_images(client: Client, db: None) -> None:
    response = client.get("/login/")

    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert b"<style" not in response.content
    assert b" style=" not in response.content
