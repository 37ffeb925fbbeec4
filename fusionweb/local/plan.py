"""Plan one start of the stack: its parts and the environment that they share."""

from collections.abc import Mapping
from dataclasses import dataclass

from fusionweb.local import parts
from fusionweb.local.folders import DataFolder
from fusionweb.local.parts import Part


@dataclass(frozen=True)
class Plan:
    """The parts in the order of their start, the environment that they are given, and the site's address."""

    folder: DataFolder
    parts: tuple[Part, ...]
    environment: dict[str, str]
    site: str
    inside: str = ""
    """The site's address for probes, if they are not to use the one that visitors do."""

    def stage(self, *names: str) -> list[Part]:
        return [part for part in self.parts if part.stage in names]


def make_plan(folder: DataFolder, host: str, port: int, with_models: bool, given: Mapping[str, str]) -> Plan:
    """Plan a start. A ``DATABASE_URL``, ``REDIS_URL`` or ``LOCAL_MODELS`` in ``given`` replaces the embedded part."""
    chosen: list[Part] = []
    shared = {"FUSIONWEB_DATA": str(folder.path), "SITE_URL": parts.site_url(host, port), "PYTHONUNBUFFERED": "1"}
    if not given.get("DATABASE_URL"):
        part, shared["DATABASE_URL"] = parts.postgres_part(folder)
        chosen.append(part)
    if not given.get("REDIS_URL"):
        part, shared["REDIS_URL"] = parts.valkey_part(folder)
        chosen.append(part)
    if with_models and not given.get("LOCAL_MODELS"):
        servers, shared["LOCAL_MODELS"] = parts.model_parts(folder)
        chosen += servers
    environment = {**given, **shared, "DJANGO_SETTINGS_MODULE": "fusionweb.settings"}
    chosen += parts.worker_parts(folder, environment["REDIS_URL"])
    chosen.append(parts.web_part(host, port))
    return Plan(folder, tuple(chosen), environment, shared["SITE_URL"])
