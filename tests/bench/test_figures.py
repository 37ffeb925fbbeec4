"""The bench judges its figures: verdicts, losses, and the exit status."""

import math

import orjson
import pytest

from bench import measuring
from bench.figures import Row, exit_status, median, percentile, slope
from bench.machine import steal_share
from bench.scenarios import SCENARIOS
from bench.site import Watched, amiss


def row(value, target=None, **fields):
    return Row("some runs", "some figure", value, target=target, **fields)


@pytest.mark.parametrize(
    "given, verdict",
    [
        (row(5), ""),
        (row(5, 5), "reached"),
        (row(5.1, 5), "missed"),
        (row(5, 5, at_least=True), "reached"),
        (row(4.9, 5, at_least=True), "missed"),
        (row(math.nan, 5), "missed"),
        (row(5, 5, steal=0.05), "reached"),
        (row(5, 5, steal=0.06), "not judged"),
        (row(6, 5, steal=0.06), "not judged"),
    ],
)
def test_row_is_reached_missed_or_not_judged(given, verdict):
    assert (given.verdict, given.as_json()["verdict"]) == (verdict, verdict)


@pytest.mark.parametrize(
    "rows, status",
    [
        ([], 0),
        ([row(0, 0), row(1)], 0),
        ([row(900, 5), row(1, 8, at_least=True), row(math.nan)], 0),
        ([row(0, 0), row(1, 0), row(0, 0)], 1),
        ([row(1, 0, steal=0.5)], 1),
        ([row(math.nan, 0)], 1),
    ],
)
def test_exit_status_is_1_for_losses_and_never_for_times(rows, status):
    assert exit_status(rows) == status


def test_percentile_and_median_of_values_and_of_none():
    values = list(range(100, 0, -1))

    assert [percentile(values, share) for share in (0, 0.5, 0.95, 0.99, 1)] == [1, 51, 96, 100, 100]
    assert median([3, 1, 2]) == 2
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(median([]))


def test_steal_is_a_share_of_all_time_between_two_readings():
    assert steal_share((10, 1000), (15, 1100)) == 0.05


@pytest.mark.parametrize(
    "numbers, count",
    [([0, 1, 2, 3], 0), ([], 4), ([0, 1, 3], 1), ([0, 1, 1, 2, 3], 1), ([0, 1, 1, 3], 2), ([0, 2, 1, 3], 1)],
)
def test_chunks_that_are_missing_doubled_or_out_of_order_are_amiss(numbers, count):
    assert amiss(numbers, 4) == count


def delta(call, text):
    return {"type": "call.delta", "call": call, "text": text}


def frame(*events):
    return orjson.dumps({"events": [[f"{number}-0", event] for number, event in enumerate(events)]})


def test_viewer_reads_lags_losses_and_the_end_from_its_frames(monkeypatch):
    clock = iter([1_000, 2_000, 3_000])
    monkeypatch.setattr("bench.site.now_us", lambda: next(clock))
    watched = Watched()

    watched.take(frame(delta(7, "0@900 1@950 "), delta(8, "0@940 ")))
    watched.take(frame(delta(8, "2@1900 "), delta(9, "plain words")))
    before_the_end = watched.ended
    watched.take(frame({"type": "run.ended", "status": "done"}))

    assert (before_the_end, watched.ended, watched.status) == (None, 3_000, "done")
    assert (watched.lags, watched.first_lags) == ([100, 50, 60, 100], [100, 60])
    assert [watched.lost(calls, 3) for calls in (2, 3)] == [1 + 1, 1 + 1 + 3]


async def test_scenario_that_hangs_is_a_loss(monkeypatch):
    async def hang(stack, quick):
        raise TimeoutError

    monkeypatch.setitem(SCENARIOS, "queue", hang)
    monkeypatch.setattr(measuring, "_used", lambda stack: {"viewers": 1.0, "stack": 2.0, "all": 3.0})

    rows = await measuring.measured("queue", None, True)

    assert [(one.figure, one.value) for one in rows] == [
        ("runs that hung", 1),
        ("CPU of the bench itself, of a core", 0),
    ]
    assert exit_status(rows) == 1


def test_slope_is_what_one_more_costs():
    assert slope([10, 50, 100], [25, 105, 205]) == pytest.approx(2)


def test_viewer_whose_socket_broke_reads_a_run_that_is_over_from_its_export():
    watched = Watched()
    watched.take(frame(delta(7, "0@900 ")))

    watched.break_off({"status": "running"})
    still_on = watched.ended
    watched.break_off({"status": "done", "columns": [{"takes": [{"text": ""}, {"text": "0@900 1@950 "}]}]})

    assert (still_on, watched.broken, watched.status, watched.lags) == (None, 2, "done", [])
    assert [watched.lost(calls, 2) for calls in (1, 2)] == [0, 2]
