"""The blind vote on a run's answers: a page without their names, and after the vote the same page with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.markdown.rendering import render_markdown
from apps.runs import blind_voting
from apps.runs.blind_voting import CannotVote
from apps.runs.models import Run
from apps.runs.reading.call_snapshot import CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.web.requests import SignedInRequest
from apps.web.run.views import for_reader

CHOOSE = "Choose the best answer, or several that are equally good. If none is good, press “All are bad”."


@dataclass(frozen=True, slots=True)
class RevealedCard:
    """An answer with its authors, after the vote; several where the texts are the same."""

    call: CallSnapshot
    authors: tuple[VotedAnswer, ...]

    @property
    def is_chosen(self) -> bool:
        return any(one.is_chosen for one in self.authors)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reader
@never_cache
def blind_vote(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the answers without names, or take the vote; once it is cast, render them with their names."""
    snapshot = take_snapshot(run)
    vote = BlindVote.objects.filter(run=run, author=request.user).first()
    if vote is not None:
        return redirect("web:run_vote", run.public_id) if request.method == "POST" else _reveal(request, snapshot, vote)
    fault = ""
    if request.method == "POST":
        chosen = request.POST.getlist("best")
        if "all_bad" in request.POST or chosen:
            try:
                wanted = [] if "all_bad" in request.POST else chosen
                blind_voting.cast(run, snapshot, request.user, request.POST.get("sheet", ""), wanted)
                return HttpResponseRedirect(reverse("web:run_vote", args=[run.public_id]))
            except CannotVote as error:
                fault = error.sentence
        else:
            fault = CHOOSE
    return _sheet(request, snapshot, fault)


def _sheet(request: SignedInRequest, run: RunSnapshot, fault: str) -> HttpResponse:
    """Render the cards with nothing beside their texts; the page's context has no call, so no template can name one."""
    context: dict[str, Any] = {"public_id": run.id, "title": run.title, "prompt": run.prompt, "fault": fault}
    try:
        sheet = blind_voting.sheet_of(run, request.user)
        context["sheet"] = sheet.token
        context["cards"] = [(card.id, unmarked_html(card.calls[0])) for card in sheet.cards]
    except CannotVote as error:
        context["cannot"] = error.sentence
    return render(request, "run/blind_vote.html", context)


def _reveal(request: SignedInRequest, run: RunSnapshot, vote: BlindVote) -> HttpResponse:
    cards = _revealed(run, vote.answers)
    context = {
        "public_id": run.id,
        "title": run.title,
        "prompt": run.prompt,
        "vote": vote,
        "labels": run.labels,
        "said": _said(vote, cards),
        "is_reused": run.cache_hit is not None,
        "revealed": [(card, unmarked_html(card.call)) for card in cards],
        "next_run": blind_voting.next_to_vote_on(request.user),
    }
    return render(request, "run/blind_vote.html", context)


def _revealed(run: RunSnapshot, answers: Sequence[VotedAnswer]) -> list[RevealedCard]:
    calls = {call.id: call for call in run.calls}
    texts: dict[str, list[VotedAnswer]] = {}
    for one in answers:
        if one.call in calls:
            texts.setdefault(calls[one.call].text.strip(), []).append(one)
    return [RevealedCard(calls[authors[0].call], tuple(authors)) for authors in texts.values()]


def _said(vote: BlindVote, cards: Sequence[RevealedCard]) -> str:
    """Say what the vote was in a sentence, by the numbers that the answers had."""
    numbers = [str(number) for number, card in enumerate(cards, 1) if card.is_chosen]
    match vote.verdict:
        case BlindVerdict.ALL_BAD:
            return "You found all of them bad."
        case BlindVerdict.BEST:
            return f"You found answer {numbers[0]} best." if numbers else "The answer that you chose is gone."
        case BlindVerdict.TIE:
            return f"You found answers {', '.join(numbers[:-1])} and {numbers[-1]} equally good."


def unmarked_html(call: CallSnapshot) -> SafeString:
    """Return an answer's text as HTML, drawn anew: the stored HTML has chips that give its author away."""
    return mark_safe(render_markdown(call.text))  # noqa: S308 - it comes from apps.markdown.rendering
