"""The copy of a run that strangers read: all but its owner's caps and the names of keys. Sharing: ``actions.py``."""

from collections.abc import Iterable
from functools import reduce

from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode
from apps.runs.reading.snapshot import AttemptSnapshot, CallSnapshot, RunSnapshot

CAPPED = "Stopped at a cap."


def for_strangers(run: RunSnapshot) -> RunSnapshot:
    """A copy without the run's own cap, and without the sentences that name a cap, wherever another quotes them."""
    return Redactor(run).redact(run)


class Redactor:
    """Puts :data:`CAPPED` in place of what the capped failures of a run say."""

    def __init__(self, run: RunSnapshot) -> None:
        self._sentences = {failure.sentence for failure in _failures(run) if failure.code is FailureCode.CAPPED}

    def redact(self, run: RunSnapshot) -> RunSnapshot:
        changes = {
            "recipe": run.recipe.model_copy(update={"max_cost": None}),
            "failure": self._failure(run.failure),
            "answer": self._call(run.answer) if run.answer else None,
            "stages": tuple(stage.model_copy(update={"calls": self._calls(stage.calls)}) for stage in run.stages),
        }
        return run.model_copy(update=changes)

    def _calls(self, calls: Iterable[CallSnapshot]) -> tuple[CallSnapshot, ...]:
        return tuple(map(self._call, calls))

    def _call(self, call: CallSnapshot) -> CallSnapshot:
        analysis = call.analysis
        changes = {
            "failure": self._failure(call.failure),
            "attempts": tuple(map(self._attempt, call.attempts)),
            "analysis": analysis and analysis.model_copy(update={"note": self._text(analysis.note)}),
        }
        return call.model_copy(update=changes)

    def _attempt(self, attempt: AttemptSnapshot) -> AttemptSnapshot:
        return attempt.model_copy(update={"failure": self._failure(attempt.failure)})

    def _failure(self, failure: Failure | None) -> Failure | None:
        return failure and failure.model_copy(update={"sentence": self._text(failure.sentence)})

    def _text(self, text: str) -> str:
        return reduce(lambda said, sentence: said.replace(sentence, CAPPED), self._sentences, text)


def _failures(run: RunSnapshot) -> Iterable[Failure]:
    found = [run.failure]
    for call in run.calls:
        found += [call.failure, *(attempt.failure for attempt in call.attempts)]
    return [failure for failure in found if failure]
