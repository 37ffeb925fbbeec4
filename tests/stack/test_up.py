"""`manage.py up` for real: parts start, come back when killed, stop in order; and the Local preset on real models."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from apps.fusion.strategies import STRATEGIES
from fusionweb.local.ports import inner_port
from tests.browser.conftest import FLAGS, find_browser
from tests.services import wait_until

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def data():
    """Return the data folder of both starts."""
    folder = Path(tempfile.mkdtemp(prefix="fusionweb-test-up-"))
    yield folder
    shutil.rmtree(folder)


def environment(data, port):
    given = {"DATABASE_URL": "", "REDIS_URL": "", "FUSIONWEB_DATA": str(data), "PORT": str(port), "HOST": ""}
    return os.environ | given


def up(data, port, output, *options):
    command = [sys.executable, str(ROOT / "manage.py"), "up", *options]  # from elsewhere: the folder must not matter
    return subprocess.Popen(command, cwd="/", env=environment(data, port), stdout=output, stderr=output)


def processes(data):
    """Return every process of the stack on ``data``, by id, with its command line. PostgreSQL's are known by folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = f"FUSIONWEB_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0")
            if is_ours or (entry / "cwd").readlink().is_relative_to(data):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return {pid: command for pid, command in found.items() if command}  # a zombie has none


def pid_of(data, word):
    return next((pid for pid, command in processes(data).items() if word in command), None)


def answers(address):
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def wait_until_ready(site, **parts):
    """Wait until the site says that it has all parts: it gives each a second to answer, which a busy one may need."""
    expected = {"ready": True, "parts": {"postgres": True, "valkey": True, "workers": True, **parts}}
    wait_until(lambda: httpx.get(f"{site}/readyz", timeout=60).json() == expected, "all parts are ready")


def stopped_parts(data):
    return re.findall(r"stopped: ([\w-]+)", (data / "logs" / "supervisor.log").read_text())


@contextlib.contextmanager
def started(data):
    """Start the stack with its models; give its launcher, its port, and the file with what it says.

    However the block ends, nothing of the stack is left behind.
    """
    port, output = inner_port(), data.with_suffix(".out")
    with output.open("w") as file:
        launcher = up(data, port, file)
    try:
        wait_until(lambda: "Open http" in output.read_text() or launcher.poll() is not None, "the stack is up", 400)
        yield launcher, port, output
    finally:
        launcher.kill()
        launcher.wait()
        wait_until(lambda: processes(data) == {}, "what a killed launcher leaves behind is gone")
        output.unlink()


def stop(launcher, number, data):
    """Send a signal, and see that everything ends in order and nothing is left."""
    before = len(stopped_parts(data))
    launcher.send_signal(number)
    assert launcher.wait(300) == 0
    wait_until(lambda: processes(data) == {}, "nothing is left")
    order = stopped_parts(data)[before:]
    assert order[0] == "web"
    assert set(order[1:4]) == {"worker", "control", "beat"}
    assert set(order[4:6]) == {"smollm2-135m", "gemma3-270m"}
    assert order[6:] == ["valkey", "postgres"]


WARMING, PROMPT = "How many people live in Iceland?", "Explain in detail how a steam engine works, step by step."
"""The first, of few words, is asked so that the servers are done with their warm-up; on the second tiny models write
at length, of which so much is let through that all are at it together.
"""
ASK = f"""
from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.fusion.values import Message, Parameters
from apps.runs.starting import start_run
from tests.services import wait_until
recipe = recipe_of_preset(Preset.objects.get(slug="local"))
for prompt, most in [({WARMING!r}, 8), ({PROMPT!r}, 48)]:
    few = {{"parameters": Parameters(temperature=0.2, max_tokens=most)}}
    settings = recipe.settings.model_copy(update={{"writer_parameters": few["parameters"]}})
    brief = {{"panel": tuple(spec.model_copy(update=few) for spec in recipe.panel), "settings": settings}}
    asked = recipe.model_copy(update=brief)
    run = start_run(User.objects.get(username="admin"), [Message(role="user", text=prompt)], asked)
    wait_until(lambda: run.refresh_from_db() or run.status == "done", "the run is done", 400)
"""
READ = """
import json
from apps.runs.event_log.writer import FIELD, key_of
from apps.runs.valkey import client
from apps.runs.reading.export import export_json
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
run = Run.objects.latest("created_at")
events = [json.loads(fields[FIELD.encode()]) for _, fields in client().xrange(key_of(run.public_id))]
print("RUN", json.dumps([json.loads(export_json(take_snapshot(run))), events]))
"""
SHORT = """
from apps.catalogue.models import Preset
from apps.fusion.values import Parameters
preset = Preset.objects.get(slug="local")
few = {"max_tokens": 8}
preset.panel = tuple(
    spec.model_copy(update={"parameters": spec.parameters.model_copy(update=few)}) for spec in preset.panel
)
preset.writer_parameters = preset.writer_parameters.model_copy(update=few)
preset.judge_parameters = Parameters(temperature=0, max_tokens=16)
preset.save()
"""
"""Cuts the answers of tiny models that ramble on, and their replies in a form that go round in circles: a few words
show that a strategy asked them.
"""

STRATEGIES_OF_PANELS = (*(name for name, strategy in STRATEGIES.items() if strategy.option and name != "fuse"), "route")


def shell(data, port, code):
    """Return the output of `manage.py shell` on the running stack, as from another terminal."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        check=True, cwd=ROOT, env=environment(data, port), capture_output=True, text=True, timeout=900,
    ).stdout  # fmt: skip


def read_run(data, port, before):
    """Return the newest run after some code ran, as it is exported, and the events that its readers were sent."""
    return json.loads(shell(data, port, before + READ).split("RUN ", 1)[1])


def position(events, kind, call):
    """Return the index of the first event of this kind and call."""
    return next(place for place, event in enumerate(events) if (event["type"], event.get("call")) == (kind, call))


def walk(link):
    """Let a person ask the Local preset by every strategy in a browser; by fuse, it was asked before.

    Tiny models seldom agree on a final answer and write no form that was asked for, so whether a vote decides or a
    review can be read is theirs; that each run has an answer, and says why it ended, is not.
    """
    site, limit = link.partition("/login/")[0], 300_000
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(reduced_motion="reduce")  # or drawing what moves takes the models their processor
        page.set_default_timeout(limit)
        page.goto(link)
        page.get_by_role("button", name="Sign in as admin").click()
        page.wait_for_url(f"{site}/")
        for strategy in STRATEGIES_OF_PANELS:
            page.goto(f"{site}/?preset=local&strategy={strategy}")
            expect(page.get_by_label("Strategy", exact=True)).to_have_value(strategy, timeout=limit)
            ask(page, "#answer", limit)
        expect(page.locator("#run-header .route")).to_contain_text("A short checkable question")
        # A panel of one is single, whose strategy nobody chooses.
        page.goto(f"{site}/?preset=local")
        for letter in ("C", "B"):
            page.get_by_role("button", name=f"Remove {letter}", exact=True).click()
            expect(page.locator(f"#remove-{letter}")).to_have_count(0, timeout=limit)
        ask(page, "#slot-A", limit)
        expect(page.locator("#run-header .ending")).to_contain_text("The one model that was asked answered.")
        browser.close()


def ask(page, place, limit):
    """Press Run, and wait until the run has an answer in its place and says why it ended."""
    page.get_by_label("Prompt", exact=True).fill(WARMING)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\w+/"))
    expect(page.locator('#run-header[data-status="done"][data-live="false"]')).to_be_attached(timeout=limit)
    expect(page.locator(f"{place} .prose").first).to_have_text(re.compile(r"\w"), timeout=limit)
    expect(page.locator("#run-header .ending, section.ballot").first).to_have_text(re.compile(r"\w"), timeout=limit)


@pytest.fixture(scope="module")
def first(data):
    """Return the run of a first start, as it is exported, and the events that its readers were sent."""
    with started(data) as (launcher, port, output):
        assert re.search(rf"Open (http://127\.0\.0\.1:{port}/login/\S+)", output.read_text()), output.read_text()
        run, events = read_run(data, port, ASK)
        stop(launcher, signal.SIGINT, data)
    return run, events


def test_local_preset_runs_on_real_models(first):
    run, events = first
    panel = [column["takes"][0] for column in run["columns"]]
    assert [bool(call["text"]) for call in panel] == [True, True, True]
    first_texts = [position(events, "call.delta", call["id"]) for call in panel]
    assert max(first_texts) < min(position(events, "call.ended", call["id"]) for call in panel)
    assert run["answer"]["model"] in ("local/smollm2-135m", "builtin/closest")  # the latter if the tiny writer loops
    assert "```" not in run["answer"]["text"]
    assert run["judges"][0]["analysis"]["status"] == "ok"


def test_second_start_has_the_run_refuses_a_third_restarts_what_dies_and_runs_every_strategy(data, first):
    with started(data) as (launcher, port, output):
        wait_until_ready(f"http://127.0.0.1:{port}", models=True)
        assert read_run(data, port, SHORT)[0] == first[0]

        third = subprocess.run(
            [sys.executable, "manage.py", "up"],
            check=False, cwd=ROOT, env=environment(data, port), capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert third.returncode == 1
        assert f"already running on {data} (process {launcher.pid})" in third.stdout

        killed = pid_of(data, "web_server")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: pid_of(data, "web_server") not in (None, killed), "the web part is started again")
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web part answers again")
        wait_until(lambda: "Web ended unexpectedly" in output.read_text(), "the death is told")

        walk(re.search(r"Open (http\S+/login/\S+)", output.read_text())[1])
        stop(launcher, signal.SIGTERM, data)
