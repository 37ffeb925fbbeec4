"""Tables are emptied after a test although somebody reads them meanwhile."""

import pytest
from django.core.management import CommandError
from django.test import TransactionTestCase

from tests.conftest import empty_the_tables


@pytest.mark.parametrize(
    "failures, words, is_given_up",
    [(4, "deadlock detected", False), (5, "deadlock detected", True), (1, "no disk", True)],
)
def test_emptying_is_tried_again_after_a_deadlock_only(failures, words, is_given_up):
    tries = []

    def empty(_):
        tries.append(1)
        if len(tries) <= failures:
            raise CommandError("could not be flushed") from RuntimeError(words)

    if is_given_up:
        with pytest.raises(CommandError):
            empty_the_tables(TransactionTestCase(), empty)
    else:
        empty_the_tables(TransactionTestCase(), empty)
    assert len(tries) == (failures if is_given_up else failures + 1)
