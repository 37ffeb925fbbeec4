"""The agreement score follows its formula and depends on nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.judging.agreement import agreement, outliers
from apps.fusion.judging.findings import Agreement, Evidence, Finding, Outlier, PairAgreement
from apps.fusion.vocabulary import FindingKind


def consensus(slots: str) -> Finding:
    evidence = tuple(Evidence(slot=slot, verified=True) for slot in slots)
    return Finding(id="consensus-1", kind=FindingKind.CONSENSUS, text="point", evidence=evidence)


def contradiction(**stances: str) -> Finding:
    evidence = tuple(Evidence(slot=slot, stance=stance, verified=True) for slot, stance in stances.items())
    return Finding(id="contradiction-1", kind=FindingKind.CONTRADICTION, text="topic", evidence=evidence)


def partial(slots: str) -> Finding:
    return consensus(slots).model_copy(update={"kind": FindingKind.PARTIAL_COVERAGE})


@pytest.mark.parametrize(
    "findings, score, items",
    [
        ([], None, 0),
        ([consensus("A")], None, 0),
        ([partial("AB")], None, 0),
        ([consensus("AB")], 1.0, 1),
        ([contradiction(A="yes", B="no")], 0.0, 1),
        ([consensus("AB"), contradiction(A="yes", B="no")], 0.5, 2),
        ([contradiction(A="yes", B=" YES ", C="no")], 1 / 3, 1),
        ([contradiction(A="yes", B="Yes.", C="no")], 1 / 3, 1),
        ([contradiction(A="はい", B="はい。", C=".")], 1 / 3, 1),
        ([consensus("ABC"), contradiction(A="yes", B="no")], (0.5 + 1 + 1) / 3, 2),
    ],
)
def test_agreement_follows_the_formula(findings, score, items):
    result = agreement(findings)

    assert (result.score, result.items) == (score, items)


def test_agreement_lists_pairs_that_share_items_only():
    result = agreement([consensus("AB"), contradiction(A="1889", B="1887"), contradiction(C="x")])

    assert result == Agreement(score=0.5, pairs=(PairAgreement(a="A", b="B", same=1, items=2),), items=2)


def test_slot_on_two_sides_of_a_contradiction_has_none():
    sides = (("A", "yes"), ("A", "no"), ("B", "no"))
    evidence = tuple(Evidence(slot=slot, stance=stance, verified=True) for slot, stance in sides)

    assert agreement([contradiction().model_copy(update={"evidence": evidence})]).items == 0


def unfounded(finding: Finding) -> Finding:
    evidence = tuple(one.model_copy(update={"verified": False}) for one in finding.evidence)
    return finding.model_copy(update={"evidence": evidence})


def test_findings_that_are_not_in_the_answers_do_not_count():
    against = contradiction(A="1889", B="1889", C="1887")

    result = agreement([consensus("ABC"), unfounded(against), unfounded(partial("AB"))])

    assert (result.score, result.items, result.uncounted) == (1.0, 1, 1)
    assert outliers([unfounded(against)]) == ()
    assert agreement([unfounded(against)]) == Agreement(score=None, items=0, uncounted=1)


def test_finding_counts_if_one_quote_of_it_is_found():
    found = contradiction(A="1889", B="1887")
    half = found.model_copy(update={"evidence": (found.evidence[0], *unfounded(found).evidence[1:])})

    assert (agreement([half]).score, agreement([half]).items) == (0.0, 1)


@pytest.mark.parametrize(
    "stances, alone",
    [
        ({"A": "x", "B": "x", "C": "y"}, ["C"]),
        ({"A": "x", "B": "y"}, []),
        ({"A": "x", "B": "x", "C": "y", "D": "y"}, []),
        ({"A": "x", "B": "x", "C": "y", "D": "z"}, ["C", "D"]),
        ({"A": "x", "B": "y", "C": "z"}, []),
    ],
)
def test_outliers_stand_alone_against_two_or_more(stances, alone):
    assert outliers([contradiction(**stances)]) == tuple(
        Outlier(finding="contradiction-1", slot=slot) for slot in alone
    )


SLOTS = st.sets(st.sampled_from("ABCDEFGH"))
FINDINGS = st.lists(
    SLOTS.map("".join).map(consensus)
    | st.dictionaries(st.sampled_from("ABCDEFGH"), st.sampled_from("xyz")).map(lambda sides: contradiction(**sides))
)


@given(FINDINGS)
def test_agreement_is_a_share_or_unknown(findings):
    result = agreement(findings)

    assert (result.score is None) == (not result.pairs)
    assert 0 <= (result.score or 0) <= 1
    assert all(pair.a < pair.b and 0 <= pair.same <= pair.items > 0 for pair in result.pairs)


@given(FINDINGS, st.permutations("ABCDEFGH"), st.randoms(use_true_random=False))
def test_agreement_does_not_depend_on_order_or_letters(findings, letters, random):
    renamed = dict(zip("ABCDEFGH", letters, strict=True))
    shuffled = []
    for finding in findings:
        evidence = [one.model_copy(update={"slot": renamed[one.slot]}) for one in finding.evidence]
        random.shuffle(evidence)
        shuffled.append(finding.model_copy(update={"evidence": tuple(evidence)}))
    random.shuffle(shuffled)

    score, other = agreement(findings).score, agreement(shuffled).score

    assert other == (None if score is None else pytest.approx(score))
