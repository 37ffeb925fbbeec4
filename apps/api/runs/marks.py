"""Marks of runs by programs: title, note, tags, star and archive of one run, and marks of many with their undo."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router
from pydantic import Field

from apps.accounts.api_keys import Scope
from apps.api.auth import check_scope, key_of, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.numbers import IN_DIGITS
from apps.api.runs.routes import RunId, find, find_editable
from apps.api.runs.searches import parse
from apps.api.schemas import Open, with_errors
from apps.api.strict import Strict
from apps.fusion.vocabulary import MarkKind
from apps.runs import marks
from apps.runs.marks import BadMark
from apps.runs.models import BulkChange, Run
from apps.runs.reading import access, queries
from apps.runs.reading.searching.run_query import LONGEST_QUERY
from apps.runs.reading.searching.search import SearchTooSlow

router = Router(tags=["Runs"])

ChangeId = Annotated[int, Path(ge=1, le=queries.LARGEST_ID), IN_DIGITS]
MOST_NAMED = 1_000
"""Runs that one request names; a query finds more."""
OF_BIN = (MarkKind.BIN, MarkKind.RESTORE)


class RunDetails(Open):
    """The marks that a person has set on a run."""

    id: str
    """The public id of the run."""
    title: str
    """Its title, the beginning of the prompt at first."""
    note: str
    """A remark."""
    tags: list[str]
    """Its tags."""
    starred: bool
    """Whether it has a star."""
    archived: bool
    """Whether it is put away: lists leave it out, and so do searches that do not say `archived`."""


class EditRun(Strict):
    """Changes of a run's marks; those that are left out stay."""

    title: Annotated[str, Field(min_length=1, max_length=marks.LONGEST_TITLE)] | None = None
    """Its title."""
    note: Annotated[str, Field(max_length=marks.LONGEST_NOTE)] | None = None
    """A remark."""
    tags: Annotated[list[str], Field(max_length=marks.MOST_TAGS, examples=[["work", "rate-limit"]])] | None = None
    """All of its tags, in place of those before."""
    starred: bool | None = None
    """Whether it has a star."""
    archived: bool | None = None
    """Whether it is put away."""


class Chosen(Strict):
    """The runs that are meant: named ones, or all that a search finds."""

    runs: Annotated[list[str], Field(max_length=MOST_NAMED, examples=[["k3Xw9Qp2LmZa"]])] | None = None
    """Public ids."""
    query: Annotated[str, Field(max_length=LONGEST_QUERY, examples=["model:claude before:30d"])] | None = None
    """A search, as `q` takes it, in place of `runs`."""


class MarkRuns(Chosen):
    """A mark of many runs."""

    mark: Literal["tag", "untag", "star", "unstar", "archive", "unarchive"]
    """The change."""
    tag: Annotated[str, Field(max_length=200)] = ""
    """For `tag` and `untag`."""


class ChangeDocument(Open):
    """A change of many runs. More than 500 are changed part by part, in the background."""

    id: int
    """By which it is read again, and undone."""
    mark: MarkKind
    """The change; `bin` and `restore` are those of the bin."""
    tag: str
    """The tag of `tag` and `untag`, as it is stored."""
    total: int
    """The runs that were chosen."""
    done: int
    """Those that it has come to."""
    changed: int
    """Those of them that were not so before, which an undo sets back."""
    ended: bool
    """True once it has come to all."""
    undo_of: int | None
    """The change that this one sets back."""


@router.get(
    "/runs/{run_id}/details", auth=may_read, response=with_errors({200: RunDetails}), summary="Get a run's marks"
)
def get_details(request: HttpRequest, run_id: RunId) -> Any:
    """Read title, note, tags, star and archive of a run."""
    return _details(find(request, run_id))


@router.patch(
    "/runs/{run_id}/details", auth=may_run, response=with_errors({200: RunDetails}), summary="Change a run's marks"
)
def edit_details(request: HttpRequest, run_id: RunId, body: EditRun) -> Any:
    """Write title, note, tags, star and archive of a run, as far as they are sent."""
    run, user = find_editable(request, run_id), owner_of(request)
    given = {name: value for name in ("title", "note", "tags") if (value := getattr(body, name)) is not None}
    try:
        if given:
            marks.edit_run(run, **{"title": run.title, "note": run.note, "tags": run.tags, **given})
    except BadMark as error:
        field = "tags" if error.field == "tag" else error.field
        raise ApiError(400, "invalid_parameter", error.sentence, field) from None
    if body.starred is not None:
        marks.change_marks(user, MarkKind.STAR if body.starred else MarkKind.UNSTAR, public_ids=[run_id])
    if body.archived is not None:
        marks.change_marks(user, MarkKind.ARCHIVE if body.archived else MarkKind.UNARCHIVE, public_ids=[run_id])
    return _details(find(request, run_id))


@router.post("/marks", auth=may_run, response=with_errors({200: ChangeDocument}), summary="Mark many runs")
def mark_runs(request: HttpRequest, body: MarkRuns) -> Any:
    """Tag, star or archive runs that are named, or all that a search finds; read it again for how far it is."""
    return change_document(change_chosen(request, MarkKind(body.mark), body, body.tag))


@router.get("/marks/{change_id}", auth=may_read, response=with_errors({200: ChangeDocument}), summary="Get a change")
def get_change(request: HttpRequest, change_id: ChangeId) -> Any:
    """Read how far a change of many runs is."""
    return change_document(_find_change(request, change_id))


@router.post(
    "/marks/{change_id}/undo", auth=may_run, response=with_errors({200: ChangeDocument}), summary="Undo a change"
)
def undo_change(request: HttpRequest, change_id: ChangeId) -> Any:
    """Set back what a change has changed, and only that; what it has not come to stays as it is.

    What the bin did is undone with the scope that it needs.
    """
    change = _find_change(request, change_id)
    if change.kind in OF_BIN:
        check_scope(key_of(request), Scope.ADMIN)
    if change.undo_of_id is not None:
        raise ApiError(409, "not_now", "An undo is not undone. Make the change again.")
    return change_document(marks.undo(owner_of(request), change.pk))


def change_chosen(request: HttpRequest, kind: MarkKind, chosen: Chosen, tag: str = "") -> BulkChange:
    """Set a mark on the chosen runs; if one of the named ones is not to be found, on none. Raise :class:`ApiError`."""
    user = owner_of(request)
    if (chosen.runs is None) == (chosen.query is None):
        raise ApiError(400, "invalid_parameter", "Send runs or a query: one of them, not both.", "runs")
    try:
        if chosen.query is not None:
            query = parse(chosen.query, param="query")
            return marks.change_marks_of_search(user, kind, query, tag)
        ids = {name.replace("\x00", "") for name in chosen.runs or ()}
        runs = access.binned_by(user) if kind is MarkKind.RESTORE else access.editable_by(user)
        if runs.filter(public_id__in=ids).count() < len(ids):
            raise not_found("run")
        return marks.change_marks(user, kind, tag, ids)
    except BadMark as error:
        field = "query" if error.field == "q" else error.field
        raise ApiError(400, "invalid_parameter", error.sentence, field) from None
    except SearchTooSlow as error:
        raise ApiError(400, "search_too_broad", error.sentence, "query") from None


def change_document(change: BulkChange) -> dict[str, Any]:
    """Return a change as programs see it."""
    return {
        "id": change.pk,
        "mark": change.kind,
        "tag": change.tag,
        "total": change.total,
        "done": change.done,
        "changed": len(change.changed),
        "ended": change.ended_at is not None,
        "undo_of": change.undo_of_id,
    }


def _find_change(request: HttpRequest, change_id: int) -> BulkChange:
    try:
        return BulkChange.objects.get(owner=owner_of(request), pk=change_id)
    except BulkChange.DoesNotExist:
        raise not_found("change") from None


def _details(run: Run) -> dict[str, Any]:
    return {
        "id": run.public_id,
        "title": run.title,
        "note": run.note,
        "tags": run.tags,
        "starred": run.is_starred,
        "archived": run.is_archived,
    }
