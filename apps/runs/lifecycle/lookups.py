"""Rows of look-ups: the steps of a call, what was looked up, and the sources that all calls of a run share.

Whoever writes names the claim of the call, as for everything that a worker writes (``claims.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from apps.fusion.lookup_steps import Lookup, SourceRef, Spent
from apps.fusion.lookups import LookupFailure, LookupFault, LookupTool, Page, SearchHit
from apps.fusion.prompting.files import numbered_files
from apps.fusion.prompting.lookups import cited_text, fault_text
from apps.fusion.tools import ToolCall, ToolResult, VendorData
from apps.fusion.values import Attempt, Message
from apps.fusion.vocabulary import CitationOrigin, Status
from apps.lookup.addresses import checked, known_addresses, normalised
from apps.runs.lifecycle.claims import store_attempts
from apps.runs.models import UNFINISHED, Call, Citation, LookupStep, Run, Source, ToolUse

LOCK_OF_SOURCES = 0x10_0C
"""The class of PostgreSQL's advisory locks under which a run's look-ups are counted and its sources numbered."""
MOST_CITED = 20
"""Sources that a judge is shown."""
AROUND_QUOTE = 200
"""Characters on either side of a quote that a judge is shown of its source."""
MOST_TEXT = 500_000
"""Characters of a page that are kept."""


class NotMine(Exception):
    """The call was taken away from this worker."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stored step of a call with its look-ups, in the order in which the model asked for them."""

    number: int
    text: str
    vendor_data: VendorData | None
    uses: tuple[ToolUse, ...]
    is_done: bool = False

    @property
    def open_uses(self) -> tuple[ToolUse, ...]:
        """The look-ups that have no result yet."""
        return tuple(use for use in self.uses if not use.status.is_final)

    def turns(self) -> tuple[Message, ...]:
        """Return the turn in which the model asked, and a turn for each result."""
        calls = tuple(ToolCall(id=use.tool_id, name=use.name, arguments=use.arguments) for use in self.uses)
        asked = Message(role="assistant", text=self.text, calls=calls, vendor_data=self.vendor_data)
        return (asked, *map(result_of, self.uses))


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a look-up: what the model is given, and what is stored of it. ``cost`` is USD, ``None`` if unknown."""

    result: str
    status: Status = Status.DONE
    code: LookupFailure | None = None
    sentence: str = ""
    sources: tuple[SourceRef, ...] = ()
    engine: str = ""
    cost: Decimal | None = field(default_factory=Decimal)


def result_of(use: ToolUse) -> Message:
    """Return the turn with the result of a look-up."""
    failed = use.status is not Status.DONE
    return Message(role="user", text=use.result, result=ToolResult(id=use.tool_id, name=use.name, is_error=failed))


def steps_of(call_id: int) -> tuple[Step, ...]:
    """Return the steps that a call has taken so far, under whatever claim."""
    uses = list(ToolUse.objects.filter(call=call_id).order_by("step", "ordinal"))
    return tuple(
        Step(
            step.number,
            step.text,
            step.vendor_data,
            tuple(use for use in uses if use.step == step.number),
            step.is_done,
        )
        for step in LookupStep.objects.filter(call=call_id).order_by("number")
    )


def begin_step(
    call: Call,
    number: int,
    text: str,
    vendor_data: VendorData | None,
    calls: Sequence[ToolCall],
    attempts: Sequence[Attempt],
) -> tuple[Step, Spent]:
    """Store a step, what its model asks for and the call's attempts; what is over a limit has its result at once.

    Return what is spent then, too. Raises :class:`NotMine`.
    """
    try:
        return _stored_step(call, number, text, vendor_data, calls, attempts)
    except IntegrityError:
        # Stored, and the connection broke before that was told; nobody but who has the call begins its steps.
        step = next((step for step in steps_of(call.pk) if step.number == number), None)
        if step is None:
            raise
        return step, spent_by(call)


def _stored_step(
    call: Call,
    number: int,
    text: str,
    vendor_data: VendorData | None,
    calls: Sequence[ToolCall],
    attempts: Sequence[Attempt],
) -> tuple[Step, Spent]:
    with transaction.atomic():
        _lock(call.run_id)
        if not Call.objects.filter(pk=call.pk, claim=call.claim, status__in=UNFINISHED).exists():
            raise NotMine
        store_attempts(call, attempts)
        LookupStep.objects.create(call=call, number=number, text=text, vendor_data=vendor_data)
        spent, uses = spent_by(call), []
        for ordinal, asked in enumerate(calls):
            use = ToolUse(call=call, step=number, ordinal=ordinal, tool_id=asked.id, name=asked.name)
            use.arguments = asked.arguments
            if refusal := spent.refusal_of(asked.name):
                use.status, use.code, use.sentence = Status.FAILED, LookupFailure.BUDGET_REACHED, refusal
                use.result = fault_text(f"{refusal} Answer with what you know.")
            else:
                spent = spent.plus(asked.name)
            uses.append(use)
        ToolUse.objects.bulk_create(uses)
    return Step(number, text, vendor_data, tuple(uses)), spent


def spent_by(call: Call) -> Spent:
    """Return the look-ups that a call and its run have had; those that a limit refused do not count."""
    had = ToolUse.objects.filter(call__run=call.run_id).exclude(code=LookupFailure.BUDGET_REACHED)
    own = had.filter(call=call)
    searches = own.filter(name=LookupTool.SEARCH).count()
    return Spent(searches, own.count() - searches, had.count())


def end_use(use: ToolUse, found: Found, ms: int) -> Lookup:
    """Store the end of a look-up; return it as a reader is told it."""
    use.status, use.code, use.sentence = found.status, found.code or "", found.sentence
    use.result, use.sources, use.engine = found.result, found.sources, found.engine
    use.ms, use.cost = ms, found.cost
    use.save(update_fields=["status", "code", "sentence", "result", "sources", "engine", "ms", "cost"])
    return use.value


def finish_step(call: Call, step: Step, attempts: Sequence[Attempt], words: str = "") -> None:
    """Note that a step has all its results, which ``attempts`` now price; ``words`` for the model go behind the last.

    In one transaction, so that the price of a look-up counts once whenever the worker is lost.
    """
    with transaction.atomic():
        last = step.uses[-1]
        if not last.result.endswith(words):  # they are there where the connection broke before that was told
            last.result = f"{last.result}\n\n{words}"
            last.save(update_fields=["result"])
        if Call.objects.filter(pk=call.pk, claim=call.claim, status__in=UNFINISHED).exists():
            store_attempts(call, attempts)
        LookupStep.objects.filter(call=call, number=step.number).update(is_done=True)


def sources_for(run_id: int, hits: Iterable[SearchHit]) -> tuple[SourceRef, ...]:
    """Return the source of each hit, numbered in the order in which the run first saw them."""
    with transaction.atomic():
        _lock(run_id)
        return tuple(_source(run_id, url_key(hit.url), hit).ref for hit in hits)


def known_to(run_id: int) -> frozenset[str]:
    """Return the addresses that searches and pages of this run have named, for ``addresses.check_known``."""
    rows = Source.objects.filter(run=run_id).values_list("url", "final_url", "links")
    return known_addresses(pages=(Page(url=url, final_url=final, links=links) for url, final, links in rows))


def url_key(url: str) -> str:
    """Return an address as sources are told apart; what is no address stays as it is."""
    try:
        return normalised(checked(url))
    except LookupFault:
        return url


def kept_page(run_id: int, url: str) -> Source | None:
    """Return the run's copy of a page, ``None`` if no call has read it yet."""
    key = url_key(url)
    return Source.objects.filter(Q(url=key) | Q(final_url=key), run=run_id, fetched_at__isnull=False).first()


def keep_page(run_id: int, url: str, page: Page) -> Source:
    """Store a page as it was fetched: from now on all calls of the run read this copy, whoever came first."""
    with transaction.atomic():
        _lock(run_id)
        source = _source(run_id, url_key(url))
        if source.fetched_at is not None:
            return source
        text = page.text[:MOST_TEXT]
        source.text, source.is_cut = text, page.is_cut or len(text) < len(page.text)
        source.sha256 = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        source.title, source.final_url = page.title or source.title, url_key(page.final_url or page.url)
        source.media_type, source.warnings = page.media_type[:100], page.warnings
        source.links = page.links
        source.fetched_at = timezone.now()
        source.save()
    return source


def add_files(run: Run) -> None:
    """Make a source of each file of a new run: the first numbers are theirs, as ``numbered_files`` counts them."""
    Source.objects.bulk_create(
        Source(
            run=run,
            number=number,
            url=f"file:{file.sha256}",
            title=file.name,
            media_type=file.media_type,
            sha256=file.sha256,
            fetched_at=run.created_at,
            warnings=file.warnings,
            size=file.size,
            pages=file.pages or None,
        )
        for number, file in numbered_files(run.messages).items()
    )


def texts_of_sources(run: Run) -> dict[int, str]:
    """Return what is kept of each source of a run, by number: the file, the page, or what a search said of it."""
    rows = Source.objects.filter(run=run).values_list("number", "text", "snippet")
    files = {number: file.text for number, file in numbered_files(run.messages).items()}
    return {number: text or snippet for number, text, snippet in rows} | files


def pages_of(run_id: int) -> dict[int, str]:
    """Return the pages that a run has read, by number."""
    rows = Source.objects.filter(run=run_id, fetched_at__isnull=False, size__isnull=True)
    return dict(rows.values_list("number", "text"))


def sources_of_native_search(run_id: int) -> frozenset[int]:
    """Return the numbers of the sources of which nothing is known but that a model's vendor named them."""
    named = Citation.objects.filter(call__run=run_id, origin=CitationOrigin.VENDOR, source__text="", source__snippet="")
    return frozenset(named.values_list("number", flat=True))


def cited_by(run: Run, call_ids: Sequence[int]) -> list[str]:
    """Return the sources that these calls cite, as a judge reads them: the words around each quote that stands there.

    A source is a page of anybody's, so what is not cited of it is not shown.
    """
    files = numbered_files(run.messages)
    found: dict[int, tuple[Source, list[str], list[str], list[str]]] = {}
    rows = Citation.objects.filter(call__in=call_ids, source__isnull=False).select_related("source", "call__output")
    for cited in rows.order_by("number", "call", "start"):
        source = cited.source
        if source is None:
            continue
        _, passages, missing, named = found.setdefault(cited.number, (source, [], [], []))
        if cited.source_start is not None and cited.source_end is not None:
            text = files[cited.number].text if cited.number in files else source.text or source.snippet
            passages.append(text[max(0, cited.source_start - AROUND_QUOTE) : cited.source_end + AROUND_QUOTE].strip())
        elif cited.origin is CitationOrigin.VENDOR:
            named.append(cited.quote or cited.call.output.text[cited.start : cited.end])
        elif cited.quote:
            missing.append(cited.quote)
    return [
        cited_text(
            number,
            source.title,
            "" if number in files else source.url,
            list(dict.fromkeys(passages))[:5],
            list(dict.fromkeys(missing))[:5],
            list(dict.fromkeys(named))[:5],
        )
        for number, (source, passages, missing, named) in sorted(found.items())[:MOST_CITED]
    ]


def _source(run_id: int, key: str, hit: SearchHit | None = None) -> Source:
    """Return the source of an address, made with the next number at first use. The lock is held."""
    found = Source.objects.filter(Q(url=key) | Q(final_url=key), run=run_id).order_by("number").first()
    if found is None:
        last = Source.objects.filter(run=run_id).aggregate(last=Max("number"))["last"] or 0
        found = Source(run_id=run_id, url=key, number=last + 1)
    if hit and not found.snippet:
        found.title, found.snippet = found.title or hit.title, hit.snippet
        found.published = hit.published[:100]
    if found.pk is None or hit:
        found.save()
    return found


def _lock(run_id: int) -> None:
    with connection.cursor() as cursor:
        # A transaction's own lock: it is gone with it, also when the worker is.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_OF_SOURCES, run_id % 2**31])
