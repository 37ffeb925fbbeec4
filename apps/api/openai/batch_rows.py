"""Rows of batches in OpenAI's form: the run that a request becomes, and the line that its answer becomes."""

import json
from collections.abc import Iterator
from typing import Any

from apps.api import outcomes
from apps.api.answering import Answer
from apps.api.errors import ApiError
from apps.api.openai.wire.batch_lines import parse_body
from apps.api.openai.wire.chat_request import ChatRequest
from apps.api.openai.wire.chat_request import run_request_of as run_request_of_chat
from apps.api.openai.wire.chat_response import completion
from apps.api.openai.wire.request import ModelRequest
from apps.api.openai.wire.responses_request import run_request_of as run_request_of_responses
from apps.api.openai.wire.responses_response import echo_of, ended, thoughts_of
from apps.api.run_requests import RunRequest, lineage_of, prepare_request
from apps.api.start import OTHER_PRESET, WRITER_TAKES_NONE, finder, with_a_preset_that_exists
from apps.batches.dispatch import MakeRun, RowRefused
from apps.batches.models import Batch, BatchRow
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.vocabulary import Priority, Status
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.web_account import web_account
from apps.runs.starting import ApiClient, start_run

PART = 100
"""Rows that are read at once."""
KEPT = "A run of a batch is kept until you delete it, or its answer could not be read later. Leave “store” out."
CANCELLED = {"message": "The batch was cancelled first.", "code": "batch_cancelled"}
DELETED = {"message": "The run was deleted, and its answer with it.", "code": "deleted"}
NO_WEBHOOK = "A request of a batch has no webhook: read the batch instead."


def prepare_request_row(batch: Batch, row: BatchRow) -> MakeRun:
    """Return what makes the run of a row; raise :class:`RowRefused` with the error that its request would have got."""
    key = batch.api_key
    if key is None or row.request is None:
        raise RowRefused({"message": "This row has no request.", "code": "invalid_request", "status": 400})
    try:
        asked, _ = with_a_preset_that_exists(_run_request(batch, row.request), batch.owner)
        resolved, run_request = prepare_request(asked, key)
    except ApiError as error:
        raise RowRefused({**error.envelope["error"], "status": error.status}) from None
    except UnknownModel as error:
        unknown = ApiError(404, "model_not_found", error.sentence, "model")
        raise RowRefused({**unknown.envelope["error"], "status": unknown.status}) from None

    def make(locked: Batch) -> Run:
        return start_run(
            locked.owner,
            run_request.messages,
            resolved.recipe,
            lineage_of(run_request),
            client=ApiClient(key, metadata=dict(run_request.metadata)),
            priority=Priority.BULK,
            models=resolved.models,
            tools=run_request.tools,
            shared_cap=locked.shared_cap,
        )

    return make


def _run_request(batch: Batch, request: dict[str, Any]) -> RunRequest:
    """Return the request of a row; raise :class:`ApiError` for what it cannot ask."""
    body = parse_body(batch.endpoint, request)
    if isinstance(body, ChatRequest):
        run_request = run_request_of_chat(body)
    else:
        run_request = run_request_of_responses(body, finder(batch.owner))
    if run_request.options.webhook is not None:
        raise ApiError(400, "invalid_parameter", NO_WEBHOOK, "fusion.webhook")
    if not run_request.is_stored:
        raise ApiError(400, "invalid_parameter", KEPT, "store")
    return run_request


def result_lines(batch: Batch, *, with_answer: bool) -> Iterator[str]:
    """Yield the lines of the output file, or of the error file, by the rows in their order."""
    after = 0
    rows = batch.rows.select_related("run").order_by("number")
    rows = rows.filter(status=Status.DONE) if with_answer else rows.exclude(status__in=[Status.QUEUED, Status.RUNNING])
    while part := list(rows.filter(number__gt=after)[:PART]):
        for row in part:
            line = _line(batch, row)
            is_answer = line["response"] is not None and line["response"]["status_code"] == 200
            if is_answer is with_answer:
                yield json.dumps(line, ensure_ascii=False) + "\n"
        after = part[-1].number


def _line(batch: Batch, row: BatchRow) -> dict[str, Any]:
    """Return a row that has ended as a line of a file."""
    line: dict[str, Any] = {"id": f"batch_req_{row.pk}", "custom_id": row.custom_id, "response": None, "error": None}
    if row.run is None:
        error = dict(row.error or (CANCELLED if row.status is Status.CANCELLED else DELETED))
        status = error.pop("status", None)
        if status is None:
            return line | {"error": error}
        return line | {"response": {"status_code": status, "request_id": "", "body": {"error": error}}}
    status, body = 200, {}
    try:
        body = _answer_of(batch, row, row.run)
    except ApiError as refusal:
        status, body = refusal.status, refusal.envelope
    return line | {"response": {"status_code": status, "request_id": row.run.public_id, "body": body}}


def _answer_of(batch: Batch, row: BatchRow, run: Run) -> dict[str, Any]:
    """Return the answer as the endpoint gives it; raise :class:`ApiError` if there is none."""
    body = parse_body(batch.endpoint, row.request or {})
    snapshot, url = take_snapshot(run), f"{batch.site}/runs/{run.public_id}/"
    answer = Answer(snapshot, outcomes.text_of(snapshot, url), web_account(snapshot))
    notices = _notices(body, run)
    if isinstance(body, ChatRequest):
        return completion(answer, body.model, url, notices, in_older_form=body.is_in_older_form)
    thoughts = thoughts_of(snapshot) if body.summary else ""
    return ended(run, echo_of(body), answer, url, notices, thoughts)


def _notices(body: ModelRequest, run: Run) -> list[str]:
    """Return the notices that the answer to the request alone would have had, as far as its run tells."""
    notices = list(body.notices)
    if body.hosted_preset and run.preset not in ("", body.hosted_preset):
        notices.append(OTHER_PRESET.format(body.hosted_preset, run.preset))
    if body.offers_tools and not (run.tools and run.tools.tools):
        notices.append(WRITER_TAKES_NONE)
    return notices
