"""The samples of the reference run as they stand there, in each of their languages, against a real site."""

import os
import subprocess
import sys

import pytest

from apps.api.reference.operations import chapters
from apps.api.reference.samples import KEY, SITE, Sample, first_steps

COMMANDS = {
    "curl": ["bash", "-euc"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "-e"],
}


def samples_of_route(method: str, path: str) -> tuple[Sample, ...]:
    operations = [one for chapter in chapters() for one in chapter.operations]
    return next(one.samples for one in operations if (one.method, one.path) == (method, path))


def run(sample: Sample, base_url: str, key: str, run_id: str = "") -> str:
    """Run a sample as its language does, and return what it prints."""
    text = sample.text.replace(SITE, base_url).replace("RUN_ID", run_id)
    done = subprocess.run(
        [*COMMANDS[sample.slug], text],
        check=False,
        env=os.environ | {KEY: key},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("at", range(3), ids=COMMANDS)
def test_samples_run_as_they_stand(base_url, panel, admin_key, bench, at):
    def ask(method, path, run_id=""):
        return run(samples_of_route(method, path)[at], base_url, admin_key, run_id)

    completion = ask("POST", "/v1/chat/completions")
    made = bench.finish(bench.start(bench.model("a"), bench.model("b"))).public_id

    assert "chat.completion" in completion
    assert made in ask("GET", "/api/v1/runs")
    assert "notices" in ask("GET", "/api/v1/runs/{run_id}", made)
    assert "event: " in ask("GET", "/api/v1/runs/{run_id}/events", made)
    assert made in ask("POST", "/api/v1/runs/{run_id}/fuse-again", made)
    assert ask("DELETE", "/api/v1/runs/{run_id}", made).strip() == ""


def test_first_steps_stream_an_answer_with_openais_library(base_url, panel, key):
    curl, python, _javascript = first_steps()

    assert "chat.completion" in run(curl, base_url, key)
    assert run(python, base_url, key).strip() != ""
