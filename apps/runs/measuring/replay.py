"""Replays of a strategy over the items of a pack: how often it is right, at what cost and after what time.

No model is called and no database is read. The first items say what the members are worth, the others test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from apps.fusion.calibration import CalibrationSource
from apps.fusion.certificates import calibrate
from apps.fusion.neighbours import VOTED, RatedPrompt
from apps.fusion.routing import ROUTE, Question, route_by_opinions
from apps.fusion.values import Calibration
from apps.fusion.vocabulary import CountedKind, StrategyName
from apps.fusion.weights import panel_fingerprint
from apps.runs.measuring.pack_labels import Finals, labelled_items, options_in, texts_of
from apps.runs.measuring.packs import Item, Pack
from apps.runs.measuring.replay_recipes import (
    MOST_MEMBERS,
    NOT_RECORDED,
    REPLAYED,
    recipe_of,
    slots_of,
)
from apps.runs.measuring.replay_report import Plan, Report, report_of
from apps.runs.measuring.replayed_run import Outcome, Replies, replay_run

Replayer = Callable[[str, Sequence[str]], list[Outcome]]
"""Replays a strategy for a panel over all items."""


def replay(whole: Pack, plan: Plan) -> Report:
    """Replay a strategy over the items of a pack that all members answered.

    Raises ``ValueError`` for a strategy that needs what the pack does not have, and for a bad panel or split.
    """
    pack = _pack_for(whole, plan)
    finals = plan.finals or (Finals.RECORDED if pack.has_finals else Finals.TEXT)
    is_panel = plan.strategy != StrategyName.SINGLE
    calibration = calibrate_on(pack, plan, finals) if plan.calibrated and is_panel else None
    outcomes_of = _replayer(pack, plan, finals, calibration)
    others: dict[str, Sequence[Outcome]] = {}
    if is_panel:
        best = _best_single(pack.items[: plan.calibrated] or pack.items, plan.panel)
        hindsight = "" if plan.calibrated else " in hindsight"
        others[f"best single{hindsight}, {best}"] = outcomes_of(StrategyName.SINGLE, [best])
    if plan.strategy == StrategyName.CASCADE:
        last = plan.panel[-1]
        others[f"last stage alone, {last}"] = outcomes_of(StrategyName.SINGLE, [last])
    if is_panel and plan.strategy != StrategyName.VOTE:
        others["majority"] = outcomes_of(StrategyName.VOTE, plan.panel)
    if plan.strategy == ROUTE:
        outcomes = _routed(pack, plan, outcomes_of, others["majority"])
    else:
        outcomes = outcomes_of(plan.strategy, plan.panel)
    return report_of(pack, plan, finals, calibration, outcomes, others)


def calibrate_on(pack: Pack, plan: Plan, finals: Finals) -> Calibration:
    """Return the calibration of a panel on the first items of a pack."""
    items = labelled_items(pack.items[: plan.calibrated], finals, plan.counting, plan.panel)
    made = calibrate(items, plan.panel, pack.families, plan.rule, plan.alpha)
    # A replay has no parameters, so its fingerprint is that of the models alone.
    changes = {
        "task": pack.name,
        "source": CalibrationSource.PACK,
        "panel": panel_fingerprint(slots_of(plan.panel)),
        "counts": plan.counting.kind,
        "labels": plan.counting.labels,
    }
    return made.model_copy(update=changes)


def _pack_for(whole: Pack, plan: Plan) -> Pack:
    """Return the items that a plan can be replayed on; raises ``ValueError`` with the reason if it cannot."""
    if plan.strategy not in REPLAYED:
        raise ValueError(f"{plan.strategy} cannot be replayed: {NOT_RECORDED}. There are: {', '.join(REPLAYED)}.")
    panel, is_single = plan.panel, plan.strategy == StrategyName.SINGLE
    if unknown := [model for model in panel if not any(model in item.answers for item in whole.items)]:
        raise ValueError(
            f"{whole.name} has no recording of {', '.join(unknown)}. On every item it has: {', '.join(whole.models)}."
        )
    if is_single and len(panel) != 1:
        raise ValueError(f"single asks one model; this panel has {len(panel)}. Name one with --panel.")
    if not is_single and (not 2 <= len(panel) <= MOST_MEMBERS or len(set(panel)) < len(panel)):
        raise ValueError(f"A panel has 2 to {MOST_MEMBERS} different models; this one has {len(panel)}.")
    if plan.alpha is not None and not plan.calibrated:
        raise ValueError("A certificate needs items to calibrate on, and there are none with --calibrate 0.")
    pack = whole.answered_by(panel)
    if not 0 <= plan.calibrated < len(pack.items):
        most = len(pack.items) - 1
        raise ValueError(
            f"Calibrate on 0 to {most} items; the others are tested."
            if pack.items
            else "There is no item that all of these models answered."
        )
    if plan.strategy == ROUTE and not all(item.prompt for item in pack.items):
        raise ValueError("route reads the prompts, and this pack does not have all of them.")
    if plan.strategy == StrategyName.BEST_OF and not any(item.comparisons for item in pack.items):
        raise ValueError("best_of needs an evaluator’s replies, and this pack has no comparisons of its answers.")
    return pack


def _replayer(pack: Pack, plan: Plan, finals: Finals, calibration: Calibration | None) -> Replayer:
    """Return the function that replays a strategy over all items; a majority votes on whole answers, all alike."""

    def outcomes_of(strategy: str, panel: Sequence[str]) -> list[Outcome]:
        is_rival = strategy != plan.strategy
        counting = plan.counting._replace(no_majority=None) if is_rival else plan.counting
        recipe = recipe_of(strategy, panel, calibration, counting, plan.variation, pack.prices)
        # Words are compared, and fields counted, in the texts alone.
        is_read = strategy in (StrategyName.FUSE, StrategyName.BEST_OF) or counting.no_majority is not None
        read = Finals.TEXT if is_read or counting.kind is CountedKind.MEANING else finals
        return [
            replay_run(
                recipe,
                Replies(
                    item,
                    texts_of(item, read, counting),
                    {model: pack.seconds(item, model) for model in panel},
                    options_in(item, read),
                ),
            )
            for item in pack.items
        ]

    return outcomes_of


def _routed(pack: Pack, plan: Plan, outcomes_of: Replayer, votes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of routed questions: each as its way, which the first items speak for as rated prompts."""
    panel = sorted(plan.panel)
    rated = tuple(
        RatedPrompt(
            text=item.prompt or "",
            good=(*((model, item.answers[model].correct) for model in panel), (VOTED, vote.is_right)),
        )
        for item, vote in zip(pack.items[: plan.calibrated], votes, strict=False)
    )
    routes = [route_by_opinions(Question(text=item.prompt or ""), plan.panel, rated) for item in pack.items]
    by_way: dict[tuple[str, StrategyName], Sequence[Outcome]] = {("", StrategyName.VOTE): votes}
    routed = []
    for number, route in enumerate(routes):
        way = (route.model, StrategyName.SINGLE if route.model else route.strategy or StrategyName.FUSE)
        if way not in by_way:
            by_way[way] = outcomes_of(way[1], [route.model] if route.model else plan.panel)
        outcome = by_way[way][number]
        routed.append(outcome._replace(exit=f"{way[1]} by {route.by}, {route.model or outcome.exit}"))
    return routed


def _best_single(items: Sequence[Item], panel: Sequence[str]) -> str:
    """Return the model that was right most often; of equals the first."""
    return max(panel, key=lambda model: sum(item.answers[model].correct for item in items))


def cost_of(pack: Pack, asked: Sequence[str]) -> Decimal | None:
    """Return the estimated USD of asking models for all items of a pack, ``None`` if a price is unknown."""
    if not all(pack.is_priced(model) for model in asked):
        return None
    return sum((pack.cost(item, asked) for item in pack.items), Decimal(0))


def with_latencies(pack: Pack, latencies: Mapping[str, tuple[float, ...]]) -> Pack:
    """Return a pack whose answers to these models take times from a table, in place of recorded ones."""
    items = [
        item.model_copy(
            update={
                "answers": {
                    model: one.model_copy(update={"latency_s": None}) if model in latencies else one
                    for model, one in item.answers.items()
                }
            }
        )
        for item in pack.items
    ]
    return replace(pack, items=items, latencies={**pack.latencies, **latencies})
