"""Two web processes, three workers, control and beat behind a load balancer, over TLS: what must hold across them.

They are those of `python -m fusionweb.scaled`, each with a data folder of its own, as on several machines.
"""

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest
import redis

from fusionweb.scaled.debian import find_programs
from tests.services import wait_until
from tests.stack.scaled import Scaled, Unavailable, Viewer, post, signed_in
from tests.upstream import Upstream

pytestmark = pytest.mark.timeout(600)

SETTINGS = {
    "HEARTBEAT_SECONDS": "1",
    "LOST_AFTER_SECONDS": "120",  # or a heartbeat that a slow machine delays would count as a lost worker
    "REQUEUE_AFTER_SECONDS": "3",
    "RETRY_SECONDS": "0.05",
    "CIRCUIT_OPEN_SECONDS": "300",
    "FIRST_TOKEN_TIMEOUT": "300",
    "IDLE_TIMEOUT": "300",
}
SHOWN = "one two three four five"
PROMPT = f"{SHOWN} six seven eight nine ten"
RUNS, SLOTS, GATE = 9, "ab", 5
SETUP = """
from apps.accounts.api_keys import Scope, make_key
from apps.accounts.models import ApiKey, User
from apps.catalogue.models import Model, Provider
admin = User.objects.get(username="admin")
LIMITS = {{"up": {{}}, "narrow": {{"max_streams": 3}}, "slow": {{"requests_per_minute": 5}}, "shaky": {{}}}}
for slug, names in {{"up": "a b c dear writer", "narrow": "n", "slow": "s", "shaky": "down"}}.items():
    provider = Provider.objects.create(slug=slug, name=slug, base_url="{url}", **LIMITS[slug])
    for name in names.split():
        price = 1000 if name == "dear" else 0
        Model.objects.create(
            provider=provider, name=name, label=name, reference=f"{{slug}}/{{name}}",
            price_input=0, price_output=price, idle_s=600,  # a held call waits until all servers were killed
        )
keys = {{"free": {{}}, "capped": {{"cap_per_day": "1.1995"}}, "limited": {{"requests_per_minute": 5}}}}
for name, limits in {{**keys, "two": {{"concurrent_runs": 2}}}}.items():
    key, secret = make_key(admin, name, list(Scope))
    ApiKey.objects.filter(pk=key.pk).update(**limits)
    print("KEY", name, secret)
"""


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    upstream = Upstream().start()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def stack(vendor: Upstream) -> Iterator[Scaled]:
    """Start the stack; at the end see that it leaves nothing behind."""
    try:
        stack = Scaled(**SETTINGS)
    except Unavailable as reason:
        pytest.skip(str(reason))
    parts: list[psutil.Process] = []
    try:
        said = stack.manage("shell", "-c", SETUP.format(url=vendor.url))
        stack.keys = dict(re.findall(r"^KEY (\w+) (\S+)$", said, re.MULTILINE))
        stack.person = signed_in(stack)
        wait_until(stack.is_ready, "all parts are ready")
        yield stack
        stack.person.close()
        parts = stack.processes()
    finally:
        status = stack.stop()
    assert (status, stack.folder.exists()) == (0, False)
    wait_until(lambda: not any(one.is_running() for one in parts), "no part is left")


def start(stack: Scaled, model: str, prompt: str = PROMPT, key: str = "free", **options: object) -> SimpleNamespace:
    """Ask one model by the API; return the status of the answer and the run's id."""
    with stack.visitor(stack.keys[key]) as client:
        answer = client.post("/api/v1/runs", json={"model": model, "prompt": prompt, **options})
    return SimpleNamespace(status=answer.status_code, id=answer.json().get("id"), text=answer.text)


def start_all(stack: Scaled, count: int, model: str, **options: object) -> list[SimpleNamespace]:
    """Start runs at the same time, so that they reach both web processes."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: start(stack, model, **options), range(count)))


def export(stack: Scaled, run: str) -> dict:
    return stack.person.get(f"/runs/{run}/export.json").raise_for_status().json()


def calls_of(stack: Scaled, model: str) -> list[tuple]:
    """Return status, reason to wait, and failure of each call that was to ask a model."""
    query = "SELECT status, wait_reason, failure_code FROM runs_call WHERE model = %s ORDER BY id"
    return stack.rows(query, model)


def finish(stack: Scaled, model: str, seconds: float = 60) -> list[str]:
    """Wait until all calls of a model have ended; return their statuses."""
    final = ("done", "failed", "cancelled")
    wait_until(lambda: all(one[0] in final for one in calls_of(stack, model)), f"calls of {model} end", seconds)
    return [one[0] for one in calls_of(stack, model)]


def test_streams_outlast_the_death_of_any_process(stack: Scaled, vendor: Upstream) -> None:
    for name in SLOTS:
        vendor.script(name, "echo", gate_after=GATE)
    prompts = [f"{PROMPT}, says number {number}." for number in range(RUNS)]
    fields = {"model": [f"up/{name}" for name in SLOTS], "judge": "builtin/overlap", "writer": "up/writer"}
    answers = [post(stack.person, "/", "/", prompt=prompt, **fields) for prompt in prompts]
    runs = [answer.headers["location"].split("/")[2] for answer in answers]
    viewers = [Viewer(stack, stack.person, run) for run in runs]
    for viewer in viewers:
        viewer.start()
    wait_until(lambda: all(one.shows() == [SHOWN] * 2 or one.has_gap for one in viewers), "both columns grow", 90)
    watched, carried = stack.sockets(), stack.streams(int(vendor.root.rpartition(":")[2]))
    web, worker = max(watched, key=watched.get), max(carried, key=carried.get)

    stack.kill(web, worker, "control", "beat")
    age_heartbeats(stack, RUNS * 2 - carried[worker])
    wait_until(lambda: panel_requests(vendor) >= RUNS * 2 + carried[worker], "lost calls start again", 120)
    wait_until(stack.is_ready, "all parts are back", 120)
    for server in ("redis", "postgres", "balancer"):
        stack.kill(server)
        wait_until(stack.is_ready, f"the site is back with {server}", 120)
    for name in SLOTS:
        vendor.release(name)
    wait_until(lambda: all(export(stack, run)["status"] == "done" for run in runs), "all runs are done", 120)
    for viewer in viewers:
        viewer.join(60)
        viewer.given_up.set()

    assert (sum(carried.values()), sum(count > 0 for count in carried.values()) > 1) == (RUNS * 2, True)
    assert (sum(watched.values()) >= RUNS, min(watched.values()) > 0) == (True, True)
    assert all(viewer.breaks or viewer.has_gap for viewer in viewers)
    documents = [export(stack, run) for run in runs]
    texts = [[column["takes"][0]["text"] for column in document["columns"]] for document in documents]
    assert texts == [[prompt] * 2 for prompt in prompts]
    assert [(len(document["judges"]), len(document["writers"])) for document in documents] == [(1, 1)] * RUNS
    claims = stack.rows("SELECT sum(claim) FROM runs_call WHERE role = 'panel'")
    assert (panel_requests(vendor), len(vendor.ledger("writer"))) == (claims[0][0], RUNS)
    assert panel_requests(vendor) == RUNS * 2 + carried[worker]
    assert [len(viewer.ids) - len(set(viewer.ids)) for viewer in viewers] == [0] * RUNS
    seen = {viewer.state.id: viewer.shows()[:2] for viewer in viewers if not viewer.has_gap}
    assert seen == {run: [prompt] * 2 for run, prompt in zip(runs, prompts, strict=True) if run in seen}


def age_heartbeats(stack: Scaled, alive: int) -> None:
    """Let the time be over after which workers count as lost, once ``alive`` calls have given a new sign of life."""
    ((now,),) = stack.rows("SELECT now()")
    alive_ones = "SELECT count(*) FROM runs_call WHERE status = 'running' AND heartbeat_at > %s"
    wait_until(lambda: stack.rows(alive_ones, now) == [(alive,)], "the calls of living workers give a sign")
    aged = "UPDATE runs_call SET heartbeat_at = %s - interval '1 hour' WHERE status = 'running' AND heartbeat_at <= %s"
    stack.rows(aged, now, now)


def panel_requests(vendor: Upstream) -> int:
    return sum(len(vendor.ledger(name)) for name in SLOTS)


def test_cancel_reaches_calls_in_every_worker(stack: Scaled, vendor: Upstream) -> None:
    vendor.script("c", "echo", gate_after=GATE)
    runs = start_all(stack, 6, "up/c")
    vendor.wait_for("c", requests=6, events=GATE)

    for run in runs:
        assert post(stack.person, f"/runs/{run.id}/cancel/", f"/runs/{run.id}/").status_code == 302

    assert finish(stack, "up/c") == ["cancelled"] * 6
    wait_until(lambda: all(entry["closed_early"] for entry in vendor.ledger("c")), "all streams are hung up")
    assert [export(stack, run.id)["status"] for run in runs] == ["cancelled"] * 6


def test_provider_has_no_more_streams_than_it_allows(stack: Scaled, vendor: Upstream) -> None:
    vendor.script("n", "ok", gate_after=1)

    start_all(stack, 8, "narrow/n")

    wait_until(lambda: [one[1] for one in calls_of(stack, "narrow/n")].count("concurrency") == 5, "five wait")
    assert len(vendor.wait_for("n", requests=3)) == 3
    vendor.release("n")
    assert finish(stack, "narrow/n") == ["done"] * 8
    entries = vendor.ledger("n")
    at_once = [sum(one["started"] <= entry["started"] < one["ended"] for one in entries) for entry in entries]
    assert (len(entries), max(at_once)) == (8, 3)


def test_provider_is_asked_no_more_often_in_a_minute_than_it_allows(stack: Scaled, vendor: Upstream) -> None:
    start_all(stack, 8, "slow/s")

    wait_until(lambda: [one[1] for one in calls_of(stack, "slow/s")].count("rate_limit") == 3, "three wait")
    wait_until(lambda: [one[0] for one in calls_of(stack, "slow/s")].count("done") == 5, "five are answered")
    assert len(vendor.ledger("s")) == 5
    stack.rows("UPDATE catalogue_provider SET requests_per_minute = NULL WHERE slug = 'slow'")
    assert finish(stack, "slow/s") == ["done"] * 8


def test_circuit_that_some_workers_opened_is_open_for_all(stack: Scaled, vendor: Upstream) -> None:
    vendor.script("down", "503")
    start_all(stack, 4, "shaky/down")
    finish(stack, "shaky/down")
    asked = len(vendor.ledger("down"))

    start_all(stack, 6, "shaky/down")

    assert finish(stack, "shaky/down") == ["failed"] * 10
    assert [one[2] for one in calls_of(stack, "shaky/down")[4:]] == ["circuit_open"] * 6
    assert len(vendor.ledger("down")) == asked


def test_cap_counts_what_all_workers_spend(stack: Scaled, vendor: Upstream) -> None:
    vendor.script("dear", "ok", text="one " * 1000, gate_after=400)
    start_all(stack, 2, "up/dear", key="capped")
    vendor.wait_for("dear", requests=2, events=400)
    before = [one[0] for one in calls_of(stack, "up/dear")]

    assert start(stack, "up/dear", key="capped").status == 201

    assert (before, finish(stack, "up/dear")) == (["running"] * 2, ["cancelled"] * 3)
    assert {one[2] for one in calls_of(stack, "up/dear")} == {"capped"}
    assert stack.rows("SELECT sum(cost)::float FROM runs_call WHERE model = 'up/dear'") == [(1.2,)]
    refused = start_all(stack, 4, "up/dear", key="capped")
    assert [run.status == 201 for run in refused] == [False] * 4
    assert len(vendor.ledger("dear")) == 3


def test_limits_of_a_key_hold_at_every_web_process(stack: Scaled, vendor: Upstream) -> None:
    vendor.script("b", "echo", gate_after=1)

    started = start_all(stack, 6, "up/b", key="two")

    assert sorted(run.status for run in started) == [201] * 2 + [429] * 4
    vendor.release("b")
    assert set(finish(stack, "up/b")) == {"done"}
    for _ in range(3):  # a window is a minute of the clock
        window = time.time() // 60
        with stack.visitor(stack.keys["limited"]) as client:
            statuses = [client.get("/v1/models").status_code for _ in range(9)]
        if time.time() // 60 == window:
            break
    assert statuses == [200] * 5 + [429] * 4


def test_servers_want_tls_and_their_passwords(stack: Scaled) -> None:
    database, broker = stack.addresses["DATABASE_URL"], stack.addresses["REDIS_URL"]
    assert ("sslmode=verify-full" in database, broker.startswith("rediss://")) == (True, True)

    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(database.replace("verify-full", "disable"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(re.sub(r":[^:@]+@", ":another@", database))
    for address in (broker.replace("rediss", "redis").partition("?")[0], broker.partition("?")[0]):
        with pytest.raises(redis.ConnectionError), redis.Redis.from_url(address) as client:
            client.ping()
    with pytest.raises(redis.AuthenticationError), redis.Redis.from_url(re.sub(r":[^:@]+@", ":x@", broker)) as client:
        client.ping()


def test_load_balancer_passes_on_who_asks_and_refuses_what_is_too_large(stack: Scaled) -> None:
    connection = HTTPSConnection("localhost", int(stack.site.rpartition(":")[2]), context=stack.tls, timeout=30)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "31000001")
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()
    spoofed = {"X-Forwarded-For": "203.0.113.9"}
    with stack.visitor() as client:
        token = client.get("/login/").cookies["csrftoken"]
        form = {"csrfmiddlewaretoken": token, "username": "somebody", "password": "wrong"}
        headers = {"Referer": stack.site + "/", **spoofed}
        statuses = [client.post("/login/", data=form, headers=headers).status_code for _ in range(12)]
    assert statuses == [200] * 9 + [429] * 3
    assert stack.rows("SELECT DISTINCT ip_address::text FROM axes_accessattempt") == [("127.0.0.1/32",)]
    logs = [stack.folder / "logs" / f"{name}.log" for name in ("web-1", "web-2")]
    wait_until(lambda: all('"POST /login/" 200' in log.read_text() for log in logs), "both were asked")


def test_backup_goes_over_tls(stack: Scaled, tmp_path: Path) -> None:
    program = find_programs(None, tmp_path)["postgresql"].sibling("pg_dump")
    paths = {"PATH": f"{program.path.parent}:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(program.libraries or "")}

    stack.manage("backup", str(tmp_path / "dump"), **paths)

    assert (tmp_path / "dump").read_bytes().startswith(b"PGDMP")
