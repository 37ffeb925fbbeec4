"""Every account has a personal team, however it is made, and what a person makes belongs to it."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.access import teams_of
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey, Team, User
from apps.catalogue.models import CriteriaSet, Preset
from apps.catalogue.recipes.presets import change_preset, create_preset
from apps.fusion.values import Message
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.starting import ApiClient
from tests.factories import make_local_preset, make_recipe, make_user

INSERT = """INSERT INTO accounts_user
(password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined, display_name, locale,
enter_sends)
VALUES ('', false, 'admin', '', '', '', false, true, now(), '', '', false)"""


def sign_up_in_admin() -> None:
    User.objects.create(username="root", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(User.objects.get())
    form = {"username": "admin", "usable_password": "false", "password1": "", "password2": ""}
    assert client.post("/admin/accounts/user/add/", form).status_code == 302


def insert() -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT)


WAYS = {
    "create": lambda: User.objects.create(username="admin"),
    "create_user": lambda: User.objects.create_user("admin"),
    "get_or_create": lambda: User.objects.get_or_create(username="admin"),
    "bulk_create": lambda: User.objects.bulk_create([User(username="admin"), User(username="other")]),
    "createsuperuser": lambda: call_command("createsuperuser", "--no-input", username="admin", email="a@b.example"),
    "login_link": lambda: call_command("login_link"),
    "admin": sign_up_in_admin,
    "sql": insert,
}


@pytest.mark.django_db
@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_account_comes_with_a_personal_team(make):
    make()

    user = User.objects.get(username="admin")
    assert str(user.personal_team) == "admin"
    assert list(teams_of(user)) == [user.personal_team]
    assert Team.objects.count() == User.objects.count()


@pytest.mark.django_db
def test_key_of_the_command_line_belongs_to_the_team(capsys):
    alice = make_user("alice")

    call_command("create_api_key", "--user", "alice")

    assert ApiKey.objects.get().team == alice.personal_team


def make_everything(alice: User) -> list[ApiKey | Run | Preset | CriteriaSet]:
    """One of each thing that belongs to a team, made as the site makes it."""
    make_local_preset()
    key, _ = api_keys.make_key(alice, "nightly", [Scope.RUN])
    question = [Message(role="user", text="Why?")]
    runs = [actions.start_run(alice, question, make_recipe())]
    runs.append(actions.start_run(alice, question, make_recipe(), client=ApiClient(key)))
    preset = change_preset(create_preset(alice, "Legal", make_recipe()), "Legal", make_recipe(criteria="cites"))
    client = Client()
    client.force_login(alice)
    client.post("/criteria/", {"edit": "save", "set_name": "Law", "criteria": "cites", "name": "x"})
    return [key, *runs, preset, CriteriaSet.objects.get()]


def test_what_a_person_makes_belongs_to_their_team(db, valkey_url):
    alice = make_user("alice")

    made = make_everything(alice)

    assert [type(one).__name__ for one in made if one.team != alice.personal_team] == []
    assert list(Preset.objects.filter(owner=None).values_list("team", flat=True).distinct()) == [None]


def test_account_is_deleted_with_its_team_and_what_that_has(db, valkey_url):
    alice = make_user("alice")
    make_everything(alice)

    alice.delete()

    left = [Team, ApiKey, Run, CriteriaSet]
    assert [model.__name__ for model in left if model.objects.exists()] == []
    assert not Preset.objects.exclude(owner=None).exists()


def test_team_alone_is_not_deleted_while_it_has_something(db, valkey_url):
    alice = make_user("alice")
    make_everything(alice)

    with pytest.raises(RestrictedError):
        alice.personal_team.delete()


@pytest.mark.django_db
@pytest.mark.parametrize("has_owner, has_team", [(True, False), (False, True)])
def test_preset_has_owner_and_team_or_neither(has_owner, has_team):
    alice = make_user("alice")
    values = {"owner": alice if has_owner else None, "team": alice.personal_team if has_team else None}

    with pytest.raises(IntegrityError, match="preset_is_the_sites_or_a_teams"), transaction.atomic():
        Preset.objects.create(slug="x", name="X", panel=(), judge="auto", writer="auto", **values)


def test_admin_shows_teams(db, valkey_url):
    root = User.objects.create(username="root", is_staff=True, is_superuser=True)
    make_everything(make_user("alice"))
    client = Client()
    client.force_login(root)

    for page in ("accounts/user", "catalogue/preset"):
        assert 'class="field-' in client.get(f"/admin/{page}/").content.decode()
        assert "team" in client.get(f"/admin/{page}/").content.decode().lower()
    assert client.get(f"/admin/accounts/user/{root.pk}/change/").status_code == 200
    assert client.get("/admin/accounts/user/add/").status_code == 200
    assert client.get("/admin/catalogue/provider/").status_code == 200
