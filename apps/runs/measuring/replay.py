"""Replays of a strategy over recorded answers: its real steps, with what the models once said in place of calls.

No model is called and no database is read. What a judge or a writer would say was not recorded, so a run that would
go on to one has no answer here: it is counted as undecided, and as not right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from apps.fusion.answers.counting import counted_answers
from apps.fusion.calibration import CalibrationSource, CountingRule
from apps.fusion.certificates import LabelledItem, calibrate
from apps.fusion.comparing.meaning import grouping
from apps.fusion.cost import cost_so_far
from apps.fusion.state import CallState, RunState
from apps.fusion.statistics import Interval, clopper_pearson, mcnemar
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.tokens import count_tokens
from apps.fusion.values import Calibration, CallSpec, Price, Recipe
from apps.fusion.vocabulary import Builtin, CountedKind, FinishReason, Role, Status, StrategyName
from apps.fusion.voting import Ballot
from apps.fusion.weights import panel_fingerprint
from apps.runs.measuring.packs import Item, Pack, Recorded
from apps.runs.measuring.replay_recipes import EVERY_KIND, MOST_MEMBERS, SETTINGS, Counting, recipe_of, slots_of

NO_ANSWER = "I found nothing that I would call a result."
"""A text without a final answer, in place of a recorded one in which none was found."""
UNDECIDED = "undecided"
"""The exit of a run that would go on to a judge."""
MOST_STEPS = 50

FIELDS, UNRECORDED = "fields", "fields, as no model of the pack answered"
"""The exits of a run whose answer is made of each field's winner."""


class Finals(StrEnum):
    """The final answers that count: those that our rules read in the texts, or those that the pack has of them."""

    TEXT = "text"
    RECORDED = "recorded"


class Outcome(NamedTuple):
    """A replayed run: whether its answer is right, how it ended, the models that it asked, and those it cut off."""

    is_right: bool
    exit: str
    asked: tuple[str, ...]
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """Items that were answered rightly, of ``n``, with the exact 95 % interval."""

    right: int
    n: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> Interval:
        return clopper_pearson(self.right, self.n)


@dataclass(frozen=True, slots=True)
class Rival:
    """Another method on the same items: its share and cost (USD), and the items that only one of both got right."""

    name: str
    share: Share
    cost: Decimal
    only_strategy: int
    only_rival: int

    @property
    def p(self) -> float:
        """Return the exact two-sided p of McNemar's test."""
        return mcnemar(self.only_strategy, self.only_rival)


@dataclass(frozen=True, slots=True)
class Report:
    """A replay: figures of the items behind the first ``calibrated``, and of ``whole``, all items, in one pass each.

    ``cost`` and ``cost_of_all`` (the strategy's, and that of asking the whole panel) are USD for the tested items,
    estimated from characters; ``unpriced`` names the models that they leave out. ``calls_cut`` were not waited for to
    the end; they may be billed, so they cost as if they had been.
    """

    pack: str
    strategy: StrategyName
    panel: tuple[str, ...]
    finals: Finals
    calibrated: int
    share: Share
    whole: Share
    rivals: tuple[Rival, ...]
    exits: Mapping[str, Share]
    calls: int
    calls_cut: int
    calibration: Calibration
    cost: Decimal
    cost_of_all: Decimal
    unpriced: tuple[str, ...]
    all_wrong: Share

    @property
    def calls_saved(self) -> int:
        return len(self.panel) * self.share.n - self.calls


def replay(
    pack: Pack,
    strategy: StrategyName,
    panel: Sequence[str],
    calibrated: int = 200,
    finals: Finals = Finals.TEXT,
    alpha: float | None = None,
    rule: CountingRule | None = None,
    counting: Counting = EVERY_KIND,
) -> Report:
    """Replay a strategy over the items of a pack; the first ``calibrated`` say what the members are worth.

    With ``alpha`` they also certify a share of the weight at which no more than that share of answers is wrong. Without
    a ``rule`` they choose how weighted votes are counted. ``counting`` says which final answers are votes.

    Raises ``ValueError`` for a strategy that needs what no pack has, and for a bad panel or split.
    """
    _check(pack, strategy, panel, calibrated)
    calibration = calibrate_on(pack, panel, calibrated, finals, alpha, rule, counting)
    outcomes = _outcomes(pack.items, recipe_of(strategy, panel, calibration, counting), finals)
    best, tested, ours = best_of(calibration), pack.items[calibrated:], outcomes[calibrated:]
    singles = {f"best single, {best}": best}
    if strategy is StrategyName.CASCADE:
        singles[f"last stage alone, {panel[-1]}"] = panel[-1]
    rivals = [
        _rival(
            name,
            ours,
            [item.answers[model].correct for item in tested],
            sum((_cost(item, [model], pack.prices) for item in tested), Decimal(0)),
        )
        for name, model in singles.items()
    ]
    cost_of_all = sum((_cost(item, panel, pack.prices) for item in tested), Decimal(0))
    if strategy is not StrategyName.VOTE:
        plain = counting._replace(no_majority=None)
        votes = _outcomes(tested, recipe_of(StrategyName.VOTE, panel, calibration, plain), finals)
        rivals.append(_rival("majority", ours, [outcome.is_right for outcome in votes], cost_of_all))
    costs = [_cost(item, outcome.asked, pack.prices) for item, outcome in zip(tested, ours, strict=True)]
    return Report(
        pack=pack.name,
        strategy=strategy,
        panel=tuple(panel),
        finals=finals,
        calibrated=calibrated,
        share=_share([outcome.is_right for outcome in ours]),
        whole=_share([outcome.is_right for outcome in outcomes]),
        rivals=tuple(rivals),
        exits=_exits(ours),
        calls=sum(len(outcome.asked) for outcome in ours),
        calls_cut=sum(len(outcome.cut) for outcome in ours),
        calibration=calibration,
        cost=sum(costs, Decimal(0)),
        cost_of_all=cost_of_all,
        unpriced=tuple(model for model in panel if not _is_priced(pack.prices.get(model))),
        all_wrong=_share([not any(item.answers[model].correct for model in panel) for item in pack.items]),
    )


def calibrate_on(
    pack: Pack,
    panel: Sequence[str],
    calibrated: int,
    finals: Finals = Finals.TEXT,
    alpha: float | None = None,
    rule: CountingRule | None = None,
    counting: Counting = EVERY_KIND,
) -> Calibration:
    """Return the calibration of a panel on the first items of a pack."""
    items = labelled_items(pack.items[:calibrated], finals, counting, panel)
    made = calibrate(items, panel, pack.families, rule, alpha)
    # A replay has no parameters, so its fingerprint is that of the models alone.
    slots = slots_of(panel)
    return made.model_copy(
        update={
            "task": pack.name,
            "source": CalibrationSource.PACK,
            "panel": panel_fingerprint(slots),
            "counts": counting.kind,
            "labels": counting.labels,
        }
    )


def labelled_items(
    items: Sequence[Item],
    finals: Finals = Finals.TEXT,
    counting: Counting = EVERY_KIND,
    members: Sequence[str] = (),
) -> list[LabelledItem]:
    """Return items with the final answers of all models that count, equal in form where they are equal.

    By meaning only the texts of ``members`` are grouped: others would divide them in another way than a run's vote.
    """
    grouped = members if counting.kind is CountedKind.MEANING else ()
    if finals is Finals.RECORDED and counting.kind is CountedKind.AUTO:
        told = [{model: one.answer for model, one in item.answers.items()} for item in items]
    else:
        texts = [
            {model: _text_of(one, finals) for model, one in item.answers.items() if not grouped or model in grouped}
            for item in items
        ]
        told = [final_classes(one, counting.kind, counting.labels) for one in texts]
    right = [frozenset(model for model, one in item.answers.items() if one.correct) for item in items]
    return [LabelledItem(answers, models) for answers, models in zip(told, right, strict=True)]


def final_classes(
    texts: Mapping[str, str], kind: CountedKind = CountedKind.AUTO, labels: Sequence[str] = ()
) -> dict[str, str | None]:
    """Return for each text the number of its group of equal final answers, as a text; ``None`` if none counts."""
    groups = enumerate(grouping(kind)(counted_answers(texts, kind, labels)))
    found = {name: str(number) for number, group in groups for name in group.answers}
    return {name: found.get(name) for name in texts}


def best_of(calibration: Calibration) -> str:
    """Return the model that was right most often; of equals the first."""
    return max(calibration.members, key=lambda record: record.correct).model


def replay_item(recipe: Recipe, item: Item, finals: Finals = Finals.TEXT) -> Outcome:
    """Carry one run through the strategy's own steps, with the recorded answers of its panel.

    They come in the order of their latencies where the pack has them, else in one that depends on the item alone.
    """
    state, strategy = RunState(id=item.id, recipe=recipe), strategy_of(recipe)
    for _ in range(MOST_STEPS):
        step = strategy.next_step(state)
        asked = tuple(call.model for call in state.calls)
        match step:
            case End():
                answer = state.call(step.answer) if step.answer is not None else None
                is_right = bool(answer and item.answers[answer.model].correct)
                cut = tuple(call.model for call in state.calls if call.cancel_requested)
                return Outcome(is_right, _exit_of(step), asked, cut)
            case Start() if any(spec.model == Builtin.FIELDS for spec in step.calls):
                return _composed(step.ballot, item, asked)
            case Start() if any(spec.role is not Role.PANEL for spec in step.calls):
                return Outcome(False, UNDECIDED, asked)
            case Start():
                calls = [_cut(call) if call.id in step.cut else call for call in state.calls]
                new = [_asked(spec, len(calls) + at) for at, spec in enumerate(step.calls, start=1)]
                state = replace(state, calls=(*calls, *new))
            case Wait():
                state = replace(state, calls=_with_next_answer(state.calls, item, finals))
    raise RuntimeError(f"{item.id}: the strategy does not end.")


def _composed(ballot: Ballot | None, item: Item, asked: tuple[str, ...]) -> Outcome:
    """Return the outcome of an answer made of fields: right if it equals a recorded answer that is.

    Of one that no model of the pack gave nobody said whether it is right, so it counts as not right.
    """
    made = ballot.composed.text if ballot and ballot.composed else ""
    told = {name: one.text for name, one in item.answers.items()}
    classes = final_classes({**told, "": made}, CountedKind.JSON)
    equal = [name for name in told if classes[name] == classes[""]]
    return Outcome(any(item.answers[name].correct for name in equal), FIELDS if equal else UNRECORDED, asked)


def _exit_of(end: End) -> str:
    if end.ballot is None:
        return str(end.kind or end.status)
    return f"{end.ballot.result}, {end.ballot.exit}" if end.ballot.exit else str(end.ballot.result)


def _cut(call: CallState) -> CallState:
    return replace(call, status=Status.CANCELLED, cancel_requested=True, ended_at=0.0)


def _with_next_answer(calls: Sequence[CallState], item: Item, finals: Finals) -> tuple[CallState, ...]:
    """Return the calls after the next of them has answered; raises ``RuntimeError`` if none is open."""
    still = [call for call in calls if not call.is_final]
    if not still:
        raise RuntimeError(f"{item.id}: the strategy waits, and every answer is there.")
    told = {call.model: item.answers[call.model].latency_s for call in still}
    shuffled = {call.model: sha256(f"{item.id} {call.model}".encode()).hexdigest() for call in still}
    first = min(still, key=lambda call: (told[call.model] or 0.0, shuffled[call.model]))
    done = replace(
        first,
        status=Status.DONE,
        text=_text_of(item.answers[first.model], finals),
        finish_reason=FinishReason.STOP,
        ended_at=0.0,
    )
    return tuple(done if call.id == first.id else call for call in calls)


def _check(pack: Pack, strategy: StrategyName, panel: Sequence[str], calibrated: int) -> None:
    if strategy not in SETTINGS:
        known = ", ".join(SETTINGS)
        raise ValueError(f"{strategy} cannot be replayed: judges and writers were not recorded. There are: {known}.")
    unknown = [model for model in panel if model not in pack.models]
    if unknown:
        raise ValueError(
            f"{pack.name} has no whole recording of {', '.join(unknown)}. It has: {', '.join(pack.models)}."
        )
    if not 2 <= len(panel) <= MOST_MEMBERS or len(set(panel)) < len(panel):
        raise ValueError(f"A panel has 2 to {MOST_MEMBERS} different models; this one has {len(panel)}.")
    if not 0 < calibrated < len(pack.items):
        raise ValueError(f"Calibrate on 1 to {len(pack.items) - 1} items; the others are tested.")


def _outcomes(items: Sequence[Item], recipe: Recipe, finals: Finals) -> list[Outcome]:
    return [replay_item(recipe, item, finals) for item in items]


def _asked(spec: CallSpec, call_id: int) -> CallState:
    return CallState(
        id=call_id,
        role=spec.role,
        slot=spec.slot,
        take=spec.take,
        model=spec.model,
        stage=spec.stage,
        status=Status.RUNNING,
        inputs=spec.inputs,
    )


def _text_of(recorded: Recorded, finals: Finals) -> str:
    if finals is Finals.TEXT:
        return recorded.text
    return NO_ANSWER if recorded.answer is None else recorded.answer


def _share(hits: Sequence[bool]) -> Share:
    return Share(sum(hits), len(hits))


def _rival(name: str, ours: Sequence[Outcome], theirs: Sequence[bool], cost: Decimal) -> Rival:
    pairs = list(zip((outcome.is_right for outcome in ours), theirs, strict=True))
    return Rival(name, _share(theirs), cost, sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs))


def _exits(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """Return the share that is right of each way to end, the most frequent first."""
    ended = Counter(outcome.exit for outcome in outcomes)
    right = Counter(outcome.exit for outcome in outcomes if outcome.is_right)
    return {name: Share(right[name], n) for name, n in ended.most_common()}


def _is_priced(price: Price | None) -> bool:
    return price is not None and price.input is not None and price.output is not None


def cost_of(pack: Pack, asked: Sequence[str]) -> Decimal | None:
    """Return the estimated USD of asking models for all items of a pack, ``None`` if a price is unknown."""
    if not all(_is_priced(pack.prices.get(model)) for model in asked):
        return None
    return sum((_cost(item, asked, pack.prices) for item in pack.items), Decimal(0))


def _cost(item: Item, asked: Sequence[str], prices: Mapping[str, Price]) -> Decimal:
    """Return the USD for an item's calls to models with a price, from the characters of prompt and text."""
    prompt, total = count_tokens(item.prompt or ""), Decimal(0)
    for model in asked:
        if _is_priced(prices.get(model)):
            total += cost_so_far(prices[model], prompt, count_tokens(item.answers[model].text)) or Decimal(0)
    return total
