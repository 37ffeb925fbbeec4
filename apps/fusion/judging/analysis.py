"""The public side of an analysis: its wire form, the JSON schema of a reply, and the parser.

The values live in ``findings.py``, the parser in ``reply.py``; import all of it from here.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from apps.fusion.judging.agreement import same_side
from apps.fusion.judging.findings import (
    Agreement,
    Analysis,
    Assessment,
    BottomLine,
    Evidence,
    Finding,
    Outlier,
    PairAgreement,
    Stability,
)
from apps.fusion.judging.reply import BadReply, parse_reply
from apps.fusion.vocabulary import FindingKind

__all__ = [
    "Agreement",
    "Analysis",
    "Assessment",
    "BadReply",
    "BottomLine",
    "Evidence",
    "Finding",
    "Outlier",
    "PairAgreement",
    "judge_schema",
    "parse_reply",
    "wire",
]


def wire(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis as the API and exports show it, without the letters that the judge saw."""
    by_kind = {kind: [f for f in analysis.findings if f.kind is kind] for kind in FindingKind}
    return {
        **analysis.model_dump(mode="json", include={"status", "model", "note"}),
        "bottom_lines": [
            {"answer": line.text, "slots": list(line.slots), "support": _support(line.evidence)}
            for line in analysis.bottom_lines
        ],
        "consensus": [_point(finding) for finding in by_kind[FindingKind.CONSENSUS]],
        "contradictions": [_contradiction(finding) for finding in by_kind[FindingKind.CONTRADICTION]],
        "partial_coverage": [
            _point(finding) | {"slots": [evidence.slot for evidence in finding.evidence]}
            for finding in by_kind[FindingKind.PARTIAL_COVERAGE]
        ],
        "unique_insights": [_insight(finding) for finding in by_kind[FindingKind.UNIQUE_INSIGHT]],
        "blind_spots": [{"id": finding.id, "text": finding.text} for finding in by_kind[FindingKind.BLIND_SPOT]],
        **analysis.model_dump(mode="json", include={"assessments", "outliers", "agreement", "coverage"}),
        "grounding": {**analysis.grounding.model_dump(), "share": analysis.grounding.share},
        "best_as_is": analysis.best_as_is.model_dump(mode="json") if analysis.best_as_is else None,
        "source_marks": [one.model_dump(mode="json") for one in analysis.source_marks],
        "stability": _stability(analysis.stability) if analysis.stability else None,
    }


def _stability(stability: Stability) -> dict[str, Any]:
    counts = {"stable": stability.stable, "findings": len(stability.found), "share": stability.share}
    return counts | stability.model_dump(mode="json")


def _support(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json", exclude={"stance"}) for item in evidence]


def _point(finding: Finding) -> dict[str, Any]:
    return {"id": finding.id, "point": finding.text, "support": _support(finding.evidence)}


def _insight(finding: Finding) -> dict[str, Any]:
    first = _support(finding.evidence[:1])
    return {"id": finding.id, "insight": finding.text, "slot": "", **(first[0] if first else {})}


def _contradiction(finding: Finding) -> dict[str, Any]:
    # Grouped by side however a stance is spelt, and then in the order in which the judge named the sides.
    ordered = sorted(finding.evidence, key=lambda evidence: same_side(evidence.stance))
    sides = [list(side) for _, side in groupby(ordered, key=lambda evidence: same_side(evidence.stance))]
    stances = [
        {"stance": side[0].stance, "slots": [evidence.slot for evidence in side], "support": _support(side)}
        for side in sorted(sides, key=lambda side: finding.evidence.index(side[0]))
    ]
    return {"id": finding.id, "topic": finding.text, "stances": stances}


def judge_schema(letters: Sequence[str], criteria: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a judge's reply, limited to what every vendor's strict output accepts."""
    letter = {"type": "string", "enum": list(letters)}
    text = {"type": "string"}
    support = _list({"answer": letter, "quote": text})
    criterion = {"type": "string", "enum": list(criteria)} if criteria else text
    # An enumeration, since strict output knows no minimum and no maximum.
    score = {"type": "integer", "enum": [1, 2, 3, 4, 5]}
    # Models write in this order: conclusions before comparisons, what must survive a cut first, reasons before scores.
    return _object(
        {
            "bottom_lines": _list({"answer": letter, "bottom_line": text, "quote": text}),
            "contradictions": _list({"topic": text, "stances": _list({"stance": text, "support": support})}),
            "consensus": _list({"point": text, "support": support}),
            "partial_coverage": _list({"point": text, "support": support}),
            "unique_insights": _list({"answer": letter, "insight": text, "quote": text}),
            "blind_spots": {"type": "array", "items": text},
            "assessments": _list(
                {"answer": letter, "criterion": criterion, "reason": text, "quote": text, "score": score}
            ),
            # A list, since strict output knows no field that may be missing.
            "best_as_is": _list({"answer": letter, "reason": text}),
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}
