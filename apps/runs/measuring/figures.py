"""Figures of the judgement, one function for each group of them; ``GROUPS`` lists the groups that are printed.

A group takes a :class:`Material` and yields its figures. To add one, write the function and enter it in ``GROUPS``.
"""

import random
import runpy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from apps.fusion.comparing.overlap import overlap
from apps.fusion.judging.findings import Analysis, Finding
from apps.fusion.vocabulary import FindingKind
from apps.runs.measuring import panels
from apps.runs.measuring.panels import Panel

DRAWN = 50
"""Contradictions of a kind of answers that are drawn to be read by a person."""
PERMUTED = 120
"""Panels of a kind whose slots are permuted."""


class Figure(NamedTuple):
    """A share or an AUROC of ``n`` cases; ``target`` is what it is to reach ("≥ .95"), '' if it is only told."""

    name: str
    value: float | None
    n: int
    target: str = ""


@dataclass
class Material:
    """The material of the groups: a folder of recordings, labelled pairs; and the contradictions that they found."""

    folder: Path | None = None
    pairs: Path | None = None
    contradictions: dict[str, list[tuple[str, Finding]]] = field(default_factory=dict)

    def maths(self, style: panels.Style) -> list[Panel]:
        """Return panels of worked maths, in a style."""
        return self._recorded("gsm8k.jsonl.gz", panels.MEMBERS_OF_MATHS, style)

    def choices(self) -> list[Panel]:
        """Return panels that answer questions with a letter."""
        return self._recorded("mmlu_pro.jsonl.gz", panels.MEMBERS_OF_CHOICE, panels.as_recorded)

    def _recorded(self, name: str, members: int, style: panels.Style) -> list[Panel]:
        path = self.folder / name if self.folder else None
        return panels.recorded(path, members, style) if path and path.exists() else []


def worked_maths(material: Material) -> Iterator[Figure]:
    """Yield the figures of worked maths in each style, and of the recorded reasoning that need not state its answer."""
    for name, style in (*panels.STYLES.items(), ("mixed styles", panels.as_any), ("recorded", panels.as_recorded)):
        yield from _of_panels(f"maths, {name}", material.maths(style), material, ".95")
    reasoning = material.maths(panels.as_reasoning)
    yield from _of_panels("maths, reasoning alone", reasoning, material, "")
    # Of an answer that ends before it gets to its result nobody can say whether it is the others'.
    stated = [panel for panel in reasoning if panels.states_finals(panel)]
    yield from _of_panels("maths, reasoning that states its answer", stated, Material(), ".95")


def multiple_choice(material: Material) -> Iterator[Figure]:
    """Yield the figures of answers with a letter."""
    yield from _of_panels("multiple choice", material.choices(), material, ".95")


def open_questions(material: Material) -> Iterator[Figure]:
    """Yield how many panels on open questions have a contradiction, which only a person can tell to be right."""
    path = material.folder / "refchecker_zero.jsonl.gz" if material.folder else None
    found = panels.open_answers(path, panels.MEMBERS_OF_FACTS) if path and path.exists() else []
    analyses = [(panel, _contradictions(overlap(panel.texts))) for panel in found]
    name = "open questions"
    material.contradictions[name] = [(panel.id, one) for panel, contradictions in analyses for one in contradictions]
    with_any = sum(bool(contradictions) for _, contradictions in analyses)
    yield Figure(f"{name}: panels with a contradiction", _share(with_any, len(found)), len(found))


def code_outputs(material: Material) -> Iterator[Figure]:
    """Yield the figures of generated answers that say what a program returns."""
    yield from _of_panels("code outputs", panels.programs(), material, ".90")


def slot_order(material: Material) -> Iterator[Figure]:
    """Yield the share of panels whose findings, score or outliers change when the slots are permuted."""
    kinds = {
        "maths": material.maths(panels.as_any),
        "maths, reasoning alone": material.maths(panels.as_reasoning),
        "multiple choice": material.choices(),
        "code outputs": panels.programs(),
    }
    draw = random.Random(0)
    for name, found in kinds.items():
        chosen = draw.sample(found, min(PERMUTED, len(found)))
        changed = sum(_changes(panel, draw) for panel in chosen)
        yield Figure(f"{name}: findings that change with the order", _share(changed, len(chosen)), len(chosen), "0")


def own_pairs(material: Material) -> Iterator[Figure]:
    """Yield precision and recall of contradictions between labelled pairs of sentences."""
    if not (material.pairs and material.pairs.exists()):
        return
    contradicting: list[tuple[str, str]] = []
    compatible: list[tuple[str, str]] = []
    for path in sorted(material.pairs.glob("*_pairs.py")):
        tables = runpy.run_path(str(path))
        for name, into in (("CONTRADICTING", contradicting), ("COMPATIBLE", compatible)):
            into += [pair for pairs in tables.get(name, {}).values() for pair in pairs]
        for name, into in (("CONFLICTS", contradicting), ("NO_CONFLICTS", compatible)):
            into += [*tables.get(name, ()), *tables.get(f"UNSEEN_{name}", ())]
    kinds = [{finding.kind for finding in _compared(pair).findings} for pair in contradicting]
    found = sum(FindingKind.CONTRADICTION in one for one in kinds)
    wrong = sum(FindingKind.CONTRADICTION in {one.kind for one in _compared(pair).findings} for pair in compatible)
    agreed = sum(FindingKind.CONSENSUS in one for one in kinds)
    yield Figure("own pairs: precision of contradictions", _share(found, found + wrong), found + wrong, "≥ .95")
    yield Figure("own pairs: recall of contradictions", _share(found, len(kinds)), len(kinds), "≥ .75")
    yield Figure("own pairs: called agreement although contradicting", _share(agreed, len(kinds)), len(kinds), "≤ .01")


GROUPS: tuple[Callable[[Material], Iterator[Figure]], ...] = (
    worked_maths,
    multiple_choice,
    code_outputs,
    open_questions,
    slot_order,
    own_pairs,
)


def auroc(scored: Iterable[tuple[float, bool]]) -> float | None:
    """Return how often a positive case scores above a negative one, ties counted half; ``None`` without both."""
    cases = sorted(scored)
    ranks: dict[float, list[int]] = {}
    for rank, (score, _) in enumerate(cases, start=1):
        ranks.setdefault(score, []).append(rank)
    mean = {score: sum(found) / len(found) for score, found in ranks.items()}
    positive = sum(is_positive for _, is_positive in cases)
    negative = len(cases) - positive
    if not positive or not negative:
        return None
    total = sum(mean[score] for score, is_positive in cases if is_positive)
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def _of_panels(name: str, found: list[Panel], material: Material, target: str) -> Iterator[Figure]:
    """Yield the figures of one kind of panels, and keep its contradictions to be drawn from."""
    if not found:
        return
    analyses = [(panel, overlap(panel.texts)) for panel in found]
    kept = material.contradictions.setdefault(name, [])
    kept += [(panel.id, one) for panel, analysis in analyses for one in _contradictions(analysis)]
    equal = [(panel, analysis) for panel, analysis in analyses if panel.is_equal]
    differing = [(panel, analysis) for panel, analysis in analyses if not panel.is_equal]
    # Without a shared item nothing is known, which is worth half.
    scores = [(0.5 if a.agreement.score is None else a.agreement.score, panel.is_equal) for panel, a in analyses]
    false_alarms = sum(bool(_contradictions(analysis)) for _, analysis in equal)
    exact = sum(any(_is_about_finals(one, panel) for one in _contradictions(a)) for panel, a in differing)
    false_agreements = sum(_agrees_falsely(panel, analysis) for panel, analysis in analyses)
    has_target = bool(target)
    yield Figure(f"{name}: AUROC of agreement", auroc(scores), len(found), target and f"≥ {target}")
    yield Figure(f"{name}: false agreement on finals", _share(false_agreements, len(found)), len(found), "≤ .02")
    yield Figure(
        f"{name}: contradiction though finals are equal", _share(false_alarms, len(equal)), len(equal), "≤ .06"
    )
    yield Figure(
        f"{name}: contradiction on exactly the differing finals",
        _share(exact, len(differing)),
        len(differing),
        "≥ .90" if has_target else "",
    )


def _contradictions(analysis: Analysis) -> list[Finding]:
    return [finding for finding in analysis.findings if finding.kind is FindingKind.CONTRADICTION]


def _is_about_finals(finding: Finding, panel: Panel) -> bool:
    """Return whether a contradiction has every slot on the side of its final answer, and equal ones on the same."""
    stances = {one.slot: one.stance for one in finding.evidence}
    if stances.keys() != panel.finals.keys():
        return False
    return all(
        (stances[a] == stances[b]) == (panel.finals[a] == panel.finals[b]) for a, b in combinations(panel.finals, 2)
    )


def _agrees_falsely(panel: Panel, analysis: Analysis) -> bool:
    """Return whether slots with different final answers are said to conclude the same."""
    groups = [{panel.finals[one.slot] for one in line.evidence} for line in analysis.bottom_lines]
    return any(len(finals) > 1 for finals in groups)


def _changes(panel: Panel, draw: random.Random) -> bool:
    slots = list(panel.texts)
    shuffled = draw.sample(slots, len(slots))
    renamed = dict(zip(slots, shuffled, strict=True))
    plain = _form(overlap(panel.texts), {slot: slot for slot in slots})
    other = _form(
        overlap({renamed[slot]: text for slot, text in panel.texts.items()}), {new: old for old, new in renamed.items()}
    )
    return plain != other


def _form(analysis: Analysis, name: dict[str, str]) -> object:
    """Return what an analysis says, with each slot under its first name and in no order of slots."""
    findings = sorted(
        (one.kind, one.text, sorted((name[e.slot], e.stance, e.quote, str(e.span)) for e in one.evidence))
        for one in analysis.findings
    )
    lines = [(line.text, sorted(name[one.slot] for one in line.evidence)) for line in analysis.bottom_lines]
    outliers = sorted(name[one.slot] for one in analysis.outliers)
    score = analysis.agreement.score
    return findings, lines, outliers, None if score is None else round(score, 9)


def _compared(pair: tuple[str, str]) -> Analysis:
    return overlap(dict(zip("AB", pair, strict=True)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
