"""The rail of the run page: a stop for each stage that is drawn, and one for the answer."""

from collections import Counter
from dataclasses import dataclass

from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Role, Status
from apps.runs.reading.call_snapshot import StageSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import status_word
from apps.web.run.ballot import BallotPage

NOT_AS_PLANNED = {
    AnswerKind.VOTED: "not voted",
    AnswerKind.BEST: "not compared",
    AnswerKind.REVISED: "not reviewed",
    AnswerKind.ONLY: "fused",
}


def not_as_planned(run: RunSnapshot) -> str:
    """Return the words for an answer that is not of the kind that its strategy is after, or had no other beside it."""
    if run.answer_kind is run.strategy.answer_kind:
        return "no choice"
    return NOT_AS_PLANNED.get(run.strategy.answer_kind, "not fused")


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the rail: the section that it leads to, its dot's class and what stands beside it."""

    name: str
    target: str
    dot: str
    text: str


def stage_stops(run: RunSnapshot) -> list[Stop]:
    """Return a stop for each stage of the strategy but the one that writes the answer, and one for a vote."""
    drawn = {Role.PANEL: _panel_stop, Role.JUDGE: _judge_stop, Role.COMPARISON: _replies_stop}
    drawn |= dict.fromkeys((Role.REVIEW, Role.REVISION, Role.CLAIMS, Role.SUPPORT), _replies_stop)
    # A stage that is asked only where another fails is drawn once it is.
    planned = {call.stage for call in run.strategy.planned_calls(run.recipe) if call.most}
    shown = [stage for stage in run.stages if stage.role in drawn and (stage.calls or stage.name in planned)]
    stops = [drawn[stage.role](stage, run) for stage in shown]
    if run.strategy.answer_kind is AnswerKind.VOTED:
        stops.insert(sum(stage.role is Role.PANEL for stage in shown), _vote_stop(run))
    return stops


def _panel_stop(stage: StageSnapshot, run: RunSnapshot) -> Stop:
    if not stage.calls and stage.name != run.strategy.stages[0].name:
        return Stop(stage.title, "panel", "" if run.is_final else "wait", "not asked" if run.is_final else "")
    newest = {call.slot: call for call in stage.calls}  # in the order of their takes
    total, count = len(newest), Counter(call.status for call in newest.values())
    done, failed, stopped = count[Status.DONE], count[Status.FAILED], count[Status.CANCELLED]
    flaws = Counter(
        status_word(call.status, call.failure.code if call.failure else None)
        for call in newest.values()
        if call.status in (Status.FAILED, Status.CANCELLED)
    )
    text = f"{done} of {total}{''.join(f', {number} {word}' for word, number in flaws.items())}"
    if done + failed + stopped < total:
        return Stop(stage.title, "panel", "live", text)
    dot = "done" if done == total else "warn" if done else "bad" if failed else ""
    return Stop(stage.title, "panel", dot, text)


def _judge_stop(stage: StageSnapshot, run: RunSnapshot) -> Stop:
    if any(not call.is_final for call in stage.calls):
        return Stop(stage.title, "agreement", "live", "at work")
    analyses = [call.analysis for call in stage.calls if call.analysis]
    if analyses:
        status = analyses[-1].status
        is_sound = status in (AnalysisStatus.OK, AnalysisStatus.REPAIRED)
        return Stop(stage.title, "agreement", "done" if is_sound else "warn", "" if is_sound else status)
    if stage.calls:
        return Stop(stage.title, "agreement", "bad", "failed")
    return Stop(stage.title, "agreement", "" if run.is_final else "wait", "not asked" if run.is_final else "")


def _replies_stop(stage: StageSnapshot, run: RunSnapshot) -> Stop:
    """Return the stop of a stage whose calls are read by the program: how many of them could be."""
    total, done = len(stage.calls), sum(call.status is Status.DONE for call in stage.calls)
    if not total:
        return Stop(stage.title, "agreement", "" if run.is_final else "wait", "not asked" if run.is_final else "")
    if any(not call.is_final for call in stage.calls):
        return Stop(stage.title, "agreement", "live", f"{done} of {total}")
    return Stop(stage.title, "agreement", "done" if done == total else "warn" if done else "bad", f"{done} of {total}")


def _vote_stop(run: RunSnapshot) -> Stop:
    if run.ballot is None:
        return Stop("Vote", "agreement", "" if run.is_final else "wait", "no vote" if run.is_final else "")
    ballot = BallotPage(run, run.ballot)
    return Stop("Vote", "agreement", "done" if ballot.is_decided else "warn", ballot.count)


def answer_stop(run: RunSnapshot, is_being_written: bool, is_alone: bool, is_as_planned: bool) -> Stop:
    """Return the stop of the answer at the end, whichever stage writes it; ``is_alone``: its column is the answer."""
    if is_being_written:
        return Stop("Answer", "answer", "live", "being written")
    target = "panel" if is_alone else "answer"
    if run.answer:
        return Stop("Answer", target, *(("done", "") if is_as_planned else ("warn", not_as_planned(run))))
    if run.is_final:
        word = status_word(run.status, run.failure.code if run.failure else None)
        return Stop("Answer", target, "bad" if run.status is Status.FAILED else "", word)
    return Stop("Answer", target, "wait", "")
