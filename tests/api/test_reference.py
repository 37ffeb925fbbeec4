"""What is written about the API is all of it: the page in the documents, and the reference page of the site."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pydantic import BaseModel

from apps.api import reference
from apps.api.errors import TYPES
from apps.api.site import api
from apps.api.wire.chat_request import ChatRequest
from apps.api.wire.formats import FusionOfRequest
from apps.api.wire.responses_request import ResponsesRequest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def listed(heading: str) -> list[str]:
    """The first column of the first table of a chapter."""
    chapter = PAGE.split(f"\n## {heading}")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE)


@pytest.mark.parametrize(
    "heading, form",
    [("Chat completions", ChatRequest), ("Responses", ResponsesRequest), ("The fusion options", FusionOfRequest)],
)
def test_the_page_says_of_every_parameter_what_becomes_of_it(heading: str, form: type[BaseModel]) -> None:
    assert sorted(listed(heading)) == sorted(form.model_fields)


def test_the_page_lists_every_status() -> None:
    assert set(map(int, re.findall(r"^\| (\d{3}) \|", PAGE, re.MULTILINE))) == {*TYPES, 400, 413, 422}


def test_the_reference_page_shows_every_operation(client: Client, db: None) -> None:
    page = client.get("/api/docs/")

    document = api.get_openapi_schema(path_prefix="")
    shown = page.content.decode()
    anchors = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert page.status_code == 200
    assert document["openapi"].startswith("3.1")
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in shown] == []
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == document["paths"].keys()


@pytest.mark.parametrize(
    "path, kept", [("/api/docs/", "max-age=300, private"), ("/api/v1/openapi.json", "max-age=300, public")]
)
def test_what_needs_no_key_is_built_once(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, path: str, kept: str
) -> None:
    first = client.get(path)
    monkeypatch.setattr(api, "get_openapi_schema", lambda **_: pytest.fail("The document is built again."))
    monkeypatch.setattr(reference, "render_markdown", lambda _: pytest.fail("The page is drawn again."))

    second = client.get(path)

    assert (first.status_code, second.status_code) == (200, 200)
    assert sorted(second["Cache-Control"].split(", ")) == kept.split(", ")
