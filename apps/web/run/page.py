"""What the run page shows beyond the snapshot itself: the stage rail, who is in the fusion, the bill."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from apps.accounts.models import User
from apps.fusion.vocabulary import AnswerKind, Builtin, Role, Status
from apps.runs.models import Share
from apps.runs.reading.snapshot import CallSnapshot, RunSnapshot
from apps.runs.spending.caps import usd
from apps.web.formats import SMALLEST, counted, duration, money
from apps.web.run.agreement import AgreementPage
from apps.web.run.bill import Baseline, against_estimate, baseline_of

SECTIONS = {"columns": ("panel", "answer", "agreement"), "answer": ("answer", "agreement", "panel")}
"""The order of the sections by layout: "columns first" or "answer first"."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stop of the rail: its dot's class and what stands beside it."""

    name: str
    target: str
    dot: str
    text: str


@dataclass(frozen=True)
class RunPage:
    """A run as one ``reader`` (``None``: by a shared link) sees it; ``now`` is the server's clock."""

    run: RunSnapshot
    now: datetime
    reader: User | None = None
    can_edit: bool = False
    layout: str = "columns"
    shares: tuple[Share, ...] = ()
    wanted_baseline: str = ""
    shows_all: bool = False
    """Whether all findings are drawn at once."""

    @property
    def sections(self) -> tuple[str, ...]:
        return SECTIONS[self.layout]

    @cached_property
    def agreement(self) -> AgreementPage | None:
        return AgreementPage(self.run, self.run.analysis, self.shows_all) if self.run.analysis else None

    @property
    def stages(self) -> tuple[Stage, ...]:
        return _panel_stage(self.run), _judge_stage(self), _answer_stage(self)

    @property
    def is_panel_live(self) -> bool:
        return any(not column.newest.is_final for column in self.run.columns)

    @property
    def usable(self) -> list[str]:
        """The letters whose newest take gave an answer."""
        return [column.slot for column in self.run.columns if column.newest.is_usable]

    @property
    def can_fuse_now(self) -> bool:
        """Whether some answers are ready while others still stream, and nothing has been fused yet."""
        return not self.run.is_final and self.is_panel_live and bool(self.usable) and not self.run.judges

    @property
    def waiting(self) -> str:
        """How long the panel is waited for, while it is; '' otherwise."""
        if self.run.is_final or self.is_single or self.run.judges or not self.is_panel_live:
            return ""
        recipe = self.run.recipe
        quorum = min(recipe.quorum, len(self.run.columns))
        grace, limit = duration(recipe.grace_s), duration(recipe.hard_limit_s)
        return f"Goes on when all have answered, {grace} after {counted(quorum, 'answer')}, or {limit} after the start."

    @property
    def can_fuse_again(self) -> bool:
        return self.can_edit and not self.run.is_live and any(column.answer for column in self.run.columns)

    @property
    def judge_live(self) -> CallSnapshot | None:
        return next((call for call in reversed(self.run.judges) if not call.is_final), None)

    @property
    def writer_live(self) -> CallSnapshot | None:
        return next((call for call in reversed(self.run.writers) if not call.is_final), None)

    @property
    def earlier_answers(self) -> list[CallSnapshot]:
        """Fused texts that are not the answer any more; nothing that was paid for is lost."""
        shown = self.writer_live or self.run.answer
        return [call for call in self.run.writers if call.text and (shown is None or call.id != shown.id)]

    @property
    def author(self) -> str:
        """Who wrote the answer, in words."""
        answer = self.run.answer
        if answer is None or self.run.answer_kind is AnswerKind.FUSED:
            by_auto = ", chosen by Auto" if self.run.recipe.writer_is_auto else ""
            return f"written by {answer.label}{by_auto}" if answer else ""
        if self.run.answer_kind is AnswerKind.CLOSEST:
            return "the answer closest to the others, not fused"
        return f"answer {answer.slot} as it is, not fused" if len(self.run.columns) > 1 else f"by {answer.label}"

    @property
    def judge_label(self) -> str:
        return self.run.judge.label if self.run.judge else self.run.labels.get(self.run.recipe.judge, "")

    @property
    def judge_is_auto(self) -> bool:
        """Whether the judge that is shown was chosen by Auto."""
        judge = self.run.judge
        return self.run.recipe.judge_is_auto and (judge is None or judge.model == self.run.recipe.judge)

    @property
    def has_builtin_judge(self) -> bool:
        return self.run.recipe.judge in list(Builtin)

    @property
    def fused_calls(self) -> list[int]:
        """The panel takes that the answer was made from."""
        answer = self.run.answer
        if answer is None:
            return []
        panel = {take.id for column in self.run.columns for take in column.takes}
        return sorted(panel & {answer.id, *answer.inputs})

    @property
    def bill(self) -> tuple[CallSnapshot, ...]:
        return tuple(call for call in self.run.calls if call.is_final)

    @property
    def bill_calls(self) -> str:
        """How many models were asked, in the words of the forecast: word overlap is no call."""
        asked = counted(sum(not is_builtin(call) for call in self.bill), "call")
        return f"{asked} and word overlap" if any(call.model == Builtin.OVERLAP for call in self.bill) else asked

    @property
    def cost(self) -> str:
        """What the run cost so far: ``unknown`` is never nought, ``≥`` says that a part is missing, ``≈`` that a part
        is still running and counted by us."""
        cost, accrued = self.run.cost, self.run.accrued
        if accrued:
            return f"{'≈' if self.run.cost_is_complete else '≥'} {money((cost or 0) + accrued)} so far"
        if cost is None:
            return "cost unknown" if self.run.is_final else "no cost yet"
        if self.run.cost_is_complete:
            return money(cost)
        return f"≥ {money(cost)}" if cost >= SMALLEST else "more than $0"

    @property
    def cap_line(self) -> str:
        """``$0.03 of $0.05 spent`` for a run that a cap stopped; without its own cap what was spent."""
        cap = self.run.recipe.max_cost
        return f"{self.cost} of {usd(cap)} spent" if cap is not None else f"{self.cost} spent"

    @property
    def can_continue(self) -> bool:
        """Whether the run stands still at a cap, and may go on under a higher one."""
        return self.can_edit and self.run.cap_reached and not self.run.is_live

    @property
    def next_cap(self) -> str:
        """The cap that is offered: twice the old one, or what was spent; '' where the run has none of its own."""
        cap = self.run.recipe.max_cost
        return f"{2 * max(cap, self.run.cost or cap):f}" if cap is not None else ""

    @property
    def against_estimate(self) -> str:
        return against_estimate(self.run)

    @cached_property
    def baseline(self) -> Baseline | None:
        """What one model alone would have cost; for readers with an account, once the run is over."""
        if self.reader is None or self.run.is_live:
            return None
        return baseline_of(self.run, self.wanted_baseline, self.reader)

    @property
    def is_single(self) -> bool:
        return len(self.run.columns) < 2


def _panel_stage(run: RunSnapshot) -> Stage:
    total, count = len(run.columns), Counter(column.newest.status for column in run.columns)
    done, failed, stopped = count[Status.DONE], count[Status.FAILED], count[Status.CANCELLED]
    ended = done + failed + stopped
    flaws = (f", {number} {word}" for number, word in ((failed, "failed"), (stopped, "stopped")) if number)
    text = f"{ended} of {total}{''.join(flaws)}"
    if ended < total:
        return Stage("Panel", "panel", "live", text)
    dot = "done" if done == total else "warn" if done else "bad" if failed else ""
    return Stage("Panel", "panel", dot, text)


def _judge_stage(page: RunPage) -> Stage:
    run = page.run
    if page.judge_live:
        return Stage("Judge", "agreement", "live", "at work")
    if run.analysis:
        is_sound = run.analysis.status in ("ok", "repaired")
        return Stage("Judge", "agreement", "done" if is_sound else "warn", "" if is_sound else run.analysis.status)
    if run.judges:
        return Stage("Judge", "agreement", "bad", "failed")
    return Stage("Judge", "agreement", "wait" if not run.is_final else "", "" if not run.is_final else "not asked")


def _answer_stage(page: RunPage) -> Stage:
    run = page.run
    if page.writer_live:
        return Stage("Answer", "answer", "live", "being written")
    if run.answer:
        kind = "" if run.answer_kind is AnswerKind.FUSED else "not fused"
        return Stage(
            "Answer", "answer", "done" if not kind or page.is_single else "warn", "" if page.is_single else kind
        )
    if run.is_final:
        return Stage("Answer", "answer", "bad" if run.status is Status.FAILED else "", run.status)
    return Stage("Answer", "answer", "wait", "")


def is_builtin(call: CallSnapshot) -> bool:
    """Whether a call was the work of this program and no model was asked."""
    return call.model in list(Builtin)


def role_of(call: CallSnapshot) -> str:
    """A call's role for the bill: ``Panel A``, ``Judge``, ``Writer``; with its take from the second on."""
    name = {Role.PANEL: f"Panel {call.slot}", Role.JUDGE: "Judge", Role.SYNTHESIS: "Writer"}[call.role]
    return f"{name}, take {call.take}" if call.take > 1 else name
