"""Clients of other makers, each in an environment of its own, on the site that the tests of the API start."""

from tests.api.conftest import (  # noqa: F401 - fixtures
    base_url,
    bench,
    http,
    key,
    make_key,
    panel,
    shared_site,
    shared_worker,
    upstream,
    upstream_server,
    warm_worker,
    worker,
)
