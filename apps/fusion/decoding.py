"""Bytes of a person's file to text, or the line that is none. Pure."""

import codecs

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""The byte order marks, each with the encoding it stands for (Unicode Standard, section 23.8)."""


class NotText(ValueError):
    """Bytes that are not in their encoding; as a string, a sentence without its full stop."""

    def __init__(self, line: int, encoding: str, byte: int | None) -> None:
        name = "UTF-8" if encoding == "utf-8" else "UTF-16, as its first bytes say"
        place = "it breaks off" if byte is None else f"byte 0x{byte:02X}"
        super().__init__(f"Line {line} is not {name} ({place})")
        self.line = line
        self.encoding = encoding


def decode(data: bytes) -> str:
    """Return the text of UTF-8, or of UTF-16 with its mark, without the mark. Raise :class:`NotText`."""
    mark, encoding = next(((mark, name) for mark, name in MARKS if data.startswith(mark)), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(encoding, "ignore").count("\n") + 1
        breaks_off = "end of data" in error.reason or "truncated" in error.reason
        raise NotText(line, encoding, None if breaks_off else body[error.start]) from None
