"""The parts of an answer that no vendor's form has a place for: the ``fusion`` object, and what stands for it."""

import hashlib
from collections.abc import Sequence
from typing import Any

from apps.api import documents
from apps.fusion.judging.analysis import wire
from apps.fusion.judging.findings import Analysis, Evidence, Finding
from apps.fusion.values import Recipe
from apps.fusion.vocabulary import FindingKind
from apps.runs.reading.checks import check_document
from apps.runs.reading.exits import exit_document
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.web_account import WebAccount


def fingerprint_of(recipe: Recipe) -> str:
    """Return a text that is the same as long as panel, judge, writer and their parameters are.

    OpenRouter's clients insist on a text in every chunk, and on the key in whole answers.
    """
    settings = recipe.model_dump_json(exclude={"seed", "max_cost", "depth", "preset", "preset_version"})
    return f"fp_{hashlib.sha256(settings.encode()).hexdigest()[:10]}"


def tokens_of(run: RunSnapshot) -> dict[str, int]:
    """Return the tokens of all calls together: input, cached of these, output, reasoning of these."""
    usages = [call.usage for call in run.calls]
    names = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")
    return {name: sum(getattr(usage, name) or 0 for usage in usages) for name in names}


def server_tool_use(web: WebAccount | None) -> dict[str, Any]:
    """Return the part of a usage that counts look-ups, in Anthropic's and OpenRouter's words; empty without any."""
    if web is None:
        return {}
    return {"server_tool_use": {"web_search_requests": web.searches, "web_fetch_requests": web.fetches}}


def citations_of(web: WebAccount | None, text: str) -> list[dict[str, Any]]:
    """Return the citations of an answer as OpenAI names their fields, without those behind the end of the ``text``."""
    cited = [one for one in web.citations if one.end <= len(text)] if web else []
    return [{"url": one.url, "title": one.title, "start_index": one.start, "end_index": one.end} for one in cited]


def fusion_of(run: RunSnapshot, url: str, notices: Sequence[str] | None = None) -> dict[str, Any]:
    """Return everything that the page shows beside the answer. ``notices`` on the request come before the run's."""
    analysis, newest = run.analysis, [column.newest for column in run.columns]
    models = {call.slot: call.model for call in newest}
    return {
        "run_id": run.id,
        "thread": run.thread,
        "url": url,
        "status": run.status.value,
        "answer_kind": run.answer_kind.value if run.answer_kind else None,
        "route": documents.route(run),
        "cache": documents.cache(run),
        **exit_document(run),
        "ballot": documents.ballot(run),
        "notices": [*(notices or ()), *run.notices],
        "cost_is_complete": run.cost_is_complete,
        "analysis": analysis_of(analysis, models) if analysis else None,
        "answer_check": check_document(run),
        "agreement": analysis.agreement.model_dump(mode="json") if analysis else None,
        "responses": [
            {"slot": call.slot, "model": call.model, "content": call.text} for call in newest if call.is_usable
        ],
        "failed_models": documents.failed_models(run),
        "bill": documents.bill(run),
    }


def analysis_of(analysis: Analysis, models: dict[str, str]) -> dict[str, Any]:
    """Return the five lists in the shape that fusion services have settled on, and ours with their evidence."""
    lists: dict[FindingKind, list[Finding]] = {kind: [] for kind in FindingKind}
    for finding in analysis.findings:
        lists[finding.kind].append(finding)

    def model_of(evidence: Evidence) -> str:
        return models.get(evidence.slot, evidence.slot)

    return {
        "consensus": [finding.text for finding in lists[FindingKind.CONSENSUS]],
        "contradictions": [
            {
                "topic": finding.text,
                "stances": [
                    {"model": model_of(one), "slot": one.slot, "stance": one.stance} for one in finding.evidence
                ],
            }
            for finding in lists[FindingKind.CONTRADICTION]
        ],
        "partial_coverage": [
            {"models": [model_of(one) for one in finding.evidence], "point": finding.text}
            for finding in lists[FindingKind.PARTIAL_COVERAGE]
        ],
        "unique_insights": [
            {"model": next(map(model_of, finding.evidence), ""), "insight": finding.text}
            for finding in lists[FindingKind.UNIQUE_INSIGHT]
        ],
        "blind_spots": [finding.text for finding in lists[FindingKind.BLIND_SPOT]],
        "evidence": wire(analysis),
    }
