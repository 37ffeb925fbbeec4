"""The places of a run's texts where the words of a search stand, with the words marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.fusion.vocabulary import Role
from apps.runs.lifecycle.search_rows import LONGEST_PROMPT, LONGEST_TEXT, searchable
from apps.runs.models import Call, Finding, Run
from apps.runs.reading.searching.run_query import FindingWords, RunQuery, Words

AROUND = 80
"""Characters that are shown before and after a word."""
MOST_PLACES = 2
"""Snippets of a run."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text: which text, and its pieces, each with whether it is a word that was looked for."""

    place: str
    pieces: tuple[tuple[str, bool], ...]


def snippets_of(runs: Sequence[Run], query: RunQuery, stems: Mapping[str, tuple[str, ...]]) -> dict[int, list[Snippet]]:
    """Return for the key of each run where the words of a query stand in it; without words, no text is read."""
    texts = [one.text for one in query.terms if isinstance(one, Words | FindingWords) and not one.is_negated]
    pattern = pattern_of([(text, stems.get(text, ())) for text in texts])
    if pattern is None:
        return {}
    found: dict[int, list[Snippet]] = {run.pk: [] for run in runs}
    for run_id, place, text in _texts(runs):
        snippets = found[run_id]
        snippet = cut_snippet(place, text, pattern) if len(snippets) < MOST_PLACES else None
        if snippet:
            snippets.append(snippet)
    return found


def pattern_of(words: Sequence[tuple[str, tuple[str, ...]]]) -> re.Pattern[str] | None:
    """Return the pattern of words that begin like one of these, or with one of their stems; ``None`` for no words."""
    beginnings = {part.lower() for text, stems in words if stems for part in (*searchable(text).split(), *stems)}
    if not beginnings:
        return None
    longest_first = sorted(beginnings, key=lambda text: (-len(text), text))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})\w{{0,30}}", re.IGNORECASE)


def cut_snippet(place: str, text: str, pattern: re.Pattern[str]) -> Snippet | None:
    """Return the stretch around the first place of a text where a word stands; ``None`` if there is none."""
    first = pattern.search(text)
    if first is None:
        return None
    start, end = max(0, first.start() - AROUND), min(len(text), first.end() + AROUND)
    # Cut between words, unless one is longer than what is shown.
    start = text.find(" ", start, first.start()) + 1 or start if start else 0
    end = text.rfind(" ", first.end(), end) if end < len(text) and text.rfind(" ", first.end(), end) > 0 else end
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for match in pattern.finditer(text, start, end):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    pieces += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return Snippet(place, tuple((" ".join(piece.split(" ")), is_mark) for piece, is_mark in pieces if piece))


def _texts(runs: Sequence[Run]) -> Iterator[tuple[int, str, str]]:
    """Yield run, place and text: of prompts, findings and fused answers first, then of the panel's."""
    keys = [run.pk for run in runs]
    for key, title, prompt in Run.objects.filter(pk__in=keys).values_list("pk", "title", "prompt"):
        if prompt != title:  # a short prompt stands in the list
            yield key, "Prompt", prompt[:LONGEST_PROMPT]
    answers = {run.answer_call_id for run in runs}
    analyses = {run.analysis_call_id: run.pk for run in runs if run.analysis_call_id}
    for call_id, text in Finding.objects.filter(call__in=analyses).values_list("call_id", "text"):
        yield analyses[call_id], "Finding", text
    calls = Call.objects.filter(run__in=keys, role__in=[Role.PANEL, Role.SYNTHESIS]).order_by("pk")
    said = list(calls.values_list("run_id", "pk", "slot", "output__text"))
    for run_id, pk, slot, text in sorted(said, key=lambda one: (one[1] not in answers, one[1])):
        if text:
            yield run_id, "Answer" if pk in answers else f"Answer {slot}".strip(), text[:LONGEST_TEXT]
