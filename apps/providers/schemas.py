"""JSON schemas for vendors that hold a model to them: each takes a part of JSON Schema only."""

from typing import Any

from apps.providers.reading import objects, part

NOT_EVERYWHERE = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems"
    " minProperties maxProperties patternProperties".split()
)
"""Constraints that strict decoding does not know; the reply is checked against the whole schema afterwards."""

CHOICES = ("anyOf", "oneOf", "allOf")
DEFINITIONS = ("$defs", "definitions")


def is_any_object(schema: Any) -> bool:
    """Return whether a schema asks for a JSON object and says nothing of it: vendors have an older word for that."""
    return bool(schema == {"type": "object"})


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the form of an answer in OpenAI's words."""
    if is_any_object(schema):
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": is_strict(schema), "schema": schema}}


def is_strict(schema: Any) -> bool:
    """Return whether every object names all its keys and allows no other, which OpenAI's ``strict`` asks for."""
    if isinstance(schema, list):
        return all(is_strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        is_closed = schema.get("additionalProperties") is False
        names_all = set(schema.get("required", ())) == set(schema.get("properties", {}))
        if not (is_closed and names_all):
            return False
    return all(is_strict(value) for value in schema.values())


def plain_object(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a tool's arguments as one object: Anthropic and OpenAI refuse a choice at its head.

    What the choices know of is allowed, and nothing of it required; who called for the arguments checks them.
    """
    named = {f"#/{where}/{name}": one for where in DEFINITIONS for name, one in part(schema, where).items()}
    choices = [one for name in CHOICES for one in objects(schema.get(name))]
    choices = [found for one in choices if isinstance(found := named.get(str(one.get("$ref")), one), dict)]
    known = [one["properties"] for one in (*choices, schema) if isinstance(one.get("properties"), dict)]
    properties = {name: value for each in known for name, value in each.items()}
    kept = {name: value for name, value in schema.items() if name not in (*CHOICES, "not", "enum")}
    return {**kept, "type": "object", "properties": properties}


def closed(schema: Any) -> Any:
    """Return the schema with every object closed and without the constraints that Anthropic's outputs refuse."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _closed_value(name, value) for name, value in schema.items() if name not in NOT_EVERYWHERE}
    return kept | {"additionalProperties": False} if schema.get("type") == "object" else kept


def _closed_value(name: str, value: Any) -> Any:
    # The names of properties are no constraints, whatever they are called: a property may be named "maximum".
    if name in ("properties", "$defs", "definitions") and isinstance(value, dict):
        return {key: closed(item) for key, item in value.items()}
    return value if name in ("enum", "const", "default", "examples", "required") else closed(value)
