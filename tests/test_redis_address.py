"""Redis over TLS: every client checks the certificate, unless the address says otherwise."""

import ssl

import pytest
import redis
from kombu import Connection

from fusionweb.redis_address import with_password, with_verification


@pytest.mark.parametrize(
    "address, expected",
    [
        ("redis://:p@127.0.0.1:6379/0", "redis://:p@127.0.0.1:6379/0"),
        ("rediss://:p%40@redis:6379/1", "rediss://:p%40@redis:6379/1?ssl_cert_reqs=required"),
        ("rediss://redis/0?ssl_ca_certs=/a.pem", "rediss://redis/0?ssl_ca_certs=/a.pem&ssl_cert_reqs=required"),
        ("rediss://redis/0?ssl_cert_reqs=none", "rediss://redis/0?ssl_cert_reqs=none"),
    ],
)
def test_certificate_is_checked_unless_the_address_says_otherwise(address: str, expected: str) -> None:
    assert with_verification(address) == expected


@pytest.mark.parametrize("query, expected", [("", ssl.CERT_REQUIRED), ("?ssl_cert_reqs=none", ssl.CERT_NONE)])
def test_queue_and_events_check_the_certificate_alike(query: str, expected: ssl.VerifyMode) -> None:
    address = with_verification(f"rediss://:p@127.0.0.1:1/0{query}")

    pool = redis.ConnectionPool.from_url(address)

    assert Connection(address).ssl["ssl_cert_reqs"] == expected
    assert pool.make_connection().cert_reqs == expected


@pytest.mark.parametrize(
    "address, password, expected",
    [
        ("redis://valkey:6379/0", "a/b@c", "redis://:a%2Fb%40c@valkey:6379/0"),
        ("rediss://me@[::1]:6379/0?ssl_cert_reqs=none", "p", "rediss://me:p@[::1]:6379/0?ssl_cert_reqs=none"),
        ("redis://:own@valkey/0", "p", "redis://:own@valkey/0"),
        ("redis://valkey/0", "", "redis://valkey/0"),
    ],
)
def test_password_joins_an_address_that_has_none(address: str, password: str, expected: str) -> None:
    joined = with_password(address, password)

    assert joined == expected
    if password == "a/b@c":
        assert redis.ConnectionPool.from_url(joined).connection_kwargs["password"] == Connection(joined).password
        assert Connection(joined).password == password
