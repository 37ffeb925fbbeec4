"""The reference page: the OpenAPI document as a page that a person reads, drawn here, without any script."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from apps.api.site import api
from apps.runs.rendering import render_markdown

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a key of a body."""

    name: str
    kind: str
    is_required: bool
    description: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    """One route with a method."""

    method: str
    path: str
    anchor: str
    summary: str
    description: SafeString
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_name: str
    answers: tuple[tuple[str, str], ...]
    example: str


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """All operations by tag, each with its parameters and answers, and the forms that they share."""
    document = api.get_openapi_schema(path_prefix="")
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(_operation(document, path, method, found))
    forms = {name: (schema, tuple(_fields(schema))) for name, schema in document["components"]["schemas"].items()}
    context = {
        "document": document,
        "description": _worded(document["info"]["description"]),
        "groups": groups,
        "forms": forms,
        "schema_url": "/api/v1/openapi.json",
    }
    return render(request, "api/reference.html", context)


def _operation(document: Document, path: str, method: str, found: Document) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rpartition("/")[2]
    answers = [(str(status), answer["description"]) for status, answer in found["responses"].items()]
    return Operation(
        method=method.upper(),
        path=path,
        anchor=found["operationId"],
        summary=found["summary"],
        description=_worded(found.get("description", "")),
        parameters=tuple(_parameter(one) for one in found.get("parameters", [])),
        body=tuple(_fields(document["components"]["schemas"].get(name, {}))),
        body_name=name,
        answers=tuple(answer for answer in answers if answer[0].startswith("2")),
        example=_pretty(found["x-example"]) if "x-example" in found else "",
    )


def _parameter(found: Document) -> Field:
    schema = found["schema"]
    return Field(
        found["name"], _kind(schema), found["required"], _worded(schema.get("description", f"In the {found['in']}."))
    )


def _fields(schema: Document) -> Iterator[Field]:
    required = schema.get("required", [])
    properties = schema.get("properties", {}).items()
    for name, found in sorted(properties, key=lambda one: (one[0] not in required, _is_refused(one[1]))):
        yield Field(name, _kind(found), name in required, _worded(found.get("description", "")))


def _is_refused(schema: Document) -> bool:
    return str(schema.get("description", "")).startswith("Not supported")


def _worded(text: str) -> SafeString:
    """A description as HTML; it may set words in backticks."""
    return mark_safe(render_markdown(text))  # noqa: S308 - it comes from apps.runs.rendering


def _kind(schema: Document) -> str:
    """A type in a few words: ``string``, ``list of Seat``, ``number, 0 to 2``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        parts = [_kind(part) for part in schema.get("anyOf") or schema["oneOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return " or ".join(_pretty(value) for value in schema["enum"] if value is not None) or "nothing"
    if "const" in schema:
        return _pretty(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything")) + _range(schema)


def _range(schema: Document) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None or high is None or abs(low) >= 2**53:
        return ""
    return f", {low:g} to {high:g}"


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
