"""Words for a figure of a run, and for how far it is from that of another: for lists of runs and for comparisons."""

from decimal import Decimal

from apps.runs.reading.run_comparison import Figure
from apps.web.formats import decimals, duration, money

MINUS = "\N{MINUS SIGN}"


def difference_of(figure: Figure) -> tuple[str, str]:
    """Return a figure's difference with its sign, and its class: ``better``, ``worse`` or '' for none."""
    if figure.delta is None:
        return "", ""
    size = figure_in_words(figure.name, abs(figure.delta))
    if size == figure_in_words(figure.name, 0):  # too small a difference to be shown is none
        return f"±{size}", ""
    return f"{'+' if figure.delta > 0 else MINUS}{size}", "better" if figure.is_better else "worse"


def figure_in_words(name: str, value: float) -> str:
    """Return a figure as pages write it: cost in USD, time in seconds, everything else with two decimals."""
    if name == "cost":
        return money(Decimal(str(value)))
    return duration(value) if name == "duration_s" else decimals(value, 2)
