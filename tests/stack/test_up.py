"""`manage.py up` for real: parts start, come back when killed, stop in order; and the Local preset on real models."""

import contextlib
import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from websockets.sync.client import connect

from apps.fusion.strategies import STRATEGIES
from fusionweb.local.ports import inner_port
from tests.services import wait_until
from tests.stack.before.seen import Form
from tests.stack.scaled import PATIENT, post

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
def started(data, *options):
    """Start the stack; give its launcher, its port, and the file with what it says.

    However the block ends, nothing of the stack is left behind.
    """
    port, output = inner_port(), data.with_suffix(".out")
    with output.open("w") as file:
        launcher = up(data, port, file, *options)
    try:
        wait_until(lambda: "Open http" in output.read_text() or launcher.poll() is not None, "the stack is up", 400)
        yield launcher, port, output
    finally:
        launcher.kill()
        launcher.wait()
        wait_until(lambda: processes(data) == {}, "what a killed launcher leaves behind is gone")
        output.unlink()


def stop(launcher, number, data, *models):
    """Send a signal, and see that everything ends in order and nothing is left."""
    before = len(stopped_parts(data))
    launcher.send_signal(number)
    assert launcher.wait(300) == 0
    wait_until(lambda: processes(data) == {}, "nothing is left")
    order = stopped_parts(data)[before:]
    assert order[0] == "web"
    assert set(order[1:4]) == {"worker", "control", "beat"}
    assert set(order[4:-2]) == {*models}
    assert order[-2:] == ["valkey", "postgres"]


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
    writing = {{"writer_parameters": Parameters(temperature=0.2, max_tokens=16)}}
    brief = {{
        "panel": tuple(spec.model_copy(update=few) for spec in recipe.panel),
        "settings": recipe.settings.model_copy(update=writing),
    }}
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
run = Run.objects.order_by("created_at")[1]
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


def read_run(data, port, before=""):
    """Run some code; return the run with the long prompt as it is exported, and the events that readers were sent."""
    return json.loads(shell(data, port, before + READ).split("RUN ", 1)[1])


def position(events, kind, call):
    """Return the index of the first event of this kind and call."""
    return next(place for place, event in enumerate(events) if (event["type"], event.get("call")) == (kind, call))


def walk(link):
    """Ask the Local preset by every strategy, through the form of the home page; return the pages of the runs.

    By fuse, it was asked before. A panel of one is single, whose strategy nobody chooses. The review of a critique,
    which nobody limits, is left to the model that writes the shorter ones.
    """
    site, path = re.fullmatch(r"(http://[^/]+)(/\S+)", link).groups()
    slots = dict.fromkeys(STRATEGIES_OF_PANELS, slice(None)) | {"critique": slice(0, 3, 2), "single": slice(1)}
    with httpx.Client(base_url=site, timeout=60) as visitor:
        post(visitor, path, path)
        return {
            strategy: ask(visitor, "" if strategy == "single" else strategy, own) for strategy, own in slots.items()
        }


def ask(visitor, strategy, slots):
    """Press Run with these slots of the preset; return the page of the run when nothing on it moves any more."""
    address = f"/?preset=local&strategy={strategy}"
    form = visitor.get(address).text.partition('<form id="compose"')[2].partition("</form>")[0]
    fields = Form(form).fields
    assert fields["strategy"] == [strategy or "fuse"]
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(html.unescape(value))
    of_slots = {name: values[slots] for name, values in fields.items() if len(values) == len(fields["model"])}
    run = post(visitor, "/", address, **fields | of_slots | {"prompt": [WARMING]}).headers["location"]

    cookie, site = "; ".join(f"{one}={value}" for one, value in visitor.cookies.items()), str(visitor.base_url)
    socket = f"{site.replace('http', 'ws', 1)}/ws{run}?after=0"
    with connect(socket, additional_headers={"Cookie": cookie, "Origin": site}, **PATIENT) as page:
        while '"run.ended"' not in str(page.recv(300)):
            pass
    still = 'data-live="false"'
    wait_until(lambda: still in visitor.get(run).text, "the last call of the run ends")
    return visitor.get(run).text


def text_in(page, place):
    """Return the first text of a model in a part of a page."""
    found = re.search(rf'id="{place}".*?<div class="prose text"[^>]*>(.*?)</div>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1])


@pytest.fixture(scope="module")
def first(data):
    """Return of a first start: a run as it is exported, the events that its readers were sent, and more runs' pages."""
    with started(data) as (launcher, port, output):
        link = re.search(rf"Open (http://127\.0\.0\.1:{port}/login/\S+)", output.read_text())
        assert link, output.read_text()
        wait_until_ready(f"http://127.0.0.1:{port}", models=True)
        run, events = read_run(data, port, ASK + SHORT)
        pages = walk(link[1])
        stop(launcher, signal.SIGINT, data, "smollm2-135m", "gemma3-270m")
    return SimpleNamespace(run=run, events=events, pages=pages)


def test_local_preset_runs_on_real_models(first):
    run, events = first.run, first.events
    panel = [column["takes"][0] for column in run["columns"]]
    assert [bool(call["text"]) for call in panel] == [True, True, True]
    first_texts = [position(events, "call.delta", call["id"]) for call in panel]
    assert max(first_texts) < min(position(events, "call.ended", call["id"]) for call in panel)
    assert run["answer"]["model"] in ("local/smollm2-135m", "builtin/closest")  # the latter if the tiny writer loops
    assert "```" not in run["answer"]["text"]
    assert run["judges"][0]["analysis"]["status"] == "ok"


@pytest.mark.parametrize("strategy", [*STRATEGIES_OF_PANELS, "single"])
def test_local_preset_runs_by_every_strategy(first, strategy):
    """Tiny models seldom agree on a final answer and write no form that was asked for, so whether a vote decides or a
    review can be read is theirs; that each run has an answer, and says why it ended, is not.
    """
    page = first.pages[strategy]

    assert 'data-status="done"' in page
    assert re.search(r"\w", text_in(page, "slot-A" if strategy == "single" else "answer"))
    ending = re.search(r'class="small muted ending">([^<]*)', page)
    assert '<section class="ballot"' in page or re.search(r"\w", ending[1])
    if strategy == "route":
        assert "A short checkable question" in page
    if strategy == "single":
        assert "The one model that was asked answered." in ending[1]


def test_second_start_has_the_run_refuses_a_third_and_restarts_what_dies(data, first):
    with started(data, "--no-models") as (launcher, port, output):
        wait_until_ready(f"http://127.0.0.1:{port}", models=None)
        assert read_run(data, port) == [first.run, first.events]

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

        stop(launcher, signal.SIGTERM, data)
