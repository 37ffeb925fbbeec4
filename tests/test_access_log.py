"""The logs of the web part: what they say of addresses, and that no secret is in them."""

import io
import logging
import re

import httpx
import pytest
from django.test import Client

from fusionweb.access_log import MaskedAccessLog, MaskPaths, masked
from tests.site import Site

PATHS = [
    ("/", "/"),
    ("/runs/abc/", "/runs/abc/"),
    ("/runs/?q=my+secret", "/runs/"),
    ("/s/Code_-1/", "/s/…/"),
    ("/s/Code_-1", "/s/…"),
    ("/s/Code_-1.md", "/s/….md"),
    ("/s/Code_-1/images/0/1/?x=1", "/s/…/images/0/1/"),
    ("//s//Code/", "//s//…/"),
    ("http://fusion.example/s/Code/", "http://fusion.example/s/…/"),
    ("https://fusion.example/login/1/c0ffee/", "https://fusion.example/login/…"),
    ("/login/", "/login/"),
    ("/login/?next=/runs/", "/login/"),
    ("/login/1/c0ffee-0123456789abcdef/", "/login/…"),
    ("/ws/runs/abc/?after=1-0", "/ws/runs/abc/"),
    ("/settings/", "/settings/"),
]


@pytest.mark.parametrize("path, expected", PATHS)
def test_masked(path: str, expected: str) -> None:
    assert masked(path) == expected


@pytest.mark.parametrize("protocol, action", [("http", "complete"), ("websocket", "connected")])
def test_access_log_is_masked(protocol: str, action: str) -> None:
    stream = io.StringIO()
    details = {"client": "127.0.0.1:1", "method": "GET", "path": "/s/Code/?x=1", "status": 200, "size": 5}

    MaskedAccessLog(stream)(protocol, action, details)

    request = re.search('"(.+)"', stream.getvalue())
    assert request is not None
    assert request[1] == {"http": "GET /s/…/", "websocket": "WSCONNECT /s/…/"}[protocol]


def test_refused_requests_are_logged_masked(db: None) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.addFilter(MaskPaths())
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    try:
        client = Client(enforce_csrf_checks=True)
        client.post("/s/Secret/")
        client.post("/login/1/secret-token/")
        client.get("/nowhere/")
        client.generic("GET", "http://evil.example/s/Secret/")
        client.get("/s/Secret/", headers={"host": "evil.example"})
    finally:
        logger.removeHandler(handler)

    assert "ecret" not in lines.getvalue()
    assert "Not Found: /nowhere/" in lines.getvalue()
    assert "Invalid HTTP_HOST header: 'evil.example'" in lines.getvalue()
    assert "Traceback" not in lines.getvalue()


def test_handler_of_every_log_masks(settings) -> None:
    assert [handler["filters"] for handler in settings.LOGGING["handlers"].values()] == [["mask_paths"]]


def test_site_itself_writes_a_masked_access_log(transactional_db, tmp_path) -> None:
    site = Site()
    site.log = tmp_path / "web.log"
    try:
        site.start()
        httpx.get(f"{site.url}/s/Secret-code/?next=hidden", timeout=60)
        httpx.post(f"{site.url}/login/1/token-that-is-secret/", timeout=60)
    finally:
        site.stop()

    text = site.log.read_text()
    assert '"GET /s/…/" 404' in text
    assert '"POST /login/…" 403' in text
    assert [word for word in ("Secret-code", "hidden", "token-that") if word in text] == []
