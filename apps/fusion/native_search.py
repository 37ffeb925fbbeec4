"""Native search, by a model's own vendor, as values: what it searched for, and the sources that it names.

The vendor reads the pages, and FusionWeb does not. How each dialect asks for it: ``apps/providers/native_search``.
"""

from collections.abc import Iterable
from itertools import groupby

from apps.fusion.frozen import Value

MOST_CITATIONS = 60
"""Citations of one answer that are kept."""


class NativeCitation(Value):
    """A source that a vendor names for ``text``, a span of the answer from ``start`` to ``end`` in characters.

    ``quote`` are words of the source as the vendor gives them, '' for none.
    """

    start: int
    end: int
    text: str
    url: str
    title: str = ""
    quote: str = ""


class NativeSearch(Value):
    """The searches of one answer: their ``queries``, as far as the vendor tells them, and how many it ``charges``."""

    queries: tuple[str, ...] = ()
    charges: int = 0
    citations: tuple[NativeCitation, ...] = ()


def joined(first: NativeSearch | None, said: int, second: NativeSearch | None) -> NativeSearch | None:
    """Return the searches of an answer in two parts, of which the first has ``said`` characters."""
    if first is None and second is None:
        return None
    first, second = first or NativeSearch(), second or NativeSearch()
    # A source for no place in its part is for none in the whole.
    behind = (
        cited.model_copy(update={"start": cited.start + said, "end": cited.end + said}) if cited.text else cited
        for cited in second.citations
    )
    return NativeSearch(
        queries=tuple(dict.fromkeys((*first.queries, *second.queries))),
        charges=first.charges + second.charges,
        citations=(*first.citations, *behind)[:MOST_CITATIONS],
    )


def place_of(cited: NativeCitation, text: str) -> tuple[int, int] | None:
    """Return where the words of a citation stand in the answer as it is kept, ``None`` if they do not.

    The text may have lost what came before them: thoughts, or halves of characters.
    """
    if cited.text and text[cited.start : cited.end] == cited.text:
        return cited.start, cited.end
    words = cited.text.strip()
    at = text.find(words, max(0, cited.start - len(words))) if words else -1
    at = text.find(words) if at < 0 and words else at
    return (at, at + len(words)) if at >= 0 else None


def with_marks(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return an answer with a mark like ``[3]`` behind each place: its end in characters, and a source's number."""
    found = sorted(set(places), reverse=True)
    for end, group in groupby(found, key=lambda place: place[0]):
        numbers = ", ".join(str(number) for number in sorted(number for _, number in group))
        # Behind the words, not behind the blanks after them: a block of text may end with those.
        at = len(text[:end].rstrip())
        text = f"{text[:at]} [{numbers}]{text[at:]}"
    return text
