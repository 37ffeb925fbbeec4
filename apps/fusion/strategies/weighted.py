"""The weighted strategy: a vote whose members weigh by measured accuracy, by price, or by hand.

It takes the steps of ``vote``; the weights are those of its settings (``apps/fusion/weights.py``). What was measured on
another panel is not applied: then all votes weigh the same, and a notice says so.
"""

from dataclasses import replace

from apps.fusion.strategies.strategy import FormOption
from apps.fusion.strategies.vote import VOTE
from apps.fusion.vocabulary import StrategyName

WEIGHTED = replace(
    VOTE,
    name=StrategyName.WEIGHTED,
    option=FormOption(
        "Weighted vote: better members count for more",
        "For questions with one checkable answer and models of unequal strength, such as one strong and "
        "several weak. The answer with the most weight wins.",
    ),
)
