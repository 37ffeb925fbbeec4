"""Claims by their words: the same claim is one, figures and negations decide, and the score finds what is supported."""

import gzip
import json
from pathlib import Path

import pytest

from apps.fusion.comparing.claims import merged, support_score, supported_by_words
from apps.fusion.opinions import Claim, ClaimSource
from apps.fusion.vectors import likeness
from apps.fusion.vocabulary import ClaimLabel
from tests.runs.test_reference_figures import PACKS

REACHED = 0.77
"""The area under the curve (ROC) to reach on recorded claims."""


def claim(text, slot="A"):
    return Claim(text=text, sources=(ClaimSource(slot=slot, quote=text, span=(0, len(text))),))


def test_same_claim_of_two_answers_is_one_and_supported():
    (one,) = merged([claim("The tower is 330 metres high."), claim("The tower is 330 metres high.", "B")])

    assert ([source.slot for source in one.sources], one.label) == (["A", "B"], ClaimLabel.SUPPORTED)


@pytest.mark.parametrize(
    "other",
    ["The tower is 300 metres high.", "The tower is not 330 metres high.", "The mast is 330 metres high."],
)
def test_claims_that_differ_in_a_figure_a_negation_or_a_name_are_two(other):
    assert len(merged([claim("The tower is 330 metres high."), claim(other, "B")])) == 2


def test_words_support_a_claim_and_never_deny_one():
    answers = {
        "A": "The tower is 330 metres high.",
        "B": "The tower is 330 metres high.",
        "C": "It is 300 metres high.",
    }

    (one,) = supported_by_words([claim("The tower is 330 metres high.")], answers)

    assert [(said.slot, said.stance, said.quote) for said in one.evidence] == [("B", "entails", answers["B"])]
    assert one.by_words


def test_claims_with_the_least_support_come_first():
    answers = {"A": "", "B": "The tower opened in 1889 in Paris.", "C": "The tower opened in 1889."}
    claims = [claim("The tower opened in 1889."), claim("Bread keeps fresh in paper.")]

    assert [one.text for one in supported_by_words(claims, answers)] == [claims[1].text, claims[0].text]


def test_likeness_of_meaning_is_blind_to_a_figure_which_is_why_it_decides_nothing():
    said = "The limit is five requests per second."

    assert likeness(said, "The limit is fifty requests per second.") > 0.9
    assert likeness(said, said) == pytest.approx(1, abs=1e-5)
    assert likeness(said, "Bread keeps fresh in paper.") < 0.3


def test_score_is_higher_where_others_say_it():
    said = "The tower was finished in 1889."

    assert support_score(said, ["It was finished in 1889 in Paris."] * 2) > support_score(said, ["Bread is fresh."] * 2)
    assert support_score(said, []) < 0


@pytest.mark.skipif(
    not (PACKS and (Path(PACKS) / "refchecker_zero.jsonl.gz").exists()),
    reason="There is no refchecker_zero.jsonl.gz in ../shared/replay, or in the folder of FUSIONWEB_REPLAY_PACKS.",
)
def test_score_finds_the_supported_among_recorded_claims():
    pack = Path(PACKS) / "refchecker_zero.jsonl.gz"
    scored = []
    for line in gzip.decompress(pack.read_bytes()).decode().splitlines():
        answers = json.loads(line)["answers"]
        for model, answer in answers.items():
            others = [other["text"] for name, other in answers.items() if name != model]
            scored += [
                (support_score(" ".join(one["triplet"]), others), one["label"] == "Entailment")
                for one in answer["claims"]
            ]

    assert len(scored) == 3_319
    assert _area(scored) >= REACHED


def _area(scored):
    """Return the chance that a supported claim has a higher score than another; ties count half."""
    ordered = sorted(scored)
    ranks = {}
    for at, (score, _) in enumerate(ordered, 1):
        ranks.setdefault(score, []).append(at)
    good = [score for score, is_good in scored if is_good]
    total = sum(sum(ranks[score]) / len(ranks[score]) for score in good)
    return (total - len(good) * (len(good) + 1) / 2) / (len(good) * (len(scored) - len(good)))
