"""The watch over one request: which limit ends a wait, and that nothing else does."""

import asyncio

import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers import deadlines
from apps.providers.base import Endpoint, Timeouts
from apps.providers.deadlines import Watch
from apps.providers.errors import ProviderError

pytestmark = pytest.mark.usefixtures("steady_time")
UP = Endpoint("Up", "http://127.0.0.1/v1")


async def never():
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("limits", "has_token", "is_finished", "sentence"),
    [
        (Timeouts(first_token_s=0.05), False, False, "Up sent no text within 0.05 s. It may be busy: try again, or"),
        (Timeouts(idle_s=0.05), True, False, "Up stopped sending for 0.05 s in the middle of its answer. Try again."),
        (Timeouts(total_s=0.05), False, False, "Up took longer than 0.05 s in all and was stopped. Ask for less, or"),
        (Timeouts(total_s=0.05), True, True, "Up took longer than 0.05 s in all and was stopped. Ask for less, or"),
    ],
)
async def test_wait_ends_at_the_limit_that_comes_first(limits, has_token, is_finished, sentence):
    with Watch(UP, limits) as watch:
        watch.has_token, watch.is_finished = has_token, is_finished

        with pytest.raises(ProviderError) as raised:
            await watch.wait(never())

    assert (raised.value.code, raised.value.sentence.startswith(sentence)) == (FailureCode.TIMEOUT, True)
    assert asyncio.current_task().cancelling() == 0


async def test_every_read_starts_the_idle_limit_again():
    with Watch(UP, Timeouts(idle_s=1)) as watch:
        watch.has_token = True

        for _ in range(5):
            await watch.wait(asyncio.sleep(0.3))


async def test_signs_of_life_behind_the_reason_do_not_keep_an_answer_open(monkeypatch):
    monkeypatch.setattr(deadlines, "LINGER_S", 0.5)
    monkeypatch.setattr(deadlines, "LATE_S", 0.2)
    with Watch(UP, Timeouts(idle_s=1)) as watch:
        watch.has_token = watch.is_finished = True
        for _ in range(6):
            await watch.wait(asyncio.sleep(0.1))
        watch.is_finished = False  # it was said too early
        await watch.wait(asyncio.sleep(0.4))
        watch.is_finished = True
        await watch.wait(asyncio.sleep(0.4))

        with pytest.raises(ProviderError, match="stopped sending"):
            await watch.wait(asyncio.sleep(0.4))


async def test_a_shorter_limit_takes_over_from_a_longer_one():
    with Watch(UP, Timeouts(first_token_s=60, idle_s=0.05)) as watch:
        await watch.wait(asyncio.sleep(0))
        watch.has_token = True

        with pytest.raises(ProviderError, match=r"stopped sending for 0\.05 s"):
            await watch.wait(never())


async def test_time_between_two_reads_does_not_count_as_idle():
    with Watch(UP, Timeouts(idle_s=0.05)) as watch:
        watch.has_token = True
        await watch.wait(asyncio.sleep(0))

        await asyncio.sleep(0.15)

        assert await watch.wait(asyncio.sleep(0, "read")) == "read"


async def test_a_stop_from_outside_is_not_taken_for_a_timeout():
    with Watch(UP, Timeouts()) as watch:
        waiting = asyncio.create_task(watch.wait(never()))
        await asyncio.sleep(0)

        waiting.cancel()

        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_stop_in_the_moment_of_the_timeout_stays_a_stop(monkeypatch):
    with Watch(UP, Timeouts(idle_s=0.02)) as watch:
        watch.has_token = True
        waiting = asyncio.create_task(watch.wait(never()))
        cancel = waiting.cancel
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 10**9)  # the deadline passes at once
        await asyncio.sleep(0)

        watch._look()
        cancel()

        with pytest.raises(asyncio.CancelledError):
            await waiting
