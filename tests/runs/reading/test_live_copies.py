"""Copies of what is at work, asked for by many at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from apps.runs.reading import live_copies
from apps.runs.reading.live_copies import LiveCopies
from tests.services import wait_until


def test_who_asks_while_a_copy_is_drawn_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(live_copies, "_rows_of", lambda runs: [*runs])
    copies: LiveCopies[object] = LiveCopies()
    drawn, may_end = [], Event()

    def draw() -> object:
        drawn.append(object())
        may_end.wait(10)
        return drawn[-1]

    def read() -> object:
        asked.append(1)
        return copies.get(7, [1, 2], draw)

    with ThreadPoolExecutor(8) as readers:
        answers = [readers.submit(read) for _ in range(8)]
        wait_until(lambda: len(asked) == 8, "all have asked")
        may_end.set()
        found = {answer.result(10) for answer in answers}

    assert found == {drawn[0]}
    assert copies.get(7, [1, 2, 3], object) is not drawn[0]  # a turn more
    assert copies.get(23, [1, 2], object) is not drawn[0]  # another link, with the same gate
