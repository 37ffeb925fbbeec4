"""Voting blind on the answers of a run: the sheet without names, and the vote, after which it is final."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.fusion.prompting.variants import variant_names
from apps.fusion.refusal import Refusal
from apps.fusion.vocabulary import Role, Status
from apps.runs.lifecycle.search_rows import mark_for_indexing
from apps.runs.models import Call, Run
from apps.runs.reading import access
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot

CHANGED = "The answers have changed since you opened the vote. Read them again."

LOOKED_AT = 20
"""Runs among which the next one to vote on is looked for."""
NEWEST = 500
"""Runs of a person of which those are the newest that fit: to look for them among all would read all."""


class CannotVote(Refusal):
    """A run that cannot be voted on, or a vote that cannot be cast."""


@dataclass(frozen=True, slots=True)
class Card:
    """An answer without its author: ``id`` says nothing of it. Several calls may have written the same text."""

    id: str
    calls: tuple[CallSnapshot, ...]

    @property
    def text(self) -> str:
        return self.calls[0].text


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answers to vote on, in an order that is chance but the same each time a voter looks.

    ``token`` changes with the answers, so that nobody votes on others than they read.
    """

    token: str
    cards: tuple[Card, ...]


def sheet_of(run: RunSnapshot, voter: User) -> Sheet:
    """Return what a person votes on: of each column its newest usable answer, and the one that was written from them.

    Equal texts are one card. Raises :class:`CannotVote` while the run is at work, and where no two texts differ.
    """
    if not run.is_final or run.is_live:
        raise CannotVote("This run is still at work. Vote when it has ended.", "run")
    texts: dict[str, list[CallSnapshot]] = {}
    for call in _answers_in(run):
        texts.setdefault(call.text.strip(), []).append(call)
    if len(texts) < 2:
        raise CannotVote("A blind vote needs two answers that differ; this run has none to choose between.", "run")
    cards = [Card(_digest(voter, run, [call.id for call in calls]), tuple(calls)) for calls in texts.values()]
    cards.sort(key=lambda card: card.id)
    return Sheet(_digest(voter, run, [card.id for card in cards]), tuple(cards))


def cast(row: Run, run: RunSnapshot, voter: User, token: str, chosen: Collection[str]) -> BlindVote:
    """Write a person's vote: one card for the best, several for a tie, none where all are bad.

    It is final, since the authors are shown from then on. Raises :class:`CannotVote`.
    """
    sheet = sheet_of(run, voter)
    if token != sheet.token or not set(chosen) <= {card.id for card in sheet.cards}:
        raise CannotVote(CHANGED, "sheet")
    variants = variant_names(run.recipe)
    answered_by = dict(Call.objects.filter(run=row).values_list("pk", "answered_by"))
    answers = tuple(
        VotedAnswer(
            call=call.id,
            slot=call.slot,
            model=answered_by.get(call.id) or call.model,
            variant=variants.get(call.slot, "") if call.role is Role.PANEL else "",
            is_fused=call.role is not Role.PANEL,
            is_answer=run.answer is not None and call.id == run.answer.id,
            is_chosen=card.id in chosen,
        )
        for card in sheet.cards
        for call in card.calls
    )
    verdict = BlindVerdict.ALL_BAD if not chosen else BlindVerdict.BEST if len(set(chosen)) == 1 else BlindVerdict.TIE
    with transaction.atomic():
        said = {"verdict": verdict, "answers": answers}
        vote, is_new = BlindVote.objects.get_or_create(run=row, author=voter, defaults=said)
        if not is_new:
            raise CannotVote("You have voted on this run. The authors were shown, so the vote is final.", "run")
        mark_for_indexing([row.pk])
    return vote


def next_to_vote_on(voter: User) -> Run | None:
    """Return the newest run that a person may read, can vote on and has not yet, of the newest few."""
    newest = access.visible_to(voter).order_by("-created_at", "-id")[:NEWEST]
    compared = Q(analysis_call__isnull=False) | Q(ballot__isnull=False)
    runs = Run.objects.filter(compared, pk__in=newest.values("pk"), status=Status.DONE, cache_hit__isnull=True)
    fitting = runs.exclude(blind_votes__author=voter).order_by("-created_at", "-id")[:LOOKED_AT]
    return next((run for run in fitting if _can_vote_on(run, voter)), None)


def _can_vote_on(run: Run, voter: User) -> bool:
    try:
        sheet_of(take_snapshot(run), voter)
    except CannotVote:
        return False
    return True


def _answers_in(run: RunSnapshot) -> list[CallSnapshot]:
    found = [column.answer for column in run.columns if column.answer and column.answer.text.strip()]
    answer = run.answer
    if answer and answer.role is not Role.PANEL and answer.is_usable and answer.text.strip():
        found.append(answer)
    return found


def _digest(voter: User, run: RunSnapshot, parts: Collection[object]) -> str:
    """Return a name that nobody can compute without the site's secret."""
    value = f"{voter.pk} {run.id} {' '.join(map(str, parts))}"
    return salted_hmac("apps.runs.blind_voting", value, algorithm="sha256").hexdigest()[:20]
