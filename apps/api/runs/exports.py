"""One run as a file, and many as one, for programs."""

import json
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router

from apps.api.auth import may_read, owner_of
from apps.api.errors import ApiError
from apps.api.runs.routes import RunId, find
from apps.api.runs.searches import parse
from apps.api.schemas import with_errors
from apps.runs.reading.bulk_export import FORMS, begun, export_runs, in_pieces, runs_found
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.searching.run_query import LONGEST_QUERY
from apps.runs.reading.searching.search import SearchTooSlow
from apps.runs.reading.snapshot import take_snapshot

router = Router(tags=["Runs"])

Form = Literal["md", "json", "csv", "jsonl"]
"""The forms of a file."""
CONTENT = {media: {"schema": {"type": "object" if form == "json" else "string"}} for form, (media, _) in FORMS.items()}
FILES = {"responses": {200: {"content": CONTENT}}}
"""The media types of a file, for the document."""


@router.get(
    "/runs/{run_id}/export",
    auth=may_read,
    response=with_errors({200: dict[str, Any]}),
    summary="Export a run",
    openapi_extra=FILES,
)
def export_run(request: HttpRequest, run_id: RunId, format: Form = "json") -> Any:  # noqa: A002 - as below
    """Return the same file as the page: `json` is one document, `csv` has a row for each call, `jsonl` pairs."""
    run = find(request, run_id)
    if format == "json":
        return json.loads(export_json(take_snapshot(run)))
    if format == "md":
        text = export_markdown(take_snapshot(run))
    else:
        text = "".join(export_runs(owner_of(request), [run.pk], format))
    return HttpResponse(text, content_type=f"{FORMS[format][0]}; charset=utf-8")


@router.get(
    "/export",
    auth=may_read,
    response=with_errors({200: dict[str, Any]}),
    summary="Export runs",
    openapi_extra=FILES,
)
def export(
    request: HttpRequest,
    query: Annotated[str, Query(max_length=LONGEST_QUERY, examples=["has:contradiction agreement<0.5"])] = "",
    format: Form = "json",  # noqa: A002 - the parameter's name
) -> StreamingHttpResponse:
    """Stream the runs that a search finds, newest first; without one, all of them.

    `json` is the document of `docs/export.md`, `csv` has a row for each call, `jsonl` preference pairs.
    """
    user = owner_of(request)
    try:
        keys = begun(runs_found(user, parse(query, param="query")))
    except SearchTooSlow as error:
        raise ApiError(400, "search_too_broad", error.sentence, "query") from None
    media = f"{FORMS[format][0]}; charset=utf-8"
    return StreamingHttpResponse(in_pieces(export_runs(user, keys, format)), content_type=media)
