"""Whose keys these are."""

import pytest


@pytest.fixture
def alice(db: None):
    from tests.factories import make_user

    return make_user("alice")
