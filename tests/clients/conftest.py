"""Clients of other makers, each in an environment of its own, on the site that the tests of the API start."""

from tests.api.conftest import base_url, http, key, make_key, panel, warm_worker  # noqa: F401 - fixtures
