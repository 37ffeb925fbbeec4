"""Files in requests: data URLs, base64 or plain text, read at once."""

import base64
import binascii
from typing import Self
from urllib.parse import unquote_to_bytes

from pydantic import Field, model_validator

from apps.api.errors import ApiError
from apps.api.strict import Strict
from apps.fusion.files import BadFile, PromptFile
from apps.runs.files import read_prompt_file

NOT_FETCHED = "Send the file itself, as a data URL or in base64: nothing is fetched, and no file is known by an id."
NO_BASE64 = "A file is not sound base64. Encode it again."


class GivenFile(Strict):
    """A text, Markdown, CSV or PDF file that goes with the prompt, as `text` or as `file_data`."""

    filename: str = Field("", max_length=500, examples=["report.pdf"])
    """Its name."""
    file_data: str | None = Field(None, examples=["data:application/pdf;base64,JVBERi0xLjQK"])
    """The file as a data URL, or in base64."""
    text: str | None = None
    """The text of the file itself."""

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.file_data is None) == (self.text is None):
            raise ValueError("Send file_data or text: one of them, not both.")
        return self


def given_files(files: list[GivenFile], path: str) -> tuple[PromptFile, ...]:
    """Return files as they were read; raise :class:`ApiError` that names the one that is none."""
    return tuple(
        text_file(one.filename, one.text, f"{path}.{at}.text")
        if one.text is not None
        else data_file(one.filename, one.file_data or "", f"{path}.{at}.file_data")
        for at, one in enumerate(files)
    )


def data_file(name: str, data: str, path: str) -> PromptFile:
    """Return a file that was sent as a data URL or in base64; raise :class:`ApiError` that names the parameter."""
    if not data or data.startswith(("http://", "https://")):
        raise ApiError(400, "unsupported_file", f"{path}: {NOT_FETCHED}", path)
    head, comma, body = data.partition(",") if data.startswith("data:") else ("data:;base64", ",", data)
    if not comma:
        raise ApiError(400, "unsupported_file", f"{path}: {NO_BASE64}", path)
    try:
        packed = "".join(body.split())
        content = base64.b64decode(packed, validate=True) if ";base64" in head else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        raise ApiError(400, "unsupported_file", f"{path}: {NO_BASE64}", path) from None
    return _read(name, content, path)


def text_file(name: str, text: str, path: str) -> PromptFile:
    """Return a file that was sent as its text; raise :class:`ApiError` that names the parameter."""
    return _read(name, text.encode("utf-8", "replace"), path)


def _read(name: str, content: bytes, path: str) -> PromptFile:
    try:
        return read_prompt_file(name, content)
    except BadFile as error:
        raise ApiError(400, "unsupported_file", f"{path}: {error.sentence}", path) from None
