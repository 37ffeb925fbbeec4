"""A strategy as a value: the stages it has, what it means to ask, and the step that follows each state of a run.

Whoever forecasts, warns, draws or reads a run asks this value; nobody else knows the shape of a strategy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.fusion.state import RunState
from apps.fusion.strategies.steps import End, Start, Step
from apps.fusion.values import PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, StrategyName


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a strategy: its ``name`` in rows and events, the role of its calls, and its ``title`` for people."""

    name: str
    role: Role
    title: str


@dataclass(frozen=True, slots=True)
class WaitingRule:
    """When a panel has been waited for long enough, in seconds: the grace runs from that many ``answers`` on.

    With ``grace_s`` ``None``, all answers are waited for within the hard limit.
    """

    answers: int
    grace_s: float | None
    hard_limit_s: float


@dataclass(frozen=True, slots=True)
class FormOption:
    """A strategy as forms offer it: its name and what it does in a ``line``, and in the ``note`` what to know first.

    The line is ``Name: what it does``. One that does not ask the judge, or the writer, needs none to be chosen.
    """

    line: str
    note: str
    asks_judge: bool = True
    asks_writer: bool = True

    @property
    def title(self) -> str:
        return self.line.partition(":")[0]

    @property
    def does(self) -> str:
        return self.line.partition(": ")[2]


@dataclass(frozen=True, slots=True)
class Strategy:
    """The way in which a run comes to its answer. Every function is pure; the same arguments give the same result.

    ``stages`` stand in the order in which they are reached; the last one writes the answer, which is of the kind
    ``answer_kind`` if all goes well. Calls of the stages ``beside`` comment on an answer that stands.
    ``next_step`` says what a run needs next; for a run without calls those that it begins with.
    ``start_over`` says what follows when a person chooses among the answers (ids of panel calls) of a run that has
    ended.
    ``waiting_rule`` is ``None`` where every answer is waited for.
    ``answer_roles`` are the roles whose texts may be the answer, so they are asked for its form.
    ``when_more`` says when calls are made that need not be, behind an "if"; '' where all planned calls are made.
    ``option`` is how forms offer it, ``None`` where nobody chooses it.
    ``unanalysed`` is the sentence for a page that has no analysis, '' where a judge is planned to make one.
    ``answered`` is the sentence that says why it ended, where one answer as it is (``only``) is all that it is after.
    ``is_replayed``: its end follows from the panel's answers, so it can be replayed on recorded ones.
    """

    name: StrategyName
    stages: tuple[Stage, ...]
    answer_kind: AnswerKind
    next_step: Callable[[RunState], Step]
    start_over: Callable[[RunState, tuple[int, ...]], Start | End]
    planned_calls: Callable[[Recipe], tuple[PlannedCall, ...]]
    waiting_rule: Callable[[Recipe], WaitingRule | None]
    answer_roles: tuple[Role, ...]
    when_more: str = ""
    beside: tuple[Stage, ...] = ()
    unanalysed: str = ""
    answered: str = ""
    is_replayed: bool = False
    option: FormOption | None = None

    @property
    def answer_stage(self) -> Stage:
        return self.stages[-1]

    def title_of(self, call: PlannedCall) -> str:
        """Return the title of the stage in which a call is planned."""
        return next(stage.title for stage in (*self.stages, *self.beside) if stage.name == call.stage)

    def has(self, role: Role) -> bool:
        """Return whether any stage asks models in this role."""
        return any(stage.role is role for stage in self.stages)

    def planned(self, recipe: Recipe, role: Role) -> PlannedCall | None:
        """Return the first call planned in this role, ``None`` if there is none."""
        return next((call for call in self.planned_calls(recipe) if call.role is role), None)

    def is_planned(self, recipe: Recipe, role: Role, model: str) -> bool:
        """Return whether this model was meant to be asked, and does not stand in for another."""
        return any(call.role is role and call.model == model for call in self.planned_calls(recipe))
