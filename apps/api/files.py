"""Files in requests: data URLs, base64 or plain text, read at once."""

import base64
import binascii
import string
from collections.abc import Mapping
from typing import Self
from urllib.parse import unquote_to_bytes

from django.conf import settings
from pydantic import Field, model_validator

from apps.api.errors import ApiError
from apps.api.strict import Strict
from apps.fusion.files import BadFile, PromptFile
from apps.runs.files import read_prompt_file

NOT_FETCHED = "Send the file itself, as a data URL or in base64: nothing is fetched, and no file is known by an id."
NO_BASE64 = "A file is not sound base64. Encode it again."
NO_SPACE = dict.fromkeys(map(ord, string.whitespace))
"""For ``str.translate``: base64 may be broken into lines. Splitting makes an object of each word."""
MOST_TURNS = 10
"""A request has at most so many times the files of one prompt."""
PIECE = 50_000
"""Characters of an escaped file that are decoded at once."""


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


def check_counts(counts: Mapping[str, int]) -> None:
    """Raise :class:`ApiError` for too many files, given by the parameters of their turns.

    Before any is read: each PDF takes a process, for up to 20 s, of which a server has few.
    """
    most = settings.FILES_PER_PROMPT
    if crowded := next((param for param, count in counts.items() if count > most), None):
        raise ApiError(400, "unsupported_file", f"A prompt takes at most {most} files. Remove some.", crowded)
    if sum(counts.values()) > MOST_TURNS * most:
        sentence = f"A request takes at most {MOST_TURNS * most} files. Remove some of earlier turns."
        raise ApiError(400, "unsupported_file", sentence, [param for param in counts if counts[param]][-1])


def given_files(files: list[GivenFile], path: str) -> tuple[PromptFile, ...]:
    """Return files as they were read; raise :class:`ApiError` that names the one that is none."""
    check_counts({path: len(files)})
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
        packed = body.translate(NO_SPACE)
        content = base64.b64decode(packed, validate=True) if ";base64" in head else _unescaped(body)
    except (binascii.Error, ValueError):
        raise ApiError(400, "unsupported_file", f"{path}: {NO_BASE64}", path) from None
    return _read(name, content, path)


def _unescaped(text: str) -> bytes:
    """Return the bytes of escaped text, and little more of one that is too large for a file.

    In pieces: the library makes two objects of each percent sign, a gigabyte of a request that holds nothing else.
    """
    found, at = bytearray(), 0
    while at < len(text) and len(found) <= settings.FILE_BYTES:
        end = at + PIECE
        cut = text.rfind("%", end - 2, end)  # the escape that would be cut in two
        end = end if cut < 0 else cut
        found += unquote_to_bytes(text[at:end])
        at = end
    return bytes(found)


def text_file(name: str, text: str, path: str) -> PromptFile:
    """Return a file that was sent as its text; raise :class:`ApiError` that names the parameter."""
    return _read(name, text.encode("utf-8", "replace"), path)


def _read(name: str, content: bytes, path: str) -> PromptFile:
    try:
        return read_prompt_file(name, content)
    except BadFile as error:
        raise ApiError(400, "unsupported_file", f"{path}: {error.sentence}", path) from None
