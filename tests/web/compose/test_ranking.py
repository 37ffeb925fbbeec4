"""The ranking of models in the browser: what was typed finds the right one, with the scripts that the page loads."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.compose.many_models import rows

BASE_DIR = Path(__file__).resolve().parents[3]
NODES = (shutil.which("node"), BASE_DIR / ".bootstrap" / "node" / "bin" / "node")
SCRIPT = """
import { prepared, ranked } from "%s";
let text = "";
for await (const piece of process.stdin) text += piece;
const { models, typed } = JSON.parse(text);
const ready = models.map(prepared);
console.log(JSON.stringify(typed.map((one) => ranked(ready, one).map((model) => model.reference))));
"""
SHAPES = ((4,), (1, 3), (3, 1), (2, 2), (1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 1, 1))
"""Ways to take four letters from the beginnings of words: all of one, or some of each of two to four."""


def model(reference: str, label: str = "", maker: str = "", **values: Any) -> dict[str, Any]:
    known = {"reference": reference, "label": label or reference.rpartition("/")[2], "maker": maker}
    return {**known, "provider": "Router", "is_starred": False, "recent": None, **values}


def many() -> list[dict[str, Any]]:
    """Return the 369 models as the server sends them."""
    return [model(f"openrouter/{name}", label.partition(": ")[2], maker) for name, label, maker in rows()]


def found(models: list[dict[str, Any]], typed: list[str]) -> list[list[str]]:
    """Return the references that match each text, best first."""
    node = next((str(path) for path in NODES if path and Path(path).exists()), None)
    if node is None:
        pytest.fail("Node is missing; `make test` brings one.")
    script = SCRIPT % (BASE_DIR / "static" / "js" / "models" / "ranking.js").as_uri()
    sent = json.dumps({"models": models, "typed": typed})
    command = [node, "--input-type=module", "--eval", script]
    done = subprocess.run(command, input=sent, capture_output=True, text=True, check=True, timeout=120)
    answers: list[list[str]] = json.loads(done.stdout)
    return answers


def four_letters(label: str, maker: str) -> Iterator[str]:
    """Yield four letters or digits of a model's name or maker, as people shorten them: beginnings, in order."""
    words = re.findall(r"[a-z]+|[0-9]+", f"{maker} {label}".lower())
    for shape in SHAPES:
        for start in range(len(words) - len(shape) + 1):
            for chosen in (words[start : start + len(shape)], [words[start], *words[len(words) - len(shape) + 1 :]]):
                if len(chosen) == len(shape) and all(len(w) >= n for w, n in zip(chosen, shape, strict=True)):
                    yield "".join(word[:length] for word, length in zip(chosen, shape, strict=True))


def test_four_letters_bring_any_of_369_models_to_the_first_or_second_place():
    models = many()
    ways = {one["reference"]: list(dict.fromkeys(four_letters(one["label"], one["maker"]))) for one in models}

    typed = sorted({letters for found_ways in ways.values() for letters in found_ways})
    first_two = {letters: set(places[:2]) for letters, places in zip(typed, found(models, typed), strict=True)}

    assert len(models) == 369
    missed = [one for one, letters in ways.items() if not any(one in first_two[four] for four in letters)]
    assert missed == []


def references(*names: str) -> list[dict[str, Any]]:
    return [model(f"router/{name}", maker=name.partition("-")[0].title()) for name in names]


FAMILY = ("claude-opus-4", "claude-opus-4.5", "claude-haiku-4.5", "claude-3-opus", "open-claude-7b", "llama-4-scout")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("claude-opus-4", ["claude-opus-4", "claude-opus-4.5"]),
        ("Claude Opus 4.5", ["claude-opus-4.5"]),
        ("claude opus", ["claude-opus-4.5", "claude-opus-4", "claude-3-opus"]),
        ("opus claude", ["claude-opus-4.5", "claude-opus-4", "claude-3-opus"]),
        ("opus4", ["claude-opus-4", "claude-opus-4.5"]),
        ("cop4", ["claude-opus-4", "claude-opus-4.5"]),
        ("co45", ["claude-opus-4.5"]),
        ("laude-7", ["open-claude-7b"]),
        ("ROUTER scout", ["llama-4-scout"]),
        ("  llämä ", ["llama-4-scout"]),
        ("zebra", []),
        ("opus zebra", []),
        ("%_", list(FAMILY)),
    ],
)
def test_typed_text_finds_models_in_order(typed: str, expected: list[str]) -> None:
    places = found(references(*FAMILY), [typed])[0]

    assert places[: len(expected)] == [f"router/{name}" for name in expected]
    assert expected or places == []


def test_starred_and_recent_models_come_first_among_equals() -> None:
    models = references("cat-1", "cat-2", "cat-3", "cat-4", "wild-cat-9")
    models[0]["is_starred"] = True
    models[1]["recent"], models[2]["recent"] = 1, 0
    models[4]["is_starred"] = True

    places = found(models, ["cat", ""])

    assert places[0] == ["router/cat-1", "router/cat-3", "router/cat-2", "router/cat-4", "router/wild-cat-9"]
    assert places[1] == [one["reference"] for one in models]
