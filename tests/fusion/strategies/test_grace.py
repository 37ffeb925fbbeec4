"""The grace that follows the models' measured times, as a table."""

import pytest

from apps.fusion.strategies.grace import AnswerTimes, measured_grace

FAST, QUICK, SLOW = AnswerTimes(2, 4), AnswerTimes(3, 8), AnswerTimes(40, 95)


@pytest.mark.parametrize(
    "times, quorum, seconds",
    [
        ([FAST, QUICK, SLOW], 2, 92.0),  # the slow one's 95 s, less the 3 s after which two are done
        ([SLOW, FAST, QUICK], 2, 92.0),  # in any order
        ([FAST, QUICK, SLOW], 1, 93.0),
        ([FAST, QUICK, SLOW], 3, 55.0),  # nobody is left then: of its own spread
        ([FAST, QUICK], 2, 5.0),  # 8 - 3, the least
        ([FAST, FAST], 2, 5.0),  # 2 s would cut what is as good as done
        ([FAST, QUICK, None], 2, 30.0),  # one that is not known has the number
        ([FAST, QUICK, SLOW, None], 2, 92.0),  # unless another one takes longer
        ([FAST, None, None], 2, 30.0),  # it is not known when two are done
        ([None, None], 1, 30.0),
        ([FAST, QUICK, AnswerTimes(300, 900)], 2, 600.0),  # never beyond the hard limit
    ],
)
def test_grace_lasts_until_the_slowest_is_usually_there(times, quorum, seconds):
    assert measured_grace(times, quorum, number=30.0, most=600.0) == seconds


def test_number_is_bounded_too():
    assert measured_grace([None], 1, number=30.0, most=10.0) == 10.0
