"""Recorded items as labelled ones: the final answers of the models in a form that is equal for equal ones."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from apps.fusion.answers.counting import EVERY, Counted, counted_answers
from apps.fusion.certificates import LabelledItem
from apps.fusion.comparing.meaning import grouping
from apps.fusion.options import options_of
from apps.fusion.vocabulary import CountedKind
from apps.runs.measuring.packs import Item
from apps.runs.measuring.replay_recipes import EVERY_KIND, Counting

NO_ANSWER = "I found nothing that I would call a result."
"""A text without a final answer, in place of a recorded one in which none was found."""


class Finals(StrEnum):
    """The final answers that count: those that our rules read in the texts, or those that the pack has of them."""

    TEXT = "text"
    RECORDED = "recorded"


def texts_of(item: Item, finals: Finals, counting: Counting = EVERY_KIND) -> dict[str, str]:
    """Return the texts that vote for an item's models.

    In place of a recorded final answer its number among the item's different ones is said: those are equal exactly
    where the pack has them equal, whatever our rules would make of "1/2" and "0.5". Of a kind that was asked for, the
    recorded answer itself is read.
    """
    if finals is Finals.TEXT:
        return {model: one.text for model, one in item.answers.items()}
    told = {model: one.answer for model, one in item.answers.items()}
    if counting.kind is not CountedKind.AUTO:
        return {model: NO_ANSWER if answer is None else answer for model, answer in told.items()}
    numbers = {answer: number for number, answer in enumerate(dict.fromkeys(told.values()), start=1)}
    return {
        model: NO_ANSWER if answer is None else f"The answer is {numbers[answer]}." for model, answer in told.items()
    }


def options_in(item: Item, finals: Finals) -> Mapping[str, str]:
    """Return the options of an item's question where its texts are read: recorded final answers are told apart."""
    return options_of(item.prompt or "") if finals is Finals.TEXT else {}


def final_classes(texts: Mapping[str, str], counted: Counted = EVERY) -> dict[str, str | None]:
    """Return for each text the number of its group of equal final answers, as a text; ``None`` if none counts."""
    groups = enumerate(grouping(counted.kind)(counted_answers(texts, counted)))
    found = {name: str(number) for number, group in groups for name in group.answers}
    return {name: found.get(name) for name in texts}


def labelled_items(
    items: Sequence[Item],
    finals: Finals = Finals.TEXT,
    counting: Counting = EVERY_KIND,
    members: Sequence[str] = (),
) -> list[LabelledItem]:
    """Return items with the final answers of all models that count, equal in form where they are equal.

    By meaning only the texts of ``members`` are grouped: others would divide them in another way than a run's vote.
    """
    grouped = () if counting.kind.is_lasting else members
    labelled = []
    for item in items:
        texts = {m: text for m, text in texts_of(item, finals, counting).items() if not grouped or m in grouped}
        right = frozenset(model for model, one in item.answers.items() if one.correct)
        counted = Counted(counting.kind, counting.labels).among(options_in(item, finals))
        labelled.append(LabelledItem(final_classes(texts, counted), right))
    return labelled
