"""Batches and their files in OpenAI's form: upload requests, run them with the priority ``bulk``, read the answers."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from apps.accounts.models import ApiKey
from apps.api.auth import may_admin, may_read, may_run, owner_of
from apps.api.batches import made_once
from apps.api.errors import ApiError, not_found
from apps.api.numbers import IN_DIGITS
from apps.api.openai.batch_rows import result_lines
from apps.api.openai.wire.batch_lines import ENDPOINTS, read_requests
from apps.api.options import Metadata
from apps.api.schemas import Open, with_errors
from apps.api.strict import Lenient
from apps.batches import access, actions
from apps.batches.actions import Once
from apps.batches.models import Batch, BatchFile, BatchState
from apps.batches.reading import BatchCounts, counts_of
from apps.fusion.decoding import NotText, decode
from apps.runs.reading.bulk_export import in_pieces
from apps.site_url import site_url

router = Router(tags=["OpenAI-compatible batches"])

FILE, OUTPUT, ERRORS, BATCH = "file-", "file-output-", "file-errors-", "batch_"
LARGEST_FILE = 20_000_000
"""Bytes of a file of requests."""
LONGEST_NAME = 200
DAY_S = 86_400


class FileObject(Open):
    """A file of requests, or of answers."""

    id: str = Field(examples=["file-k3Xw9Qp2LmZa"])
    """Its id."""
    object: str = "file"
    """Always `file`."""
    bytes: int
    """Its size; 0 of a file that is written when it is read."""
    created_at: int
    """Seconds since 1970."""
    filename: str
    """Its name."""
    purpose: str
    """`batch`, or `batch_output`."""


class FileList(Open):
    """The files of a person."""

    object: str = "list"
    """Always `list`."""
    data: list[FileObject]
    """The newest first."""
    has_more: bool = False
    """Always false."""


class DeletedFile(Open):
    """A file that is no more."""

    id: str
    """Its id."""
    object: str = "file"
    """Always `file`."""
    deleted: bool
    """Always true."""


class BatchObject(Open):
    """A batch of requests."""

    id: str = Field(examples=["batch_k3Xw9Qp2LmZa"])
    """Its id."""
    object: str = "batch"
    """Always `batch`."""
    endpoint: str
    """The route that answers its requests."""
    status: str
    """`in_progress`, `completed`, `cancelling` or `cancelled`."""
    input_file_id: str
    """The file of its requests."""
    output_file_id: str | None
    """The file of its answers, once it has ended."""
    error_file_id: str | None
    """The file of its failures, once it has ended."""
    errors: dict[str, Any] | None = None
    """The reason for which it is paused, as OpenAI lists what is wrong with a batch."""
    request_counts: dict[str, int]
    """`total`, `completed` and `failed`."""


class BatchObjects(Open):
    """A page of batches."""

    object: str = "list"
    """Always `list`."""
    data: list[BatchObject]
    """The newest first."""
    first_id: str | None
    """The id of the first one."""
    last_id: str | None
    """The id of the last one; send it as `after` for the next page."""
    has_more: bool
    """True if more follow."""


class BatchOrder(Lenient):
    """A batch to be made in OpenAI's form."""

    input_file_id: str = Field(max_length=60, examples=["file-k3Xw9Qp2LmZa"])
    """The uploaded file of requests."""
    endpoint: Literal["/v1/chat/completions", "/v1/responses"]
    """The route that answers them."""
    completion_window: Literal["24h"] = "24h"
    """Accepted; a batch has as long as it takes."""
    metadata: Metadata | None = None
    """Kept with the batch."""


@router.post("/files", auth=may_run, response=with_errors({200: FileObject}), summary="Upload requests")
def upload_file(
    request: HttpRequest, file: File[UploadedFile], purpose: Annotated[str, Form(max_length=40)] = "batch"
) -> Any:
    """Upload a JSONL file of requests, each with `custom_id`, `method`, `url` and `body`."""
    if purpose != "batch":
        raise ApiError(400, "unsupported_parameter", "purpose: Only files for batches are taken: “batch”.", "purpose")
    data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ApiError(413, "request_too_large", f"A file has at most {LARGEST_FILE:,} bytes. Split it.", "file")
    try:
        text = decode(data)
    except NotText as error:
        raise ApiError(400, "invalid_file", f"{error}. Save the file as UTF-8.", "file", line=error.line) from None
    if "\x00" in text:
        raise ApiError(400, "invalid_file", "The file contains a NUL character. Remove it.", "file")
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    name = (file.name or "requests.jsonl").replace("\x00", "")[:LONGEST_NAME]
    return _file(BatchFile.objects.create(owner=key.owner, team=key.team, name=name, text=text, size=len(data)))


@router.get("/files", auth=may_read, response=with_errors({200: FileList}), summary="List files")
def list_files(request: HttpRequest) -> Any:
    """List the newest hundred uploaded files, the newest first."""
    found = access.visible_files(owner_of(request)).defer("text")[:100]
    return {"object": "list", "data": [_file(one) for one in found]}


@router.get("/files/{file_id}", auth=may_read, response=with_errors({200: FileObject}), summary="Get a file")
def get_file(request: HttpRequest, file_id: str) -> Any:
    """Read what a file is."""
    found = _find_results(request, file_id)
    if found is None:
        return _file(_find_file(request, file_id))
    batch, name = found
    made = int(batch.created_at.timestamp())
    return {
        "id": file_id,
        "object": "file",
        "bytes": 0,
        "created_at": made,
        "filename": f"{BATCH}{batch.public_id}_{name}.jsonl",
        "purpose": "batch_output",
        "status": "processed",
    }


@router.get("/files/{file_id}/content", auth=may_read, response=with_errors({200: None}), summary="Read a file")
def read_file(request: HttpRequest, file_id: str) -> Any:
    """Read a file of requests as it was uploaded, or the answers or failures of a batch so far, a line each."""
    found = _find_results(request, file_id)
    if found is None:
        lines = iter([_find_file(request, file_id).text])
    else:
        lines = result_lines(found[0], with_answer=found[1] == "output")
    return StreamingHttpResponse(in_pieces(lines), content_type="application/jsonl")


@router.delete("/files/{file_id}", auth=may_admin, response=with_errors({200: DeletedFile}), summary="Delete a file")
def delete_file(request: HttpRequest, file_id: str) -> Any:
    """Delete an uploaded file; batches that were made of it keep their requests."""
    _find_file(request, file_id, access.editable_files(owner_of(request))).delete()
    return {"id": file_id, "object": "file", "deleted": True}


@router.post("/batches", auth=may_run, response=with_errors({200: BatchObject}), summary="Run a file of requests")
def create_batch(request: HttpRequest, body: BatchOrder) -> Any:
    """Run the requests of a file. A file with a line that is no request is refused, with the line.

    With the header `Idempotency-Key`, the same request makes one batch, however often it is sent.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]

    def make(once: Once) -> Batch:
        file = _find_file(request, body.input_file_id)
        rows, site = read_requests(file.text, body.endpoint), site_url(request)
        return actions.create_request_batch(key, body.endpoint, file, rows, body.metadata or {}, site, once)

    return _batch(made_once(request, make))


@router.get("/batches", auth=may_read, response=with_errors({200: BatchObjects}), summary="List batches of requests")
def list_batches(
    request: HttpRequest,
    after: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=100), IN_DIGITS] = 20,
) -> Any:
    """List the batches that were made in this form, the newest first."""
    found = access.visible_batches(owner_of(request)).filter(endpoint__in=ENDPOINTS)
    found = found.select_related("input_file").defer("input_file__text")
    if after:
        found = found.filter(pk__lt=_find_batch(request, after).pk)
    page = list(found.order_by("-pk")[: limit + 1])
    counts = counts_of(page)
    data = [_batch(one, counts[one.pk]) for one in page[:limit]]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": len(page) > limit}


@router.get("/batches/{batch_id}", auth=may_read, response=with_errors({200: BatchObject}), summary="Get its state")
def get_batch(request: HttpRequest, batch_id: str) -> Any:
    """Read how far a batch has come."""
    return _batch(_find_batch(request, batch_id))


@router.post(
    "/batches/{batch_id}/cancel", auth=may_run, response=with_errors({200: BatchObject}), summary="Cancel its requests"
)
def cancel_batch(request: HttpRequest, batch_id: str) -> Any:
    """Start no more requests and stop those at work. Answers so far stay."""
    actions.cancel_batch(_find_batch(request, batch_id, is_edit=True))
    return _batch(_find_batch(request, batch_id))


def _find_file(request: HttpRequest, file_id: str, files: Any = None) -> BatchFile:
    files = access.visible_files(owner_of(request)) if files is None else files
    found: BatchFile | None = files.filter(public_id=_id_in(file_id, FILE)).first()
    if found is None:
        raise not_found("file")
    return found


def _find_results(request: HttpRequest, file_id: str) -> tuple[Batch, str] | None:
    """Return the batch whose answers or failures a file has, and which of both; ``None`` for an uploaded file."""
    for prefix, name in ((OUTPUT, "output"), (ERRORS, "errors")):
        if file_id.startswith(prefix):
            return _find_batch(request, BATCH + file_id.removeprefix(prefix)), name
    return None


def _find_batch(request: HttpRequest, batch_id: str, *, is_edit: bool = False) -> Batch:
    find = actions.find_editable_batch if is_edit else actions.find_batch
    try:
        batch = find(owner_of(request), _id_in(batch_id, BATCH))
    except Batch.DoesNotExist:
        raise not_found("batch") from None
    if not batch.endpoint:
        raise not_found("batch")
    return batch


def _id_in(text: str, prefix: str) -> str:
    """Return our own id in one of OpenAI's form, '' if there is none."""
    inner = text.removeprefix(prefix)
    return inner if text.startswith(prefix) and inner.isalnum() and inner.isascii() else ""


def _file(file: BatchFile) -> dict[str, Any]:
    return {
        "id": FILE + file.public_id,
        "object": "file",
        "bytes": file.size,
        "created_at": int(file.created_at.timestamp()),
        "filename": file.name,
        "purpose": "batch",
        "status": "processed",
    }


def _batch(batch: Batch, counts: BatchCounts | None = None) -> dict[str, Any]:
    counts = counts or counts_of([batch])[batch.pk]
    has_ended = batch.state in (BatchState.DONE, BatchState.CANCELLED) and not counts.running
    status = "in_progress"
    if batch.state is BatchState.DONE:
        status = "completed"
    elif batch.state is BatchState.CANCELLED:
        status = "cancelled" if has_ended else "cancelling"
    made, ended_at = (int(at.timestamp()) if at else None for at in (batch.created_at, batch.ended_at))
    failed = counts.failed + counts.cancelled
    return {
        "id": BATCH + batch.public_id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": _errors(batch),
        "input_file_id": FILE + (batch.input_file.public_id if batch.input_file else ""),
        "completion_window": "24h",
        "status": status,
        "output_file_id": OUTPUT + batch.public_id if has_ended and counts.done > counts.deleted else None,
        "error_file_id": ERRORS + batch.public_id if has_ended and (failed or counts.deleted) else None,
        "created_at": made,
        "in_progress_at": made,
        "expires_at": (made or 0) + DAY_S,
        "completed_at": ended_at if status == "completed" else None,
        "cancelled_at": ended_at if status == "cancelled" else None,
        "request_counts": {"total": counts.total, "completed": counts.done, "failed": failed},
        "metadata": batch.metadata or None,
    }


def _errors(batch: Batch) -> dict[str, Any] | None:
    """Return why a batch stands still, in OpenAI's form for what is wrong with one; ``None`` if nothing is."""
    if batch.state is not BatchState.PAUSED or not batch.reason:
        return None
    error = {"code": "paused", "message": batch.reason, "line": None, "param": None}
    return {"object": "list", "data": [error]}
