"""Replies of an arbiter: only what stands in the answer that is named is a claim, or a stance on one."""

import json

import pytest

from apps.fusion.judging.claim_reply import parse_claims, parse_support
from apps.fusion.judging.reply import BadReply
from apps.fusion.vocabulary import ClaimLabel

ANSWERS = {"A": "The tower is 330 metres high. It opened in 1889.", "B": "It is 300 metres high.", "C": "No idea."}
LETTERS = {"A": "C", "B": "A", "C": "B"}  # what the arbiter saw as A is C, and so on
HIGH = {"claim": "The tower is 330 metres high.", "answer": "B", "quote": "is 330 metres high"}


def reply(key, *entries):
    return json.dumps({key: list(entries)})


def claims_of(*entries):
    return parse_claims(reply("claims", *entries), ANSWERS, LETTERS)


def test_claim_has_the_words_of_the_answer_that_makes_it():
    (claim,) = claims_of(HIGH)

    (source,) = claim.sources
    assert (claim.text, source.slot, source.quote, source.span) == (HIGH["claim"], "A", "is 330 metres high", (10, 28))
    assert claim.label is ClaimLabel.UNSUPPORTED


@pytest.mark.parametrize(
    "wrong", [{"quote": "is 400 metres high"}, {"answer": "C"}, {"answer": "D"}, {"claim": ""}, {"quote": 3}]
)
def test_claim_whose_words_do_not_stand_there_is_dropped(wrong):
    assert [claim.text for claim in claims_of(HIGH | wrong, HIGH)] == [HIGH["claim"]]
    with pytest.raises(BadReply):
        claims_of(HIGH | wrong)


def stance(**values):
    return {"claim": 1, "answer": "C", "stance": "contradicts", "quote": "300 metres high", **values}


@pytest.mark.parametrize(
    ("entry", "label"),
    [
        (stance(), ClaimLabel.CONTRADICTED),
        (stance(stance="entails"), ClaimLabel.SUPPORTED),
        (stance(claim="1", stance=" Entails"), ClaimLabel.SUPPORTED),
        (stance(claim=1.0), ClaimLabel.CONTRADICTED),
        (stance(claim=True), ClaimLabel.UNSUPPORTED),
        (stance(stance="silent"), ClaimLabel.UNSUPPORTED),
        (stance(quote="301 metres high"), ClaimLabel.UNSUPPORTED),
        (stance(claim=2), ClaimLabel.UNSUPPORTED),
        # Nobody supports, or denies, a claim of its own.
        (stance(answer="B", quote="330 metres high", stance="entails"), ClaimLabel.UNSUPPORTED),
        ("nonsense", ClaimLabel.UNSUPPORTED),
    ],
)
def test_label_of_a_claim_follows_from_what_others_say_of_it(entry, label):
    (claim,) = parse_support(reply("support", entry), claims_of(HIGH), ANSWERS, LETTERS)

    assert claim.label is label


def test_denial_outweighs_support():
    entries = stance(), stance(answer="A", quote="No idea.", stance="entails")

    (claim,) = parse_support(reply("support", *entries), claims_of(HIGH), ANSWERS, LETTERS)

    assert (len(claim.evidence), claim.label) == (2, ClaimLabel.CONTRADICTED)


@pytest.mark.parametrize("raw", ["", "All are fine.", '{"claims": []}'])
def test_reply_without_a_list_says_nothing_of_support(raw):
    with pytest.raises(BadReply):
        parse_support(raw, claims_of(HIGH), ANSWERS, LETTERS)
