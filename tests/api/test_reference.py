"""The documents of the API are complete: the page in docs, and the reference page of the site."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel

from apps.api.anthropic.wire.messages_request import MessagesRequest
from apps.api.errors import CODES, TYPES
from apps.api.openai.wire.chat_request import ChatRequest, OfJsonSchema
from apps.api.openai.wire.completions import CompletionRequest
from apps.api.openai.wire.responses_request import ResponsesRequest
from apps.api.openai.wire.unsupported import HINTS
from apps.api.options import FusionOfRequest
from apps.api.reference import operations
from apps.api.reference.operations import fields_of, kind_of
from apps.api.reference.search import MAX_FOUND, search
from apps.api.schemas import ERROR_STATUSES
from apps.api.site import api

BASE_DIR = Path(__file__).resolve().parents[2]
PAGE = (BASE_DIR / "docs" / "api.md").read_text()


def listed(heading: str) -> list[str]:
    """The first column of the first table of a chapter."""
    chapter = PAGE.split(f"\n## {heading}")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE)


@pytest.mark.parametrize(
    "heading, form",
    [
        ("Chat completions", ChatRequest),
        ("Responses", ResponsesRequest),
        ("Completions", CompletionRequest),
        ("Messages", MessagesRequest),
        ("The fusion options", FusionOfRequest),
    ],
)
def test_the_page_says_of_every_parameter_what_becomes_of_it(heading: str, form: type[BaseModel]) -> None:
    assert sorted(listed(heading)) == sorted(form.model_fields)


def test_the_page_names_every_hint_of_other_servers() -> None:
    chapter = PAGE.split("\n### Hints")[1].split("\n## ")[0]

    assert set(re.findall(r"`(\w+)`", chapter)) >= HINTS


def test_the_page_lists_every_status() -> None:
    assert set(map(int, re.findall(r"^\| (\d{3}) \|", PAGE, re.MULTILINE))) == {*TYPES, *CODES, 400}


def test_the_page_lists_every_code() -> None:
    table = PAGE.split("\n## Errors")[1].split("\n## ")[0]
    listed_rows = re.findall(r"^\| (\d{3}) \| (.*)", table, re.MULTILINE)
    rows = {int(status): set(re.findall(r"`(\w+)`", row)) for status, row in listed_rows}
    sources = "\n".join(path.read_text() for path in (BASE_DIR / "apps").rglob("*.py"))
    raised = {(int(status), code) for status, code in re.findall(r'ApiError\(\s*(\d{3}), "(\w+)"', sources)}

    assert len(raised) > 30
    assert [one for one in sorted(raised | {*CODES.items()}) if one[1] not in rows.get(one[0], ())] == []


def test_document_gives_every_refusal_the_envelope() -> None:
    paths = operations.document()["paths"]
    answers = [item for methods in paths.values() for one in methods.values() for item in one["responses"].items()]
    refusals = [(status, answer["content"]["application/json"]) for status, answer in answers if status >= 400]

    assert {status for status, _ in refusals} == set(ERROR_STATUSES)
    assert {answer["schema"]["$ref"] for _, answer in refusals} == {"#/components/schemas/Error"}


def test_chapters_show_every_operation_and_every_schema(client: Client, db: None) -> None:
    overview = client.get("/api/docs/").content.decode()

    document = api.get_openapi_schema(path_prefix="")
    addresses = re.findall(r'href="(/api/docs/[\w-]+/)"', overview)
    shown = "".join(client.get(address).content.decode() for address in dict.fromkeys(addresses))
    anchors = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    anchors += [f"form-{name}" for name in document["components"]["schemas"]]
    assert document["openapi"].startswith("3.1")
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in shown] == []
    assert client.get("/api/docs/nothing/").status_code == 404
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == document["paths"].keys()


@pytest.mark.parametrize(
    "path, kept",
    [
        ("/api/docs/", "max-age=300, private"),
        ("/api/docs/runs/", "max-age=300, private"),
        ("/api/v1/openapi.json", "max-age=300, public"),
    ],
)
def test_documents_without_a_key_are_built_once(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, path: str, kept: str
) -> None:
    first = client.get(path)
    monkeypatch.setattr(api, "get_openapi_schema", lambda **_: pytest.fail("The document is built again."))
    monkeypatch.setattr(operations, "render_markdown", lambda _: pytest.fail("The page is drawn again."))

    second = client.get(path)

    assert (first.status_code, second.status_code) == (200, 200)
    assert sorted(second["Cache-Control"].split(", ")) == kept.split(", ")


@pytest.mark.parametrize(
    "query, first",
    [
        ("retry", "Retry a call"),
        ("chat/completions", "Answer a conversation"),
        ("STREAM options", "StreamOptions"),
        ("hang up xyzzy", None),
        ("", None),
    ],
)
def test_search_finds_cards_with_all_words_and_those_named_so_first(query: str, first: str | None) -> None:
    found = search(query)

    assert (found[0].title if found else None) == first
    assert len(search("the")) == MAX_FOUND


def test_search_names_the_fields_that_have_the_word(client: Client, db: None) -> None:
    page = client.get("/api/docs/?q=max_completion_tokens").content.decode()
    part = client.get("/api/docs/?q=<b>xyzzy", headers={"HX-Request": "true"}).content.decode()

    assert '<code class="tag">max_completion_tokens</code>' in page
    assert part.strip().startswith("<div")
    assert "Nothing has “&lt;b&gt;xyzzy”." in part


def test_samples_have_the_address_of_the_site(client: Client, db: None, settings: Any) -> None:
    as_asked = client.get("/api/docs/runs/").content.decode()
    settings.SITE_URL = "https://ask.acme.test/"
    as_set = client.get("/api/docs/runs/").content.decode()

    assert "curl http://testserver/api/v1/runs \\" in as_asked
    assert "curl https://ask.acme.test/api/v1/runs \\" in as_set
    assert "fusionweb.example" not in as_asked + as_set


def test_every_field_and_parameter_has_a_meaning_and_every_bound_is_in_digits() -> None:
    document = api.get_openapi_schema(path_prefix="")

    forms = document["components"]["schemas"].items()
    fields = {f"{form} {field.name}": field for form, schema in forms for field in fields_of(schema)}

    assert [name for name, field in fields.items() if not field.description] == []
    assert [name for name, field in fields.items() if "e+" in field.kind] == []


@pytest.mark.parametrize(
    "schema, words",
    [
        (
            {"type": "integer", "exclusiveMinimum": 0, "maximum": 10_000_000.0},
            "integer (more than 0, at most 10,000,000)",
        ),
        ({"type": "number", "minimum": 0.5}, "number (at least 0.5)"),
        ({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}, "integer (at least 1)"),
        ({"type": "integer", "minimum": -(2**63), "exclusiveMaximum": 2**63}, "integer"),
        ({"allOf": [{"$ref": "#/components/schemas/Priority"}], "default": "bulk"}, "Priority"),
    ],
)
def test_a_type_is_told_in_words(schema: dict[str, object], words: str) -> None:
    assert kind_of(schema) == words


def test_no_two_forms_have_one_name() -> None:
    forms = api.get_openapi_schema(path_prefix="")["components"]["schemas"]

    assert set(forms["OfJsonSchema"]["properties"]) == set(OfJsonSchema.model_fields)
    assert set(forms["OfSchema"]["properties"]) == {"type", "name", "description", "schema", "strict"}
