"""A run in an archive: the rows of which it is made, with everything that belongs to it and nothing of the server's.

Not among them: links and keys, webhooks, ids under which programs asked, and what this server alone reckons with. The
calls are numbered from 1, oldest first, and whatever names a call has its number.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from apps.annotations.models import BlindVote, Decision, Rating, Ruling
from apps.annotations.rulings import MOST_RULINGS
from apps.archives.shapes import PublicId, Row, row_of, shape_of
from apps.batches.models import FilledTemplate
from apps.fusion.blind_votes import VotedAnswer
from apps.fusion.vocabulary import SLOTS
from apps.runs.models import (
    Assessment,
    Attempt,
    Call,
    CallOutput,
    Citation,
    Evidence,
    Finding,
    LookupStep,
    Run,
    SentRequest,
    Source,
    ToolUse,
)

RUN = (
    *("title", "prompt", "messages", "tools", "recipe", "preset", "metadata", "note", "tags", "is_starred"),
    *("is_archived", "priority", "status", "answer_kind", "failure_code", "failure_sentence", "agreement"),
    *("agreement_items", "contradictions", "grounding", "stability", "ballot", "peers_for_fused", "peers_asked"),
    *("cost", "cost_is_complete", "estimate_low", "estimate_high", "cap_reached", "earlier_answers", "own_answers"),
    *("from_slot", "changes", "cache_hit", "created_at", "ended_at"),
)
CALL = (
    *("stage", "role", "slot", "take", "model", "parameters", "inputs", "guidance", "status", "claim", "deliveries"),
    *("fallback", "routed_to", "answered_by", "dropped", "cancel_code", "failure_code", "failure_sentence"),
    *("finish_reason", "usage", "cost", "cost_source", "upstream_id", "model_version", "ttft_s", "duration_s"),
    *("not_before", "wait_reason", "started_at", "ended_at"),
)
OUTPUT = ("text", "reasoning", "tool_calls", "vendor_data", "analysis", "coverage", "provenance", "verdict")
ATTEMPT = (
    *("ordinal", "model", "started_at", "ended_at", "waited_s", "http_status", "failure_code", "failure_sentence"),
    *("billing", "usage", "cost", "possible_cost"),
)
SENT = ("model", "messages", "schema")
STEP = ("number", "text", "vendor_data", "is_done")
TOOL_USE = (
    *("step", "ordinal", "tool_id", "name", "arguments", "status", "code", "sentence", "result", "sources", "engine"),
    *("ms", "cost"),
)
FINDING = ("name", "kind", "ordinal", "text")
EVIDENCE = ("slot", "stance", "quote", "span_start", "span_end", "is_verified", "is_similar")
ASSESSMENT = ("slot", "criterion", "score", "reason")
CITATION = ("number", "start", "end", "quote", "state", "source_start", "source_end", "origin")
SOURCE = (
    *("number", "url", "final_url", "title", "snippet", "published", "fetched_at", "media_type", "sha256", "text"),
    *("is_cut", "warnings", "links", "size", "pages"),
)
RULING = (
    *("judge", "finding", "kind", "topic", "sides", "verdict", "right", "text", "comment", "created_at"),
    "changed_at",
)
DECISION = ("call", "kind", "created_at")
RATING = ("call", "thumb", "reasons", "comment", "created_at", "changed_at")
VOTE = ("verdict", "answers", "created_at")
FILLED = ("template_values", "checks")

OF_A_CALL: tuple[tuple[str, str, Any, tuple[str, ...]], ...] = (
    ("attempts", "attempts", Attempt, ATTEMPT),
    ("sent", "sent", SentRequest, SENT),
    ("lookup_steps", "lookup_steps", LookupStep, STEP),
    ("tool_uses", "tool_uses", ToolUse, TOOL_USE),
    ("assessments", "assessments", Assessment, ASSESSMENT),
    ("citations", "citations", Citation, CITATION),
)
"""The rows of a call: the name in an archive, that of the relation, the model, and its columns. Findings are apart."""
SAID: tuple[tuple[str, str, Any, tuple[str, ...]], ...] = (
    ("rulings", "rulings", Ruling, RULING),
    ("decisions", "decisions", Decision, DECISION),
    ("ratings", "ratings", Rating, RATING),
    ("votes", "blind_votes", BlindVote, VOTE),
)
"""The rows that a person wrote about a run, in the same way."""

FindingRow: Any = shape_of(Finding, FINDING, evidence=(list[shape_of(Evidence, EVIDENCE)], []))  # type: ignore[misc]
CallRow: Any = shape_of(
    Call,
    CALL,
    output=(shape_of(CallOutput, OUTPUT, coverage=(dict[str, float], {})), ...),
    findings=(list[FindingRow], []),
    **{name: (list[shape_of(model, columns)], []) for name, _, model, columns in OF_A_CALL},  # type: ignore[misc]
)
RunRow: Any = shape_of(
    Run,
    RUN,
    id=(PublicId, ...),
    metadata=(dict[str, str], {}),
    parent=(PublicId | None, None),
    forked_from=(PublicId | None, None),
    copy_of=(PublicId | None, None),
    thread=(PublicId | None, None),
    ancestors=(list[PublicId | None], []),
    answer_call=(int | None, None),
    analysis_call=(int | None, None),
)
# Each that was chosen is compared with each that was not.
Voted = Annotated[tuple[VotedAnswer, ...], Field(max_length=len(SLOTS) + 1)]
VoteRow: Any = shape_of(BlindVote, VOTE, answers=(Voted, ...))
FilledRow: Any = shape_of(
    FilledTemplate,
    FILLED,
    template_values=(dict[str, str], {}),
    template=(PublicId | None, None),
    version=(int | None, None),
)


class RunRows(Row):
    """All rows of a run. Of what people said of it there is what its owner said."""

    run: RunRow
    calls: list[CallRow] = []
    sources: list[shape_of(Source, SOURCE)] = []  # type: ignore[valid-type]
    rulings: list[shape_of(Ruling, RULING)] = Field(default=[], max_length=MOST_RULINGS)  # type: ignore[valid-type]
    decisions: list[shape_of(Decision, DECISION)] = []  # type: ignore[valid-type]
    ratings: list[shape_of(Rating, RATING)] = []  # type: ignore[valid-type]
    votes: list[VoteRow] = Field(default=[], max_length=1)
    filled_template: FilledRow | None = None


class RunLine(BaseModel):
    """A line of an archive with a run: its document, which is for readers and ignored here, and its rows."""

    rows: RunRows


def rows_of(run: Run) -> dict[str, Any]:
    """Return the rows of a run that has ended, as JSON."""
    related = [relation for _, relation, _, _ in OF_A_CALL]
    calls = list(run.calls.with_output().prefetch_related(*related, "findings__evidence").order_by("pk"))
    numbers = {call.pk: number for number, call in enumerate(calls, 1)}
    said = {name: list(getattr(run, relation).filter(author=run.owner_id)) for name, relation, _, _ in SAID}
    renumber(run, calls, said, numbers.get)
    return {
        "run": row_of(run, RUN) | _links(run, numbers),
        "calls": [_call_row(call) for call in calls],
        "sources": [row_of(source, SOURCE) for source in run.sources.order_by("number")],
        **{name: [row_of(one, columns) for one in said[name]] for name, _, _, columns in SAID},
        "filled_template": _filled(run),
    }


def renumber(run: Any, calls: Any, said: Any, number: Callable[[int], int | None]) -> None:
    """Put other numbers in the place of those by which a run's values name its calls.

    ``run``, ``calls`` and ``said`` are database rows or rows of an archive. Where ``number`` gives ``None`` the call is
    not named any more.
    """

    def each(named: Any) -> tuple[int, ...]:
        return tuple(new for old in named if (new := number(old)) is not None)

    for call in calls:
        call.inputs = each(call.inputs)
        if call.guidance and call.guidance.beside is not None:
            call.guidance = call.guidance.model_copy(update={"beside": number(call.guidance.beside)})
        analysis = call.output.analysis
        if analysis and analysis.stability:
            stability = analysis.stability.model_copy(update={"calls": each(analysis.stability.calls)})
            call.output.analysis = analysis.model_copy(update={"stability": stability})
    if run.ballot:
        counted = {slot: new for slot, old in run.ballot.calls.items() if (new := number(old)) is not None}
        run.ballot = run.ballot.model_copy(update={"calls": counted})
    for ruling in said["rulings"]:
        ruling.judge = None if ruling.judge is None else number(ruling.judge)
    for name in ("decisions", "ratings"):
        for one in said[name]:
            one.call = number(one.call)
    for vote in said["votes"]:
        vote.answers = tuple(one.model_copy(update={"call": number(one.call) or 0}) for one in vote.answers)


def _links(run: Run, numbers: dict[int, int]) -> dict[str, Any]:
    """Return what names other runs, by their public ids, and the calls that count, by their numbers."""
    named = {"parent": run.parent_id, "forked_from": run.forked_from_id, "copy_of": run.copy_of_id}
    keys = {*run.ancestors, *(key for key in named.values() if key)}
    ids = dict(Run.objects.filter(pk__in=keys, owner=run.owner_id).values_list("pk", "public_id")) if keys else {}
    return {
        "id": run.public_id,
        **{name: ids.get(key or 0) for name, key in named.items()},
        "thread": run.thread,
        "ancestors": [ids.get(key) for key in run.ancestors],
        "answer_call": numbers.get(run.answer_call_id or 0),
        "analysis_call": numbers.get(run.analysis_call_id or 0),
    }


def _call_row(call: Call) -> dict[str, Any]:
    findings = [
        row_of(finding, FINDING) | {"evidence": [row_of(one, EVIDENCE) for one in finding.evidence.all()]}
        for finding in call.findings.all()
    ]
    rows = {name: [row_of(one, columns) for one in getattr(call, rel).all()] for name, rel, _, columns in OF_A_CALL}
    return row_of(call, CALL) | {"output": row_of(call.output, OUTPUT), "findings": findings} | rows


def _filled(run: Run) -> dict[str, Any] | None:
    filled = FilledTemplate.objects.filter(run=run).select_related("version__template").first()
    if filled is None:
        return None
    version = filled.version
    named = {"template": version.template.public_id, "version": version.number} if version else {}
    return row_of(filled, FILLED) | named
