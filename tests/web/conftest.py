"""The users who look at the pages: Alice, Charlie, staff and an administrator."""

from types import ModuleType

import pytest
from django.test import Client

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
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def local(factories: ModuleType):
    """Create the Local preset and its two models."""
    return factories.make_local_preset()
