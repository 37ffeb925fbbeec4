"""Runs as resources: a list of the newest, and each as the Markdown of its export, under ``run://<id>``."""

from typing import Any

from django.http import HttpRequest

from apps.api.auth import owner_of
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.export import export_markdown
from apps.runs.reading.snapshot import take_snapshot

SCHEME = "run://"
MARKDOWN = "text/markdown"
PAGE = 50
TEMPLATE = {
    "uriTemplate": f"{SCHEME}{{id}}",
    "name": "run",
    "title": "A run",
    "description": "Prompt, fused answer, comparison, the answers of all models and the bill, as Markdown.",
    "mimeType": MARKDOWN,
}


class UnknownResource(Exception):
    """There is no such resource, or not for this key."""


def list_templates() -> dict[str, Any]:
    """Return the one form that addresses have."""
    return {"resourceTemplates": [TEMPLATE]}


def list_runs(request: HttpRequest, cursor: Any) -> dict[str, Any]:
    """Return a page of the history, newest first; a cursor that no page gave stands for the first."""
    page = queries.history(owner_of(request), before=cursor if isinstance(cursor, str) else "", size=PAGE)
    resources = [
        {
            "uri": f"{SCHEME}{run.public_id}",
            "name": run.public_id,
            "title": run.title,
            "mimeType": MARKDOWN,
            "annotations": {"lastModified": (run.ended_at or run.created_at).isoformat()},
        }
        for run in page.runs
    ]
    return {"resources": resources, **({"nextCursor": page.next_cursor} if page.next_cursor else {})}


def read_run(request: HttpRequest, uri: Any) -> dict[str, Any]:
    """Return a run as Markdown; raise :class:`UnknownResource` for what its key's owner may not read."""
    public_id = uri.removeprefix(SCHEME) if isinstance(uri, str) and uri.startswith(SCHEME) else ""
    try:
        run = queries.find_run(owner_of(request), public_id)
    except Run.DoesNotExist:
        raise UnknownResource("There is no such run. A run's address is run:// and its id.") from None
    text = export_markdown(take_snapshot(run))
    return {"contents": [{"uri": uri, "mimeType": MARKDOWN, "text": text}]}
