"""No cache keeps what a signed-in person sees: every address of the site, asked for as its owner."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import make_run

KEPT_BY_THE_BROWSER = {"run_image", "share_image", "share_preview", "api-docs", "api-chapter", "openapi"}
"""Images, which never change under their address, and the reference, which is the same for everybody."""

PROGRAMS = {"mcp", None}
"""Addresses of programs, which have no session."""


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern) if pattern.namespace == "web" or not pattern.namespace else ()
        else:
            yield pattern


PAGES = [pattern for pattern in patterns(get_resolver()) if pattern.name not in KEPT_BY_THE_BROWSER | PROGRAMS]


@pytest.fixture
def known(alice, local) -> dict[str, object]:
    """Names that the addresses may hold."""
    run = make_run(alice)
    return {
        "public_id": run.public_id, "code": "code", "form": "md", "names": "header", "judge": 1, "kind": "consensus",
        "turn": 0, "number": 0, "call_id": 1, "share_id": 1, "slug": "local", "pk": 1, "key_id": 1, "token": "x",
        "thread_id": run.public_id, "view": "aligned", "change_id": 1, "search_id": 1,
        "template_id": "x", "batch_id": "x", "file": "csv",
    }  # fmt: skip


def test_the_walk_knows_the_pages() -> None:
    assert {"home", "runs", "run", "run_export", "presets", "models", "settings"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.pattern))
def test_no_cache_keeps_a_page_of_a_person(as_alice: Client, known: dict[str, object], page: URLPattern) -> None:
    names = page.pattern.regex.groupindex
    path = reverse(f"web:{page.name}", kwargs={name: known[name] for name in names})

    answer = as_alice.get(path)

    assert "no-store" in answer["Cache-Control"], answer.status_code


def test_visitor_without_a_session_gets_pages_as_they_are(client: Client, db: None) -> None:
    assert "Cache-Control" not in client.get("/healthz")
