"""The strategies that the form offers for a panel: a line each in its list, and what to know before choosing it."""

from dataclasses import dataclass

from apps.fusion.routing import ROUTE
from apps.fusion.vocabulary import StrategyName


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """A strategy in the form: its line in the list, and the sentences below the list once it is chosen."""

    name: str
    line: str
    note: str = ""


STRATEGY_CHOICES = (
    StrategyChoice(StrategyName.FUSE, "Fuse: judge the answers and write one"),
    StrategyChoice(
        StrategyName.VOTE,
        "Vote: take the final answer that most agree on",
        "For questions with one checkable answer. Judge and writer are asked only if the vote decides nothing: a tie, "
        "or texts without a final answer.",
    ),
    StrategyChoice(
        StrategyName.WEIGHTED,
        "Weighted vote: better members count for more",
        "For questions with one checkable answer and models of unequal strength, such as one strong and several weak. "
        "The answer with the most weight wins.",
    ),
    StrategyChoice(
        StrategyName.EARLY_EXIT,
        "Early exit: a vote that ends as soon as it is decided",
        "A model that can no longer change the result is not waited for: the answer is that of the full vote, but "
        "sooner. A call that is cut off may still be billed.",
    ),
    StrategyChoice(
        StrategyName.CASCADE,
        "Cascade: ask the last model only if the others differ",
        "For questions with one checkable answer. If all but the last give the same final answer, it stands; if not, "
        "the last is asked, and its answer stands. Put the strongest last. Each stage waits for all its models, so "
        "quorum and grace period do not apply.",
    ),
    StrategyChoice(
        StrategyName.BEST_OF,
        "Best of: compare the answers in pairs and give the best",
        "For texts that should stay as one author wrote them. The judge reads each pair in both orders; a preference "
        "that changes with the order counts as a tie. The writer is not asked.",
    ),
    StrategyChoice(
        StrategyName.CRITIQUE,
        "Critique: one drafts, another reviews, the first revises",
        "For texts that gain from a second reader. The first model is the author, the others review in turn; put one "
        "from another maker second. Issues count only if their quotes are in the draft, and the author may reject "
        "them. Judge and writer are not asked.",
    ),
    StrategyChoice(
        StrategyName.LAYERS,
        "Layers: let each model answer again with all answers before it",
        "For hard open questions where cost matters little. Each model answers blind, then once more with all "
        "answers; these are judged and fused. Models that read each other grow alike, so try Fuse first.",
    ),
    StrategyChoice(
        StrategyName.VERIFY,
        "Verify: split the answers into claims and write from what holds",
        "For questions whose answer is many facts. The judge lists the claims and what the other answers say of each; "
        "the writer may not state what is denied without saying so. A mistake that answers share counts as supported.",
    ),
    StrategyChoice(
        ROUTE,
        "Auto: let your rules, or the question itself, choose",
        "Your rules are asked first, in their order; the first that matches chooses a model, a preset or a strategy. "
        "If none does, what was good enough for prompts like it decides, once 200 of yours are rated; else a question "
        "with one checkable answer is voted on and any other fused. The choice and its reason stand beside the button.",
    ),
)
"""In the order of the list."""


def panel_strategy(name: str) -> StrategyName:
    """Return the strategy of a panel that a form names; nonsense fuses, and so does what is still to be chosen."""
    known = name in list(StrategyName) and any(choice.name == name for choice in STRATEGY_CHOICES)
    return StrategyName(name) if known else StrategyName.FUSE
