"""The panel advisor's table on the presets page: a preset's figures, whom to add or drop, and a panel in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse

from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.ceiling import Ceiling, Proposal
from apps.fusion.panel_advice import MemberChange, PanelAdvice
from apps.runs.reading.panel_advice import PresetAdvice, PresetAdvices
from apps.web.formats import decimals, joined, money, percent


@dataclass(frozen=True, slots=True)
class Line:
    """A panel in the table: figures as texts, '' where there are none, and sentences below its name."""

    name: str
    panel: str
    items: str = ""
    few: str = ""
    best: str = ""
    ceiling: str = ""
    headroom: str = ""
    cost: str = ""
    sentences: tuple[str, ...] = ()
    use: str = ""
    """The address of the form with this panel, '' for a preset's own."""


def lines_of(advices: PresetAdvices, labels: Mapping[str, str]) -> list[Line]:
    """Return the lines of presets of whose panel something is known; ``labels`` are the models' by reference."""
    lines: list[Line] = []
    for one in advices.presets:
        if one.advice.items or one.proposal:
            lines.append(_line(one.preset.name, one.advice, labels))
        if one.proposal:
            lines.append(_proposed(one, one.proposal, labels))
    return lines


def _line(name: str, advice: PanelAdvice, labels: Mapping[str, str]) -> Line:
    panel = _names(advice.panel, labels)
    if advice.ceiling is None:
        few = f"{advice.items} of {ENOUGH_ITEMS}: {advice.missing} more are needed"
        return Line(name, panel, few=few)
    said = [f"Add {_label(one, labels)}: {_points(one)} for {_price(one)} a question." for one in advice.additions[:1]]
    said += [
        f"Drop {_label(one, labels)}: {_points(one)}, for {_price(one)} less a question." for one in advice.removals[:1]
    ]
    return _with_figures(Line(name, panel, sentences=tuple(said)), advice.ceiling, money(advice.cost), labels)


def _proposed(one: PresetAdvice, proposal: Proposal, labels: Mapping[str, str]) -> Line:
    said = "Too few of these questions say something of today’s panel."
    if one.today:
        best = labels.get(one.today.best, one.today.best)
        alone, reached = percent(one.today.best_right / one.today.n), percent(one.today.share)
        said = f"On these questions today’s panel has a ceiling of {reached}; best alone {best}, {alone}."
    line = Line(
        f"{one.preset.name}, proposed",
        _names(proposal.panel, labels),
        sentences=(said,),
        use=f"{reverse('web:home')}?{urlencode({'models': ','.join(proposal.panel)})}",
    )
    return _with_figures(line, proposal.ceiling, money(one.proposed_cost), labels)


def _with_figures(line: Line, ceiling: Ceiling, cost: str, labels: Mapping[str, str]) -> Line:
    best = labels.get(ceiling.best, ceiling.best)
    return replace(
        line,
        items=str(ceiling.n),
        best=f"{best}, {percent(ceiling.best_right / ceiling.n)}",
        ceiling=percent(ceiling.share),
        headroom=f"{decimals(100 * ceiling.headroom, 1)} (at most {decimals(100 * ceiling.headroom_bound, 1)})",
        cost=cost,
    )


def _names(panel: Sequence[str], labels: Mapping[str, str]) -> str:
    return joined([labels.get(model, model) for model in panel])


def _label(change: MemberChange, labels: Mapping[str, str]) -> str:
    return labels.get(change.model, change.model)


def _points(change: MemberChange) -> str:
    """Return by how many points of a hundred the ceiling moves: ``the ceiling rises by 3.0 points``."""
    points = 100 * change.gain
    if not points:
        return "the ceiling stays"
    return f"the ceiling {'rises' if points > 0 else 'falls'} by {decimals(abs(points), 1)} points"


def _price(change: MemberChange) -> str:
    return "an unknown cost" if change.cost is None else money(change.cost)
