"""The JSON Schema of an archive, made of the shapes by which an import reads it: ``docs/archive.schema.json``.

``manage.py export_all --schema FILE`` writes it.
"""

from typing import Any

from pydantic.json_schema import models_json_schema

from apps.archives.account import AccountDocument
from apps.archives.opening import SCHEMA, VERSION, End, Manifest
from apps.archives.prompts import BatchDocument, FileRow, TemplateRow
from apps.archives.run_rows import RunLine

ENTRIES: dict[str, Any] = {
    "manifest.json": Manifest,
    "account.json": AccountDocument,
    "templates.jsonl": TemplateRow,
    "files.jsonl": FileRow,
    "runs.jsonl": RunLine,
    "batches.jsonl": BatchDocument,
    "end.json": End,
}
"""The entries of an archive, or of a folder of it; of those of lines, what a line is."""


RECIPE = {
    "description": "The settings of a run: those of every strategy, and beside them the strategy's own.",
    "type": "object",
    "required": ["strategy", "panel"],
}
"""Recipes stand flat in JSON, and are read and written past their fields."""


def archive_schema() -> dict[str, Any]:
    """Return a schema in which ``$defs`` has every shape, and ``properties`` each entry by its name."""
    named, defs = models_json_schema([(shape, "validation") for shape in ENTRIES.values()], by_alias=True)
    shapes = defs["$defs"] | {"Recipe": RECIPE}
    used = _used(list(named.values()), shapes)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Archives of FusionWeb, version {VERSION}",
        "description": f"The entries of a “{SCHEMA}”. Each property is an entry, or a line of one whose name ends so.",
        "properties": {name: named[(shape, "validation")] for name, shape in ENTRIES.items()},
        "$defs": {name: shapes[name] for name in sorted(used)},
    }
    plain: dict[str, Any] = _without_titles(whole)
    return plain


def _used(value: Any, shapes: dict[str, Any]) -> set[str]:
    """Return the names of all shapes that a schema comes to."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name in shapes and name not in found:
                found.add(name)
                waiting.append(shapes[name])
            waiting += one.values()
    return found


def _without_titles(value: Any) -> Any:
    """Return a schema without the titles of its properties, which say their names once more."""
    if isinstance(value, list):
        return [_without_titles(one) for one in value]
    if not isinstance(value, dict):
        return value
    is_shape = isinstance(value.get("title"), str) and "$schema" not in value
    return {name: _without_titles(one) for name, one in value.items() if not (is_shape and name == "title")}
