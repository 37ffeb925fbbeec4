"""People and all that Alice owns.

Pytest may load this file before Django is set up, so what needs models is imported where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from apps.accounts.models import User
    from tests.access.world import World


@pytest.fixture
def people(db: None) -> dict[str, User]:
    from tests.access.world import make_people

    return make_people()


@pytest.fixture
def world(people: dict[str, User], valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    from apps.catalogue import actions as catalogue_actions
    from apps.runs import valkey
    from apps.runs.lifecycle import transitions
    from tests.access.world import make_world

    monkeypatch.setattr(catalogue_actions, "_send", lambda *_: True)  # no worker of this test run is to be woken
    monkeypatch.setattr(transitions, "enqueue", lambda _: None)
    valkey.client.cache_clear()
    return make_world(people["alice"])
