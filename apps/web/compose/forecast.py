"""The forecast of a run before any money is spent: its calls, their likely cost, and the receivers of the prompt."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.catalogue.models import Model
from apps.catalogue.recipes import estimates, warnings
from apps.catalogue.recipes.reading_time import reading_times
from apps.fusion.calibration import ENOUGH_ITEMS, Calibration, StageRecord
from apps.fusion.checkable import is_checkable
from apps.fusion.confidence import certificate_doubt
from apps.fusion.strategies import planned_calls, strategy_of
from apps.fusion.strategies.cascade import ESCALATED
from apps.fusion.values import CascadeSettings, PlannedCall, Recipe, SingleSettings, WeighedSettings
from apps.fusion.vocabulary import Builtin
from apps.fusion.weights import weighing_of
from apps.providers.resilience import CircuitState
from apps.runs.execution.circuits import circuit_of
from apps.runs.reading.model_versions import with_versions
from apps.runs.spending.answer_lengths import habits_of
from apps.web.compose.resolved import ResolvedDraft
from apps.web.compose.web_box import engine_label
from apps.web.formats import counted, joined, money_range, percent

MOST_CALIBRATIONS = 3
"""Calibrations, each for its own questions, by which a cascade is held against its last model."""
STAND_INS: dict[str, str] = {
    Builtin.OVERLAP: "word overlap may have to compare in its place",
    Builtin.CLOSEST: "the closest answer may have to do in its place",
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """The facts beside the Run button, and quiet warnings that forbid nothing.

    ``engine`` is the search engine that models may ask, '' for none.
    """

    recipe: Recipe
    estimate: estimates.RunEstimate
    receivers: list[str]
    warnings: list[str]
    engine: str = ""

    @property
    def route(self) -> str:
        """Return who was chosen and why, in a sentence; '' where nobody had to choose."""
        return self.recipe.route.reason if self.recipe.route else ""

    @property
    def calls(self) -> str:
        """Return the number of calls in words; word overlap is no call."""
        has_overlap = any(call.model == Builtin.OVERLAP and call.fewest for call in planned_calls(self.recipe))
        calls = counted(self.estimate.calls, "call")
        if more := sum(call.most for call in planned_calls(self.recipe) if not call.is_builtin and not call.fewest):
            calls += f", {self.estimate.calls + more} if {strategy_of(self.recipe).when_more}"
        return f"{calls} and word overlap" if has_overlap else calls

    @property
    def stays_here(self) -> bool:
        return self.receivers == [warnings.THIS_MACHINE]

    @property
    def is_free_here(self) -> bool:
        """Return whether a run surely costs nothing and no other machine receives the prompt."""
        return self.stays_here and self.estimate.is_complete and not self.estimate.high

    @property
    def cost(self) -> str:
        """Return the likely cost as a range, or that it is free or unknown."""
        low, high, is_complete = self.estimate.low, self.estimate.high, self.estimate.is_complete
        if is_complete and not high:
            return "free, on this machine" if self.stays_here else "free"
        if not high:
            return "cost unknown"
        return f"about {money_range(low, high)}" if is_complete else f"{money_range(low, high)} or more"

    @property
    def note(self) -> str:
        """Say what the range leaves out."""
        if self.estimate.is_complete or not self.estimate.high:
            return ""
        return "The price of a model, or of its searches, is unknown."

    @property
    def destination(self) -> str:
        """Say who receives the prompt, in a sentence."""
        companies = [name for name in self.receivers if name != warnings.THIS_MACHINE]
        if not companies:
            return f"Your prompt stays on this machine{self._but_searches}."
        beside = ", and to models on this machine" if len(companies) < len(self.receivers) else ""
        return f"Your prompt goes to {joined(companies)}{beside}{self._but_searches}."

    @property
    def _but_searches(self) -> str:
        """Say who else gets words of the prompt, behind a sentence without its full stop."""
        return f"; what models search for goes to {self.engine}" if self.engine else ""


def forecast(resolved: ResolvedDraft, *, has_cap: bool) -> Forecast | None:
    """Return the forecast of a draft, or ``None`` while it cannot run.

    Earlier turns count with their images: they are sent again. ``has_cap``: the person whose run it is has a cap,
    whatever the recipe says.
    """
    models, messages = resolved.models, resolved.messages
    if resolved.recipe is None:
        return None
    recipe = with_versions(resolved.recipe)
    outages = _outages(recipe, models)
    receivers = warnings.receivers(recipe, models)
    sentences = [
        *reading_times(recipe, messages, models),
        *estimates.context_warnings(recipe, messages, models, resolved.own),
        *estimates.cap_warnings(recipe, models, is_capped=has_cap or recipe.max_cost is not None),
        *warnings.warnings(recipe, models, messages),
        *outages,
    ]
    if isinstance(recipe.settings, WeighedSettings | CascadeSettings):
        sentences += [one for one in (weighing_of(recipe).doubt, certificate_doubt(recipe)) if one]
    if isinstance(recipe.settings, CascadeSettings):
        sentences += _against_last(recipe, recipe.settings, resolved)
    likely = estimates.estimate(recipe, messages, models, habits_of, resolved.own)
    if likely.high and likely.calls > 1 and is_checkable(resolved.draft.prompt):
        sentences.append("A short question with one checkable answer rarely gains from a panel; one model may do.")
    return Forecast(recipe, likely, receivers, sentences, joined(_searched_with(recipe, models)))


def _searched_with(recipe: Recipe, models: Mapping[str, Model]) -> list[str]:
    """Return who gets the words that models search for: the site's engine, and vendors that search themselves."""
    if recipe.web is None or not recipe.web.search:
        return []
    native = {model.provider.name for model in models.values() if model.searches_natively}
    is_own = any(model.looks_things_up and not model.searches_natively for model in models.values())
    own = [engine_label()] if is_own else []
    return [name for name in (*own, *sorted(f"{name}’s own search" for name in native)) if name]


def _against_last(recipe: Recipe, settings: CascadeSettings, resolved: ResolvedDraft) -> list[str]:
    """Return a sentence that holds the expected cost of a cascade against that of its last model alone.

    There is none where a price is unknown, or the last model is free.
    """
    costs: dict[str, Decimal] = {}
    for spec in recipe.panel:
        alone = Recipe(settings=SingleSettings(), panel=(spec,))
        found = estimates.estimate(alone, resolved.messages, resolved.models, habits_of, resolved.own)
        if not found.is_complete or found.low is None or found.high is None:
            return []
        costs[spec.slot] = (found.low + found.high) / 2
    first, *later = [sum(costs[slot] for slot in stage) for stage in settings.stages]
    (last,) = settings.stages[-1]
    if not costs[last]:
        return []
    label = resolved.models[next(spec.model for spec in recipe.panel if spec.slot == last)].label

    def compared(share: float) -> str:
        times = float((first + Decimal(str(share)) * sum(later)) / costs[last])
        more = f"more than {label} alone: {times:.1f} times as much"
        return more if times >= 1 else f"{percent(times)} of what {label} alone costs"

    stages = [(one, one.stage) for one in resolved.calibrations[:MOST_CALIBRATIONS] if one.stage]
    if stages:
        return [_measured(one, stage, compared(stage.escalated)) for one, stage in stages]
    known = resolved.escalations
    if known:
        was = f"Of your last {known.n} runs of this cascade {percent(known.share)} were escalated"
        return [f"{was}; so it costs {compared(known.share)}."]
    return [f"A cascade of which {percent(ESCALATED)} of the runs are escalated costs {compared(ESCALATED)}."]


def _measured(calibration: Calibration, stage: StageRecord, costs: str) -> str:
    """Say what a cascade did on the items of a calibration, and on how few."""
    on = f"questions from “{calibration.task}”" if calibration.task else f"questions like those of “{calibration.name}”"
    few = f"; fewer than {ENOUGH_ITEMS} say little" if stage.items < ENOUGH_ITEMS else ""
    told = f"On {on} this cascade escalates about {percent(stage.escalated)} and costs {costs}"
    return f"{told} ({counted(stage.items, 'labelled item')}{few})."


def _outages(recipe: Recipe, models: Collection[str]) -> list[str]:
    """Return which of the models are not called now, since their vendor fails, a sentence each."""
    circuits = circuit_of(models)
    down = {reference for reference, circuit in circuits.items() if circuit.state is CircuitState.OPEN}
    strategy = strategy_of(recipe)
    found = []
    for call in planned_calls(recipe):
        if call.slot:
            found.append(_outage_of_slot(call, down))
        elif call.model in down and not call.role.is_review:
            alone = "the answer may go without it" if call.role.is_beside else "the run may fail"
            instead = STAND_INS.get(call.stand_in, alone)
            found.append(f"The {strategy.title_of(call).lower()}, {call.model}, is failing now; {instead}.")
    return [sentence for sentence in found if sentence]


def _outage_of_slot(spec: PlannedCall, down: Collection[str]) -> str:
    """Say what is failing in a slot: its model, its fallback, or both; '' if both are well."""
    fallback = spec.fallback if spec.fallback in down else ""
    if spec.model not in down:
        return f"{spec.slot}: its fallback, {fallback}, is failing now." if fallback else ""
    if fallback:
        return f"{spec.slot}: {spec.model} and its fallback, {fallback}, are failing now; its column may fail."
    rest = f"{spec.fallback} answers in its place." if spec.fallback else "without a fallback its column may fail."
    return f"{spec.slot}: {spec.model} is failing now; {rest}"
