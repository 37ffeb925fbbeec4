"""Many runs as one file: Markdown, JSON, a CSV row for each call, or preference pairs as JSON lines.

A file is made piece by piece, a run at a time, so that its memory is that of the largest run. Runs that are made
meanwhile are not in it, and those that are deleted meanwhile fall out; none comes twice.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.cost import known_total
from apps.runs.lifecycle.search_rows import index_own_runs
from apps.runs.models import Run
from apps.runs.reading import access
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.csv_lines import csv_line
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.preference_pairs import preference_pairs
from apps.runs.reading.searching.conditions import conditions_of
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import MOST_COUNTED, NEWEST_FIRST, bounded, matching_rows
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot

P = TypeVar("P", str, bytes)
SCHEMA, VERSION = "fusionweb.runs", 1
"""The name of the JSON document, and its version: a higher one has keys that mean something else."""
PART = 500
"""Keys of runs that are looked up at once."""
CELLS: dict[str, Callable[[Run, RunSnapshot, CallSnapshot], Any]] = {
    "run": lambda run, _, __: run.public_id,
    "title": lambda run, _, __: run.title,
    "run_created_at": lambda run, _, __: run.created_at.isoformat(),
    "run_status": lambda run, _, __: run.status,
    "preset": lambda run, _, __: run.preset,
    "strategy": lambda run, _, __: run.recipe.strategy,
    "tags": lambda run, _, __: " ".join(run.tags),
    "starred": lambda run, _, __: run.is_starred,
    "agreement": lambda run, _, __: run.agreement,
    "contradictions": lambda run, _, __: run.contradictions,
    "run_cost_usd": lambda run, _, __: known_total(run.cost, run.cost_is_complete),
    "call": lambda _, __, call: call.id,
    "role": lambda _, __, call: call.role,
    "slot": lambda _, __, call: call.slot,
    "take": lambda _, __, call: call.take,
    "is_answer": lambda _, shot, call: bool(shot.answer and shot.answer.id == call.id),
    "model": lambda _, __, call: call.model,
    "label": lambda _, __, call: call.label,
    "answered_by": lambda _, __, call: call.answered_by,
    "status": lambda _, __, call: call.status,
    "failure": lambda _, __, call: call.failure.code if call.failure else "",
    "finish_reason": lambda _, __, call: call.finish_reason or "",
    "input_tokens": lambda _, __, call: call.usage.input_tokens,
    "cached_tokens": lambda _, __, call: call.usage.cached_tokens,
    "output_tokens": lambda _, __, call: call.usage.output_tokens,
    "reasoning_tokens": lambda _, __, call: call.usage.reasoning_tokens,
    "tokens_estimated": lambda _, __, call: call.usage.estimated,
    "cost_usd": lambda _, __, call: call.cost,
    "cost_source": lambda _, __, call: call.cost_source,
    "first_token_s": lambda _, __, call: call.ttft_s,
    "duration_s": lambda _, __, call: call.duration_s,
    "started_at": lambda _, __, call: call.started_at.isoformat() if call.started_at else None,
    "prompt": lambda _, shot, __: shot.prompt,
    "text": lambda _, __, call: call.text,
    "variant": lambda _, __, call: call.variant,
}
"""The columns of the CSV, and how each is read from a run and a call of it."""


def runs_found(user: User, query: RunQuery) -> Iterator[int]:
    """Yield the keys of the runs that a query finds, the newest first; all of a person for a query without terms.

    Raises ``SearchTooSlow``.
    """
    conditions, last = None, Q()
    if query.terms:
        index_own_runs(user)
        conditions = conditions_of(query, user)
        if conditions.is_empty:
            return
    while True:
        if conditions is None:
            own = access.visible_to(user).filter(last).order_by("-created_at", "-pk")
            found = list(own.values_list("pk", "created_at")[:PART])
        else:
            rows = matching_rows(user, query, conditions).filter(last)
            with bounded():
                found = list(rows.order_by("-created_at", "-run").values_list("run", "created_at")[:PART])
        yield from (key for key, _ in found)
        if len(found) < PART:
            return
        key, made = found[-1]
        same = Q(created_at=made, **({"pk__lt": key} if conditions is None else {"run__lt": key}))
        last = Q(created_at__lt=made) | same


def number_found(user: User, query: RunQuery) -> int | None:
    """Return how many runs a query finds, ``None`` for more than a search counts. Raises ``SearchTooSlow``."""
    if not query.terms:
        return access.visible_to(user).count()
    conditions = conditions_of(query, user)
    if conditions.is_empty:
        return 0
    with bounded():
        number = matching_rows(user, query, conditions).order_by(*NEWEST_FIRST)[: MOST_COUNTED + 1].count()
    return number if number <= MOST_COUNTED else None


def runs_chosen(user: User, public_ids: Collection[str]) -> Iterator[int]:
    """Yield the keys of those of these runs that a person may read, the newest first."""
    chosen = access.visible_to(user).filter(public_id__in=public_ids)
    yield from chosen.order_by("-created_at", "-pk").values_list("pk", flat=True)


def begun(keys: Iterator[int]) -> Iterator[int]:
    """Return the same keys after the first was looked up: so what is wrong with a search is raised here."""
    first = next(keys, None)
    return chain(() if first is None else (first,), keys)


def export_runs(user: User, keys: Iterable[int], form: str) -> Iterator[str]:
    """Yield a file of the form ``md``, ``json``, ``csv`` or ``jsonl``, a piece for each run."""
    yield from FORMS[form][1](_loaded(user, keys))


def run_document(run: Run) -> dict[str, Any]:
    """Return a run as the JSON of several runs has it: its own document, and how it is marked."""
    marks = {"tags": run.tags, "starred": run.is_starred, "archived": run.is_archived, "note": run.note}
    document: dict[str, Any] = json.loads(export_json(take_snapshot(run)))
    return document | marks


async def in_pieces(pieces: Iterator[P]) -> AsyncIterator[P]:
    """Yield the pieces of a file for a response; each is made in the request's thread, not in the event loop."""

    def take_next() -> P | None:
        return next(pieces, None)

    while (piece := await sync_to_async(take_next)()) is not None:
        yield piece


def _loaded(user: User, keys: Iterable[int]) -> Iterator[Run]:
    for key in keys:
        # One that is deleted, or no longer to be seen, since its key was read is left out.
        run = access.visible_to(user).select_related("parent").filter(pk=key).first()
        if run is not None:
            yield run


def _markdown(runs: Iterator[Run]) -> Iterator[str]:
    yield f"# Runs\n\nExported {timezone.now():%Y-%m-%d %H:%M} UTC.\n"
    for run in runs:
        yield "\n---\n\n" + export_markdown(take_snapshot(run))


def _json(runs: Iterator[Run]) -> Iterator[str]:
    head = {"schema": SCHEMA, "version": VERSION, "exported_at": timezone.now().isoformat()}
    yield json.dumps(head)[:-1] + ', "runs": ['
    for number, run in enumerate(runs):
        yield (",\n" if number else "\n") + json.dumps(run_document(run), ensure_ascii=False)
    yield "\n]}\n"


def _csv(runs: Iterator[Run]) -> Iterator[str]:
    yield csv_line(CELLS)
    for run in runs:
        snapshot = take_snapshot(run)
        yield "".join(csv_line(read(run, snapshot, call) for read in CELLS.values()) for call in snapshot.calls)


def _pairs(runs: Iterator[Run]) -> Iterator[str]:
    for run in runs:
        yield "".join(f"{pair.model_dump_json()}\n" for pair in preference_pairs([take_snapshot(run)]))


FORMS: dict[str, tuple[str, Callable[[Iterator[Run]], Iterator[str]]]] = {
    "md": ("text/markdown", _markdown),
    "json": ("application/json", _json),
    "csv": ("text/csv", _csv),
    "jsonl": ("application/x-ndjson", _pairs),
}
"""The media type of each form, and the function that writes it."""
