"""JSON Schemas of older drafts, rewritten as 2020-12, the one dialect that is checked. Pure.

Sources: the release notes at json-schema.org for drafts 6, 7, 2019-09 and 2020-12.
"""

import re
from typing import Any

_DIALECT = re.compile(
    r"https?://json-schema\.org/(?:draft-0(?P<old>[467])/(?:hyper-)?schema|draft/(?P<new>2019-09|2020-12)/schema|schema)#?"
)
_SCHEMAS = (
    "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAPS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
_BESIDE_REF = ("$ref", "$defs", "definitions", "title", "description", "default", "examples", "$comment")
_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


class UnknownDialect(Exception):
    """A ``$schema`` that names none of the drafts from 4 to 2020-12."""


def modernised(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as one of 2020-12, without its ``$schema``; raise :class:`UnknownDialect`.

    A schema that names no draft may use the keywords of all.
    """
    named = schema.get("$schema")
    draft = ""
    if named is not None:
        found = _DIALECT.fullmatch(named) if isinstance(named, str) else None
        if found is None:
            raise UnknownDialect
        draft = found["old"] or found["new"] or ""  # json-schema.org/schema names none
    root = {key: value for key, value in schema.items() if key != "$schema"}
    if draft == "2020-12":
        return root
    if draft == "4" and isinstance(root.get("id"), str):
        del root["id"]  # the name of the schema, as $id is now
    rewritten: dict[str, Any] = _rewritten(root, draft)
    return rewritten


def _rewritten(schema: Any, draft: str) -> Any:
    """Return a schema with its subschemas rewritten; values of ``enum``, ``const`` and the like stay untouched."""
    if not isinstance(schema, dict):
        return schema
    if draft in ("4", "6", "7") and isinstance(schema.get("$ref"), str):
        schema = {key: value for key, value in schema.items() if key in _BESIDE_REF}  # it had no other keywords then
    new = dict(schema)
    for key, value in schema.items():
        if key in _LISTS and isinstance(value, list):
            new[key] = [_rewritten(one, draft) for one in value]
        elif key in _MAPS and isinstance(value, dict):
            new[key] = {name: _rewritten(one, draft) for name, one in value.items()}
        elif key in _SCHEMAS:
            new[key] = _rewritten(value, draft)
    _rewrite_items(new)
    _rewrite_dependencies(new, draft)
    _rewrite_limits(new)
    if "$recursiveRef" in new:  # within one document it leads where $ref does
        new["$ref"] = new.pop("$recursiveRef")
    new.pop("$recursiveAnchor", None)
    return new


def _rewrite_items(schema: dict[str, Any]) -> None:
    """Rewrite a list of ``items``: it became ``prefixItems``, and ``additionalItems`` the ``items`` behind it."""
    if isinstance(schema.get("items"), list):
        first = schema.pop("items")
        if first:
            schema["prefixItems"] = first
        if "additionalItems" in schema:
            schema["items"] = schema["additionalItems"]
    schema.pop("additionalItems", None)


def _rewrite_dependencies(schema: dict[str, Any], draft: str) -> None:
    """Split ``dependencies``: lists of keys became ``dependentRequired``, schemas ``dependentSchemas``."""
    given = schema.get("dependencies")
    if not isinstance(given, dict):
        return
    del schema["dependencies"]
    keys = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    required = {name: value for name, value in keys.items() if isinstance(value, list)}
    schemas = {name: _rewritten(value, draft) for name, value in keys.items() if not isinstance(value, list)}
    if required:
        schema["dependentRequired"] = {**schema.get("dependentRequired", {}), **required}
    if schemas:
        schema["dependentSchemas"] = {**schema.get("dependentSchemas", {}), **schemas}


def _rewrite_limits(schema: dict[str, Any]) -> None:
    """Rewrite exclusive limits, which were flags beside the limit in draft 4."""
    for exclusive, limit in _LIMITS:
        flag = schema.get(exclusive)
        if not isinstance(flag, bool):
            continue
        del schema[exclusive]
        if flag and limit in schema:
            schema[exclusive] = schema.pop(limit)
