"""A document to the text that a person would read on it, with its title and links.

Pages are hostile now and then: a small one is read in a thread, a large one and every PDF in a process with little
memory, which is ended after :data:`READ_S` seconds (``reader.py``).
"""

import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from apps.fusion.lookups import LookupFailure, LookupFault, Page
from apps.lookup.charset import decoded
from apps.lookup.fetching import HTML, PDF, UNKNOWN, Document
from apps.lookup.injection import injection_warnings
from apps.lookup.invisible import without_invisible
from apps.lookup.readable import MAX_LINKS, Readable

ROOT = Path(__file__).resolve().parents[2]
MAX_TEXT_CHARS = 400_000
"""Characters of a page that are kept; :attr:`Page.is_cut` says that there were more."""
MAX_TITLE_CHARS = 300
THREAD_BYTES = 128 * 1024
"""Larger pages are read in a process: their time can grow with the square of their size."""
READ_S = 20.0
PROGRAM = ("-m", "apps.lookup.reader")
_THREADS = ThreadPoolExecutor(4, "pages")


async def read_document(document: Document) -> Page:
    """Return a document as text. Raises :class:`LookupFault` where there is none to read."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _read, document)


def _read(document: Document) -> Page:
    kind = _kind(document)
    if kind == PDF:
        found = read_in_process("pdf", document.body, document.final_url)
    elif kind in HTML:
        text = decoded(document.body, document.charset)
        found = _html(text, document.final_url)
    else:
        found = Readable(text=decoded(document.body, document.charset))
    text = without_invisible(found.text).strip()
    if not text:
        sentence = "The page has no text to read; it may be drawn by a script or hold only pictures."
        raise LookupFault(LookupFailure.NO_TEXT, sentence)
    title = " ".join(without_invisible(found.title).split())[:MAX_TITLE_CHARS]
    return Page(
        url=document.url,
        final_url=document.final_url,
        title=title,
        text=text[:MAX_TEXT_CHARS],
        media_type=kind,
        links=found.links[:MAX_LINKS],
        is_cut=found.is_cut or len(text) > MAX_TEXT_CHARS,
        warnings=injection_warnings(f"{title}\n{text[:MAX_TEXT_CHARS]}"),
    )


def _kind(document: Document) -> str:
    """Return the media type, by the first bytes where the server says none that helps."""
    head = document.body[:1_024].lstrip().lower()
    if head.startswith(b"%pdf-") and document.media_type in (*UNKNOWN, PDF):
        return PDF
    if document.media_type not in UNKNOWN:
        return document.media_type
    if b"<html" in head or head.startswith(b"<!doctype html"):
        return HTML[0]
    if b"\0" in document.body[:1_024]:
        raise LookupFault(LookupFailure.UNSUPPORTED_CONTENT_TYPE, "The address holds neither a page nor a text.")
    return "text/plain"


def _html(text: str, url: str) -> Readable:
    if len(text) <= THREAD_BYTES:
        from apps.lookup.html_text import read_html  # noqa: PLC0415 - its libraries take memory of each process

        return read_html(text, url)
    return read_in_process("html", text.encode("utf-8", "replace"), url)


def read_in_process(kind: str, body: bytes, url: str) -> Readable:
    """Read a document in a process of its own, which knows no secret of this one's environment.

    Raise :class:`LookupFault`, whose sentence begins with what the document is.
    """
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *PROGRAM, kind, url],
            input=body, capture_output=True, timeout=READ_S, check=False, cwd=ROOT, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        sentence = f"The page could not be read within {READ_S:g} s."
        raise LookupFault(LookupFailure.TIMEOUT, sentence) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:  # it was ended for its memory, or the document broke its reader
        answer = {"failure": LookupFailure.NO_TEXT, "sentence": "The page is damaged, or too much for its reader."}
    if "failure" in answer:
        raise LookupFault(LookupFailure(answer["failure"]), answer["sentence"])
    return Readable(
        answer["title"], answer["text"], tuple(answer["links"]), answer["is_cut"], tuple(answer.get("pages", ()))
    )
