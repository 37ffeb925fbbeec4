"""A person's rated prompts: for which of them a model's answer, a vote's or the fused one was good to them."""

from collections import defaultdict

from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.fusion.blind_votes import FUSED
from apps.fusion.neighbours import LONGEST_PROMPT, VOTED, RatedPrompt
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import Role, StrategyName
from apps.runs.models import Call
from apps.runs.reading import access
from apps.runs.reading.leaderboard import votes_that_count

MOST_PROMPTS = 2_000
"""The newest votes and ratings, of each so many, that are looked at."""
VOTING = {StrategyName.VOTE, StrategyName.WEIGHTED, StrategyName.EARLY_EXIT}


def rated_prompts(user: User) -> tuple[RatedPrompt, ...]:
    """Return the prompts of this person's blind votes and thumbs, the newest first; three queries.

    In a vote the chosen answers were good and the others were not; a thumb says so of one answer, and goes before.
    """
    good: dict[int, dict[str, bool]] = defaultdict(dict)
    prompts: dict[int, str] = {}
    for vote in votes_that_count(user).select_related("run")[:MOST_PROMPTS]:
        prompts[vote.run_id] = vote.run.prompt
        for one in vote.answers:
            good[vote.run_id][FUSED if one.is_fused else one.model] = one.is_chosen
            if one.is_answer and not one.is_fused and vote.run.recipe.strategy in VOTING:
                good[vote.run_id][VOTED] = one.is_chosen
    runs = access.counting_for(user).filter(cache_hit__isnull=True)
    ratings = Rating.objects.filter(author=user, run__in=runs.values("pk")).order_by("-pk").select_related("run")
    thumbs = {rating.call: rating for rating in ratings[:MOST_PROMPTS]}
    for call in Call.objects.filter(pk__in=thumbs):
        rating = thumbs[call.pk]
        prompts[rating.run_id] = rating.run.prompt
        is_good = rating.thumb is Thumb.UP
        good[rating.run_id][FUSED if call.role is Role.SYNTHESIS else call.model] = is_good
        if call.role is Role.PANEL and rating.run.answer_call_id == call.pk and rating.run.recipe.strategy in VOTING:
            good[rating.run_id][VOTED] = is_good
    return tuple(
        RatedPrompt(text=prompts[pk][:LONGEST_PROMPT], good=tuple(sorted(good[pk].items())))
        for pk in sorted(prompts, reverse=True)
    )
