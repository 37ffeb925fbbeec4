"""A run without the passages that its owner blacks out: in every text of its snapshot, its title and its names.

Positions in texts move with what is blacked out, so that quotes, origins and citations still point to their words.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal, get_origin

from django.utils.crypto import salted_hmac
from pydantic import BaseModel

from apps.fusion.comparing.provenance import Origin
from apps.fusion.files import PromptFile
from apps.fusion.prompting.files import numbered_files
from apps.fusion.sharing import REDACTED, Passages, Span, moved
from apps.runs.reading.call_snapshot import CallSnapshot, StageSnapshot
from apps.runs.reading.lookups import CitationSnapshot, SourceSnapshot
from apps.runs.reading.snapshot import RunSnapshot

NAMES = ("id", "stage", "slot")
"""Fields that tell parts of a run apart; no text of a person or a model."""
SHORTENED = ("title", "summary", "quote", "text")
"""Fields that may hold the beginning of a longer text."""


def without_passages(run: RunSnapshot, passages: Iterable[str]) -> RunSnapshot:
    """Return a copy of a run with a mark in place of each passage; the run itself where there are none."""
    found = Passages(passages)
    return _Blackener(run, found).run() if found else run


def _stand_in(sha256: str) -> str:
    """Return a name for a file that tells it from others, in every turn, and that nobody can guess its sum from."""
    return salted_hmac("apps.runs.reading.blacked_out", sha256, algorithm="sha256").hexdigest()


class _Blackener:
    """Blacks out the texts of one run. Calls are known by their ids, with the spans that fall away in their texts."""

    def __init__(self, run: RunSnapshot, passages: Passages) -> None:
        self._run = run
        self._passages = passages
        calls = [*run.calls, *([run.answer] if run.answer else [])]
        self._calls = {call.id: call for call in calls}
        self._gone = {call.id: passages.spans(call.text) for call in calls}
        files = numbered_files(list(run.messages))
        self._gone_in_files = {number: passages.spans(file.text) for number, file in files.items()}
        self._black_files = {file.sha256 for number, file in files.items() if self._gone_in_files[number]}

    def run(self) -> RunSnapshot:
        black: RunSnapshot = self._value(self._run, None)
        return black.model_copy(update={"is_redacted": True})

    def _any(self, value: Any, call: CallSnapshot | None, *, is_cut: bool = False) -> Any:
        if isinstance(value, BaseModel):
            return self._value(value, value if isinstance(value, CallSnapshot) else call)
        if isinstance(value, str) and not isinstance(value, Enum):
            # The address of a picture is the picture itself: letters are found in it by chance.
            return value if value.startswith("data:") else self._passages.redact(value, is_cut=is_cut)
        if isinstance(value, Mapping):
            return {self._any(key, call): self._any(one, call) for key, one in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)(self._any(one, call) for one in value)
        return value

    def _value(self, value: Any, call: CallSnapshot | None) -> Any:
        changes = {}
        for name, field in type(value).model_fields.items():
            is_name = name in NAMES or (isinstance(value, StageSnapshot) and name == "name")
            if is_name or get_origin(field.annotation) is Literal:
                continue
            is_cut = name in SHORTENED and not isinstance(value, CallSnapshot)
            changes[name] = self._any(getattr(value, name), call, is_cut=is_cut)
        if isinstance(value, CallSnapshot) and self._gone.get(value.id):
            changes["html"] = ""  # drawn anew from the text
        if isinstance(value, (Origin, CitationSnapshot)) and call:
            gone = self._gone.get(call.id, [])
            changes |= {"start": moved(value.start, gone), "end": moved(value.end, gone)}
        if isinstance(value, CitationSnapshot) and value.is_file and value.source_start is not None:
            gone = self._gone_in_files.get(value.number, [])
            changes |= {name: moved(getattr(value, name) or 0, gone) for name in ("source_start", "source_end")}
        if isinstance(value, PromptFile) and (gone := self._passages.spans(value.text)):
            # The sum of the whole file would tell whoever guesses what is black.
            page_starts = tuple(moved(start, gone) for start in value.page_starts)
            changes |= {"sha256": _stand_in(value.sha256), "page_starts": page_starts}
        if isinstance(value, SourceSnapshot) and value.sha256 in self._black_files:
            stand_in = _stand_in(value.sha256)
            changes |= {"sha256": stand_in, "url": f"file:{stand_in}"}
        if getattr(value, "span", None) is not None:
            changes |= self._quoted(value, changes.get("quote", ""), call)
        return value.model_copy(update=changes)

    def _quoted(self, value: Any, quote: str, call: CallSnapshot | None) -> dict[str, Any]:
        """Return the new span of a quote, and the quote: black as a whole where it holds a part of a passage."""
        start, end = value.span
        gone = self._spans_of(value, call)
        touches = any(first < end and start < last for first, last in gone)
        shown = REDACTED if touches and quote == value.quote else quote
        return {"span": (moved(start, gone), moved(end, gone)), "quote": shown}

    def _spans_of(self, value: Any, call: CallSnapshot | None) -> list[Span]:
        """Return what falls away in the text that a quote is from: of its slot, among those that its call read."""
        slot = getattr(value, "slot", None)
        read = set(call.inputs) if call else set(self._run.ballot.calls.values()) if self._run.ballot else set()
        start, end = value.span
        sources = [one for one in self._calls.values() if (slot is None or one.slot == slot) and one.text]
        sources.sort(key=lambda one: (one.text[start:end] != value.quote, one.id not in read, -one.id))
        return self._gone[sources[0].id] if sources else []
