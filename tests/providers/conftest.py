"""Fixtures of the provider tests: one upstream for the module, one client for each test."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from tests.upstream import Upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    server = Upstream().start()
    yield server
    server.stop()


TRUSTED = httpx.create_ssl_context()
"""Made once: reading all the certificates takes longer than most of these tests."""


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=TRUSTED) as client:
        yield client
