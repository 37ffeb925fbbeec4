"""The fields of a preset's targets: read as typed, and written back as they stand."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from apps.fusion.targets import LONGEST_NAME, LONGEST_S, MOST_USD, Targets
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


QUESTION_SET = "target_set"
"""The field of the template on whose batches the accuracy is reckoned."""


def typed_targets(post: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the fields as they were sent."""
    numbers = {name: plain_text(post.get(name, "")).strip()[:20] for name in RULES}
    return numbers | {QUESTION_SET: plain_text(post.get(QUESTION_SET, "")).strip()[:LONGEST_NAME]}


def target_texts(targets: Targets | None) -> dict[str, str]:
    """Return the texts of the fields for targets that stand."""
    if targets is None:
        return dict.fromkeys((*RULES, QUESTION_SET), "")
    percent = None if targets.accuracy is None else Decimal(str(targets.accuracy)) * 100
    figures = {"target_s": targets.seconds, "target_usd": targets.cost, "target_percent": percent}
    texts = {name: f"{Decimal(str(figure)).normalize():f}" for name, figure in figures.items() if figure is not None}
    return dict.fromkeys(RULES, "") | texts | {QUESTION_SET: targets.question_set}


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
    if typed[QUESTION_SET] and not typed["target_percent"]:
        problems["target_percent"] = "A set of questions needs a share of good answers."
    if problems or not numbers:
        return None, problems
    seconds, percent = numbers.get("target_s"), numbers.get("target_percent")
    return Targets(
        seconds=None if seconds is None else float(seconds),
        cost=numbers.get("target_usd"),
        accuracy=None if percent is None else float(percent / 100),
        question_set=typed[QUESTION_SET],
    ), {}
