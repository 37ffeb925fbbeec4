"""The bin by programs: runs go into it, are listed, and come back."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from apps.api.auth import may_admin, may_read, owner_of
from apps.api.errors import ApiError
from apps.api.numbers import IN_DIGITS
from apps.api.runs.marks import MOST_NAMED, ChangeDocument, Chosen, change_chosen, change_document
from apps.api.schemas import Document, Open, with_errors
from apps.api.strict import Strict
from apps.fusion.vocabulary import MarkKind
from apps.runs.reading import access
from apps.runs.reading.history_pages import encode_cursor, in_lists, read_cursor

router = Router(tags=["Runs"])


class RestoreRuns(Strict):
    """Runs to be taken out of the bin."""

    runs: Annotated[list[str], Field(max_length=MOST_NAMED, examples=[["k3Xw9Qp2LmZa"]])]
    """Public ids."""


class BinnedRun(Open):
    """A run in the bin."""

    id: str
    """The public id of the run."""
    title: str
    """Its title."""
    created_at: datetime
    """When it was made."""
    binned_at: datetime
    """When it was deleted; 30 days later it is erased."""


class BinPage(Document):
    """A page of the bin, what was deleted last first."""

    data: list[BinnedRun]
    """The runs."""
    next_cursor: str | None
    """Send it as `cursor` for the next page; `null` at the end."""


@router.get("/bin", auth=may_read, response=with_errors({200: BinPage}), summary="List the bin")
def list_bin(
    request: HttpRequest,
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = 50,
) -> Any:
    """Read the runs that were deleted, those of the last 30 days."""
    runs = in_lists(access.binned_by(owner_of(request))).order_by("-binned_at", "-pk")
    if cursor:
        place = read_cursor(cursor)
        if place is None:
            raise ApiError(400, "invalid_parameter", "No page gave this cursor.", "cursor")
        moment, key = place
        runs = runs.filter(Q(binned_at__lt=moment) | Q(binned_at=moment, pk__lt=key))
    found = list(runs[: limit + 1])
    data = [
        {"id": run.public_id, "title": run.title, "created_at": run.created_at, "binned_at": run.binned_at}
        for run in found[:limit]
    ]
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = encode_cursor(f"{last.binned_at.isoformat()} {last.pk}") if last and last.binned_at else None
    return {"data": data, "next_cursor": next_cursor}


@router.post("/bin", auth=may_admin, response=with_errors({200: ChangeDocument}), summary="Put runs into the bin")
def bin_runs(request: HttpRequest, body: Chosen) -> Any:
    """Delete runs that are named, or all that a search finds, for 30 days; live ones are stopped, links are closed.

    `DELETE /runs/{id}` deletes a run for good at once.
    """
    return change_document(change_chosen(request, MarkKind.BIN, body))


@router.post(
    "/bin/restore", auth=may_admin, response=with_errors({200: ChangeDocument}), summary="Take runs out of the bin"
)
def restore_runs(request: HttpRequest, body: RestoreRuns) -> Any:
    """Take runs out of the bin; links that shared them stay closed."""
    return change_document(change_chosen(request, MarkKind.RESTORE, Chosen(runs=body.runs)))
