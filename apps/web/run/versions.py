"""The fused answers and the analyses of a run that an address asks for, one at a time or two beside each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from apps.fusion.vocabulary import AnswerKind
from apps.runs.reading.call_snapshot import KIND_OF_BUILTIN, CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.takes import Take, analyses_of, answers_of


@dataclass(frozen=True, slots=True)
class Versions:
    """The calls whose answer and analysis are to be shown; 0 for those that count."""

    answer: int = 0
    analysis: int = 0


THOSE_THAT_COUNT = Versions()


@dataclass(frozen=True, slots=True)
class Pager:
    """The version that is shown among all of its ``kind`` ("answer", "analysis"), and the calls before and after it."""

    kind: str
    number: int
    total: int
    take: Take
    earlier: int | None
    later: int | None

    @property
    def title(self) -> str:
        return f"{self.kind.capitalize()} {self.number} of {self.total}"

    @classmethod
    def of(cls, kind: str, takes: list[Take], shown: CallSnapshot | None) -> Self | None:
        """Return the pager of takes of which one is shown; ``None`` where there is no other."""
        calls = [take.call.id for take in takes]
        if len(calls) < 2 or shown is None or shown.id not in calls:
            return None
        at = calls.index(shown.id)
        earlier = calls[at - 1] if at else None
        later = calls[at + 1] if at + 1 < len(calls) else None
        return cls(kind, at + 1, len(calls), takes[at], earlier, later)


def versions_in(request: HttpRequest) -> Versions:
    """Return the versions that an address asks for; nonsense asks for those that count."""
    return Versions(number_in(request, "answer"), number_in(request, "analysis"))


def number_in(request: HttpRequest, name: str) -> int:
    """Return the id of a call in an address, 0 for none."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def readable_answers(run: RunSnapshot) -> list[Take]:
    """Return the fused texts that can be read whole, oldest first."""
    return [take for take in answers_of(run) if take.call.is_final and take.call.text]


def readable_analyses(run: RunSnapshot) -> list[Take]:
    """Return the analyses that can be read, oldest first."""
    return [take for take in analyses_of(run) if take.call.analysis]


def with_versions(run: RunSnapshot, wanted: Versions) -> RunSnapshot:
    """Return the run as if the versions that are asked for counted. Rulings belong to the analysis that does."""
    answer = _call_of(wanted.answer, readable_answers, run)
    analysis = _call_of(wanted.analysis, readable_analyses, run)
    changes: dict[str, object] = {}
    if answer and (run.answer is None or run.answer.id != answer.id):
        kind = KIND_OF_BUILTIN.get(answer.model, AnswerKind.FUSED)
        changes |= {"answer": answer, "answer_kind": kind}
    if analysis and run.analysis_call != analysis.id:
        changes |= {"analysis_call": analysis.id, "rulings": ()}
    return run.model_copy(update=changes) if changes else run


def _call_of(wanted: int, readable: Callable[[RunSnapshot], Iterable[Take]], run: RunSnapshot) -> CallSnapshot | None:
    return next((take.call for take in readable(run) if take.call.id == wanted), None) if wanted else None
