"""The OpenAPI document, and the reference page: the same as a person reads it, drawn here, without any script.

Building either takes seconds of work and needs no key, so a process does it once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie
from ninja.responses import Response

from apps.api.site import api
from apps.markdown.rendering import render_markdown

Document = dict[str, Any]

BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
KEPT_S = 300
"""The seconds for which a browser may show a copy."""


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
@cache_control(private=True, max_age=KEPT_S)
@vary_on_cookie
def reference(request: HttpRequest) -> HttpResponse:
    """Return the reference page, in the visitor's own frame."""
    return render(request, "api/reference.html", {"chapters": _chapters()})


@require_safe
@cache_control(public=True, max_age=KEPT_S)
def openapi(_request: HttpRequest) -> HttpResponse:
    """Return the document for programs."""
    return HttpResponse(_document_as_json(), content_type="application/json")


@cache
def _document() -> Document:
    return api.get_openapi_schema(path_prefix="")


@cache
def _document_as_json() -> bytes:
    return Response(_document()).content


@cache
def _chapters() -> SafeString:
    """Return all operations by tag, each with its parameters and answers, and the forms that they share."""
    document = _document()
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
    }
    return render_to_string("api/chapters.html", context)


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
    # What has to be sent comes first, and what is refused last.
    for name, found in sorted(properties, key=lambda one: (one[0] not in required, _is_refused(one[1]))):
        meaning = found.get("description", "Always this." if "const" in found else "")
        yield Field(name, _kind(found), name in required, _worded(meaning))


def _is_refused(schema: Document) -> bool:
    return str(schema.get("description", "")).startswith("Not supported")


def _worded(text: str) -> SafeString:
    """Return a description as HTML; it may set words in backticks."""
    return mark_safe(render_markdown(text))  # noqa: S308 - it comes from apps.markdown.rendering


def _kind(schema: Document) -> str:
    """Return a type in a few words: ``string``, ``list of Seat``, ``number (at most 2)``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "allOf" in schema:
        return _kind(schema["allOf"][0])
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
    """Return the bounds of a number in brackets, '' where there are none that anybody would meet."""
    words = [f"{word} {_digits(schema[key])}" for key, word in BOUNDS.items() if abs(schema.get(key, 2**53)) < 2**53]
    return f" ({', '.join(words)})" if words else ""


def _digits(bound: float) -> str:
    return f"{int(bound):,}" if bound == int(bound) else str(bound)


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
