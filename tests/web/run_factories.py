"""Runs with calls, as the run page shows them: finished ones with everything, and unfinished ones."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.judging.agreement import agreement, outliers
from apps.fusion.judging.analysis import Analysis, Assessment, Evidence, Finding
from apps.fusion.judging.quotes import locate
from apps.fusion.values import Usage
from apps.fusion.vocabulary import (
    SLOTS,
    AnalysisStatus,
    AnswerKind,
    CostSource,
    FindingKind,
    FinishReason,
    Role,
    Status,
)
from apps.markdown.rendering import render_markdown
from apps.runs.models import Call, Run
from tests.calls import change_output, create_call
from tests.factories import GEMMA, SMOL, make_recipe, make_run

ANSWERS = {
    "A": "The Eiffel Tower is **330 metres** high, antennas included.\n\n- It opened in 1889.\n- It has three floors.",
    "B": "It stands 300 metres tall. It was finished in 1889 and it is painted every seven years.",
    "C": "The tower is 330 metres high. Nobody planned to keep it: its permit ended after twenty years.",
}


def make_call(run: Run, role: Role = Role.PANEL, slot: str = "", **values: Any) -> Call:
    """Create a call that is done, unless ``values`` say otherwise; its HTML is rendered from its text."""
    started = run.created_at + timedelta(seconds=1)
    defaults: dict[str, Any] = {
        "model": SMOL,
        "status": Status.DONE,
        "claim": 1,
        "deliveries": 1,
        "finish_reason": FinishReason.STOP,
        "usage": Usage(input_tokens=40, output_tokens=96),
        "cost": Decimal("0.0021"),
        "cost_source": CostSource.COMPUTED,
        "ttft_s": 0.6,
        "duration_s": 4.2,
        "started_at": started,
        "ended_at": started + timedelta(seconds=4),
    }
    values = {**defaults, **values}
    values.setdefault("html", render_markdown(values.get("text", "")))
    return create_call(run, role, slot, **values)


def make_live_call(run: Run, slot: str = "", role: Role = Role.PANEL, **values: Any) -> Call:
    """Create a call that a worker holds."""
    blank = {"finish_reason": None, "usage": Usage(), "cost": None, "cost_source": CostSource.UNKNOWN}
    times = {"ttft_s": None, "duration_s": None, "ended_at": None}
    return make_call(run, role, slot, **{"status": Status.RUNNING, **blank, **times, **values})


def make_live_run(owner: User, answers: dict[str, str] | None = None, slots: str = "ABC", **values: Any) -> Run:
    """Create a run whose panel streams; the slots in ``answers`` are done already."""
    recipe = make_recipe(*([SMOL, GEMMA] * 4)[: len(slots)])
    run = make_run(owner, status=Status.RUNNING, ended_at=None, recipe=recipe, **values)
    for slot in slots:
        text = (answers or {}).get(slot)
        if text is None:
            make_live_call(run, slot)
        else:
            make_call(run, slot=slot, text=text)
    return run


def make_finished_run(owner: User, answers: dict[str, str] | None = None, **values: Any) -> Run:
    """Create a run that was judged and fused, with findings of every kind."""
    answers = ANSWERS if answers is None else answers
    recipe = make_recipe(*([SMOL, GEMMA, SMOL] * 3)[: len(answers)], judge=SMOL)
    run = make_run(owner, recipe=recipe, **values)
    panel = [make_call(run, slot=slot, text=text) for slot, text in answers.items()]
    inputs = tuple(call.pk for call in panel)
    analysis = make_analysis(answers)
    judge = make_call(run, Role.JUDGE, text='{"consensus": []}', inputs=inputs, analysis=analysis)
    writer = make_call(
        run, Role.SYNTHESIS, text="The tower is 330 metres high; B says 300.", inputs=(*inputs, judge.pk)
    )
    run.answer_call, run.answer_kind, run.analysis_call = writer, AnswerKind.FUSED, judge
    run.ended_at = timezone.now()
    run.cost = Decimal("0.0105")
    run.save()
    return run


def make_analysis(answers: dict[str, str], **values: Any) -> Analysis:
    """Return an analysis of the answers with one finding of each kind; quotes are located as a judge's are."""

    def evidence(slot: str, quote: str = "", stance: str = "") -> Evidence:
        span = locate(quote, answers.get(slot, "")) if quote else None
        return Evidence(slot=slot, stance=stance, quote=quote, verified=span is not None, span=span)

    findings = (
        Finding(
            id="k1",
            kind=FindingKind.CONTRADICTION,
            text="Height of the tower",
            evidence=(
                evidence("A", "330 metres high", "330 m"),
                evidence("B", "300 metres tall", "300 m"),
                evidence("C", "330 metres high", "330 m"),
            ),
        ),
        Finding(
            id="c1",
            kind=FindingKind.CONSENSUS,
            text="It was finished in 1889.",
            evidence=(evidence("A", "It opened in 1889."), evidence("B", "finished in 1889")),
        ),
        Finding(
            id="u1",
            kind=FindingKind.UNIQUE_INSIGHT,
            text="The permit ended after twenty years.",
            evidence=(evidence("C", "the permit ran out in 1909"),),
        ),
        Finding(id="p1", kind=FindingKind.PARTIAL_COVERAGE, text="Painting", evidence=(evidence("B"),)),
        Finding(id="b1", kind=FindingKind.BLIND_SPOT, text="Nobody says what is measured: with or without antennas."),
    )
    assessments = tuple(
        Assessment(slot=slot, criterion=criterion, score=score, reason="Short, and to the point.")
        for criterion, scores in {"accuracy": (5, 2, 5), "clarity": (4, 4, 3)}.items()
        for slot, score in zip(SLOTS, scores, strict=False)
    )
    return Analysis(
        **{
            "status": AnalysisStatus.OK,
            "model": SMOL,
            "findings": findings,
            "assessments": assessments,
            "agreement": agreement(findings),
            "outliers": outliers(findings),
            "letters": {"A": "C", "B": "A", "C": "B"},
            **values,
        }
    )


def make_run_with_findings(owner: User, count: int) -> Run:
    """Create a finished run with ``count`` consensus points and as many contradictions, numbered."""
    run = make_finished_run(owner)
    judge = run.calls.get(role=Role.JUDGE)
    quotes = {slot: ANSWERS[slot].partition(".")[0] for slot in "ABC"}
    findings = [
        {
            "id": f"{kind}-{number}",
            "kind": kind,
            "text": f"{kind.capitalize()} number {number}",
            "evidence": [
                {"slot": slot, "stance": f"says {slot}", "quote": quote, "verified": True, "span": (0, len(quote))}
                for slot, quote in quotes.items()
            ],
        }
        for kind in (FindingKind.CONSENSUS, FindingKind.CONTRADICTION)
        for number in range(1, count + 1)
    ]
    change_output(judge, analysis=make_analysis(ANSWERS, findings=findings))
    return run
