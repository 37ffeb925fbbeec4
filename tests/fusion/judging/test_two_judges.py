"""The findings that two judges of the same answers share."""

from apps.fusion.judging.two_judges import compare_judges
from tests.fusion.judging.test_stability import PARIS, TALL, analysis, point


def test_findings_are_of_both_judges_or_of_one_alone():
    reworded, iron = point("x", "The tower is 330 metres tall"), point("y", "It is made of iron.")

    found = compare_judges(analysis(PARIS, TALL), analysis(iron, reworded))

    assert (found.both, found.only_first, found.only_second) == (((TALL, reworded),), (PARIS,), (iron,))
    assert (found.findings, found.share) == (3, 1 / 3)
    turned = compare_judges(analysis(iron, reworded), analysis(PARIS, TALL))
    assert (turned.share, turned.only_first, turned.only_second) == (found.share, (iron,), (PARIS,))
    assert compare_judges(analysis(), analysis()).share is None
