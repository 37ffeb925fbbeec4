"""The lines of batches in OpenAI's form: requests as they are uploaded, and results as they are read."""

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from apps.api.body import read_json
from apps.api.errors import ApiError, of_validation
from apps.api.openai.wire.chat_request import ChatRequest
from apps.api.openai.wire.responses_request import ResponsesRequest
from apps.batches.actions import MOST_RUNS, RowRequest

ENDPOINTS: dict[str, type[BaseModel]] = {
    "/v1/chat/completions": ChatRequest,
    "/v1/responses": ResponsesRequest,
}
LONGEST_ID = 200
_LINE = re.compile(r"\S[^\n]*")
"""A line that is not empty, without the space before it."""


def read_requests(text: str, endpoint: str) -> list[RowRequest]:
    """Return the requests of a file, a line each. Raise :class:`ApiError` that names the line of the first fault."""
    rows: list[RowRequest] = []
    seen: dict[str, int] = {}
    number, counted = 1, 0
    # One after the other: a file of short lines would become half a gigabyte of them before the first is read.
    for found in _LINE.finditer(text):
        number, counted = number + text.count("\n", counted, found.start()), found.start()
        line = found[0]
        if len(rows) == MOST_RUNS:
            raise _fault(number, f"A batch has at most {MOST_RUNS:,} requests.")
        row = _row(line, number, endpoint)
        if row.custom_id in seen:
            raise _fault(number, f"The custom_id “{row.custom_id}” is that of line {seen[row.custom_id]} too.")
        seen[row.custom_id] = number
        rows.append(row)
    if not rows:
        raise ApiError(400, "invalid_file", "The file has no requests.", "input_file_id")
    return rows


def parse_body(endpoint: str, body: dict[str, Any]) -> Any:
    """Return the request of a row. Raise :class:`ApiError` where it is none."""
    try:
        return ENDPOINTS[endpoint].model_validate(body)
    except ValidationError as error:
        errors = [{**one, "loc": ("body", "body", *one["loc"])} for one in error.errors()]
        raise of_validation(errors, body) from None


def _row(line: str, number: int, endpoint: str) -> RowRequest:
    try:
        value = read_json(line.encode(), "It")
    except ApiError as error:
        raise _fault(number, error.message) from None
    if not isinstance(value, dict) or not isinstance(value.get("body"), dict):
        raise _fault(number, "It is no object with a body.")
    custom_id, url, method = value.get("custom_id"), value.get("url"), value.get("method", "POST")
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= LONGEST_ID:
        raise _fault(number, f"The custom_id is a text of 1 to {LONGEST_ID} characters.")
    if method != "POST" or url != endpoint:
        raise _fault(number, f"It asks {str(method)[:10]} {str(url)[:60]}; the batch is for POST {endpoint}.")
    return RowRequest(custom_id, value["body"])


def _fault(number: int, sentence: str) -> ApiError:
    return ApiError(400, "invalid_file", f"Line {number}: {sentence}", "input_file_id", line=number)
