from collections.abc import Iterator

import pytest

from apps.lookup import reading
from tests.lookup.web import FakeWeb, fake_web


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    """Run a fake web with fake engines."""
    with fake_web() as running:
        yield running


@pytest.fixture(autouse=True)
def patient_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a process that reads a page take its time, as the machine may be busy."""
    monkeypatch.setattr(reading, "READ_S", 120.0)
