"""Keys of programs: hashed, scoped, expiring, revocable; and the command that makes one for a script."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey


def test_key_is_found_by_its_secret_and_stored_without_it(alice) -> None:
    key, secret = api_keys.make_key(alice, "laptop", [Scope.RUN])

    assert api_keys.find_key(secret) == key
    assert api_keys.find_key(secret[:-1]) is None
    assert secret.startswith(key.prefix)
    assert secret not in str(ApiKey.objects.values().get())


@pytest.mark.parametrize("kind", ["expired", "revoked", "owner gone"])
def test_key_that_is_not_valid_any_more_is_not_found(alice, kind: str) -> None:
    key, secret = api_keys.make_key(alice, "laptop", [Scope.RUN])
    assert api_keys.find_key(secret) == key

    if kind == "expired":
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif kind == "revoked":
        api_keys.revoke(key)
    else:
        type(alice).objects.update(is_active=False)

    assert api_keys.find_key(secret) is None


@pytest.mark.parametrize(
    "scope, allowed", [(Scope.READ, {"read"}), (Scope.RUN, {"run", "read"}), (Scope.ADMIN, {"run", "read", "admin"})]
)
def test_scope_includes_the_lesser_ones(alice, scope: Scope, allowed: set[str]) -> None:
    key, _ = api_keys.make_key(alice, "laptop", [scope])

    assert {str(one) for one in Scope if api_keys.allows(key, one)} == allowed


def test_use_is_written_at_most_once_a_minute(alice) -> None:
    key, _ = api_keys.make_key(alice, "laptop", [Scope.RUN])
    api_keys.note_use(key)
    first = ApiKey.objects.get().last_used_at
    assert first is not None

    api_keys.note_use(key)
    assert ApiKey.objects.get().last_used_at == first

    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    api_keys.note_use(key)
    assert ApiKey.objects.get().last_used_at > first


def test_command_prints_the_key_and_nothing_else(alice) -> None:
    out = io.StringIO()

    call_command("create_api_key", "--user", "alice", "--scope", "read", "--scope", "admin", stdout=out)

    key = api_keys.find_key(out.getvalue().removesuffix("\n"))
    assert key is not None
    assert key.scopes == ["read", "admin"]


def test_command_takes_hosts_as_the_settings_page_does(alice) -> None:
    call_command("create_api_key", "--user", "alice", "--webhook-host", "Hooks.Example:8443", stdout=io.StringIO())

    assert ApiKey.objects.get().webhook_hosts == ["hooks.example:8443"]
    for wrong, sentence in [
        (("--webhook-host", "https://hooks.example/end"), "“https://hooks.example/end” is no host."),
        (("--webhook-host", "localhost"), "localhost"),
        (("--name", "x" * 101), "A key has a name of up to 100 characters."),
    ]:
        with pytest.raises(CommandError, match=sentence):
            call_command("create_api_key", "--user", "alice", *wrong)
    assert ApiKey.objects.count() == 1


def test_command_names_a_user_who_does_not_exist(alice) -> None:
    with pytest.raises(CommandError, match="There is no user “bob”"):
        call_command("create_api_key", "--user", "bob")
