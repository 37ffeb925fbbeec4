"""The strategies that the form offers for a panel: a line each in its list, and what to know before choosing it."""

from dataclasses import dataclass

from apps.fusion.routing import ROUTE
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.strategy import FormOption
from apps.fusion.vocabulary import StrategyName


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """A strategy in the form: a line in its list, and the sentences below the list once it is chosen."""

    name: str
    option: FormOption

    @property
    def line(self) -> str:
        return self.option.line

    @property
    def note(self) -> str:
        return self.option.note

    @property
    def title(self) -> str:
        return self.option.title

    @property
    def sentence(self) -> str:
        """Return what it does, and the first of what to know, for the list of all."""
        does = self.option.does
        return f"{does[0].upper()}{does[1:]}. {self.note.partition('. ')[0].removesuffix('.')}."


STRATEGY_CHOICES = (
    *(StrategyChoice(one.name, one.option) for one in STRATEGIES.values() if one.option),
    StrategyChoice(
        ROUTE,
        FormOption(
            "Auto: let your rules, or the question itself, choose",
            "Your rules are asked first, in their order; the first that matches chooses a model, a preset or a "
            "strategy. If none does, what was good enough for prompts like it decides, once 200 of yours are "
            "rated; else a question with one checkable answer is voted on and any other fused. The choice and its "
            "reason stand beside the button.",
        ),
    ),
)
"""In the order of the list."""


def panel_strategy(name: str) -> StrategyName:
    """Return the strategy of a panel that a form names; nonsense fuses, and so does what is still to be chosen."""
    known = name in list(StrategyName) and any(choice.name == name for choice in STRATEGY_CHOICES)
    return StrategyName(name) if known else StrategyName.FUSE
