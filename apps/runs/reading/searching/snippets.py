"""The places of a run's texts where the words of a search stand, with the words marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Left

from apps.fusion.vocabulary import Role
from apps.markdown.plain import all_words
from apps.runs.lifecycle.search_rows import LONGEST_PROMPT, LONGEST_TEXT, searchable
from apps.runs.models import CallOutput, Finding, Run
from apps.runs.reading.searching.run_query import FindingWords, RunQuery, Words

AROUND = 80
"""Characters that are shown before and after a word."""
MOST_PARSED = 1_000
"""Further characters on each side, in which the ends of paragraphs are looked for: their Markdown becomes words."""
MOST_PLACES = 2
"""Snippets of a run."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text: which text, and its pieces, each with whether it is a word that was looked for."""

    place: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The beginnings of words that are looked for, in lower case, and the pattern of words that begin so."""

    beginnings: frozenset[str]
    pattern: re.Pattern[str]

    def first_in(self, text: str) -> re.Match[str] | None:
        """Return the first such word of a text; ``None`` if there is none."""
        # A pattern that ignores case tries every sign of a text. Where plain letters are found, it may begin.
        lowered = text.lower()
        places = [place for beginning in self.beginnings if (place := lowered.find(beginning)) >= 0]
        if not places:
            return None
        return self.pattern.search(text, min(places) if len(lowered) == len(text) else 0)


def snippets_of(runs: Sequence[Run], query: RunQuery, stems: Mapping[str, tuple[str, ...]]) -> dict[int, list[Snippet]]:
    """Return for the key of each run where the words of a query stand in it; without words, no text is read."""
    texts = [one.text for one in query.terms if isinstance(one, Words | FindingWords) and not one.is_negated]
    looked = looked_for([(text, stems.get(text, ())) for text in texts])
    if looked is None:
        return {}
    found: dict[int, list[Snippet]] = {run.pk: [] for run in runs}
    for read in (_prompts, _findings, _answers, _panels):
        for run_id, place, text in read([run for run in runs if len(found[run.pk]) < MOST_PLACES]):
            snippets = found[run_id]
            cut = cut_typed if read is _prompts else cut_snippet
            if len(snippets) < MOST_PLACES and (snippet := cut(place, text, looked)):
                snippets.append(snippet)
    return found


def looked_for(words: Sequence[tuple[str, tuple[str, ...]]]) -> Looked | None:
    """Return words that begin like one of these, or with one of their stems; ``None`` for no words."""
    beginnings = {part.lower() for text, stems in words if stems for part in (*searchable(text).split(), *stems)}
    if not beginnings:
        return None
    longest_first = sorted(beginnings, key=lambda text: (-len(text), text))
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})\w{{0,30}}"
    return Looked(frozenset(beginnings), re.compile(pattern, re.IGNORECASE))


def cut_typed(place: str, text: str, looked: Looked) -> Snippet | None:
    """Return the stretch around the first place of a text, as it was typed, where a word stands; ``None`` if none."""
    first = looked.first_in(text)
    return _cut(place, text, first, looked) if first else None


def cut_snippet(place: str, text: str, looked: Looked) -> Snippet | None:
    """Return the same of a model's text, without its marks of Markdown.

    They stay where the word stands among them alone, such as in the address of a link.
    """
    if first := looked.first_in(text):
        start, end = _paragraphs_around(text, first)
        words = all_words(text[start:end])
        if in_words := looked.first_in(words):
            return _cut(place, words, in_words, looked, (start > 0, end < len(text)))
    return cut_typed(place, text, looked)


def _paragraphs_around(text: str, first: re.Match[str]) -> tuple[int, int]:
    """Return where the paragraphs begin and end from which the stretch around a word is cut."""
    before, behind = max(0, first.start() - AROUND), first.end() + AROUND
    earliest, latest = max(0, before - MOST_PARSED), min(len(text), behind + MOST_PARSED)
    start, end = text.rfind("\n\n", earliest, before), text.find("\n\n", behind, latest)
    return earliest if start < 0 else start, latest if end < 0 else end


def _cut(
    place: str, text: str, first: re.Match[str], looked: Looked, is_part: tuple[bool, bool] = (False, False)
) -> Snippet:
    """Return the stretch around a word of a text, which may be a part: something was before it, or comes behind it."""
    start, end = max(0, first.start() - AROUND), min(len(text), first.end() + AROUND)
    # Cut between words, unless one is longer than what is shown.
    start = text.find(" ", start, first.start()) + 1 or start if start else 0
    end = text.rfind(" ", first.end(), end) if end < len(text) and text.rfind(" ", first.end(), end) > 0 else end
    pieces: list[tuple[str, bool]] = [("… ", False)] if start or is_part[0] else []
    at = start
    for match in looked.pattern.finditer(text, start, end):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    pieces += [(text[at:end], False), (" …" if end < len(text) or is_part[1] else "", False)]
    return Snippet(place, tuple((" ".join(piece.split(" ")), is_mark) for piece, is_mark in pieces if piece))


def _prompts(runs: Sequence[Run]) -> Iterator[tuple[int, str, str]]:
    """Yield run, place and text of prompts that are longer than what stands in the list; as do those below."""
    asked = Run.objects.filter(pk__in=[run.pk for run in runs]).exclude(prompt=F("title"))
    for key, prompt in asked.values_list("pk", Left("prompt", LONGEST_PROMPT)):
        yield key, "Prompt", prompt


def _findings(runs: Sequence[Run]) -> Iterator[tuple[int, str, str]]:
    analyses = {run.analysis_call_id: run.pk for run in runs if run.analysis_call_id}
    for call_id, text in Finding.objects.filter(call__in=analyses).values_list("call_id", "text"):
        yield analyses[call_id], "Finding", text


def _answers(runs: Sequence[Run]) -> Iterator[tuple[int, str, str]]:
    answers = CallOutput.objects.filter(call__in=[run.answer_call_id for run in runs if run.answer_call_id])
    for run_id, text in answers.values_list("call__run", Left("text", LONGEST_TEXT)):
        yield run_id, "Answer", text


def _panels(runs: Sequence[Run]) -> Iterator[tuple[int, str, str]]:
    """Yield the other answers; these are most of the text of a run."""
    roles = [Role.PANEL, Role.SYNTHESIS, Role.REVISION]
    others = CallOutput.objects.filter(call__run__in=runs, call__role__in=roles)
    others = others.exclude(call__in=[run.answer_call_id for run in runs if run.answer_call_id]).order_by("call")
    for run_id, slot, text in others.values_list("call__run", "call__slot", Left("text", LONGEST_TEXT)):
        yield run_id, f"Answer {slot}".strip(), text
