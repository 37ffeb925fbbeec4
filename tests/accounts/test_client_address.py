"""The address that failed sign-ins are counted by."""

import pytest
from django.test import RequestFactory

from apps.accounts.client_address import client_address

CASES = [
    ("203.0.113.9", "", False, "203.0.113.9"),
    ("203.0.113.9", "8.8.8.8", False, "203.0.113.9"),
    ("172.18.0.2", "8.8.8.8", True, "8.8.8.8"),
    ("172.18.0.2", "1.1.1.1, 8.8.8.8", True, "8.8.8.8"),
    ("172.18.0.2", "1.1.1.1, 8.8.8.8, 172.18.0.1", True, "8.8.8.8"),
    ("172.18.0.2", "10.0.0.7", True, "10.0.0.7"),
    ("172.18.0.2", "1.1.1.1, 8.8.8.8:51234", True, "8.8.8.8"),
    ("172.18.0.2", "1.1.1.1, [2a00:1450:4001:81a:1::1]:443, 172.18.0.1", True, "2a00:1450:4001:81a::"),
    ("172.18.0.2", "1.1.1.1, unknown", True, "172.18.0.2"),
    ("172.18.0.2", "1.1.1.1, unknown, 172.18.0.1", True, "172.18.0.1"),
    ("172.18.0.2", "nonsense", True, "172.18.0.2"),
    ("172.18.0.2", "", True, "172.18.0.2"),
    ("2a00:1450:4001:81a::200e", "", False, "2a00:1450:4001:81a::"),
    ("172.18.0.2", "2a00:1450:4001:81a:1::1", True, "2a00:1450:4001:81a::"),
    ("::ffff:8.8.8.8", "", False, "8.8.8.8"),
    ("fe80::1%eth0", "", False, "fe80::"),
    ("", "", False, None),
]


@pytest.mark.parametrize("connected, forwarded, behind_proxy, expected", CASES)
def test_client_address(settings, connected: str, forwarded: str, behind_proxy: bool, expected: str | None) -> None:
    settings.BEHIND_PROXY = behind_proxy
    request = RequestFactory().get("/", REMOTE_ADDR=connected, headers={"x-forwarded-for": forwarded})

    assert client_address(request) == expected
