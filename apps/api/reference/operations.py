"""The operations and schemas of the OpenAPI document, in chapters, as the reference shows them.

Reading the document takes seconds of work and needs no key, so a process does it once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from apps.api.reference.samples import Sample, samples_of
from apps.api.schemas import ERROR_STATUSES
from apps.api.site import api
from apps.markdown.rendering import render_markdown

Document = dict[str, Any]

BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
MOST_TITLES = 8
"""The cards that the overview names of a chapter."""
SCHEMAS = "Schemas"
"""The title of the last chapter, which has no operations."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a key of a body. ``form`` names the schema of its values, '' for plain ones."""

    name: str
    kind: str
    form: str
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
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One schema of the document."""

    name: str
    description: str
    fields: tuple[Field, ...]

    @property
    def anchor(self) -> str:
        """Return the id of its card."""
        return f"form-{self.name}"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page of the reference: the operations of one tag, or all schemas."""

    title: str
    operations: tuple[Operation, ...] = ()
    forms: tuple[Form, ...] = ()

    @property
    def slug(self) -> str:
        """Return its name in the address."""
        return slugify(self.title)

    @property
    def entries(self) -> list[tuple[str, str]]:
        """Return the anchor and the title of each of its cards."""
        operations = [(one.anchor, one.summary) for one in self.operations]
        return operations + [(form.anchor, form.name) for form in self.forms]

    @property
    def outline(self) -> str:
        """Return the titles of its first cards, in one line."""
        titles = [title for _anchor, title in self.entries]
        return " · ".join(titles[:MOST_TITLES]) + (" …" if len(titles) > MOST_TITLES else "")


@cache
def document() -> Document:
    """Return the OpenAPI document of all routes, whose refusals all have the envelope."""
    found: Document = api.get_openapi_schema(path_prefix="")
    for operation in [one for methods in found["paths"].values() for one in methods.values()]:
        answers = operation["responses"]
        for status in answers.keys() & set(ERROR_STATUSES):
            answers[status]["content"] = answers[ERROR_STATUSES[0]]["content"]
    return found


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return all chapters in the order of the routes, the schemas last."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in document()["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(_operation(path, method, found))
    forms = tuple(
        Form(name, schema.get("description", ""), tuple(fields_of(schema))) for name, schema in _schemas().items()
    )
    return (*(Chapter(title, tuple(found)) for title, found in groups.items()), Chapter(SCHEMAS, forms=forms))


def _schemas() -> Document:
    schemas: Document = document()["components"]["schemas"]
    return schemas


def _operation(path: str, method: str, found: Document) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rpartition("/")[2]
    schema = _schemas().get(name, {})
    answers = [(str(status), answer["description"]) for status, answer in found["responses"].items()]
    return Operation(
        method=method.upper(),
        path=path,
        anchor=found["operationId"],
        summary=found["summary"],
        description=_worded(found.get("description", "")),
        parameters=tuple(_parameter(one) for one in found.get("parameters", [])),
        body=tuple(fields_of(schema)),
        body_name=name,
        answers=tuple(answer for answer in answers if answer[0].startswith("2")),
        example=_pretty(found["x-example"]) if "x-example" in found else "",
        samples=samples_of(method.upper(), path, _sample_body(schema)),
    )


def _sample_body(schema: Document) -> Document | None:
    """Return a body of those keys that have an example; ``None`` for a route without a body."""
    keys = schema.get("properties", {}).items()
    return {name: found["examples"][0] for name, found in keys if "examples" in found} if schema else None


def _parameter(found: Document) -> Field:
    schema = found["schema"]
    words = schema.get("description", f"In the {found['in']}.")
    return Field(found["name"], kind_of(schema), "", found["required"], _worded(words))


def fields_of(schema: Document) -> Iterator[Field]:
    """Yield the keys of a schema: required ones first, those that are refused last."""
    required = schema.get("required", [])
    # What has to be sent comes first, and what is refused last.
    properties = schema.get("properties", {}).items()
    for name, found in sorted(properties, key=lambda one: (one[0] not in required, _is_refused(one[1]))):
        words = found.get("description", "Always this." if "const" in found else "")
        yield Field(name, kind_of(found), _form_of(found), name in required, _worded(words))


def _is_refused(schema: Document) -> bool:
    return str(schema.get("description", "")).startswith("Not supported")


def _worded(text: str) -> SafeString:
    """Return a description as HTML; it may set words in backticks."""
    return mark_safe(render_markdown(text))  # noqa: S308 - it comes from apps.markdown.rendering


def _form_of(schema: Document) -> str:
    """Return the name of the one schema that a type refers to, '' for none or several."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    parts = [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", []), schema.get("items", {})]
    names = {name for part in parts if part and (name := _form_of(part))}
    return names.pop() if len(names) == 1 else ""


def kind_of(schema: Document) -> str:
    """Return a type in a few words: ``string``, ``list of Turn``, ``number (at most 2)``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "allOf" in schema:
        return kind_of(schema["allOf"][0])
    if "anyOf" in schema or "oneOf" in schema:
        parts = [kind_of(part) for part in schema.get("anyOf") or schema["oneOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return " or ".join(_pretty(value) for value in schema["enum"] if value is not None) or "nothing"
    if "const" in schema:
        return _pretty(schema["const"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    return str(schema.get("type", "anything")) + _range(schema)


def _range(schema: Document) -> str:
    """Return the bounds of a number in brackets, '' where there are none that anybody would meet."""
    words = [f"{word} {_digits(schema[key])}" for key, word in BOUNDS.items() if abs(schema.get(key, 2**53)) < 2**53]
    return f" ({', '.join(words)})" if words else ""


def _digits(bound: float) -> str:
    return f"{int(bound):,}" if bound == int(bound) else str(bound)


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
