"""The look-ups of a run for those who wait for its answer: its citations, and how often the web was asked."""

from dataclasses import dataclass

from apps.fusion.lookup_steps import Lookup
from apps.fusion.lookups import LookupTool
from apps.fusion.vocabulary import Status
from apps.runs.models import Citation, ToolUse
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
    """Return what a run looked up, ``None`` for one that was to look up nothing. Two queries."""
    if run.recipe.web is None:
        return None
    answer = run.answer.id if run.answer else None
    uses = list(ToolUse.objects.filter(call__run__public_id=run.id))
    done = [use.name for use in uses if use.status is Status.DONE]
    cited = Citation.objects.filter(call=answer, source__isnull=False).select_related("source")
    return WebAccount(
        citations=tuple(
            CitedPage(one.source.final_url or one.source.url, one.source.title, one.start, one.end)
            for one in cited
            if one.source
        ),
        lookups=tuple(use.value for use in uses if use.call_id == answer),
        searches=done.count(LookupTool.SEARCH),
        fetches=done.count(LookupTool.FETCH),
    )
