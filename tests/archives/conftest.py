"""People of whom one keeps one thing of each kind."""

import pytest


@pytest.fixture
def alice(db: None):
    from tests.factories import make_user

    return make_user("alice")


@pytest.fixture
def charlie(db: None):
    from tests.factories import make_user

    return make_user("charlie")


@pytest.fixture
def local(db: None):
    from tests.factories import make_local_preset

    return make_local_preset()
