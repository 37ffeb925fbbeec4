"""The environment of a start: the `.env` file beside manage.py, and the addresses that a running stack leaves."""

import json
import os
import stat
from pathlib import Path

import environ

from fusionweb.local.folders import PROJECT, DataFolder, default_folder, write_private
from fusionweb.local.plan import Plan

ENV_FILE = PROJECT / ".env"
SHARED_NAMES = ("DATABASE_URL", "REDIS_URL", "LOCAL_MODELS", "SITE_URL", "FUSIONWEB_DATA")


def read_env_file() -> None:
    """Take settings from `.env` where the environment has none."""
    if ENV_FILE.exists():
        environ.Env.read_env(ENV_FILE)


def is_readable_by_others(path: Path) -> bool:
    """Return whether a file that may hold keys can be read by other users than its owner."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def announce(plan: Plan) -> None:
    """Write the addresses to the data folder, for commands like `manage.py login_link` in another terminal."""
    shared = {name: plan.environment[name] for name in SHARED_NAMES if plan.environment.get(name)}
    write_private(plan.folder.state, json.dumps(shared))


def join_running_stack() -> None:
    """Give this process the addresses of the stack that runs on its data folder, unless it has its own."""
    read_env_file()
    given = os.environ.get("FUSIONWEB_DATA")
    folder = DataFolder(Path(given).expanduser().resolve() if given else default_folder())
    if os.environ.get("DATABASE_URL") or not os.access(folder.state, os.R_OK):
        return
    for name, value in json.loads(folder.state.read_text()).items():
        os.environ[name] = os.environ.get(name) or value
