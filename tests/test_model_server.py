"""The server of a local model: which of its slots read the opening of a panel prompt before anyone asks."""

import sys
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import pytest

from apps.fusion.vocabulary import PromptStyle
from fusionweb.local import model_server


@pytest.mark.parametrize("slots, warmed", [(1, 1), (2, 1), (4, 2)])
def test_half_of_the_slots_are_warmed_and_one_at_least(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, slots: int, warmed: int
) -> None:
    asked: Queue[tuple[str, PromptStyle, int]] = Queue()
    options = {"name": "small", "folder": tmp_path, "style": "small", "port": 9, "threads": 1, "context": 1}
    arguments = [f"--{name}={value}" for name, value in {**options, "slots": slots}.items()]
    monkeypatch.setattr(sys, "argv", ["model_server", *arguments])
    monkeypatch.setattr(model_server, "parameters", lambda _: None)
    monkeypatch.setattr(model_server, "Server", lambda _: SimpleNamespace(listening_address=""))
    monkeypatch.setattr(model_server, "warm_up", lambda *given: asked.put(given))
    monkeypatch.setattr(model_server.signal, "pause", lambda: None)

    model_server.main()

    assert asked.get(timeout=60) == ("http://127.0.0.1:9/v1", PromptStyle.SMALL, warmed)
