"""Runs as programs read them, in our own words: plain JSON values from a snapshot. Money is USD, durations seconds."""

import json
from decimal import Decimal
from typing import Any

from apps.catalogue.recipes.estimates import RunEstimate
from apps.fusion.answers.composing import ComposedAnswer
from apps.fusion.confidence import confidence_words
from apps.fusion.cost import known_total
from apps.fusion.judging.analysis import wire
from apps.fusion.values import JudgedSettings, Recipe
from apps.fusion.vocabulary import Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.checks import check_document
from apps.runs.reading.claims import claims_document
from apps.runs.reading.contests import contest_document
from apps.runs.reading.critiques import critique_document
from apps.runs.reading.exits import exit_document
from apps.runs.reading.peer_reviews import review_document
from apps.runs.reading.second_judges import second_judges_document
from apps.runs.reading.snapshot import RunSnapshot

Document = dict[str, Any]
ANSWERING = (Role.PANEL, Role.SYNTHESIS, Role.REVISION)
"""The roles whose texts are answers."""


def known_cost(amount: Decimal | None, is_complete: bool) -> float | None:
    """Return a cost in USD as JSON has it, ``None`` while nothing is known of what was paid."""
    return dollars(known_total(amount, is_complete))


def json_text(value: Any) -> str:
    """Return a value as JSON in a text."""
    return json.dumps(value, ensure_ascii=False)


def dollars(amount: Decimal | None) -> float | None:
    """Return an amount as JSON has it."""
    return None if amount is None else float(amount)


def bill(run: RunSnapshot) -> list[Document]:
    """Return a line for every call that ended, panel first."""
    return [_line(call) for call in run.calls if call.is_final]


def failed_models(run: RunSnapshot) -> list[Document]:
    """Return the panel's models whose newest take gave no answer, with the reasons."""
    newest = [column.newest for column in run.columns]
    return [
        {
            "slot": call.slot,
            "model": call.model,
            "variant": call.variant,
            "status": call.status.value,
            "code": call.failure.code.value if call.failure else "refused" if call.text.strip() else "empty",
            "message": call.failure.sentence if call.failure else "The answer is empty or a refusal.",
        }
        for call in newest
        if call.is_final and not call.is_usable
    ]


def answer(run: RunSnapshot) -> Document | None:
    """Return the answer with its model, and whether it is fused, voted, the only one, or the closest."""
    if run.answer is None:
        return None
    kind = run.answer_kind.value if run.answer_kind else None
    return {
        "text": run.answer.text,
        "tool_calls": [tool_call.model_dump() for tool_call in run.answer.tool_calls],
        "kind": kind,
        "model": run.answer.model,
        "variant": run.answer.variant,
        "call": run.answer.id,
        "traced": run.answer.provenance.traced if run.answer.provenance else None,
    }


def ballot(run: RunSnapshot) -> Document | None:
    """Return the vote: how it ended, the classes of equal final answers, and who has none; ``None`` without a vote."""
    if run.ballot is None:
        return None
    return {
        "result": run.ballot.result.value,
        "winner": run.ballot.winner or None,
        "members": run.ballot.members,
        "classes": [
            {
                "answer": one.text,
                "kind": one.kind.value,
                "votes": [
                    {"slot": vote.slot, "answer": vote.text, "quote": vote.quote, "weight": vote.weight}
                    for vote in one.votes
                ],
            }
            for one in run.ballot.classes
        ],
        "nulls": list(run.ballot.nulls),
        "waived": list(run.ballot.waived),
        "calls": run.ballot.calls,
        "share": run.ballot.share,
        "weighed_by": run.ballot.weighed_by.value,
        "counts": run.ballot.counts.value,
        "labels": list(run.ballot.labels),
        "composed": _composed(run.ballot.composed),
        "exit": run.ballot.exit.value if run.ballot.exit else None,
        "fields": [
            {
                "pointer": one.pointer,
                "winner": one.winner or None,
                "values": [{"value": each.text, "slots": list(each.slots)} for each in one.classes],
                "missing": list(one.missing),
            }
            for one in run.ballot.fields
        ],
        "confidence": confidence_words(run.ballot, run.recipe) or None,
    }


def _composed(composed: ComposedAnswer | None) -> Document | None:
    """Return what became of the fields of an answer made of their winners; ``None`` where whole answers count."""
    if composed is None:
        return None
    return {
        "decided": composed.decided,
        "undecided": list(composed.undecided),
        "left_out": list(composed.left_out),
        "problem": composed.problem or None,
    }


def route(run: RunSnapshot) -> Document | None:
    """Return who chose the run's settings, and why; ``None`` where whoever asked chose."""
    return run.recipe.route.model_dump(mode="json") if run.recipe.route else None


def cache(run: RunSnapshot) -> Document | None:
    """Return the run whose answer this one got, and its age in seconds; ``None`` where models were asked."""
    return run.cache_hit.model_dump(mode="json") if run.cache_hit else None


def run_document(run: RunSnapshot, url: str, metadata: Document) -> Document:
    """Return the whole run."""
    return {
        **_head(run, url),
        "messages": [message.model_dump(mode="json", exclude_defaults=True) for message in run.messages],
        "recipe": _recipe(run.recipe),
        "tools": run.tools.model_dump(mode="json") if run.tools else None,
        "metadata": metadata,
        "parent": run.parent,
        "earlier_answers": run.earlier_answers.value,
        "from_slot": run.from_slot or None,
        "forked_from": run.forked_from,
        "imported_at": run.imported_at.isoformat() if run.imported_at else None,
        "changes": [one.model_dump(mode="json") | {"text": one.in_words()} for one in run.changes],
        "own_answers": {slot: list(texts) for slot, texts in run.own_answers.items()},
        "route": route(run),
        "cache": cache(run),
        "answer": answer(run),
        **exit_document(run),
        "ballot": ballot(run),
        "contest": contest_document(run),
        "critique": critique_document(run),
        "claims": claims_document(run),
        "analysis": wire(run.analysis) if run.analysis else None,
        "second_judges": second_judges_document(run),
        "answer_check": check_document(run),
        "peer_review": review_document(run),
        "notices": list(run.notices),
        "calls": [_call(call) for call in run.calls],
        "sources": [source.model_dump(mode="json") for source in run.sources],
        "bill": bill(run),
        "failed_models": failed_models(run),
        "estimate": {"low": dollars(run.estimate_low), "high": dollars(run.estimate_high)},
    }


def _recipe(recipe: Recipe) -> Document:
    """Return a recipe without what it leaves open; that all answers are waited for is said by ``null``."""
    document = recipe.model_dump(mode="json", exclude_none=True)
    if isinstance(recipe.settings, JudgedSettings):
        document = {"quorum": None, "grace_s": None, **document}
    return document


def _head(run: RunSnapshot, url: str) -> Document:
    return {
        "id": run.id,
        "url": url,
        "thread": run.thread,
        "links": links(run.id),
        "status": run.status.value,
        "title": run.title,
        "preset": run.preset,
        "created_at": run.created_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "duration_s": run.duration_s,
        "failure": run.failure.model_dump(mode="json") if run.failure else None,
        "agreement": run.analysis.agreement.score if run.analysis else None,
        "grounding": run.analysis.grounding.share if run.analysis else None,
        "stability": run.analysis.stability.share if run.analysis and run.analysis.stability else None,
        "cost": known_cost(run.cost, run.cost_is_complete),
        "cost_is_complete": run.cost_is_complete,
    }


def estimate_document(expected: RunEstimate) -> Document:
    """Return what calls are likely to cost, before they are made."""
    low, high = dollars(expected.low), dollars(expected.high)
    return {"calls": expected.calls, "low": low, "high": high, "is_complete": expected.is_complete}


def links(run_id: str) -> dict[str, str]:
    """Return the paths of a run's other documents on this server."""
    base = f"/api/v1/runs/{run_id}"
    return {"self": base, "events": f"{base}/events", "export": f"{base}/export"}


def _line(call: CallSnapshot) -> Document:
    return {
        "call": call.id,
        "role": call.role.value,
        "slot": call.slot,
        "take": call.take,
        "model": call.model,
        "variant": call.variant,
        "status": call.status.value,
        "input_tokens": call.usage.input_tokens,
        "output_tokens": call.usage.output_tokens,
        "cost": dollars(call.cost),
        "cost_source": call.cost_source.value,
        "duration_s": call.duration_s,
    }


def _call(call: CallSnapshot) -> Document:
    return {
        "id": call.id,
        "role": call.role.value,
        "slot": call.slot,
        "take": call.take,
        "model": call.model,
        "label": call.label,
        "variant": call.variant,
        "status": call.status.value,
        # A text that is no answer is a reply for this program; what it says stands elsewhere in the run.
        "text": call.text if call.role in ANSWERING else "",
        "lookups": [lookup.model_dump(mode="json") for lookup in call.lookups],
        "citations": [cited.model_dump(mode="json") for cited in call.citations],
        "reasoning": call.reasoning,
        "tool_calls": [tool_call.model_dump() for tool_call in call.tool_calls],
        "failure": call.failure.model_dump(mode="json") if call.failure else None,
        "finish_reason": call.finish_reason.value if call.finish_reason else None,
        "usage": call.usage.model_dump(mode="json"),
        "cost": dollars(call.cost),
        "cost_source": call.cost_source.value,
        "ttft_s": call.ttft_s,
        "duration_s": call.duration_s,
        "inputs": list(call.inputs),
        "provenance": call.provenance.model_dump(mode="json") if call.provenance else None,
    }
