"""In how many orders of the answers a finding came up, and which findings of two analyses are the same."""

import pytest

from apps.fusion.judging.analysis import wire
from apps.fusion.judging.findings import Analysis, Evidence, Finding
from apps.fusion.judging.stability import stability
from apps.fusion.judging.topics import paired
from apps.fusion.vocabulary import AnalysisStatus, FindingKind


def point(name, text, kind=FindingKind.CONSENSUS, **stances):
    evidence = tuple(Evidence(slot=slot, stance=stance) for slot, stance in stances.items())
    return Finding(id=name, kind=kind, text=text, evidence=evidence)


def analysis(*findings):
    return Analysis(status=AnalysisStatus.OK, model="up/judge", findings=findings)


def split(name, **stances):
    return point(name, "Height of the tower", FindingKind.CONTRADICTION, **stances)


TALL = point("a", "The tower is 330 metres tall.")
PARIS = point("b", "It stands in Paris.")


def test_finding_is_stable_that_every_order_has():
    reworded = point("x", "It stands in Paris")
    other, third = analysis(TALL, reworded), analysis(PARIS, point("c", "It is painted."))

    figure = stability(analysis(TALL, PARIS), {7: other, 9: third})

    assert (figure.orders, figure.found, figure.calls) == (3, {"a": 2, "b": 3}, (7, 9))
    assert (figure.stable, figure.share, figure.further) == (1, 0.5, 1)
    shown = wire(analysis(TALL, PARIS).model_copy(update={"stability": figure}))["stability"]
    assert (shown["stable"], shown["findings"], shown["share"], shown["orders"]) == (1, 2, 0.5, 3)


def test_what_two_other_orders_have_is_one_further_finding():
    further = [point("c", "It is painted."), point("d", "It is painted!")]

    assert stability(analysis(TALL), {1: analysis(TALL, further[0]), 2: analysis(TALL, further[1])}).further == 1
    assert stability(analysis(), {1: analysis(TALL)}).share is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (TALL, point("z", "The tower is 330 metres tall"), True),
        (TALL, point("z", "The tower is 300 metres tall."), False),
        (TALL, point("z", "The tower is not 330 metres tall."), False),
        (TALL, point("z", "The tower is 330 metres tall.", FindingKind.PARTIAL_COVERAGE), False),
        (point("a", "It is painted.", A=""), point("b", "It is painted.", A="", B=""), True),
        (point("a", "It is painted.", A=""), point("b", "It is painted.", B=""), False),
        (split("a", A="330 m", B="300 m"), split("b", A="330 metres", B="300 metres"), True),
        (split("a", A="330 m", B="300 m", C="300 m"), split("b", A="330 m", B="300 m"), True),
        (split("a", A="330 m", B="300 m", C="300 m"), split("b", A="330 m", B="300 m", C="330 m"), False),
    ],
)
def test_findings_are_the_same_of_one_kind_topic_and_division(one, other, is_same):
    assert bool(paired([one], [other])) is is_same
    assert bool(paired([other], [one])) is is_same


def test_each_finding_is_paired_once_and_the_same_wording_first():
    like, same = point("y", "It stands in Paris, France."), point("z", "It stands in Paris.")

    assert paired([point("1", "It stands in Paris"), PARIS], [like, same]) == [(point("1", "It stands in Paris"), same)]
    assert paired([PARIS], [like, same]) == [(PARIS, same)]
