"""The report on a replay in lines for a terminal, and as JSON."""

from collections.abc import Iterator
from typing import Any

from apps.fusion.routing import ROUTE
from apps.fusion.statistics import Interval
from apps.fusion.vocabulary import CountedKind, StrategyName, WeightBasis
from apps.runs.measuring.replay_report import Cost, Plan, Report, Rival, Share, Waiting
from apps.runs.measuring.replayed_run import UNDECIDED, UNRECORDED

SMALLEST_P = 0.001
WEIGHED = (StrategyName.WEIGHTED, StrategyName.EARLY_EXIT)


def lines_of(report: Report) -> list[str]:
    """Return the report as lines for a terminal."""
    plan, asked = report.plan, report.calls + report.calls_saved
    first = f"calibrated on the first {plan.calibrated} items, " if plan.calibrated else ""
    cut = f"; {report.calls_cut} cut off, which may be billed and are in the cost" if report.calls_cut else ""
    return [
        f"{plan.strategy} on {report.pack}: {', '.join(plan.panel)}",
        f"{first}tested on {'the other ' if first else ''}{report.share.n}; final answers: {report.finals}",
        *_left_out_lines(report),
        *_calibration_lines(report),
        "",
        _line(str(plan.strategy), report.share),
        *(_rival_line(report, rival) for rival in report.rivals),
        _line(f"{plan.strategy}, all {report.whole.n} items", report.whole),
        _line("every member wrong, all items", report.all_wrong),
        "",
        "how it ended",
        *_exit_lines(report),
        "",
        f"calls {report.calls}, saved {report.calls_saved} of {asked}{cut}",
        f"cost {_usd(report.cost)} of {_usd(report.cost_of_all)} for the whole panel, estimated from characters "
        "(four to a token)",
        *_waiting_lines(report),
        *_remarks(report),
    ]


def _left_out_lines(report: Report) -> Iterator[str]:
    if report.left_out:
        yield f"left out: {report.left_out} of {report.left_out + report.whole.n} items, which not all of them answered"


def _calibration_lines(report: Report) -> Iterator[str]:
    """Say how votes were weighed, and what was certified."""
    calibration, by = report.calibration, report.plan.variation.weigh_by
    if report.plan.strategy in WEIGHED:
        if by is WeightBasis.ACCURACY:
            yield f"counted by the rule: {calibration.rule}" if calibration else "no accuracy was measured: all alike"
        else:
            yield f"votes weigh by: {by}"
    if calibration is None or report.plan.strategy not in (*WEIGHED, StrategyName.CASCADE):
        return
    is_cascade = report.plan.strategy == StrategyName.CASCADE
    certificate = calibration.stage and calibration.stage.certificate if is_cascade else calibration.certificate
    if report.plan.alpha is not None and (why := _not_certified(report.plan)):
        yield f"nothing is certified: {why}"
    elif certificate:
        yield (
            f"certified at {certificate.threshold:.0%} of the weight: at most {certificate.alpha:.1%} wrong "
            f"(δ {certificate.delta:.0%}; {certificate.errors} of {certificate.accepted} items)"
        )
    elif report.plan.alpha is not None:
        yield f"nothing was certified: no share of the weight keeps errors at {report.plan.alpha:.1%} or below"


def _not_certified(plan: Plan) -> str:
    """Say why what the first items certify holds for no vote of this replay, '' if it does."""
    own = plan.variation
    if plan.strategy in WEIGHED:
        is_measured = own.weigh_by is WeightBasis.ACCURACY
        return "" if is_measured else f"that is for votes that weigh by accuracy, and these weigh by {own.weigh_by}"
    if own.threshold is not None:
        return "a stage agrees at the threshold that was given"
    is_whole = own.stages in ((), (len(plan.panel) - 1, 1))
    return "" if is_whole else "that is for a first stage of all members but the last"


def _exit_lines(report: Report) -> Iterator[str]:
    for name, of_all in report.exits_of_all.items():
        share = report.exits.get(name, Share(0, 0))
        whole = f"; of all items {of_all.percent:.2f} % of {of_all.n}" if report.plan.calibrated else ""
        yield _line(f"  {name}", share, of=f"{share.n} of {report.share.n}{whole}")


def _waiting_lines(report: Report) -> Iterator[str]:
    """Say when the answer is there, beside the other methods."""
    if report.waiting is None:
        return
    yield f"time to the answer: {_seconds(report.waiting)}"
    for rival in report.rivals:
        if rival.waiting:
            yield f"  {rival.name}: {_seconds(rival.waiting)}"


def _idle(plan: Plan) -> list[str]:
    """Return the options that were given and mean nothing to this strategy."""
    own, voting = plan.variation, (*WEIGHED, StrategyName.CASCADE)
    weighs = own.weigh_by is not WeightBasis.ACCURACY
    counts = plan.counting.kind is not CountedKind.AUTO
    told = {
        "--alpha": (plan.alpha is not None, voting),
        "--rule": (plan.rule is not None, voting),
        "--weigh-by": (weighs and not own.weights, WEIGHED),
        "--weights": (bool(own.weights), WEIGHED if own.weigh_by is WeightBasis.HAND else ()),
        "--stages": (bool(own.stages), (StrategyName.CASCADE,)),
        "--threshold": (own.threshold is not None, (StrategyName.CASCADE,)),
        "--fields": (plan.counting.no_majority is not None, (StrategyName.VOTE, StrategyName.WEIGHTED)),
        "--answer-kind": (counts, (StrategyName.VOTE, *voting, ROUTE)),
    }
    return [option for option, (is_given, strategies) in told.items() if is_given and plan.strategy not in strategies]


def _remarks(report: Report) -> Iterator[str]:
    if idle := _idle(report.plan):
        yield f"without effect on {report.plan.strategy}: {', '.join(idle)}"
    if report.cost_of_all.unpriced:
        yield f"without a price, so not in the cost: {', '.join(report.cost_of_all.unpriced)}"
    if report.plan.strategy == StrategyName.BEST_OF:
        yield "the evaluator’s comparisons are not in the cost, the calls nor the time"
    if UNRECORDED in report.exits_of_all:
        yield "fields that no model of the pack gave together: nobody said if that is right, so it is not right"
    if UNDECIDED in report.exits_of_all:
        yield "undecided: a judge would be asked; that was not recorded, so it counts as not right"


def document_of(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it; shares are 0 to 1, amounts USD, times seconds."""
    plan, calibration = report.plan, report.calibration
    return {
        "pack": report.pack,
        "strategy": str(plan.strategy),
        "panel": list(plan.panel),
        "answer_kind": str(plan.counting.kind),
        "labels": list(plan.counting.labels),
        "weigh_by": str(plan.variation.weigh_by),
        "finals": str(report.finals),
        "calibrated": plan.calibrated,
        "items_left_out": report.left_out,
        "accuracy": _document(report.share),
        "accuracy_of_all_items": _document(report.whole),
        "every_member_wrong": _document(report.all_wrong),
        "rivals": [
            {
                "name": rival.name,
                "accuracy": _document(rival.share),
                "cost_usd": float(rival.cost.usd),
                "cost_is_lower_bound": bool(rival.cost.unpriced),
                "seconds_to_answer": _times(rival.waiting),
                "only_strategy_right": rival.only_strategy,
                "only_rival_right": rival.only_rival,
                "mcnemar_p": rival.p,
            }
            for rival in report.rivals
        ],
        "exits": {name: _document(share) for name, share in report.exits.items()},
        "exits_of_all_items": {name: _document(share) for name, share in report.exits_of_all.items()},
        "calls": report.calls,
        "calls_saved": report.calls_saved,
        "calls_cut": report.calls_cut,
        "calibration": calibration.model_dump(mode="json") if calibration else None,
        "cost_usd": float(report.cost.usd),
        "cost_of_whole_panel_usd": float(report.cost_of_all.usd),
        "cost_is_estimated": True,
        "cost_is_lower_bound": bool(report.cost.unpriced),
        "models_without_price": list(report.cost_of_all.unpriced),
        "seconds_to_answer": _times(report.waiting),
    }


def _line(name: str, share: Share, of: str = "") -> str:
    return f"{name:<44} {share.percent:6.2f} %  {_bounds(share.interval)}  {of or f'n = {share.n}'}"


def _rival_line(report: Report, rival: Rival) -> str:
    alone = f"only {report.plan.strategy} right {rival.only_strategy}, only this right {rival.only_rival}"
    p = f"McNemar p {'< 0.001' if rival.p < SMALLEST_P else f'= {rival.p:.3f}'}"
    return f"{_line(rival.name, rival.share)}   {_usd(rival.cost)}   {alone}, {p}"


def _usd(cost: Cost) -> str:
    return f"{'≥ ' if cost.unpriced else ''}${cost.usd:.4f}"


def _seconds(one: Waiting) -> str:
    return f"{one.median:.1f} s in the middle, {one.most:.1f} s for nine in ten, {one.mean:.1f} s on average"


def _times(one: Waiting | None) -> dict[str, float] | None:
    return {"median": one.median, "p90": one.most, "mean": one.mean} if one else None


def _bounds(interval: Interval) -> str:
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _document(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"right": share.right, "n": share.n, "share": share.percent / 100, "low": low, "high": high}
