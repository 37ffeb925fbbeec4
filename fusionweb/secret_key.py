"""The site's secret key when none is given: made once, kept in the data folder, readable by its owner only."""

import os
import secrets
from pathlib import Path


def read_secret_key(folder: Path) -> str:
    """Return the key stored in ``folder``, made at the first call.

    Raise ``OSError`` if the folder cannot be written.
    """
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()
