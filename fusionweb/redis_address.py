"""The address of Redis or Valkey, as its clients are to read it."""

from urllib.parse import parse_qs, quote, urlsplit


def with_verification(address: str) -> str:
    """Return the address such that every client checks the server's certificate, unless it says otherwise.

    For ``rediss://`` without an option redis-py checks it, but Celery's transport would take any.
    """
    parts = urlsplit(address)
    if parts.scheme != "rediss" or "ssl_cert_reqs" in parse_qs(parts.query):
        return address
    query = "&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))
    return parts._replace(query=query).geturl()


def with_password(address: str, password: str) -> str:
    """Return the address with a password, unless it has one."""
    parts = urlsplit(address)
    if not password or parts.password is not None:
        return address
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{host}").geturl()
