"""Citations and look-ups as the run page shows them: chips in a text, and a line for each look-up."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

from apps.fusion.citations import MARK, marks_in, words_of
from apps.fusion.comparing.sourced import sentences_with_sources
from apps.fusion.judging.findings import SourceMark
from apps.fusion.lookup_steps import Lookup
from apps.fusion.lookups import LookupTool
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Status
from apps.markdown.plain import plain_words
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.lookups import CitationSnapshot, SourceSnapshot
from apps.web.formats import counted

WORDS = {
    QuoteState.VERIFIED: "found in the source",
    QuoteState.SIMILAR: "found in the source in other words",
    QuoteState.UNVERIFIED: "not found in the source",
}
NAMED = "named by the model’s vendor, not read here"
_PARTS = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>|<[^>]*>)", re.DOTALL)


def with_citations(html: str, citations: Sequence[CitationSnapshot]) -> str:
    """Return the HTML of a text with a chip in place of each mark of a source. Code keeps its brackets.

    The marks of a text and its citations are in one order, so each mark takes the next citation of its number.
    """
    if not citations:
        return html
    waiting: dict[int, deque[CitationSnapshot]] = defaultdict(deque)
    for cited in citations:
        waiting[cited.number].append(cited)
    parts = _PARTS.split(html)
    # What was split at stands at the odd places.
    return "".join(part if at % 2 else _marked(part, waiting) for at, part in enumerate(parts))


def with_source_links(html: str, text: str, sources: Sequence[SourceSnapshot], marks: Sequence[SourceMark] = ()) -> str:
    """Return the HTML of a judge's ``text`` with a chip for each mark of a source. Other numbers in brackets stay.

    A chip says what was found of the mark's words, where that is known; the marks of HTML and text are in one order.
    """
    known = {source.number: source for source in sources}
    if not known or "[" not in html:
        return html
    states = {(one.number, one.words): one.state for one in marks}
    waiting: dict[int, deque[str]] = defaultdict(deque)
    for one in marks_in(text):
        waiting[one.number].append(words_of(one))

    def chips_of(mark: re.Match[str]) -> list[str]:
        numbers = [int(number) for number in mark["numbers"].split(",")]
        words = [waiting[number].popleft() if waiting[number] else "" for number in numbers]
        if not known.keys() >= {*numbers}:
            return []
        return [
            _link_to(known[number], mark["quote"] or "", states.get((number, said)))
            for number, said in zip(numbers, words, strict=True)
        ]

    return "".join(part if at % 2 else _replaced(part, chips_of) for at, part in enumerate(_PARTS.split(html)))


@dataclass(frozen=True, slots=True)
class Unsourced:
    """The sentences of a text that no source supports, each as it is written and as it is shown, of ``count`` all."""

    count: int
    sentences: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """Say how many they are."""
        no = "has" if len(self.sentences) == 1 else "have"
        return f"{len(self.sentences)} of {counted(self.count, 'sentence')} {no} no source"


def unsourced(call: CallSnapshot) -> Unsourced:
    """Return the sentences of a call's text that no source supports."""
    spans = [(one.start, one.end) for one in call.citations]
    found = [(one.start, one.end) for one in call.citations if one.state is not QuoteState.UNVERIFIED]
    sourced = sentences_with_sources(call.text, spans, found)
    texts = [MARK.sub("", call.text[start:end]).replace(" .", ".") for start, end in sourced.without]
    return Unsourced(sourced.count, tuple((text, plain_words(text)) for text in texts))


def lookup_words(lookup: Lookup) -> str:
    """Say what a look-up did, as "searched “…” · 5 results"."""
    if lookup.tool not in list(LookupTool):
        return _call_words(lookup)
    is_search = lookup.tool == LookupTool.SEARCH
    what = f"“{lookup.summary}”" if is_search else _address(lookup.summary)
    match lookup.status:
        case Status.DONE:
            done = f"searched {what}" if is_search else f"read {what}"
            count = len(lookup.sources)
            return f"{done} · {count} result{'' if count == 1 else 's'}" if is_search else done
        case Status.RUNNING:
            return f"searches {what} …" if is_search else f"reads {what} …"
        case Status.CANCELLED:
            return f"stopped: {'search for' if is_search else 'reading'} {what}"
        case _:
            return f"{'search' if is_search else 'page'} {what}: {lookup.sentence}"


def _call_words(lookup: Lookup) -> str:
    """Say what a call of a connected tool did, with its arguments."""
    what = f"{lookup.tool} {lookup.summary}".strip()
    match lookup.status:
        case Status.DONE:
            return f"called {what}"
        case Status.RUNNING:
            return f"calls {what} …"
        case Status.CANCELLED:
            return f"stopped: call of {what}"
        case _:
            return f"call of {what}: {lookup.sentence}"


def _address(url: str) -> str:
    """Return an address without its scheme."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path.rstrip('/')}" or url


def _marked(text: str, waiting: dict[int, deque[CitationSnapshot]]) -> str:
    def chips_of(mark: re.Match[str]) -> list[str]:
        numbers = [int(number) for number in mark["numbers"].split(",")]
        found = [waiting[number].popleft() for number in numbers if waiting[number]]
        return [_chip(one) for one in found] if len(found) == len(numbers) else []

    return _replaced(text, chips_of)


def _replaced(text: str, chips_of: Callable[[re.Match[str]], list[str]]) -> str:
    """Return a piece of HTML without tags with chips for those of its marks that get some."""
    plain = unescape(text)
    parts: list[str] = []
    behind = 0
    for mark in MARK.finditer(plain):
        if chips := chips_of(mark):
            parts += [escape(plain[behind : mark.start()]), *chips]
            behind = mark.end()
    return text if not parts else "".join(parts) + escape(plain[behind:])


def _file_href(cited: CitationSnapshot) -> str:
    """Return the address of a file with the passage, from the page of a run, a thread or a share."""
    if cited.source_start is None or cited.source_end is None:
        return f"files/{cited.number}/"
    return f"files/{cited.number}/?start={cited.source_start}&amp;end={cited.source_end}#passage"


def _link_to(source: SourceSnapshot, quote: str, state: QuoteState | None = None) -> str:
    checked = f", {WORDS[state]}" if state else ""
    title = f"{f'“{quote}”: ' if quote else ''}{source.title or source.url}{checked}"
    kind, sign = ("cite unfound", "?") if state is QuoteState.UNVERIFIED else ("cite", "")
    href = f"files/{source.number}/" if source.is_file else f"#source-{source.number}"
    label = f"Source {source.number}, {source.title or source.url}{checked}"
    return (
        f'<a class="{kind}" href="{href}" title="{escape(title)}" aria-label="{escape(label)}">'
        f"{source.number}{sign}</a>"
    )


def _chip(cited: CitationSnapshot) -> str:
    is_found = cited.state is not QuoteState.UNVERIFIED
    is_named = not is_found and cited.origin is CitationOrigin.VENDOR
    words = f"{NAMED if is_named else WORDS[cited.state]}{f', {cited.place}' if cited.place else ''}"
    title = f"“{cited.quote}”: {words}" if cited.quote else f"Source {cited.number}: {words}"
    kind, sign = ("cite named", "") if is_named else ("cite", "") if is_found else ("cite unfound", "?")
    label = f"Source {cited.number}, {words}"
    href = _file_href(cited) if cited.is_file else f"#source-{cited.number}"
    return (
        f'<a class="{kind}" href="{href}" title="{escape(title)}" aria-label="{escape(label)}">{cited.number}{sign}</a>'
    )
