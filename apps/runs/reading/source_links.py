"""Sources in a Markdown document: their list, and the numbers that name them in texts as links to their pages."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from apps.fusion.citations import MARK
from apps.fusion.vocabulary import CitationOrigin
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.inline import escaped, inline
from apps.runs.reading.lookups import CitationSnapshot, SourceSnapshot

_IN_ADDRESS = ":/?#&=%@+,;!'-._~"
"""The characters of an address that Markdown takes for nothing else."""


def linked_text(call: CallSnapshot, sources: Sequence[SourceSnapshot]) -> str:
    """Return a call's text with links in its citations. Marks of files, which have no address, stay as they are."""
    addresses, text = _addresses(sources), call.text
    # What a vendor names has no mark: an empty place behind the words gets one.
    places = {(one.end, one.end) if _is_bare(one, text) else (one.start, one.end) for one in call.citations}
    for start, end in sorted(places, reverse=True):
        if start == end:
            numbers = sorted({one.number for one in call.citations if one.end == end and _is_bare(one, call.text)})
            text = f"{text[:end]} {_links(numbers, addresses)}{text[end:]}"
            continue
        mark = MARK.fullmatch(text, start, end)
        if mark and (link := _link(mark, addresses, mark["quote"] or "")):
            text = text[:start] + link + text[end:]
    return text


def linked_line(text: str, sources: Sequence[SourceSnapshot]) -> str:
    """Return a judge's words as `inline` does, with links in the marks of these sources."""
    addresses, text = _addresses(sources), " ".join(text.split())
    parts, behind = [], 0
    for mark in MARK.finditer(text):
        if link := _link(mark, addresses, escaped(mark["quote"] or "")):
            parts += [escaped(text[behind : mark.start()]), link]
            behind = mark.end()
    return "".join([*parts, escaped(text[behind:])])


def source_lines(sources: Sequence[SourceSnapshot]) -> Iterable[str]:
    """Yield a line for each source, by its number, as the answers cite it."""
    for source in sources:
        cited = ", ".join(slot or "the answer" for slot in source.cited_by)
        if source.is_file:
            extent = [f"{source.pages} pages"] if source.pages else []
            known = ["file of the prompt", *extent, f"{source.size:,} bytes", *([f"cited by {cited}"] if cited else [])]
            yield f"{source.number}. {inline(source.title)} ({'; '.join(known)})"
            continue
        read = f"read {source.fetched_at:%Y-%m-%d %H:%M} UTC" if source.fetched_at else "found, not read"
        facts = "; ".join([read, *([f"cited by {cited}"] if cited else [])])
        yield f"{source.number}. {inline(source.title or source.url)} ({facts}):  \n   {inline(source.url)}"


def _addresses(sources: Iterable[SourceSnapshot]) -> dict[int, str]:
    return {source.number: quote(source.href, safe=_IN_ADDRESS) for source in sources if source.href}


def _link(mark: re.Match[str], addresses: dict[int, str], words: str) -> str:
    """Return a mark whose numbers are links, '' where one of them has no address."""
    numbers = [int(number) for number in mark["numbers"].split(",")]
    return _links(numbers, addresses, words) if all(number in addresses for number in numbers) else ""


def _links(numbers: Iterable[int], addresses: dict[int, str], words: str = "") -> str:
    links = ", ".join(f"[{number}]({addresses[number]})" if number in addresses else str(number) for number in numbers)
    return f"\\[{links}{f': “{words}”' if words else ''}\\]"


def _is_bare(cited: CitationSnapshot, text: str) -> bool:
    return cited.origin is CitationOrigin.VENDOR and not MARK.fullmatch(text, cited.start, cited.end)
