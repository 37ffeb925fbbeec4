"""The early-exit strategy: a vote that stops waiting as soon as no outstanding member can change its result.

    panel ── an answer ──► cannot be overtaken, or certified? ── yes ──► the others are cut ──► done, voted
      └ no, and all have answered, or the waiting is over ──► as in vote

All members are asked at once, so it saves time; a call that is cut may be billed. The bound holds for whatever the
others would say, a refusal or nothing included, so the winning answer is that of the full vote in every order of
arrival. A certificate allows to stop earlier: its share of errors was counted over every answer that had its share of
the weight at any time, whichever came first.
"""

from collections.abc import Mapping
from dataclasses import replace

from apps.fusion.answers.counting import counted_answers
from apps.fusion.answers.groups import may_join
from apps.fusion.answers.reading import FinalAnswer
from apps.fusion.confidence import certificate_of
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import vote
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption
from apps.fusion.strategies.vote import VOTE
from apps.fusion.values import EarlyExitSettings
from apps.fusion.vocabulary import AnswerKind, ExitReason, Role, Status, StrategyName
from apps.fusion.voting import ALIKE, FEWEST_VOTES, Ballot, votable_texts
from apps.fusion.weights import Weighing, weighing_of


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    is_over = state.cancel_requested or state.status.is_final or state.cap_reached or state.takes(Role.JUDGE)
    panel = state.panel()
    outstanding = [call for call in panel if not call.is_final or (call.cancel_requested and not call.is_usable)]
    if is_over or not panel or not outstanding:
        return vote.next_step(state)
    ballot = _ballot(state, panel, [call.slot for call in outstanding])
    if ballot is None:
        return vote.next_step(state)
    uncut = tuple(call.id for call in outstanding if not call.cancel_requested)
    if uncut:
        return Start(cut=uncut)
    # Calls that were cut hand in what they cost before the run ends.
    if any(not call.is_final for call in panel):
        return Wait()
    return End(Status.DONE, ballot.calls[ballot.winner], AnswerKind.VOTED, ballot=ballot)


def cannot_be_overtaken(finals: Mapping[str, FinalAnswer], outstanding: set[str], weighing: Weighing) -> bool:
    """Return whether one of these final answers (by slot) wins, whatever the ``outstanding`` slots will say.

    Answers that are written alike stay together; others may still turn out to be equal, when a later one shows the
    unit that both have. So a rival counts with all that it may be joined to.
    """
    forms: dict[str, list[str]] = {}
    for slot, one in finals.items():
        forms.setdefault(one.final.canonical, []).append(slot)
    weights = {slot: weighing.of(slot, one.final.kind) for slot, one in finals.items()}
    still = {slot: weighing.most(slot) for slot in outstanding}
    for form, slots in forms.items():
        lead = weighing.together({slot: weights[slot] for slot in slots})
        rivals = [
            {slot: weights[slot] for member in rival for slot in forms[member]}
            for rival in _rivals({other: finals[own[0]] for other, own in forms.items() if other != form})
        ]
        most = max(weighing.together({**rival, **still}) for rival in [*rivals, {}])
        is_counted = len(slots) >= FEWEST_VOTES or all(slot in weighing.accuracy for slot in slots)
        if lead - most > ALIKE and is_counted:
            return True
    return False


def _rivals(forms: Mapping[str, FinalAnswer]) -> list[list[str]]:
    """Return written forms in lists of those that may still be joined, one through the other."""
    lists: list[list[str]] = []
    for form, final in forms.items():
        near = [one for one in lists if any(may_join(final, forms[other]) for other in one)]
        lists = [one for one in lists if one not in near]
        lists.append([form, *(other for one in near for other in one)])
    return lists


def _ballot(state: RunState, panel: tuple[CallState, ...], outstanding: list[str]) -> Ballot | None:
    """Return the vote that stands without the ``outstanding`` slots, ``None`` while they may change it."""
    recipe = recipe_of(state)
    settings, counted = recipe.settings, [call for call in panel if call.slot not in outstanding]
    ballot = vote.ballot_of(state, [call.id for call in counted if call.is_usable], outstanding)
    if not ballot.result.is_decided:
        return None
    texts = votable_texts({call.slot: call for call in counted}, state.files)
    finals = counted_answers(texts, vote.what_counts(state))
    if cannot_be_overtaken(finals, set(outstanding), weighing_of(recipe)):
        return ballot.model_copy(update={"exit": ExitReason.CERTAIN})
    # Texts that are still to come may divide the groups by meaning anew, which no certificate was counted on.
    is_certified = ballot.counts.is_lasting and isinstance(settings, EarlyExitSettings) and settings.at_certificate
    if is_certified and certificate_of(ballot, recipe):
        return ballot.model_copy(update={"exit": ExitReason.CERTIFIED})
    return None


EARLY_EXIT = replace(
    VOTE,
    name=StrategyName.EARLY_EXIT,
    next_step=next_step,
    option=FormOption(
        "Early exit: a vote that ends as soon as it is decided",
        "A model that can no longer change the result is not waited for: the answer is that of the full "
        "vote, but sooner. A call that is cut off may still be billed.",
    ),
)
