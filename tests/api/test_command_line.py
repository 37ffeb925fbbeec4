"""The command line client as a process: answers on stdout, all else on stderr, exit codes that scripts trust."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from apps.batches.models import Batch, BatchState
from apps.fusion.values import PromptVariant
from apps.fusion.vocabulary import Status
from apps.runs.models import Call, Run
from tests.api.conftest import CLIENT, Ask
from tests.api.factories import ANSWERS, FUSED
from tests.services import wait_until
from tests.warm_python import Done, run_script

sys.path.insert(0, str(CLIENT.parent))
import fusionweb_wire


def test_an_answer_is_all_that_goes_to_stdout(ask: Ask) -> None:
    done = ask("How high is the Eiffel Tower?", "--preset", "trees")

    assert (done.returncode, done.stdout) == (0, f"{FUSED}\n")
    assert "/runs/" in done.stderr


def test_a_question_may_be_piped_in_and_go_to_models_by_name(ask: Ask, bench) -> None:
    done = ask("Translate:", "--model", "up/elm", "--system", "Be brief.", piped="How high?\n")

    assert (done.returncode, done.stdout) == (0, f"{ANSWERS['elm']}\n")
    assert [turn.text for turn in Run.objects.get().messages] == ["Be brief.", "Translate:\n\nHow high?"]


def test_question_goes_on_with_the_thread_that_the_answer_before_it_named(ask: Ask) -> None:
    first = ask("How high is the Eiffel Tower?", "--model", "up/elm")
    thread = first.stderr.split("--thread ")[1].strip()

    second = ask("And in feet?", "--model", "up/elm", "--thread", thread)
    unknown = ask("And in feet?", "--thread", "nothing")
    column = ask("And in inches?", "--model", "up/elm", "--thread", thread, "--from-slot", "a")
    assert (column.returncode, Run.objects.latest("created_at").from_slot) == (0, "A")
    assert ask("And in feet?", "--from-slot", "A").returncode == 2

    assert (second.returncode, second.stderr.split("--thread ")[1].strip()) == (0, thread)
    turns = [(turn.role, turn.text) for turn in Run.objects.order_by("created_at")[1].messages]
    assert turns == [
        *(("user", "How high is the Eiffel Tower?"), ("assistant", ANSWERS["elm"]), ("user", "And in feet?"))
    ]
    assert (unknown.returncode, unknown.stdout) == (1, "")


def test_table_is_run_as_a_batch_and_read_again(panel, base_url: str, key: str, tmp_path: Path) -> None:
    def batch(*arguments: str) -> Done:
        variables = {**os.environ, "FUSIONWEB_URL": base_url, "FUSIONWEB_API_KEY": key}
        return run_script(CLIENT, *arguments, environment=variables)

    table, wrong = tmp_path / "cities.csv", tmp_path / "wrong.csv"
    table.write_text("city\nParis\nRome\n")
    wrong.write_bytes("größe\n1".encode("latin-1"))
    prompt = ("--prompt", "How old is {{city}}?", "--model", "up/elm")

    done = batch("batch", "run", str(table), *prompt, "--check", "length: at least 1")

    assert done.returncode == 0, done.stderr
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert [(row["values"]["city"], row["answer"], row["passed"]) for row in rows] == [
        ("Paris", ANSWERS["elm"], True),
        ("Rome", ANSWERS["elm"], True),
    ]
    batch_id = done.stderr.split("/batches/")[1].split("/")[0]
    assert batch("batch", "rows", batch_id).stdout == done.stdout
    assert batch("batch", "status", batch_id).stdout.strip() == batch_id
    assert batch("batch", "status", f"{batch_id}?").returncode == 1  # an id is no part of an address
    assert (batch("batch", "resume", batch_id).returncode, batch("templates").stdout) == (1, "")
    assert batch("batch", "run", str(wrong), *prompt).returncode == 2
    assert batch("batch", "run", str(table)).returncode == 2


def test_batch_waits_is_capped_checked_anew_repeated_and_deleted(ask: Ask, make_key, tmp_path: Path) -> None:
    admin = {"command": "batch", "FUSIONWEB_API_KEY": make_key("admin", "run", "read")}
    table = tmp_path / "cities.csv"
    table.write_text("city\nParis\nRome\n")
    prompt = ("--prompt", "How old is {{city}}?", "--model", "up/elm")

    made = ask("run", str(table), *prompt, "--check", "contains: {{city}}", "--no-start", **admin)
    batch = made.stdout.strip()
    assert (made.returncode, "ready: 0 of 2" in made.stderr, "expected $" in made.stderr) == (0, True, True)
    assert ask("cap", batch, "--cap", "3", **admin).returncode == 0
    assert ask("start", batch, **admin).stdout == f"{batch}\n"
    wait_until(lambda: Batch.objects.get(public_id=batch).state == BatchState.DONE, "the batch is done")
    asked = Call.objects.count()

    checked = ask("checks", batch, "--check", "length: at least 1", **admin)
    rows = [json.loads(line) for line in ask("rows", batch, **admin).stdout.splitlines()]
    again = ask("repeat", batch, **admin).stdout.strip()

    assert (checked.returncode, "2 of 2 passed" in checked.stderr) == (0, True), checked.stderr
    assert [[one["check"] for one in row["checks"]["answer"]] for row in rows] == [
        ["length: at least 1 characters"]
    ] * 2
    assert (Call.objects.count(), Batch.objects.get(public_id=again).shared_cap.limit) == (asked, 3)
    assert ask("checks", batch, "--check", "nonsense", **admin).returncode == 1
    assert [ask(word, batch, **admin).returncode for word in ("cap", "checks", "delete", "status")] == [2, 2, 0, 1]
    assert ask("start", **admin).returncode == 2


def test_runs_are_listed_marked_searched_binned_and_exported(base_url: str, make_key, bench, tmp_path: Path) -> None:
    secret = make_key("admin", "run", "read")
    variables = {**os.environ, "FUSIONWEB_URL": base_url, "FUSIONWEB_API_KEY": secret}

    def words(*arguments: str) -> tuple[int, list[list[str]]]:
        done = run_script(CLIENT, *arguments, environment=variables)
        return done.returncode, [line.split("\t") for line in done.stdout.splitlines()]

    tower = bench.finish(bench.start(bench.model("elm", text="330 m.")))
    other = bench.finish(bench.start(bench.model("yew", text="It is a bridge.")))
    assert [row[0] for row in words("runs")[1]] == [other.public_id, tower.public_id]
    assert [row[:2] for row in words("runs", "--like", tower.public_id)[1]] == [[other.public_id, "1.00"]]
    code, [[change, mark, changed, _]] = words("mark", "tag", "high", tower.public_id)
    assert (code, mark, changed) == (0, "tag", "1 of 1")
    assert [row[0] for row in words("runs", "tag:high")[1]] == [tower.public_id]
    assert words("mark", "star", "--query", "tag:high")[1][0][1:3] == ["star", "1 of 1"]
    assert words("mark", "undo", change)[1][0][1] == "untag"
    assert words("searches", "save", "Stars", "starred") == (0, [["Stars", "pinned", "starred"]])
    assert words("searches", "rename", "Stars", "Best") == words("searches", "unpin", "Best") == (0, [])
    assert words("searches", "list") == (0, [["Best", "", "starred"]])
    assert [words("searches", "delete", "Best")[0], words("searches", "delete", "Best")[0]] == [0, 2]
    file = tmp_path / "run.csv"
    assert words("export", tower.public_id, "--format", "csv", "--output", str(file)) == (0, [])
    assert file.read_text().splitlines()[1].startswith(f"{tower.public_id},")
    assert words("bin", "delete", "--query", "starred")[1][0][1:3] == ["bin", "1 of 1"]
    assert [row[0] for row in words("bin", "list")[1]] == [tower.public_id]
    assert words("bin", "restore", tower.public_id)[0] == 0
    assert [words("mark", "tag")[0], words("export", "nothing")[0], words("runs", "agremeent<1")[0]] == [2, 1, 1]


def test_columns_are_asked_with_own_prompts(ask: Ask, bench, tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Be brief.\n")
    models = ("--model", "up/elm", "--model", "up/elm", "--judge", "builtin/overlap")
    own = ("--variant-system", "b", "brief", f"@{tmp_path}/brief.txt", "--variant-prompt", "B", "brief", "{{prompt}}!")

    done = ask("How high", *models, *own)

    assert done.returncode == 0, done.stderr
    assert [spec.variant for spec in Run.objects.get().recipe.panel] == [
        None,
        PromptVariant(name="brief", system="Be brief.", prompt="{{prompt}}!"),
    ]
    wrong = ("--variant-prompt", "C", "x", "y")
    assert "There is no column C: the models are A to B." in ask("x", *models, *wrong).stderr
    assert "name the models" in ask("x", *own).stderr
    assert "one variant" in ask("x", *models, *own, "--variant-prompt", "B", "other", "y").stderr


def test_templates_are_made_shown_changed_compared_filled_in_and_deleted(ask: Ask, make_key, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("How old is {{city}}?\n")

    made = ask("create", "Ages", str(prompt), "--check", "contains: old", command="templates")
    template, version = made.stdout.split()
    changed = ask("change", template, "--system", "Be brief.", piped="How old is {{town}}?\n", command="templates")

    assert (version, changed.stdout.split()) == ("1", [template, "2"])
    assert ask("list", command="templates").stdout == f"{template}\t2\tAges\ttown\n"
    versions = ask("versions", template, command="templates").stdout.splitlines()
    assert [line.split("\t")[0] for line in versions] == ["2", "1"]
    first = json.loads(ask("show", template, "--of", "1", command="templates").stdout)
    assert (first["name"], first["prompt"], first["checks"]) == ("Ages", "How old is {{city}}?", ["contains: old"])
    assert ask("diff", template, command="templates").stdout.splitlines() == [
        *("--- version 1", "+++ version 2", "@@ -1,4 +1,6 @@", "+[system]", "+Be brief.", " [prompt]"),
        *("-How old is {{city}}?", "+How old is {{town}}?", " [checks]", " contains: old"),
    ]
    assert ask("diff", template, "--of", "9", command="templates").returncode == 1
    assert ask("show", command="templates").returncode == 2
    filled = ask("fill", template, "--value", "town", "Rome", command="templates")
    assert (filled.stdout, "Be brief." in filled.stderr) == ("How old is Rome?\n", True)
    assert "Give a value for {{town}}." in ask("fill", template, command="templates").stderr
    admin = {"command": "templates", "FUSIONWEB_API_KEY": make_key("admin", "read")}
    assert (ask("delete", template, **admin).returncode, ask("list", **admin).stdout) == (0, "")


def test_address_may_be_the_one_that_openais_clients_are_given(ask: Ask, base_url: str) -> None:
    done = ask("How high?", "--model", "up/elm", FUSIONWEB_URL=f"{base_url}/v1/")

    assert (done.returncode, done.stdout) == (0, f"{ANSWERS['elm']}\n")


def test_version_is_told_without_a_server() -> None:
    words = [sys.executable, str(CLIENT), "--version"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={}, timeout=60)

    assert (done.returncode, done.stdout.split()[0]) == (0, "fusionweb")


def test_json_is_the_whole_run(ask: Ask) -> None:
    done = ask("How high?", "--json")

    document = json.loads(done.stdout)
    assert (document["status"], document["answer"]["text"]) == ("done", FUSED)


def test_a_failure_has_a_code_and_a_sentence(ask: Ask, bench) -> None:
    bench.upstream.script("elm", "401")

    failed, refused = ask("How high?", "--model", "up/elm"), ask("How high?", "--preset", "nothing")
    usage, empty = ask("x", "--preset", "a", "--model", "b"), ask("", piped="")
    no_key, no_server = ask("x", FUSIONWEB_API_KEY="fw-wrong"), ask("x", FUSIONWEB_URL="http://127.0.0.1:9")

    codes = [done.returncode for done in (failed, refused, usage, empty, no_key, no_server)]
    assert codes == [1, 1, 2, 2, 3, 3]
    assert [done.stdout for done in (failed, refused, no_key, no_server)] == [""] * 4
    assert "There is no preset" in refused.stderr
    assert "cannot be reached" in no_server.stderr


@pytest.mark.parametrize("status, body", [(404, b'{"error": "not found"}'), (200, b'["other"]'), (502, b"Bad gateway")])
def test_a_server_of_another_kind_is_named(status: int, body: bytes) -> None:
    with pytest.raises(fusionweb_wire.Trouble, match="does not answer like FusionWeb") as trouble:
        fusionweb_wire.checked(httpx.Response(status, content=body, request=httpx.Request("GET", "http://site")))

    assert trouble.value.code == 3


def test_what_is_mistyped_is_said_in_a_sentence(ask: Ask, tmp_path: Path) -> None:
    key, server = ask("x", FUSIONWEB_API_KEY="fw-…"), ask("x", FUSIONWEB_URL="http://[::1")
    output = ask("--output", str(tmp_path / "missing" / "runs.json"), command="export")

    assert [done.returncode for done in (key, server, output)] == [2, 3, 2]
    assert [done.stderr.count("Traceback") for done in (key, server, output)] == [0, 0, 0]
    assert "cannot be written" in output.stderr


def test_a_reader_that_has_enough_is_no_fault(ask: Ask, base_url: str, key: str) -> None:
    ask("How high is the Eiffel Tower?", "--preset", "trees")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, str(CLIENT), "export", "--server", base_url, "--key", key]

    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)

    assert (done.returncode, done.stderr) == (1, b"")


def test_ctrl_c_stops_the_run(panel, base_url: str, key: str, bench) -> None:
    bench.upstream.script("elm", "stall-mid")
    command = [sys.executable, str(CLIENT), "ask", "How high?", "--model", "up/elm", "--server", base_url, "--key", key]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: Call.objects.filter(status=Status.RUNNING).exists(), "the model is asked")

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert bench.finish(Run.objects.get()).status == Status.CANCELLED


class SlowToAnswer(BaseHTTPRequestHandler):
    """A server whose first answer does not come; it notes what it is asked for, and under which name."""

    asked: list[tuple[str, str | None]]

    def do_POST(self) -> None:
        self.asked.append((self.path, self.headers["Idempotency-Key"]))
        if len(self.asked) == 1:
            self.rfile.read()  # to the end, which comes when the client hangs up
            return
        body = b'{"id": "run1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_ctrl_c_before_the_server_has_answered_stops_the_run_too() -> None:
    SlowToAnswer.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowToAnswer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    command = [sys.executable, str(CLIENT), "ask", "How high?", "--server", url, "--key", "fw-key"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: bool(SlowToAnswer.asked), "the server is asked")

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    server.shutdown()
    server.server_close()

    (path, name), *again = SlowToAnswer.asked
    assert (process.returncode, b"Stopped." in said) == (130, True)
    assert again == [(path, name), ("/api/v1/runs/run1/cancel", None)]
    assert name
