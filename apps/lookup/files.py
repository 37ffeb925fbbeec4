"""A file of a person to the text of a prompt: plain text in Unicode and PDF, and for all else a sentence why not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from apps.fusion.decoding import NotText, decode
from apps.fusion.files import BadFile, PromptFile, plain_name
from apps.fusion.lookups import LookupFault
from apps.lookup.injection import injection_warnings
from apps.lookup.invisible import without_invisible
from apps.lookup.reader import MAX_CHARS, MAX_PAGES
from apps.lookup.reading import read_in_process

PDF = "application/pdf"
TYPES = {"md": "text/markdown", "markdown": "text/markdown", "csv": "text/csv", "tsv": "text/tab-separated-values"}
"""Media types by the end of a file's name; any other text is plain."""
IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
OTHERS = {
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
"""The first bytes of files that hold no plain text, with what they are."""
MOST_CONTROLS = 0.01
"""The share of control characters above which bytes that can be decoded are no text."""
_NO_CONTROLS = dict.fromkeys([*range(1, 9), *range(14, 27), *range(28, 32), 127])
_PROCESSES = ThreadPoolExecutor(2, "files")
"""A PDF takes a process with up to 768 MB, so that of a server's requests only two at a time have one."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The most bytes of a file, and the most characters of its text."""

    size: int
    characters: int


def read_file(name: str, body: bytes, limits: FileLimits) -> PromptFile:
    """Return a file as text. Raise :class:`BadFile` for one that is none, that is empty or too large."""
    name = plain_name(name)
    if not body:
        raise BadFile(f"“{name}” is empty.")
    if len(body) > limits.size:
        limit = f"{limits.size / 1_000_000:g} MB"
        raise BadFile(f"“{name}” is larger than {limit}, the limit. Split it.")
    # Some programs write a few bytes before a PDF's own first ones; a text may speak of them.
    is_pdf = body.startswith(b"%PDF-") or (name.lower().endswith(".pdf") and b"%PDF-" in body[:1_024])
    media_type = PDF if is_pdf else TYPES.get(name.rpartition(".")[2].lower(), "text/plain")
    pages = _pages(name, body) if is_pdf else [_decoded(name, body)]
    pages = [without_invisible(page).rstrip() for page in pages]
    if not any(page.strip() for page in pages):
        raise BadFile(f"“{name}” holds no text, only space.")
    text, starts = "", []
    for page in pages:
        text += "\n\n" if text else ""
        starts.append(len(text))
        text += page
    if len(text) > limits.characters:
        raise BadFile(f"“{name}” has {len(text):,} characters; the limit is {limits.characters:,}. Split it.")
    return PromptFile(
        name=name,
        media_type=media_type,
        size=len(body),
        sha256=sha256(body).hexdigest(),
        text=text,
        page_starts=tuple(starts) if is_pdf else (),
        warnings=injection_warnings(f"{name}\n{text}"),
    )


def _pages(name: str, body: bytes) -> list[str]:
    try:
        found = _PROCESSES.submit(read_in_process, "pdf", body, "").result()
    except LookupFault as fault:
        # It says "The page" or "The PDF", of which a form with several files would not know which.
        said = fault.sentence.split(" ", 2)[2]
        raise BadFile(f"“{name}” {said}") from None
    if found.is_cut:
        most = f"{MAX_PAGES} pages or {MAX_CHARS:,} characters"
        raise BadFile(f"“{name}” has more than {most}, the limit. Split it.")
    return list(found.pages)


def _is_picture(body: bytes) -> bool:
    """Return whether a file is a picture by its first bytes. A text can begin with “BMW” or “RIFF” too."""
    is_bitmap, is_webp = body[:2] + body[6:10] == b"BM\0\0\0\0", body[:4] + body[8:12] == b"RIFFWEBP"
    return is_bitmap or is_webp or body.startswith(IMAGES)


def _decoded(name: str, body: bytes) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with its mark; raise :class:`BadFile` for any other."""
    if _is_picture(body):
        raise BadFile(f"“{name}” is a picture, not a text. Attach it as an image.")
    kind = next((kind for start, kind in OTHERS.items() if body.startswith(start)), "")
    if kind:
        raise BadFile(f"“{name}” is {kind}, not a text. Save it as PDF or as text, and attach that.")
    try:
        text = decode(body)
    except NotText as error:
        if b"\0" in body and error.encoding == "utf-8":
            raise BadFile(f"“{name}” is no text. Attach text, Markdown, CSV or PDF.") from None
        raise BadFile(f"“{name}” cannot be read. {error}. Save it as UTF-8.") from None
    if "\0" in text or len(text.translate(_NO_CONTROLS)) < (1 - MOST_CONTROLS) * len(text):
        raise BadFile(f"“{name}” is no text. Attach text, Markdown, CSV or PDF.")
    return text
