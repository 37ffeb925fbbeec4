"""The look-ups of a run for those who wait for its answer: its citations, and how often the web was asked."""

from dataclasses import dataclass

from apps.fusion.lookup_steps import Lookup
from apps.fusion.lookups import LookupTool
from apps.fusion.vocabulary import Status
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A mark in the answer, from ``start`` to ``end`` in characters, with the page that it names."""

    url: str
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WebAccount:
    """The answer's citations, the look-ups of the call that wrote it, and how many look-ups of the run succeeded."""

    citations: tuple[CitedPage, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    searches: int = 0
    fetches: int = 0


def web_account(run: RunSnapshot) -> WebAccount | None:
    """Return what a run looked up, ``None`` for one that was to look up nothing. Files of the prompt are no pages."""
    if run.recipe.web is None:
        return None
    pages = {source.number: source for source in run.sources if not source.is_file}
    done = [one.tool for call in run.calls for one in call.lookups if one.status is Status.DONE]
    cited = [(one, pages[one.number]) for one in run.answer.citations if one.number in pages] if run.answer else []
    return WebAccount(
        citations=tuple(CitedPage(page.final_url or page.url, page.title, one.start, one.end) for one, page in cited),
        lookups=run.answer.lookups if run.answer else (),
        searches=done.count(LookupTool.SEARCH),
        fetches=done.count(LookupTool.FETCH),
    )
