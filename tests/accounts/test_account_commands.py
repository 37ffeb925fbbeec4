"""Accounts by commands: an ordinary one, and a login link for anybody."""

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User

pytestmark = pytest.mark.django_db


def output(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said, stderr=said)
    return said.getvalue().strip()


def test_create_user_makes_an_ordinary_account_and_prints_its_link() -> None:
    link = urlsplit(output("create_user", "alice", "--base", "https://fusion.example/"))

    user, client = User.objects.get(), Client()
    assert (link.scheme, link.netloc) == ("https", "fusion.example")
    assert (user.username, user.is_staff, user.is_superuser, user.has_usable_password()) == ("alice", *[False] * 3)
    assert client.post(link.path).url == "/"
    assert client.get("/settings/").context["user"] == user
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "name, sentence", [("alice", "already exists"), ("a b", "valid username"), ("x" * 151, "150"), ("", "blank")]
)
def test_create_user_refuses_names_that_cannot_be(name: str, sentence: str) -> None:
    User.objects.create(username="alice")

    with pytest.raises(CommandError, match=sentence):
        output("create_user", name)


def test_login_link_is_for_the_admin_or_for_whom_it_is_asked() -> None:
    output("create_user", "alice")
    admin, alice = (urlsplit(output("login_link", *user)).path for user in ([], ["--user", "alice"]))

    names = []
    for path in (admin, alice):
        client = Client()
        client.post(path)
        names.append(client.get("/settings/").context["user"].username)

    assert names == ["admin", "alice"]
    assert User.objects.get(username="admin").is_superuser
    with pytest.raises(CommandError, match="There is no user “bob”"):
        output("login_link", "--user", "bob")


def test_login_link_of_a_closed_account_says_so_and_does_not_stop_a_start() -> None:
    output("login_link")
    User.objects.update(is_active=False)

    assert "is closed; the link signs nobody in" in output("login_link")
