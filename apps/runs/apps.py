"""The app of runs: with the database at hand, its one setting that only the database can check is checked."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections

KNOWN = "SELECT cfgname FROM pg_ts_config WHERE pg_ts_config_is_visible(oid) ORDER BY cfgname"


class RunsConfig(AppConfig):
    name = "apps.runs"

    def ready(self) -> None:
        """Have `migrate`, which every site runs before its other parts, ask for the language of searches."""
        register(language_is_known, Tags.database)


def language_is_known(*, databases: Sequence[str] | None = None, **_: Any) -> list[Error]:
    """Return an error that names ``HISTORY_LANGUAGE`` if a database has no text search configuration of that name."""
    found = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(KNOWN)
            known = [name for (name,) in cursor.fetchall()]
        if settings.HISTORY_LANGUAGE not in known:
            takes = f"HISTORY_LANGUAGE={settings.HISTORY_LANGUAGE} is not allowed: it takes one of {', '.join(known)}."
            found.append(Error(takes, id="runs.E001"))
    return found
