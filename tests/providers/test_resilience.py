"""The party at fault, and the delay before another try."""

import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers import resilience
from apps.providers.errors import ProviderError
from apps.providers.resilience import CallHealth


@pytest.mark.parametrize(
    ("code", "permanent", "health"),
    [
        (FailureCode.OVERLOADED, False, CallHealth.BAD),
        (FailureCode.TIMEOUT, False, CallHealth.BAD),
        (FailureCode.RATE_LIMITED, False, CallHealth.NONE),
        (FailureCode.AUTHENTICATION, True, CallHealth.NONE),
        (FailureCode.CONTEXT_TOO_LONG, True, CallHealth.NONE),
        (FailureCode.REFUSED, True, CallHealth.NONE),
        (FailureCode.CIRCUIT_OPEN, False, CallHealth.NONE),
    ],
)
def test_fault_is_the_vendors_where_it_may_pass(code, permanent, health):
    error = ProviderError("No.", code, permanent)

    assert resilience.health_after(error) is health


@pytest.mark.parametrize(
    ("permanent", "retry_after", "least", "most"),
    [
        (True, None, False, False),
        (True, 1.0, False, False),
        (False, None, True, True),
        (False, 0.0, 0.0, 0.5),
        (False, 10.0, 10.0, 10.5),
        (False, 11.0, False, False),
    ],
)
def test_patience_is_for_failures_that_pass_soon(permanent, retry_after, least, most):
    error = ProviderError("Wait.", FailureCode.RATE_LIMITED, permanent, retry_after)

    wait = resilience.retry_delay(error)

    assert type(wait) is type(least)
    assert least <= wait <= most


def test_bug_is_not_asked_again():
    assert (resilience.retry_delay(ValueError()), resilience.health_after(ValueError())) == (False, CallHealth.NONE)
