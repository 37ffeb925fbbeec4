"""The findings that are gone, new and stayed from one analysis to another, of other answers."""

import pytest

from apps.fusion.judging.findings_diff import diff_findings
from apps.fusion.vocabulary import FindingKind
from tests.fusion.judging.test_stability import PARIS, TALL, analysis, point

OTHER_FIGURE = point("x", "The tower is 324 metres tall.")
DENIED = point("x", "It stands not in Paris.")
REWORDED = point("x", "It stands in Paris too.")
OTHER_KIND = point("x", "It stands in Paris.", FindingKind.BLIND_SPOT)
HELD_BY_OTHERS = point("x", "It stands in Paris.", C="")
LIKE, VERY = point("x", "Towers stand in Paris."), point("y", "It stands in Paris.")


@pytest.mark.parametrize(
    ("before", "after", "stayed", "gone", "new"),
    [
        ((), (), [], [], []),
        ((TALL, PARIS), (PARIS,), [(PARIS, PARIS)], [TALL], []),
        ((PARIS,), (TALL, REWORDED), [(PARIS, REWORDED)], [], [TALL]),
        ((TALL,), (OTHER_FIGURE,), [], [TALL], [OTHER_FIGURE]),
        ((PARIS,), (DENIED,), [], [PARIS], [DENIED]),
        ((PARIS,), (OTHER_KIND,), [], [PARIS], [OTHER_KIND]),
        ((point("a", "It stands in Paris.", A=""),), (HELD_BY_OTHERS,), [("a", HELD_BY_OTHERS)], [], []),
        ((PARIS,), (REWORDED, VERY), [(PARIS, VERY)], [], [REWORDED]),
        ((REWORDED, PARIS), (VERY,), [(PARIS, VERY)], [REWORDED], []),
    ],
)
def test_findings_are_gone_new_or_stayed(before, after, stayed, gone, new) -> None:
    diff = diff_findings(analysis(*before), analysis(*after))

    assert [(getattr(one, "id", one), other) for one, other in diff.stayed] == [
        (getattr(one, "id", one), other) for one, other in stayed
    ]
    assert (list(diff.gone), list(diff.new)) == (gone, new)


def test_a_run_without_an_analysis_has_no_findings() -> None:
    assert diff_findings(None, analysis(TALL)).new == (TALL,)
    assert diff_findings(analysis(TALL), None).gone == (TALL,)
