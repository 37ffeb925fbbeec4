"""Blind votes that were cast, without runs of real calls."""

from typing import Any

from apps.accounts.models import User
from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import FUSED, BlindVerdict, VotedAnswer
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_run

VERDICTS = {0: BlindVerdict.ALL_BAD, 1: BlindVerdict.BEST}


def make_vote(
    author: User,
    *chosen: str,
    run: Run | None = None,
    others: tuple[str, ...] = (GEMMA, SMOL, FUSED),
    **values: Any,
) -> BlindVote:
    """Create a vote on a run with one answer of each model and a fused one."""
    run = run or make_run(author)
    for name, value in values.items():
        setattr(run, name, value)
    run.save()
    answers = tuple(
        VotedAnswer(call=at, model=SMOL if name == FUSED else name, is_fused=name == FUSED, is_chosen=name in chosen)
        for at, name in enumerate(dict.fromkeys((*chosen, *others)), 1)
    )
    verdict = VERDICTS.get(len(chosen), BlindVerdict.TIE)
    return BlindVote.objects.create(run=run, author=author, verdict=verdict, answers=answers)
