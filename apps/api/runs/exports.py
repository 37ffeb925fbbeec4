"""Many runs as one file, for programs."""

from typing import Annotated, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from apps.api.auth import may_read, owner_of
from apps.api.errors import ApiError
from apps.api.runs.searches import parse
from apps.runs.reading.bulk_export import FORMS, begun, export_runs, in_pieces, runs_found
from apps.runs.reading.searching.run_query import LONGEST_QUERY
from apps.runs.reading.searching.search import SearchTooSlow

router = Router(tags=["Runs"])


@router.get("/export", auth=may_read, summary="Export runs")
def export(
    request: HttpRequest,
    query: Annotated[str, Query(max_length=LONGEST_QUERY, examples=["has:contradiction agreement<0.5"])] = "",
    format: Literal["md", "json", "csv", "jsonl"] = "json",  # noqa: A002 - the parameter's name
) -> StreamingHttpResponse:
    """Stream the runs that a search finds, newest first; without one, all of them.

    `json` is the document of `docs/export.md`, `csv` has a row for each call, `jsonl` preference pairs.
    """
    user = owner_of(request)
    try:
        keys = begun(runs_found(user, parse(query)))
    except SearchTooSlow as error:
        raise ApiError(400, "search_too_broad", error.sentence, "query") from None
    media = f"{FORMS[format][0]}; charset=utf-8"
    return StreamingHttpResponse(in_pieces(export_runs(user, keys, format)), content_type=media)
