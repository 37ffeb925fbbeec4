"""Questions like this one choose who is asked, from 200 rated prompts on, where that beats the best single model."""

from random import Random

import pytest

from apps.fusion.blind_votes import FUSED
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.neighbours import VOTED, RatedPrompt, advise, trial

SUMS = "What is the sum of {0} and {1}, multiplied by {2}? Work out the arithmetic and give the number."
LAW = "Which clause of the contract lets the tenant of house {0} end the lease early, under the law of county {1}?"
MODELS = ("a/one", "a/two")


def rated_by(topics: dict[str, dict[str, float]], each: int, seed: int = 1) -> tuple[RatedPrompt, ...]:
    """Return rated prompts of topics, in which each way was good in a share of them."""
    chance = Random(seed)
    return tuple(
        RatedPrompt(
            text=topic.format(*(chance.randrange(10, 99) for _ in range(3))),
            good=tuple((way, chance.random() < share) for way, share in sorted(shares.items())),
        )
        for _ in range(each)
        for topic, shares in topics.items()
    )


TOPICS = {
    SUMS: {"a/one": 0.95, "a/two": 0.4, FUSED: 0.95, VOTED: 0.95},
    LAW: {"a/one": 0.2, "a/two": 0.3, FUSED: 0.9, VOTED: 0.4},
}


def test_what_was_good_enough_for_prompts_like_it_is_chosen():
    rated = rated_by(TOPICS, 120)

    on_sums, on_law = (advise(topic.format(5, 6, 7), rated, MODELS) for topic in (SUMS, LAW))

    assert (on_sums.way, on_law.way) == ("a/one", FUSED)
    assert on_sums.reason.startswith("Of the 25 rated prompts most like it, ")
    routed, single, n = trial(rated, MODELS)
    assert single < routed <= n == 240


def test_a_vote_stands_between_a_model_and_a_fusion():
    topics = {SUMS: {"a/one": 0.95, FUSED: 0.9, VOTED: 0.9}, LAW: {"a/one": 0.2, FUSED: 0.95, VOTED: 0.95}}

    assert advise(LAW.format(1, 2), rated_by(topics, 120), MODELS).way == VOTED


@pytest.mark.parametrize("each", [0, ENOUGH_ITEMS // 2 - 1])
def test_too_few_prompts_decide_nothing_and_the_reason_counts_them(each):
    advice = advise(SUMS, rated_by(TOPICS, each), MODELS)

    assert (advice.way, f"; {2 * each} are." in advice.reason) == ("", True)


def test_ratings_that_no_topic_explains_decide_nothing():
    same = {"a/one": 0.8, "a/two": 0.5, FUSED: 0.6, VOTED: 0.6}
    advice = advise(SUMS.format(5, 6, 7), rated_by({SUMS: same, LAW: same}, 150), MODELS)

    assert advice.way == ""
    assert "tried on your ratings" in advice.reason


def test_models_that_are_not_asked_are_never_chosen():
    assert advise(SUMS.format(5, 6, 7), rated_by(TOPICS, 120), ("b/new",)).way in ("", VOTED, FUSED)
