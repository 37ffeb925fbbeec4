"""The newest contest of a run: the pairs of answers that an evaluator compared, each in both orders, and the best."""

from dataclasses import dataclass
from typing import Any

from apps.fusion.contests import Contest, contest, newest_batch, order_of
from apps.fusion.vocabulary import Role
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class RunContest:
    """A contest with the calls that it rests on; ``slots`` are those of its answers by the ids of their calls."""

    contest: Contest
    calls: tuple[CallSnapshot, ...]
    slots: dict[int, str]

    @property
    def is_live(self) -> bool:
        return any(not call.is_final for call in self.calls)

    @property
    def best(self) -> str:
        return self.slots[self.contest.best]


def contest_of(run: RunSnapshot) -> RunContest | None:
    """Return the newest contest of a run; ``None`` where nothing was compared in pairs."""
    calls = newest_batch(run.calls_as(Role.COMPARISON))
    if not calls:
        return None
    panel = {take.id: take for column in run.columns for take in column.takes}
    answers = order_of((one for one in calls[0].inputs if one in panel), run.recipe.seed)
    texts = {one: panel[one].text for one in answers}
    ended = [call for call in calls if call.is_final]
    return RunContest(contest(answers, texts, ended), calls, {one: panel[one].slot for one in answers})


def contest_document(run: RunSnapshot) -> dict[str, Any] | None:
    """Return the newest contest as the API and exports have it, ``None`` for none."""
    found = contest_of(run)
    if found is None:
        return None
    slots = found.slots
    return {
        "state": "running" if found.is_live else "done",
        "best": found.best,
        "is_decided": found.contest.is_decided,
        "pairs": [
            {
                "slots": [slots[pair.holder], slots[pair.challenger]],
                "preferred": [slots.get(reply) if reply else None for reply in pair.replies],
                "winner": slots[pair.winner] if pair.winner else None,
                "is_same": pair.is_same,
            }
            for pair in found.contest.pairs
        ],
        "evaluator": found.calls[0].model,
    }
