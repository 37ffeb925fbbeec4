"""The rows of a call's result: its columns, its output, its findings, citations and searches. No claim is asked for."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from apps.fusion.citations import Citation as CitationValue
from apps.fusion.events import CallTool
from apps.fusion.judging.findings import Analysis
from apps.fusion.lookups import LookupTool
from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.lifecycle.outcomes import Result, SearchedNatively
from apps.runs.lifecycle.transitions import cut_sentence
from apps.runs.models import Assessment, Call, Citation, Evidence, Finding, Source, ToolUse
from apps.runs.spending.metering import possible_cost


def columns_of(row: Call, result: Result) -> dict[str, Any]:
    """Return the columns of a call that are written when it ends."""
    outcome, reply = result.outcome, result.outcome.reply
    failure = outcome.failure
    if outcome.status is Status.CANCELLED:
        code = row.cancel_code or FailureCode.CANCELLED
        failure = Failure(code=code, sentence=row.failure_sentence or cut_sentence(code))
    return {
        "status": outcome.status,
        "ended_at": timezone.now(),
        "failure_code": failure.code if failure else None,
        "failure_sentence": failure.sentence if failure else "",
        "finish_reason": reply.finish_reason,
        "upstream_id": reply.upstream_id,
        # That of a stand-in says nothing of the model that was asked.
        "model_version": "" if outcome.answered_by else reply.version,
        "usage": result.usage,
        "cost": result.cost,
        "cost_source": result.cost_source,
        "possible_extra_cost": possible_cost(outcome.attempts),
        "answered_by": outcome.answered_by,
        "dropped": outcome.dropped,
        "ttft_s": outcome.ttft_s,
        "duration_s": outcome.duration_s,
    }


def output_of(result: Result) -> dict[str, Any]:
    """Return the columns of a call's output that are written when it ends."""
    return {
        "text": result.outcome.reply.text,
        "reasoning": result.outcome.reply.reasoning,
        "tool_calls": result.outcome.reply.tool_calls,
        "vendor_data": result.outcome.reply.vendor_data,
        "html": result.html,
        "analysis": result.analysis,
        "coverage": result.coverage,
        "provenance": result.provenance,
        "verdict": result.verdict,
    }


def write_citations(call: Call, citations: Sequence[CitationValue]) -> None:
    """Store the citations of an answer, each with the source of its number where the run has it."""
    sources = dict(Source.objects.filter(run=call.run_id).values_list("number", "pk"))
    rows = [
        Citation(
            call=call,
            source_id=sources.get(cited.number),
            number=cited.number,
            start=cited.start,
            end=cited.end,
            quote=cited.quote,
            state=cited.state,
            source_start=cited.found[0] if cited.found else None,
            source_end=cited.found[1] if cited.found else None,
            origin=cited.origin,
        )
        for cited in citations
    ]
    Citation.objects.bulk_create(rows, ignore_conflicts=True)


def write_findings(call: Call, analysis: Analysis) -> None:
    """Store the findings of an analysis with their evidence, and its assessments."""
    findings = Finding.objects.bulk_create(
        Finding(call=call, name=found.id, kind=found.kind, ordinal=ordinal, text=found.text)
        for ordinal, found in enumerate(analysis.findings)
    )
    Evidence.objects.bulk_create(
        Evidence(
            finding=finding,
            slot=item.slot,
            stance=item.stance,
            quote=item.quote,
            span_start=item.span[0] if item.span else None,
            span_end=item.span[1] if item.span else None,
            is_verified=item.verified,
            is_similar=item.similar,
        )
        for finding, found in zip(findings, analysis.findings, strict=True)
        for item in found.evidence
    )
    Assessment.objects.bulk_create(
        Assessment(call=call, slot=one.slot, criterion=one.criterion[:200], score=one.score, reason=one.reason)
        for one in analysis.assessments
    )


def searched_events(call: Call, searched: Sequence[SearchedNatively]) -> list[CallTool]:
    """Store what a call's vendor searched for; return the events that tell of it, as of look-ups of ours."""
    had = ToolUse.objects.filter(call=call).aggregate(last=Max("step"))["last"] if searched else 0
    uses = ToolUse.objects.bulk_create(
        ToolUse(
            call=call,
            step=(had or 0) + 1,
            ordinal=ordinal,
            tool_id=f"vendor_{ordinal}",
            name=LookupTool.SEARCH,
            arguments=json.dumps({"query": one.query} | ({"link": one.link} if one.link else {}), ensure_ascii=False),
            status=Status.DONE,
            sources=one.sources,
            engine=one.engine[:40],
            cost=one.cost,
        )
        for ordinal, one in enumerate(searched)
    )
    told = {"run": call.run.public_id, "call": call.pk, "claim": call.claim, "phase": "ended"}
    return [CallTool.model_validate({**told, "lookup": use.value}) for use in uses]
