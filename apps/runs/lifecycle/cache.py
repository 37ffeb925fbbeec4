"""Runs that get the answer of an equal one: found by their key, waiting for it while it is at work, and filled with it.

Such a run has ``copy_of`` set and no calls of its own until the other run has an answer; then it gets copies of that
one's calls, which cost nothing. If the other fails, is stopped or deleted, it asks models itself.
"""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.fusion.caching import CacheHit
from apps.fusion.values import Usage
from apps.fusion.vocabulary import CostSource, Role, Status
from apps.runs.lifecycle.rows_to_events import ended_event, run_ended
from apps.runs.models import UNFINISHED, Call, Citation, Evidence, Finding, Run

if TYPE_CHECKING:  # which asks here at the end of every change
    from apps.runs.lifecycle.transitions import RunChange

LOOK_AGAIN_S = 2
"""Seconds until a run that waits is looked at again, should the end of the other not have been told."""


def source_of(run: Run) -> Run | None:
    """Return the run whose answer a new one gets: the newest finished in time, else the oldest at work; or ``None``.

    A run that is not stored, or lies in the bin, gives nothing, and no copy does: age is counted from the first. The
    row is locked, so that it is not deleted before the new one names it. One that has no calls yet waits itself, and
    to lock it could mean to wait for each other. One that ends while its lock is waited for is no longer at work when
    it is had; so what has finished is looked for last.
    """
    cache = run.recipe.cache
    if cache is None or not run.cache_key:
        return None
    equal = Run.objects.filter(owner=run.owner_id, cache_key=run.cache_key, copy_of=None, cache_hit__isnull=True)
    equal = equal.filter(Exists(Call.objects.filter(run=OuterRef("pk"))), is_kept=True, binned_at=None)
    equal = equal.exclude(pk=run.pk).only("pk", "status", "ended_at").select_for_update(of=("self",), no_key=True)
    since = timezone.now() - timedelta(seconds=cache.ttl_s)
    open_after_answer = Exists(_open_after_the_answer())
    is_at_work = Q(status=Status.RUNNING) | Q(open_after_answer, status=Status.DONE, ended_at__gte=since)
    at_work = equal.filter(is_at_work, cancel_requested=False, cap_reached=False).order_by("pk").first()
    if not cache.ttl_s:
        return at_work
    answered = equal.exclude(answer_call=None).filter(~open_after_answer, status=Status.DONE, ended_at__gte=since)
    return answered.order_by("-ended_at").first() or at_work


def lock_key(run: Run) -> None:
    """Let one transaction at a time look for a run to copy and become one that others copy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [run.cache_key, run.owner_id])


def wait_or_copy(change: "RunChange") -> bool:
    """Return whether a run waits for another's answer, or has just got it; then no strategy is asked.

    A run that waits in vain waits for another equal one, or becomes one of its own with its whole hard limit before it.
    """
    run = change.run
    # Models are asked in the transaction in which a run is written; one without calls waits, or did until now.
    if not run.cache_key or run.status.is_final or run.cancel_requested or change.calls:
        return False
    first = Run.objects.filter(pk=run.copy_of_id).first() if run.copy_of_id else None
    if first is None or (first.is_final and (first.status is not Status.DONE or first.answer_call_id is None)):
        lock_key(run)
        first = source_of(run)
        run.copy_of = first
        if first is None:
            run.resumed_at = timezone.now()
            return False
        return wait_or_copy(change)
    if not first.is_final or Call.objects.filter(_is_open(), run=first).exists():
        run.wake_at = timezone.now() + timedelta(seconds=LOOK_AGAIN_S)
        return True
    _fill(change, first)
    return True


def _fill(change: "RunChange", first: Run) -> None:
    """Copy what an earlier run has: its calls that ended, the analysis and the answer that count."""
    run, now = change.run, timezone.now()
    originals = list(first.calls.with_output().exclude(status__in=UNFINISHED).order_by("pk"))
    copies = [_copy(call, run) for call in originals]
    Call.objects.bulk_create(copies)
    ids = {old.pk: new.pk for old, new in zip(originals, copies, strict=True)}
    for old, new in zip(originals, copies, strict=True):
        new.inputs = tuple(ids[one] for one in old.inputs if one in ids)
        if old.guidance and old.guidance.beside is not None:
            new.guidance = old.guidance.model_copy(update={"beside": ids.get(old.guidance.beside)})
        output = old.output
        output.html = type(output).objects.values_list("html", flat=True).get(pk=old.pk)
        output.pk, output.call = new.pk, new
        output._state.adding = True
    Call.objects.bulk_update(copies, ["inputs", "guidance"])
    type(copies[0].output).objects.bulk_create([copy.output for copy in copies])
    _copy_findings(ids)
    _copy_citations(run, ids)
    change.loaded = copies
    was_running = first.ended_at is None or first.ended_at > run.created_at
    age_s = 0.0 if was_running or first.ended_at is None else (run.created_at - first.ended_at).total_seconds()
    run.cache_hit = CacheHit(run=first.public_id, age_s=age_s, was_running=was_running)
    run.status, run.failure, run.wake_at = Status.DONE, None, None
    run.answer_call_id = ids.get(first.answer_call_id or 0)
    run.analysis_call_id = ids.get(first.analysis_call_id or 0)
    for name in ("answer_kind", "agreement", "agreement_items", "contradictions", "grounding", "stability"):
        setattr(run, name, getattr(first, name))
    run.ballot = first.ballot and first.ballot.model_copy(
        update={"calls": {slot: ids[one] for slot, one in first.ballot.calls.items() if one in ids}}
    )
    run.cost = run.estimate_low = run.estimate_high = Decimal(0)
    run.ended_at = now
    change.events += [*(ended_event(copy, with_text=True) for copy in copies), run_ended(run)]


def _copy(call: Call, run: Run) -> Call:
    """Return an unsaved copy of a call: nobody was asked, so it has no cost, tokens or times."""
    now = timezone.now()
    same = ("stage", "role", "slot", "take", "model", "parameters", "guidance", "status", "fallback", "answered_by")
    more = ("dropped", "failure_code", "failure_sentence", "finish_reason")
    copy = Call(
        run=run,
        is_copy=True,
        claim=1,
        cost=Decimal(0),
        cost_source=CostSource.COMPUTED,
        usage=Usage(input_tokens=0, output_tokens=0),
        enqueued_at=None,
        started_at=now,
        ended_at=now,
        **{name: getattr(call, name) for name in (*same, *more)},
    )
    copy.output = call.output
    return copy


def _copy_findings(ids: dict[int, int]) -> None:
    """Copy the findings of judges, by which runs are searched."""
    for finding in Finding.objects.filter(call__in=ids).prefetch_related("evidence"):
        evidence = list(finding.evidence.all())
        finding.pk, finding.call_id = None, ids[finding.call_id]
        finding._state.adding = True
        finding.save()
        for one in evidence:
            one.pk, one.finding = None, finding
            one._state.adding = True
        Evidence.objects.bulk_create(evidence)


def _copy_citations(run: Run, ids: dict[int, int]) -> None:
    """Copy the marks of sources in the texts; the files that they name have the same numbers in an equal run."""
    sources = dict(run.sources.values_list("number", "pk"))
    citations = list(Citation.objects.filter(call__in=ids))
    for cited in citations:
        cited.pk, cited.call_id, cited.source_id = None, ids[cited.call_id], sources.get(cited.number)
        cited._state.adding = True
    Citation.objects.bulk_create(citations)


def _is_open() -> Q:
    """Return the condition on calls that an answer is still waited for: stragglers of the panel are not."""
    return Q(status__in=UNFINISHED) & ~Q(role=Role.PANEL)


def _open_after_the_answer() -> QuerySet[Call]:
    return Call.objects.filter(_is_open(), run=OuterRef("pk"))
