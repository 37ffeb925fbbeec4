"""Paths in the logs: enough to see who asked for what, without the secrets that some paths are."""

import logging
import re
from typing import Any

from daphne.access import AccessLogGenerator

SECRET_PARTS = re.compile(r"^((?:\w{1,9}://[^/]*)?/+s/+)[^/?.]+|^((?:\w{1,9}://[^/]*)?/+login/+)\d[^?]*")
"""Also in whole addresses, as proxies send them, and behind doubled slashes: requests that fail are logged too."""


def masked(path: str) -> str:
    """Return a path without its query, without the code of a share and the token of a login link."""
    return SECRET_PARTS.sub(lambda found: f"{found[1] or found[2]}…", path.partition("?")[0])


class MaskedAccessLog(AccessLogGenerator):
    """Daphne's access log with masked paths."""

    def __call__(self, protocol: str, action: str, details: dict[str, Any]) -> None:
        super().__call__(protocol, action, details | {"path": masked(details["path"])})


class MaskPaths(logging.Filter):
    """Masks the paths that Django logs with refused requests, which anybody may send: a line of each is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, changed."""
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(masked(arg) if isinstance(arg, str) and "/" in arg else arg for arg in record.args)
        if record.name.startswith("django.security"):
            record.exc_info = None
        return True
