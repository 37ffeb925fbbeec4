"""The process that reads one document from its standard input: ``python -m apps.lookup.reader pdf|html URL``.

It writes a JSON object and ends. Its memory is bounded, so that a document that unpacks to gigabytes ends it alone.
"""

import json
import logging
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from io import BytesIO

# The values of LookupFailure, whose import would take longer than the reading of most files.
NO_TEXT, TOO_LARGE, NOT_ACCESSIBLE = "no_text", "content_too_large", "url_not_accessible"
MEMORY_BYTES = 768 * 2**20
MAX_PAGES = 500
MAX_CHARS = 400_000


def main(kind: str, url: str) -> None:
    """Read standard input as ``kind`` and write what was found, or a failure with its sentence."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    logging.disable(logging.CRITICAL)  # of damaged files their reader complains at length
    body = sys.stdin.buffer.read()
    try:
        found = _pdf(body) if kind == "pdf" else _html(body, url)
    except (MemoryError, RecursionError):
        found = _failure(TOO_LARGE, "The page takes more memory than a page may take.")
    except Exception as error:  # noqa: BLE001 - a damaged file may raise whatever its reader had not thought of
        found = _failure(NO_TEXT, f"The page is damaged and cannot be read ({type(error).__name__}).")
    json.dump(found, sys.stdout)


def _html(body: bytes, url: str) -> dict[str, object]:
    from apps.lookup.html_text import read_html  # noqa: PLC0415 - a PDF does not wait for this import

    return asdict(read_html(body.decode(), url))


def _pdf(body: bytes) -> dict[str, object]:
    from pypdf import PdfReader  # noqa: PLC0415 - a page does not wait for this import

    document = PdfReader(BytesIO(body))
    # Many files are locked against changes alone, with an empty password.
    if document.is_encrypted and not document.decrypt(""):
        return _failure(NOT_ACCESSIBLE, "The PDF is locked with a password.")
    texts: list[str] = []
    length = 0
    for page in document.pages[:MAX_PAGES]:
        texts.append(page.extract_text())
        length += len(texts[-1])
        if length > MAX_CHARS:
            break
    if not any(text.strip() for text in texts):
        return _failure(NO_TEXT, "The PDF holds no text, only pictures of it.")
    title = ""
    with suppress(Exception):
        title = str((document.metadata and document.metadata.title) or "")
    is_cut = length > MAX_CHARS or len(document.pages) > len(texts)
    return {"title": title, "text": "\n\n".join(texts), "links": [], "is_cut": is_cut, "pages": texts}


def _failure(code: str, sentence: str) -> dict[str, object]:
    return {"failure": code, "sentence": sentence}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
