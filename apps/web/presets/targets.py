"""The fields of a preset's targets: read as typed, and written back as they stand."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from apps.fusion.targets import LONGEST_S, MOST_USD, Targets
from apps.web.compose.problems import Rule
from apps.web.compose.slots import number_text
from apps.web.requests import plain_text

RULES: Mapping[str, Rule] = {
    "target_s": (lambda n: 0 < n <= LONGEST_S, "The target is seconds above 0, or empty for none."),
    "target_usd": (
        lambda n: Decimal("0.000001") <= n <= MOST_USD,
        "The target is an amount in US dollars above 0, such as 0.05, or empty for none.",
    ),
    "target_percent": (lambda n: 0 < n <= 100, "The target is a percentage above 0 and up to 100, or empty for none."),
}


def typed_targets(post: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the fields as they were sent."""
    return {name: plain_text(post.get(name, "")).strip()[:20] for name in RULES}


def target_texts(targets: Targets | None) -> dict[str, str]:
    """Return the texts of the fields for targets that stand."""
    if targets is None:
        return dict.fromkeys(RULES, "")
    percent = None if targets.accuracy is None else Decimal(str(targets.accuracy)) * 100
    figures = {"target_s": targets.seconds, "target_usd": targets.cost, "target_percent": percent}
    return {name: "" if figure is None else f"{Decimal(str(figure)).normalize():f}" for name, figure in figures.items()}


def read_targets(typed: Mapping[str, str]) -> tuple[Targets | None, dict[str, str]]:
    """Return the targets that were typed, ``None`` for none, and a sentence by field for what is no target."""
    numbers: dict[str, Decimal] = {}
    problems: dict[str, str] = {}
    for name, (allows, sentence) in RULES.items():
        if not typed[name]:
            continue
        try:
            number = Decimal(number_text(typed[name]))
        except InvalidOperation:
            problems[name] = sentence
            continue
        if number.is_finite() and allows(number):
            numbers[name] = number
        else:
            problems[name] = sentence
    if problems or not numbers:
        return None, problems
    seconds, percent = numbers.get("target_s"), numbers.get("target_percent")
    return Targets(
        seconds=None if seconds is None else float(seconds),
        cost=numbers.get("target_usd"),
        accuracy=None if percent is None else float(percent / 100),
    ), {}
