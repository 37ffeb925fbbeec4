"""Fixtures of the tests of batches: those of runs that need workers or a Valkey of their own."""

from tests.runs.conftest import own_worker, private_valkey

__all__ = ["own_worker", "private_valkey"]
