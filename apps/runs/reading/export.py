"""A run as a Markdown document or as JSON: every column, finding, answer and the bill.

The document is safe to open: foreign texts fetch and run nothing in it. The JSON holds them as they came.
"""

import json
from collections.abc import Iterable
from typing import Any

from apps.fusion.cost import known_total
from apps.fusion.judging.analysis import wire
from apps.fusion.judging.findings import Analysis, Finding, Stability
from apps.fusion.values import Message
from apps.fusion.vocabulary import ClaimLabel, FindingKind, Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.checks import FAULTS, check_document, check_of
from apps.runs.reading.claims import claims_document, claims_of
from apps.runs.reading.contests import contest_document, contest_of
from apps.runs.reading.critiques import critique_document, rounds_of
from apps.runs.reading.exits import exit_document, exit_of
from apps.runs.reading.inert_markdown import Foreign, as_code, document_of
from apps.runs.reading.inline import inline
from apps.runs.reading.peer_reviews import review_document, review_of
from apps.runs.reading.ruling_words import blind_vote_lines, in_a_sentence, rating_lines
from apps.runs.reading.second_judges import second_judges_document, second_judges_of
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.source_links import linked_line, linked_text, source_lines
from apps.runs.reading.suggestion import suggestion_of
from apps.runs.reading.thread_snapshot import ThreadSnapshot

HEADINGS = {
    FindingKind.CONTRADICTION: "Contradictions",
    FindingKind.CONSENSUS: "Consensus",
    FindingKind.UNIQUE_INSIGHT: "Seen by one model only",
    FindingKind.PARTIAL_COVERAGE: "Partial coverage",
    FindingKind.BLIND_SPOT: "Blind spots",
}


def export_json(run: RunSnapshot) -> str:
    """Return the snapshot as indented JSON, with the analysis in its wire form besides and without rendered HTML.

    Calls stand in ``columns``, ``judges`` and ``writers``; a stage names the ids of its own.
    """
    hidden: Any = {"html": True, "analysis": {"letters"}}
    document = run.model_dump(mode="json", exclude={"parent": True, "stages": True, "answer": hidden})
    columns = [column.model_dump(mode="json", exclude={"takes": {"__all__": hidden}}) for column in run.columns]
    document |= {
        "stages": [
            {"name": stage.name, "role": stage.role, "title": stage.title, "calls": [call.id for call in stage.calls]}
            for stage in run.stages
        ],
        "columns": columns,
        "judges": [call.model_dump(mode="json", exclude=hidden) for call in run.judges],
        "reviews": [
            call.model_dump(mode="json", exclude=hidden)
            for role in (Role.RANKING, Role.PREFERENCE)
            for call in run.calls_as(role)
        ],
        "revising": [
            call.model_dump(mode="json", exclude=hidden)
            for role in (Role.REVIEW, Role.REVISION, Role.CLAIMS, Role.SUPPORT)
            for call in run.calls_as(role)
        ],
        "comparisons": [call.model_dump(mode="json", exclude=hidden) for call in run.calls_as(Role.COMPARISON)],
        "checks": [call.model_dump(mode="json", exclude=hidden) for call in run.calls_as(Role.CHECK)],
        "settlements": [call.model_dump(mode="json", exclude=hidden) for call in run.calls_as(Role.SETTLEMENT)],
        "writers": [call.model_dump(mode="json", exclude=hidden) for call in run.writers],
        "analysis": wire(run.analysis) if run.analysis else None,
        "second_judges": second_judges_document(run),
        "answer_check": check_document(run),
        "peer_review": review_document(run),
        **exit_document(run),
        "contest": contest_document(run),
        "critique": critique_document(run),
        "claims": claims_document(run),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def export_thread_json(thread: ThreadSnapshot) -> str:
    """Return the documents of all turns, oldest first; ``messages`` has each turn's own only."""
    turns = [json.loads(export_json(turn)) for turn in thread.turns]
    document = {"thread": thread.id, "title": thread.title, "deleted": thread.deleted, "turns": turns}
    return json.dumps(document, indent=2, ensure_ascii=False)


def export_thread_markdown(thread: ThreadSnapshot) -> str:
    """Return the turns as the chapters of one document."""
    turns = len(thread.turns)
    parts: list[str | Foreign] = [f"# {inline(thread.title)}"]
    parts.append(f"Thread {thread.id} · {turns} turn{'' if turns == 1 else 's'}")
    if thread.deleted:
        parts.append(f"*Deleted turns of this thread: {thread.deleted}. Later turns were asked with their texts.*")
    for number, turn in enumerate(thread.turns, 1):
        parts += ["---", *_parts(turn, f"Turn {number}: {turn.title}")]
    return document_of(parts)


def export_markdown(run: RunSnapshot) -> str:
    """The run as a document to read or to keep."""
    return document_of(_parts(run, run.title))


def _parts(run: RunSnapshot, title: str) -> list[str | Foreign]:
    return [
        f"# {inline(title)}",
        _facts(run),
        *(f"> **Note:** {inline(notice)}" for notice in run.notices),
        *_conversation(run),
        *_guidance(run),
        *_answer(run),
        *_check(run),
        *_vote(run),
        *_contest(run),
        *_critique(run),
        *_claims(run),
        *(_analysis(run.analysis, run) if run.analysis else []),
        *_second_judges(run),
        *_review(run),
        *_rulings(run),
        *_ratings(run),
        *_section("Panel"),
        *(part for column in run.columns for take in column.takes for part in _column(take, run)),
        *([*_section("Sources"), *source_lines(run.sources)] if run.sources else []),
        *([] if run.hides_costs else [*_section("Bill"), _bill(run)]),
    ]


def _section(title: str) -> tuple[str, str]:
    """Return the heading of a section, with a rule before it: texts have headings of their own."""
    return "---", f"## {title}"


def _facts(run: RunSnapshot) -> str:
    facts = [f"Run {run.id}", f"{run.created_at:%Y-%m-%d %H:%M} UTC", f"status: {run.status}"]
    if run.preset:
        facts.append(f"preset: {inline(run.preset)}")
    return " · ".join(facts)


def _conversation(run: RunSnapshot) -> Iterable[str | Foreign]:
    yield from _section("Prompt")
    if run.from_slot:
        yield f"*Went on from the answer of column {run.from_slot} in the turn before.*"
    for message in run.messages[:-1]:
        yield f"**{message.role.capitalize()}**"
        yield from _turn(message)
    if len(run.messages) > 1:
        yield "**User**"
    yield from _turn(run.messages[-1])


def _guidance(run: RunSnapshot) -> Iterable[str | Foreign]:
    for title, text in run.guidance_texts:
        yield f"**{title}**"
        yield Foreign(text, 2)


def _turn(message: Message) -> Iterable[str | Foreign]:
    if message.text.strip():
        yield Foreign(message.text, 2)
    for file in message.files:
        extent = f"{file.pages} pages" if file.pages else f"{file.lines} lines"
        yield f"*File: {inline(file.name)} ({extent}, {file.size:,} bytes). Its text is in the JSON export.*"
    if message.images:
        yield f"*Not in this file: the pictures of this turn, {len(message.images)}. The JSON export has them.*"


def _answer(run: RunSnapshot) -> Iterable[str | Foreign]:
    yield from _section("Answer")
    if run.answer:
        traced = run.answer.provenance.traced if run.answer.provenance else None
        share = f", {traced:.0%} of it traced to answers" if traced is not None else ""
        yield f"*{run.answer_kind}, by {inline(run.answer.name)}{share}*"
        if end := exit_of(run):
            yield f"*{inline(end.sentence)} {inline(end.confidence.meaning)}*"
        yield Foreign(linked_text(run.answer, run.sources), 2)
        yield from _calls(run.answer)
    else:
        yield inline(run.failure.sentence) if run.failure else "There is no answer yet."


def _vote(run: RunSnapshot) -> Iterable[str]:
    if run.ballot is None:
        return
    yield from _section("Vote")
    yield f"Result: {run.ballot.result.replace('_', ' ')}" + (
        f", for {run.ballot.winner}." if run.ballot.winner else "."
    )
    lines = [f"- {inline(one.text)}: {', '.join(one.slots)}" for one in run.ballot.classes]
    if run.ballot.nulls:
        lines.append(f"- no final answer: {', '.join(run.ballot.nulls)}")
    yield "\n".join(lines)


def _contest(run: RunSnapshot) -> Iterable[str]:
    found = contest_of(run)
    if found is None:
        return
    yield from _section("Comparisons")
    yield f"Compared in pairs by {inline(found.calls[0].label)}, each pair in both orders. Best: {found.best}."
    lines = []
    for pair in found.contest.pairs:
        result = "equal texts" if pair.is_same else "a reply is missing" if pair.is_missing else "tie"
        won = f"{found.slots[pair.winner]} in both orders" if pair.winner else result
        lines.append(f"- {found.slots[pair.holder]} and {found.slots[pair.challenger]}: {won}")
    if lines:
        yield "\n".join(lines)


def _critique(run: RunSnapshot) -> Iterable[str]:
    for number, one in enumerate(rounds_of(run), 1):
        yield from _section(f"Review {number}")
        yield f"By {inline(one.review.label)}: {len(one.issues)} issue{'' if len(one.issues) == 1 else 's'}."
        lines = []
        for issue, decision in one.issues:
            word = ("accepted" if decision.accepted else "rejected") if decision else "not decided"
            reason = f": {inline(decision.reason)}" if decision and decision.reason else ""
            lines.append(f"- “{inline(issue.quote)}” {inline(issue.problem)} *({word}{reason})*")
        if lines:
            yield "\n".join(lines)


def _claims(run: RunSnapshot) -> Iterable[str]:
    found = claims_of(run)
    if found is None or not found.claims:
        return
    yield from _section("Claims")
    yield f"{found.counts[ClaimLabel.SUPPORTED]} of {len(found.claims)} are supported by another answer."
    lines = []
    for claim in found.claims:
        lines.append(f"- {inline(claim.text)} ({', '.join(one.slot for one in claim.sources)}) *{claim.label}*")
        lines += [f"  - {one.slot} {one.stance}: “{inline(one.quote)}”" for one in claim.evidence]
    yield "\n".join(lines)


def _check(run: RunSnapshot) -> Iterable[str]:
    check = check_of(run)
    if check is None or check.newest is None:
        return
    yield from _section("Check of the answer")
    if check.done:
        count = len(check.findings)
        yield f"Checked by {inline(check.done.label)}: {count} finding{'' if count == 1 else 's'}."
        if check.note:
            yield inline(check.note)
        if check.findings:
            yield "\n".join(line for finding in check.findings for line in _finding(finding, run))
    if check.newest.failure:
        yield f"*The check failed. {inline(check.newest.failure.sentence)}*"


def _analysis(analysis: Analysis, run: RunSnapshot) -> Iterable[str]:
    yield from _section("Agreement")
    agreement = analysis.agreement
    score = "–" if agreement.score is None else f"{agreement.score:.2f}"
    label = run.labels.get(analysis.model, analysis.model)
    items = f"{agreement.items} shared item{'' if agreement.items == 1 else 's'}"
    if agreement.uncounted:
        items += f" ({agreement.uncounted} more not found in the answers and not counted)"
    grounding = analysis.grounding
    quotes = f" {grounding.verified} of {grounding.quotes} quotes stand in the answers word for word."
    yield f"Agreement {score} over {items}. Judge: {inline(label)} ({analysis.status})." + (
        quotes if grounding.quotes else ""
    )
    if agreement.is_bounded and (read := agreement.conclusions):
        yield f"{read.read} of {read.answers} conclusions could be read."
    if best := suggestion_of(run):
        yield f"The judge would give {best.call.slot}'s answer as it is: {linked_line(best.reason, run.sources)}"
    if stability := analysis.stability:
        further = f" {stability.further} more came up in another order only." if stability.further else ""
        yield (
            f"Order check: {stability.stable} of {len(stability.found)} findings came up in every one of "
            f"{stability.orders} orders of the answers.{further}"
        )
    # The built-in analysis has its label for a note.
    if analysis.note and analysis.note != label:
        yield inline(analysis.note)
    for kind, heading in HEADINGS.items():
        findings = [finding for finding in analysis.findings if finding.kind is kind]
        if findings:
            yield f"### {heading}"
            yield "\n".join(line for finding in findings for line in _finding(finding, run, analysis.stability))


def _second_judges(run: RunSnapshot) -> Iterable[str]:
    for judge in second_judges_of(run):
        agreement, label = judge.agreement, inline(judge.call.label)
        yield f"### Second judge: {label}"
        count = agreement.findings
        yield f"Both judges have {len(agreement.both)} of {count} finding{'' if count == 1 else 's'}."
        alone = {"Only the first judge": agreement.only_first, f"Only {label}": agreement.only_second}
        lines = [
            f"- {who}: {linked_line(one.text, run.sources)}" for who, findings in alone.items() for one in findings
        ]
        yield from ["\n".join(lines)] if lines else []


def _finding(finding: Finding, run: RunSnapshot, stability: Stability | None = None) -> Iterable[str]:
    slots = ", ".join(sorted({item.slot for item in finding.evidence} - {""}))
    times = stability.found.get(finding.id, 1) if stability else 0
    orders = f" *(in {times} of {stability.orders} orders)*" if stability else ""
    said = f"{FAULTS[finding.fault].capitalize()}: " if finding.fault else ""
    yield f"- {said}{linked_line(finding.text, run.sources)}" + (f" ({slots})" if slots else "") + orders
    for item in finding.evidence:
        said = f"{linked_line(item.stance, run.sources)}: " if item.stance else ""
        mark = {"verified": "", "similar": " (similar words stand in the answer)"}.get(
            item.state, " (not found in the answer)"
        )
        if item.quote:
            yield f"  - {item.slot or 'The answer'}: {said}“{inline(item.quote)}”{mark}"
        elif item.stance:
            yield f"  - {item.slot}: {linked_line(item.stance, run.sources)}"


def _review(run: RunSnapshot) -> Iterable[str]:
    review = review_of(run)
    if review is None:
        return
    yield from _section("Peer review")
    yield "*The models' opinion of each other's answers, without names; not a human vote.*"
    places = [
        f"- {one.slot}: place {one.place}, {one.points} of {one.most} points in {one.rankings} rankings"
        for one in review.standings
        if one.place is not None
    ]
    if places:
        yield "\n".join(places)
    if review.without_ranking:
        yield f"No ranking from {', '.join(review.without_ranking)}."
    if review.preferences.n:
        said = review.preferences
        yield f"Of {said.n} reviewers {len(said.fused)} prefer the fused answer to their own in both orders."


def _rulings(run: RunSnapshot) -> Iterable[str]:
    if run.rulings:
        yield from _section("Rulings")
        yield "\n".join(f"- {inline(in_a_sentence(ruling))}" for ruling in run.rulings)


def _ratings(run: RunSnapshot) -> Iterable[str]:
    if run.ratings:
        yield from _section("Ratings")
        yield "\n".join(rating_lines(run.ratings, run.calls))
    if run.blind_votes:
        yield from _section("Blind votes")
        yield "\n".join(blind_vote_lines(run.blind_votes, run.labels))


def _column(call: CallSnapshot, run: RunSnapshot) -> Iterable[str | Foreign]:
    take = f", take {call.take}" if call.take > 1 else ""
    yield f"### {call.slot}: {inline(call.name)}{take}"
    if call.failure:
        yield f"*{inline(call.failure.sentence)}*"
    if call.reasoning:
        yield f"*Not in this file: the reasoning, {len(call.reasoning):,} characters. The JSON export has it.*"
    if call.text:
        yield Foreign(linked_text(call, run.sources), 3)
        if call.finish_word:
            yield f"*({inline(call.finish_word)})*"
    elif not call.is_final:
        yield "*Still writing.*"
    yield from _calls(call)


def _calls(call: CallSnapshot) -> Iterable[str]:
    """Yield the calls of tools that an answer asks for: the name, and the arguments as code."""
    for tool_call in call.tool_calls:
        yield f"*Calls {inline(tool_call.name)}:*"
        yield as_code(tool_call.arguments)


def _bill(run: RunSnapshot) -> str:
    heads = ("call", "model", "input tokens", "cached", "output tokens", "reasoning", "USD", "source")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *map(_line, run.calls)]
    cost = known_total(run.cost, run.cost_is_complete)
    total = "unknown" if cost is None else f"{'' if run.cost_is_complete else '≥ '}{cost:.6f}"
    lines.append(f"| **total** | | | | | | {total} | |")
    if run.estimate_low is not None and run.estimate_high is not None:
        lines += ["", f"Estimated before the run: {run.estimate_low:.6f} to {run.estimate_high:.6f} USD."]
    return "\n".join(lines)


def _line(call: CallSnapshot) -> str:
    used = call.usage
    counts = (used.input_tokens, used.cached_tokens, used.output_tokens, used.reasoning_tokens)
    tokens = " | ".join("–" if count is None else str(count) for count in counts)
    cost = "unknown" if call.cost is None else f"{call.cost:.6f}"
    source = f"{call.cost_source}, tokens estimated" if used.estimated else call.cost_source
    return f"| {call.role} {call.slot}".rstrip() + f" | {inline(call.name)} | {tokens} | {cost} | {source} |"
