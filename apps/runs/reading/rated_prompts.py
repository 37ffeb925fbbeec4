"""A person's rated prompts: for which of them a model's answer, a vote's or the fused one was good to them."""

from collections.abc import Mapping, Sequence

from apps.accounts.models import User
from apps.fusion.blind_votes import FUSED
from apps.fusion.neighbours import LONGEST_PROMPT, VOTED, RatedPrompt
from apps.fusion.vocabulary import Role, StrategyName
from apps.runs.models import Call, Run
from apps.runs.reading.good_answers import Word, good_calls, newest_opinions, words_on

MOST_PROMPTS = 2_000
"""The newest prompts that are looked at."""
VOTING = {StrategyName.VOTE, StrategyName.WEIGHTED, StrategyName.EARLY_EXIT}


def rated_prompts(user: User) -> tuple[RatedPrompt, ...]:
    """Return the prompts of runs whose answers a person, or output checks, called good or not, the newest first."""
    words = words_on(user, newest_opinions(user, MOST_PROMPTS))
    good = {run: good_calls(said) for run, said in words.items()}
    ways = _ways_of(words, good)
    rated = []
    for run in Run.objects.filter(pk__in=good).only("prompt", "recipe", "answer_call").order_by("-pk"):
        said = {ways[run.pk][call]: is_good for call, is_good in good[run.pk].items() if call in ways[run.pk]}
        answer = run.answer_call_id
        if run.recipe.strategy in VOTING and answer in good[run.pk] and ways[run.pk].get(answer, FUSED) != FUSED:
            said[VOTED] = good[run.pk][answer]
        if said:
            rated.append(RatedPrompt(text=run.prompt[:LONGEST_PROMPT], good=tuple(sorted(said.items()))))
    return tuple(rated)


def _ways_of(words: Mapping[int, Sequence[Word]], good: Mapping[int, Mapping[int, bool]]) -> dict[int, dict[int, str]]:
    """Return the way of each answer that was spoken of, by run and the id of its call: its model, or the fused one."""
    ways = {
        run: {one.call: FUSED if one.is_fused else one.model for word in said for one in word.voted}
        for run, said in words.items()
    }
    named = [call for calls in good.values() for call in calls]
    spoken = Call.objects.filter(pk__in=named, run__in=good, role__in=(Role.PANEL, Role.SYNTHESIS))
    for run, call, role, model in spoken.values_list("run_id", "pk", "role", "model"):
        ways[run].setdefault(call, FUSED if role is Role.SYNTHESIS else model)
    return ways
