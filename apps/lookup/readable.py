"""The result of reading a document; of its readers, this is all that the process of a worker loads at its start."""

from dataclasses import dataclass

MAX_LINKS = 500
MAX_URL_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Readable:
    """The readable part of a page: ``text`` in Markdown, ``links`` absolute, each once.

    A document with pages has the text of each in ``pages``.
    """

    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    is_cut: bool = False
    pages: tuple[str, ...] = ()
