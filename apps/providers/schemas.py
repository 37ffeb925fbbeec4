"""JSON schemas for vendors that hold a model to them: each takes a part of JSON Schema only."""

from typing import Any

NOT_EVERYWHERE = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems"
    " minProperties maxProperties patternProperties".split()
)
"""Constraints that strict decoding does not know; the reply is checked against the whole schema afterwards."""


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
