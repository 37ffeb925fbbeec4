"""The view model of the run page, beyond the snapshot itself: the stage rail, the calls in the fusion, the bill."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from urllib.parse import urlencode

from apps.accounts.models import User
from apps.fusion.values import PlannedCall
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, Role, Status
from apps.runs.models import Share
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.suggestion import Suggestion, replaced_decision, suggestion_of
from apps.runs.reading.takes import Take, analyses_of, answers_of
from apps.runs.spending.caps import usd
from apps.web.compose.going_on import GoingOn
from apps.web.formats import counted
from apps.web.run.agreement import AgreementPage
from apps.web.run.answer_check import CheckPage, page_of_check
from apps.web.run.authors import author_of, fused_calls
from apps.web.run.ballot import BallotPage
from apps.web.run.bill import Baseline, against_estimate, baseline_of, cost_words
from apps.web.run.call_words import is_builtin
from apps.web.run.headline import headline, headline_dot, is_in_grace, open_columns, waiting_words
from apps.web.run.order_check import OrderCheck, order_check_of
from apps.web.run.peer_review import ReviewPage, can_be_reviewed, page_of_review
from apps.web.run.rail import Stop, answer_stop, stage_stops
from apps.web.run.refining import Refining, refining_of
from apps.web.run.second_judge import SecondJudges, second_judges_page
from apps.web.run.starting_over import FUSING, WAYS, StartingOver
from apps.web.run.turns import TurnPlace, columns_to_go_on_from
from apps.web.run.versions import THOSE_THAT_COUNT, Pager, Versions, readable_analyses, readable_answers, with_versions

SECTIONS = {"columns": ("panel", "answer", "agreement"), "answer": ("answer", "agreement", "panel")}
"""The order of the sections by layout: "columns first" or "answer first"."""

VIEWS = ("compact", "row", "apart")
"""Views of the columns: closer and smaller; in one row; in a row, each scrolled by itself."""


@dataclass(frozen=True)
class RunPage:
    """A run as one ``reader`` (``None``: by a shared link) sees it; ``now`` is the server's clock."""

    run: RunSnapshot
    now: datetime
    reader: User | None = None
    can_edit: bool = False
    layout: str = "columns"
    view: tuple[str, ...] = ()
    """The chosen views of the columns, of ``VIEWS``."""
    shares: tuple[Share, ...] = ()
    wanted_baseline: str = ""
    shows_all: bool = False
    """Whether all findings are drawn at once."""
    wake_at: datetime | None = None
    """When the run goes on by itself."""
    place: TurnPlace | None = None
    first_message: int = 0
    """Where the messages of the run begin among those that a shared thread numbers."""
    wanted: Versions = THOSE_THAT_COUNT
    counting: RunSnapshot | None = None
    """The run with the answer and the analysis that count, where ``run`` has others in their place."""

    @cached_property
    def shown(self) -> Self:
        """Return the page of the answer and the analysis that the address asks for."""
        run = with_versions(self.run, self.wanted)
        if run is self.run:
            return self
        # What is shown on demand belongs to the analysis that counts.
        all_findings = self.shows_all or run.analysis_call != self.run.analysis_call
        return replace(self, run=run, counting=self.run, shows_all=all_findings)

    @property
    def shows_other_version(self) -> bool:
        return self.counting is not None

    @property
    def versions_query(self) -> str:
        """Return the versions that are asked for, as the query of the page's own requests."""
        wanted = {"answer": self.wanted.answer, "analysis": self.wanted.analysis}
        return urlencode({name: call for name, call in wanted.items() if call})

    @property
    def answer_pager(self) -> Pager | None:
        shown = None if self.writer_live else self.run.answer
        return Pager.of("answer", readable_answers(self.counting or self.run), shown)

    @property
    def analysis_pager(self) -> Pager | None:
        shown = None if self.judge_live else self.run.judge
        return Pager.of("analysis", readable_analyses(self.counting or self.run), shown)

    @property
    def sections(self) -> tuple[str, ...]:
        return SECTIONS[self.layout]

    @cached_property
    def agreement(self) -> AgreementPage | None:
        return AgreementPage(self.run, self.run.analysis, self.shows_all) if self.run.analysis else None

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """Return what the judge would give as it is, unless that is the answer already."""
        best = suggestion_of(self.run)
        return best if best and not (self.run.answer and self.run.answer.id == best.call.id) else None

    @cached_property
    def voted(self) -> CallSnapshot | None:
        return replaced_decision(self.run)

    @property
    def starting_over(self) -> StartingOver:
        """Return the words for starting over: a vote that was judged is judged and fused at once."""
        is_fused = self.has_vote and self.run.judges
        return FUSING if is_fused else WAYS.get(self.run.strategy.answer_kind, FUSING)

    @cached_property
    def order_check(self) -> OrderCheck | None:
        return order_check_of(self.run)

    @cached_property
    def second_judges(self) -> SecondJudges | None:
        return second_judges_page(self.run)

    def check(self) -> CheckPage | None:
        """Return how the answer was checked; ``None`` where there is no fused answer, or another is being written."""
        return None if self.writer_live else page_of_check(self.run)

    @cached_property
    def review(self) -> ReviewPage | None:
        """Return the newest peer review, ``None`` for none."""
        return page_of_review(self.run)

    @property
    def can_be_reviewed(self) -> bool:
        return self.can_edit and can_be_reviewed(self.run)

    @property
    def rail(self) -> tuple[Stop, ...]:
        """Return a stop for each stage of the strategy, and the answer at the end, whichever stage writes it."""
        written = answer_stop(self.run, bool(self.writer_live), self.is_alone, self.is_as_planned)
        return (*stage_stops(self.run), written)

    @property
    def unasked(self) -> tuple[tuple[str, str], ...]:
        """Return the slots that a later stage may ask and has not so far, each with the name of its model."""
        asked = {column.slot for column in self.run.columns}
        planned = self.run.strategy.planned_calls(self.run.recipe)
        later = [call for call in planned if call.role is Role.PANEL and not call.fewest and call.slot not in asked]
        return tuple((call.slot, self.run.labels.get(call.model, call.model)) for call in later)

    @property
    def column_count(self) -> int:
        """Return the number of columns, those that nobody was asked for yet included."""
        return len(self.run.columns) + len(self.unasked)

    @property
    def is_panel_live(self) -> bool:
        return any(not column.newest.is_final for column in self.run.columns)

    @property
    def usable(self) -> list[str]:
        """Return the slots whose newest take gave a usable answer."""
        return [column.slot for column in self.run.columns if column.newest.is_usable]

    @property
    def can_fuse_now(self) -> bool:
        """Return whether some answers are ready while others still stream, and nothing has been fused yet."""
        return not self.run.is_final and self.is_panel_live and bool(self.usable) and self.run.waits_for_panel

    @property
    def going_on(self) -> GoingOn:
        """Return what the next turn can go on with; while the run is live, what it is likely to have."""
        run = self.run
        kind = run.answer_kind if run.is_final or run.answer else run.strategy.answer_kind
        return GoingOn.after(kind, run.messages, columns_to_go_on_from(run), len(run.recipe.panel))

    @property
    def headline(self) -> str:
        """Say in a sentence what happened, or what is happening."""
        return headline(self.run)

    @property
    def headline_dot(self) -> str:
        return headline_dot(self.run)

    @property
    def is_waiting(self) -> bool:
        """Return whether the panel is waited for."""
        return not self.run.is_final and self.run.waits_for_panel and self.is_panel_live

    @property
    def open_columns(self) -> str:
        """Name the columns that have not ended."""
        return open_columns(self.run)

    @property
    def is_in_grace(self) -> bool:
        """Return whether the columns that have not ended have only the grace period left."""
        rule = self.run.strategy.waiting_rule(self.run.recipe)
        return rule is not None and self.is_waiting and is_in_grace(self.run, rule)

    @property
    def waiting(self) -> str:
        """Say how long the panel is waited for, while it is; '' otherwise."""
        rule = self.run.strategy.waiting_rule(self.run.recipe)
        if rule is None or not self.is_waiting:
            return ""
        return waiting_words(self.run, rule)

    @property
    def failed_columns(self) -> int:
        """Return how many columns have failed."""
        return sum(column.newest.status is Status.FAILED for column in self.run.columns)

    @property
    def can_fuse_again(self) -> bool:
        takes = (take for column in self.run.columns for take in column.takes)
        return self.can_edit and not self.run.is_live and any(take.is_includable for take in takes)

    @property
    def judge_live(self) -> CallSnapshot | None:
        """Return the judge at work, unless it is one more beside an analysis that stays in place meanwhile."""
        live = (call for call in reversed(self.run.judges) if not call.is_final)
        return next((call for call in live if call.guidance is None or self.run.analysis is None), None)

    @property
    def writer_live(self) -> CallSnapshot | None:
        """Return the writer at work, unless it is one more beside an answer that stays in place meanwhile."""
        live = (call for call in reversed(self.run.writers) if not call.is_final)
        return next((call for call in live if call.guidance is None or self.run.answer is None), None)

    @property
    def other_answers(self) -> list[Take]:
        """Return the fused texts beside the one that is shown; nothing that was paid for is lost."""
        shown = self.writer_live or self.run.answer
        others = [take for take in answers_of(self.counting or self.run) if shown is None or take.call.id != shown.id]
        return [take for take in others if take.call.text or (take.call.guidance and not take.call.is_final)]

    @property
    def analyses(self) -> list[Take]:
        return analyses_of(self.counting or self.run)

    @property
    def author(self) -> str:
        """Say who wrote the answer."""
        return author_of(self.run)

    @property
    def is_as_planned(self) -> bool:
        """Return whether the answer is of the kind that the strategy is after."""
        return self.run.is_as_planned

    @property
    def is_alone(self) -> bool:
        """Return whether one model was asked and its column is the answer, which is then not shown a second time."""
        is_there = self.run.answer is None or not self.why_failed
        return len(self.run.columns) == 1 and not self.has_judge and is_there and not self.run.notices

    @property
    def has_judge(self) -> bool:
        """Return whether the strategy has the answers compared."""
        return self.run.strategy.has(Role.JUDGE)

    @property
    def has_vote(self) -> bool:
        """Return whether the strategy is after an answer that the panel votes for."""
        return self.run.strategy.answer_kind is AnswerKind.VOTED

    @cached_property
    def ballot(self) -> BallotPage | None:
        return BallotPage(self.run, self.run.ballot) if self.run.ballot else None

    @cached_property
    def refining(self) -> Refining:
        """Return what was made of the answers in place of an analysis."""
        return refining_of(self.run)

    @property
    def judge_label(self) -> str:
        planned = self._planned_judge
        return self.run.judge.label if self.run.judge else self.run.labels.get(planned.model, "") if planned else ""

    @property
    def judge_is_auto(self) -> bool:
        """Return whether the judge that is shown was chosen by Auto."""
        judge, planned = self.run.judge, self._planned_judge
        return bool(planned and planned.is_auto and (judge is None or judge.model == planned.model))

    @property
    def judged_by(self) -> str:
        """Say who compared the answers."""
        by = "" if self.run.judge and is_builtin(self.run.judge) else "judged by "
        return f"{by}{self.judge_label}{', chosen by Auto' if self.judge_is_auto else ''}"

    @property
    def no_analysis(self) -> str:
        """Say why there is no analysis (yet)."""
        if self.run.judges:
            failure = self.run.judge.failure if self.run.judge else None
            return failure.sentence if failure else "The judge gave no analysis."
        if self.run.strategy.unanalysed:
            return self.run.strategy.unanalysed
        if self.run.is_final:
            if self.run.answer_kind is AnswerKind.VOTED:
                return "The vote decided, so nobody judged the answers."
            if self.run.answer_kind is AnswerKind.ESCALATED:
                return "The last stage decided, so nobody judged the answers."
            if self.has_judge:
                return "Nothing was compared; a judge needs two answers."
            return "One answer; there is nothing to compare."
        if not self.has_judge:
            return "One answer needs no judge."
        if self.has_vote:
            return "The final answers are counted when they are ready; a judge is asked only if that decides nothing."
        if self.has_builtin_judge:
            return "The words are compared, without a model, when all have answered."
        return f"{self.judge_label} compares the answers when they are ready."

    @property
    def no_answer(self) -> str:
        """Say why there is no answer (yet)."""
        if not self.run.is_final:
            if self.run.waits_for_panel:
                return "Waits for the panel."
            return f"Waits for the {'judge' if self.judge_live else 'stages before it'}."
        if self.run.is_capped:
            return "The cap was reached before an answer was written."
        is_stopped = self.run.status is Status.CANCELLED
        return "Stopped before an answer was written." if is_stopped else "There is no answer."

    @property
    def why_failed(self) -> str:
        """Say why the run failed; what the columns say themselves is not said again."""
        failure = self.run.failure
        if failure is None or self.run.status is not Status.FAILED:
            return ""
        if failure.code is not FailureCode.ALL_PANELS_FAILED:
            return failure.sentence
        whose = "its column says" if len(self.run.columns) == 1 else "each column says"
        return f"No panel model gave a usable answer; {whose} why."

    @property
    def has_builtin_judge(self) -> bool:
        return bool(self._planned_judge and self._planned_judge.is_builtin)

    @property
    def _planned_judge(self) -> PlannedCall | None:
        return self.run.strategy.planned(self.run.recipe, Role.JUDGE)

    @property
    def fused_calls(self) -> list[int]:
        """Return the ids of the panel takes that the answer was made from, or chosen among."""
        return fused_calls(self.run)

    @property
    def bill(self) -> tuple[CallSnapshot, ...]:
        return tuple(call for call in self.run.calls if call.is_final)

    @property
    def bill_calls(self) -> str:
        """Say how many models were asked, in the words of the forecast: word overlap is no call."""
        asked = counted(sum(not is_builtin(call) for call in self.bill), "call")
        return f"{asked} and word overlap" if any(call.model == Builtin.OVERLAP for call in self.bill) else asked

    @property
    def cost(self) -> str:
        return cost_words(self.run)

    @property
    def cap_line(self) -> str:
        """Return ``$0.03 of $0.05 spent`` for a run that a cap stopped; without its own cap the cost so far."""
        cap = self.run.recipe.max_cost
        return f"{self.cost} of {usd(cap)} spent" if cap is not None else f"{self.cost} spent"

    @property
    def can_continue(self) -> bool:
        """Return whether the run stands still at a cap, and may go on under a higher one."""
        return self.can_edit and self.run.cap_reached and not self.run.is_live

    @property
    def next_cap(self) -> str:
        """Return the cap to offer: twice the old one or the cost so far; '' where the run has none of its own."""
        cap = self.run.recipe.max_cost
        return f"{2 * max(cap, self.run.cost or cap):f}" if cap is not None else ""

    @property
    def against_estimate(self) -> str:
        return against_estimate(self.run)

    @cached_property
    def baseline(self) -> Baseline | None:
        """Return the cost of one model alone; for readers with an account, once the run is over."""
        if self.reader is None or self.run.is_live:
            return None
        return baseline_of(self.run, self.wanted_baseline, self.reader)
