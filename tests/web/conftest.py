"""The users who look at the pages: Alice, Charlie, staff and an administrator."""

from types import ModuleType

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils.crypto import get_random_string

from tests.tool_servers.conftest import tool_server

__all__ = ["tool_server"]


@pytest.fixture
def factories(db: None) -> ModuleType:
    """Return ``tests.factories``, imported late: pytest reads this file before Django is set up."""
    from tests import factories

    return factories


@pytest.fixture
def alice(factories: ModuleType):
    return factories.make_user("alice")


@pytest.fixture
def charlie(factories: ModuleType):
    return factories.make_user("charlie")


@pytest.fixture
def as_alice(alice) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_charlie(charlie) -> Client:
    return signed_in(charlie)


@pytest.fixture
def as_root(factories: ModuleType) -> Client:
    """Sign in as an administrator."""
    return signed_in(factories.User.objects.create(username="root", is_staff=True, is_superuser=True))


@pytest.fixture
def as_staff(factories: ModuleType) -> Client:
    """Sign in as staff without administrator's rights."""
    return signed_in(factories.User.objects.create(username="staff", is_staff=True))


def signed_in(user) -> Client:
    """Return a client with a session of a user's, made by one query: ``force_login`` takes sixteen."""
    key = get_random_string(32, VALID_KEY_CHARS)
    store = SessionStore(key)
    store._session_cache = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    store.create_model_instance(store._session_cache).save(force_insert=True)
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


@pytest.fixture
def local(factories: ModuleType):
    """Create the Local preset and its two models."""
    return factories.make_local_preset()
