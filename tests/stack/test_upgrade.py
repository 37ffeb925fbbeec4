"""A data folder of an older version: its database is migrated, and everybody finds in it what they had.

`before/database.sql.gz` was made by commit 304984c: `manage.py up` ran on an empty data folder, with `SECRET_KEY` as
below and with `tests.upstream` in the place of every vendor, and three people used it through its pages and its API.
They entered providers with keys, prices, presets and criteria; their runs were fused, answered by one model alone,
failed, stopped, capped, continued, retried, judged and fused again, answered by fallbacks, carried out after waiting,
after a worker’s death, and not at all yet. Sessions were deleted and the cap of one key lowered to what it had spent;
then `pg_dump --no-owner --no-privileges` copied the database.

`before/expected.json.gz` is what the code of 304984c shows of that database, written by `before/seen.py record`. It is
never written anew: what it says must be found by every later version. Keys that a later version adds to documents are
entered in ADDED.
"""

import contextlib
import gzip
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from fusionweb.local.ports import inner_port
from fusionweb.local.postgres import packaged_programs
from tests.runs.stack import database_url
from tests.services import PASSWORD, Postgres, wait_until
from tests.stack.test_up import processes, up, wait_until_ready
from tests.warm_python import run_script

ROOT = Path(__file__).resolve().parents[2]
BEFORE = Path(__file__).parent / "before"
MANAGE = ROOT / "manage.py"
SECRET_KEY = "made-up-for-the-upgrade-test"

ADDED = {
    *("analysis_call", "stage", "stages", "unread_tokens", "forms.form.model_names"),
    *("forms.form.system", "forms.form.note"),
    *("forms.form.target_s", "forms.form.target_usd", "forms.form.target_percent"),
    "forms.form.target_set",
    *("forms.form.variant_name", "forms.form.variant_system", "forms.form.variant_prompt"),
    *("frequency_penalty", "presence_penalty", "hides_costs"),
    *("thread", "earlier_answers", "own_answers"),
    *("bottom_lines", "concluded", "similar", "grounding", "uncounted", "conclusions"),
    *("provenance", "traced", "stability", "second_judges", "best_as_is", "source_marks"),
    "pointer",
    *("judge_instructions", "writer_instructions", "guidance", "rulings", "ballot"),
    "grace_is_auto",
    *("answer_check", "checks", "fault", "from_slot", "verdict", "reviews", "peer_review"),
    *("exit_reason", "exit_sentence", "confidence"),
    *("contest", "comparisons", "critique", "revising", "layers", "claims", "forms.form.strategy"),
    *("tools", "tool_calls", "forms.form.search", "web", "lookups", "sources", "citations"),
    *(
        "settlements",
        "route",
        "cache",
        "cache_hit",
        "forms.form.cache_ttl",
        "forms.form.threshold",
        "forms.form.counts_imported",
        "forked_from",
        "changes",
        "imported_at",
        "variant",
        "variants",
    ),
}
"""Keys that documents have got since, as the end of their path, such as ``api.calls.attempts``. They hold nothing that
the old version had; what it had is expected in its old place.
"""
MEASURED = {"attempts.at": 2e-6, "takes.tokens_per_second": 0.5}
"""Figures that may differ by so much, by the end of their path: moments of attempts (seconds since 1970) are kept to
the microsecond since, and with them goes the speed of answers that took a few milliseconds.
"""
LEARNT = ("attempts.cost",)
"""Null that may be known since: the cost of a lost text stood on its call, now it stands on its attempt."""
REWORDED = {"notices"}
"""Lists of sentences that are made when they are read: as many are expected, in whatever words. A later version may
notice more."""
FUSED = {
    *("judge", "judge_parameters", "judge_is_auto", "writer", "writer_parameters", "writer_is_auto"),
    *("quorum", "grace_s"),
}
"""Settings of ``fuse`` in the recipe of a run with one model, which nobody judged or fused: it reads as ``single``."""
CHOSEN = ("form.fallback",)
"""Fields in which nothing may be chosen: a list of the browser's was left out then, and a text field is empty."""
ONCE = {"catalogue.models": ("7", "3", "270M", "SmolLM2", "135M")}
"""Figures that need to stand there once: in headings, as the models of all providers stood in a table each and stand in
one, and in names of models, which a menu named again.
"""
RELABELLED = {"catalogue.models": ("p50", "p95"), "catalogue.presets": ("1", "135M.")}
"""Labels with a digit in them: which share of calls a time stands for is said in words since; that a preset is in its
first version, and a judge or writer at the end of a sentence who is not asked, are not said.
"""
MOVED = {"http://localhost/v1": "http://before.example/v1"}
"""Addresses that are shown as the setting has them since, and no longer as the page was asked for."""
NUMBERS = {"settings.numbers", "catalogue.models", "catalogue.presets"}
"""Views of a page's figures: a page may show more."""
PAGES = {"runs.page", "shares.page"}
"""Stored HTML that a page shows word for word, whatever stands around it."""


def losses(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield a line for each value that is missing or different, and for each key that is not in ``ADDED``."""
    if path in NUMBERS:
        yield from (f"{path}: {word} is not shown" for word in missing_words(path, expected, found))
    elif path in PAGES:
        yield from (f"{path}: not on the page: {html}" for html in expected if html not in found)
    elif isinstance(expected, dict) and isinstance(found, dict):
        if path.endswith("recipe") and found.get("strategy") == "single":
            expected = {key: value for key, value in expected.items() if key not in FUSED} | {"strategy": "single"}
        yield from (f"{path}: {key} is missing" for key in expected.keys() - found.keys())
        added = sorted(f"{path}.{key}" for key in found.keys() - expected.keys())
        yield from (f"{key} is new: enter it in ADDED" for key in added if not is_added(key))
        for key in sorted(expected.keys() & found.keys()):
            yield from losses(expected[key], found[key], f"{path}.{key}".lstrip("."))
    elif path.rpartition(".")[2] in REWORDED and isinstance(found, list) and len(expected) <= len(found):
        return
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for one, other in zip(expected, found, strict=True):
            yield from losses(one, other, path)
    elif not (expected == found or is_close(path, expected, found) or (expected is None and path.endswith(LEARNT))):
        yield f"{path}: {expected!r} became {found!r}"


def missing_words(path: str, expected: list[str], found: list[str]) -> Iterator[str]:
    """Yield the figures that a page no longer shows; some need to stand there once."""
    for word in (Counter(MOVED.get(word, word) for word in expected) - Counter(found)).elements():
        is_there_once = word in ONCE.get(path, ()) and word in found
        if not is_there_once and word not in RELABELLED.get(path, ()):
            yield word


def is_close(path: str, expected: Any, found: Any) -> bool:
    """Whether a figure differs by no more than it may, or a field names the same in another kind of input."""
    if path.endswith(CHOSEN):
        return bool([one for one in found if one] == expected)
    room = next((room for end, room in MEASURED.items() if path.endswith(end)), None)
    return room is not None and None not in (expected, found) and abs(expected - found) <= room


def is_added(path: str) -> bool:
    return any(path == key or path.endswith(f".{key}") for key in ADDED)


def environment(**given: str) -> dict[str, str]:
    """Return the settings with which the database was made, with the addresses of this machine."""
    return {**os.environ, "SECRET_KEY": SECRET_KEY, "SITE_URL": "http://before.example", **given}


def run(script: Path, *arguments: str, **given: str) -> str:
    """Return the output of a script of the project."""
    done = run_script(script, *arguments, environment=environment(**given))
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def load(server: Postgres) -> None:
    """Fill a server's empty database with the old version's."""
    command = [packaged_programs() / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", server.url]
    subprocess.run(
        command, check=True, input=gzip.decompress((BEFORE / "database.sql.gz").read_bytes()), stdout=subprocess.DEVNULL
    )


def recorded(name: str) -> Any:
    return json.loads(gzip.decompress((BEFORE / name).read_bytes()))


FOLLOWERS = """
CREATE TEMPORARY TABLE copy AS SELECT * FROM runs_run WHERE public_id = %(run)s;
UPDATE copy SET id = (SELECT max(id) + 1 FROM runs_run), public_id = %(name)s, idempotency_key = NULL,
    parent_id = (SELECT id FROM runs_run WHERE public_id = %(parent)s), answer_call_id = NULL;
INSERT INTO runs_run SELECT * FROM copy;
DROP TABLE copy;
"""
"""Copies a run as one that follows another, in the tables of the old version."""

TURNS = """
SELECT run.thread, ARRAY(SELECT one.public_id FROM runs_run AS one WHERE one.id = ANY(run.ancestors) ORDER BY one.id)
FROM runs_run AS run WHERE run.public_id = %s
"""

RUNS = json.loads((BEFORE / "given.json").read_text())["runs"]
COPIES = {
    "third": (RUNS["follow_up"], RUNS["follow_up"]),
    "besideSecond": (RUNS["follow_up"], RUNS["fused"]),
    "afterBeside": (RUNS["follow_up"], "besideSecond"),
    "besideThird": (RUNS["follow_up"], RUNS["follow_up"]),
}
"""Runs that the old version might have had too, while it is migrated: which each copies, and which it follows."""


@pytest.fixture(scope="module")
def old() -> Iterator[Path]:
    """Return the folder of a stopped server with the old version's database, which is made once and copied."""
    server = Postgres(durable=False)
    server.start()
    load(server)
    server.stop()
    yield server.folder
    server.close()


def copy_of(folder: Path) -> Postgres:
    """Return a server that is not started, on a copy of another's data."""
    server = Postgres(durable=False)
    subprocess.run(["cp", "-a", folder / "postgres", server.folder], check=True)
    return server


@pytest.fixture(scope="module")
def migrated(old: Path) -> Iterator[tuple[Postgres, dict[str, Any]]]:
    """Migrate the old version's database, once for all who look at it. Return also the threads that its runs got."""
    server = copy_of(old)
    server.start()
    with psycopg.connect(server.url, cursor_factory=psycopg.ClientCursor) as database:
        for name, (run_id, parent) in COPIES.items():
            database.execute(FOLLOWERS, {"run": run_id, "name": name, "parent": parent})

    run(MANAGE, "migrate", "--no-input", DATABASE_URL=server.url)

    with psycopg.connect(server.url) as database:
        names = (RUNS["fused"], RUNS["follow_up"], RUNS["moon"], *COPIES)
        turns = {name: database.execute(TURNS, [name]).fetchone() for name in names}
        database.execute("DELETE FROM runs_run WHERE public_id = ANY(%s)", [list(COPIES)])
    yield server, turns
    server.close()


@pytest.mark.timeout(600)
def test_migrated_database_shows_everything_as_before(migrated, valkey_url):
    server, _ = migrated
    given = {"DATABASE_URL": server.url, "REDIS_URL": valkey_url}

    with psycopg.connect(server.url) as database:
        counts = database.execute(TEAMS).fetchall()
    assert [kind for kind, count, right in counts if not count or count != right] == []
    found = json.loads(run(BEFORE / "seen.py", **given))
    assert list(losses(recorded("expected.json.gz"), found)) == []
    connected = run(MANAGE, "connect", **given).splitlines()
    assert connected == [
        "1 provider with 8 models",
        "  Heron: 2 models, disconnected on the Models page",
        "  Quarry: 8 models, entered on the Models page",
    ]
    sealed_by_another = run(MANAGE, "connect", **given | {"SECRET_KEY": "another"})
    assert sealed_by_another.count("its key cannot be decrypted") == 2


@pytest.mark.timeout(600)
def test_runs_that_followed_others_are_in_threads(migrated):
    first, second, alone = RUNS["fused"], RUNS["follow_up"], RUNS["moon"]

    assert migrated[1] == {
        first: (first, []),
        second: (first, [first]),
        "third": (first, [first, second]),
        "besideSecond": ("besideSecond", [first]),
        "afterBeside": ("besideSecond", [first, "besideSecond"]),
        "besideThird": ("besideThird", [first, second]),
        alone: (None, []),
    }


def schema(url: str) -> list[str]:
    """Return the lines that make the tables, triggers and indexes of a database; columns may stand in any order.

    Casts and parentheses are left out: a condition that went through a dump has others. So are the names that
    PostgreSQL gives to the conditions of a column, which stay when the column is renamed.
    """
    command = [packaged_programs() / "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--dbname", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for cast in ("::text", "::character varying", "[]", "(", ")", ","):
        text = text.replace(cast, "")
    lines = [line for line in text.splitlines() if line and not line.startswith(("--", "\\"))]
    unnamed = [
        line.partition(" CONSTRAINT ")[0] + " NOT NULL" if "_not_null NOT NULL" in line else line for line in lines
    ]
    return sorted(line.replace("runs_call_attempts_check", "runs_call_deliveries_check") for line in unnamed)


@pytest.mark.timeout(600)
def test_migrated_database_has_the_tables_of_a_new_one(migrated, db):
    """Those of a new one are made at once, by migrations that replace all before."""
    new, (server, _) = database_url(), migrated

    assert schema(server.url) == schema(new)
    applied = "SELECT DISTINCT app, name FROM django_migrations WHERE app <> 'axes'"
    with psycopg.connect(server.url) as old_one, psycopg.connect(new) as new_one:
        assert set(old_one.execute(applied)) >= set(new_one.execute(applied))  # so its next start has nothing to do


TEAMS = """
SELECT 'runs', count(*), count(*) FILTER (WHERE team.personal_of_id = owner_id)
FROM runs_run LEFT JOIN accounts_team AS team ON team.id = team_id UNION ALL
SELECT 'keys', count(*), count(*) FILTER (WHERE team.personal_of_id = owner_id)
FROM accounts_apikey LEFT JOIN accounts_team AS team ON team.id = team_id UNION ALL
SELECT 'criteria', count(*), count(*) FILTER (WHERE team.personal_of_id = owner_id)
FROM catalogue_criteriaset LEFT JOIN accounts_team AS team ON team.id = team_id UNION ALL
SELECT 'presets', count(*), count(*) FILTER (WHERE team.personal_of_id IS NOT DISTINCT FROM owner_id)
FROM catalogue_preset LEFT JOIN accounts_team AS team ON team.id = team_id UNION ALL
SELECT 'people', count(*), count(team.id)
FROM accounts_user LEFT JOIN accounts_team AS team ON team.personal_of_id = accounts_user.id
"""
"""Queries that count rows, and those with the right team: their owner's personal one."""


LOSSES = [
    ({"runs": [{"id": "a", "cost": 1}]}, {"runs": [{"id": "a", "cost": 1}]}, []),
    ({"runs": [{"id": "a", "cost": 1}]}, {"runs": [{"id": "a", "cost": 2}]}, ["runs.cost: 1 became 2"]),
    ({"runs": [{"id": "a", "cost": 0}]}, {"runs": [{"id": "a", "cost": None}]}, ["runs.cost: 0 became None"]),
    ({"runs": [{"id": "a", "cost": 1}]}, {"runs": [{"id": "a"}]}, ["runs: cost is missing"]),
    ({"runs": [{"id": "a"}]}, {"runs": []}, ["runs: [{'id': 'a'}] became []"]),
    ({"runs": [{"id": "a"}]}, {"runs": [{"id": "a", "x": 1}]}, ["runs.x is new: enter it in ADDED"]),
    ({"runs": [{"notices": ["So."]}]}, {"runs": [{"notices": ["Thus."]}]}, []),
    ({"runs": [{"notices": ["So."]}]}, {"runs": [{"notices": []}]}, ["runs.notices: ['So.'] became []"]),
    ({"attempts": [{"at": 1.5000001}]}, {"attempts": [{"at": 1.5}]}, []),
    ({"attempts": [{"at": 1.5}]}, {"attempts": [{"at": 1.6}]}, ["attempts.at: 1.5 became 1.6"]),
    ({"attempts": [{"cost": None}]}, {"attempts": [{"cost": "0.2"}]}, []),
    ({"attempts": [{"cost": "0.1"}]}, {"attempts": [{"cost": "0.2"}]}, ["attempts.cost: '0.1' became '0.2'"]),
    ({"settings": [{"numbers": ["$1", "$1"]}]}, {"settings": [{"numbers": ["$1", "7"]}]},
     ["settings.numbers: $1 is not shown"]),
    ({"runs": [{"page": ["<p>So.</p>", "<p>No.</p>"]}]}, {"runs": [{"page": "<div><p>So.</p></div>"}]},
     ["runs.page: not on the page: <p>No.</p>"]),
]  # fmt: skip


@pytest.mark.parametrize("expected, found, lines", LOSSES)
def test_losses_name_what_is_gone_changed_or_new(expected, found, lines):
    assert list(losses(expected, found)) == lines


@pytest.fixture
def old_folder(old):
    """Return the old version's data folder: its database, and the secrets that a start keeps beside it."""
    server = copy_of(old)
    (server.folder / "postgres_password").write_text(PASSWORD)
    (server.folder / "secret_key").write_text(SECRET_KEY)
    yield server.folder
    server.close()


def newest_take(client: httpx.Client, export: str) -> dict[str, Any]:
    """Return the last take of a run's first column."""
    take: dict[str, Any] = client.get(export).json()["columns"][0]["takes"][-1]
    return take


@pytest.mark.timeout(900)
def test_up_starts_on_an_old_data_folder_and_goes_on(old_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "")
    port, output = inner_port(), tmp_path / "output"
    given, expected = json.loads((BEFORE / "given.json").read_text()), recorded("expected.json.gz")
    with output.open("w") as file:
        launcher = up(old_folder, port, file, "--no-models")
    try:
        wait_until(lambda: "Open http" in output.read_text() or launcher.poll() is not None, "the stack is up", 400)
        key = {"Authorization": f"Bearer {given['keys']['admin']}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=key, timeout=60) as client:
            wait_until_ready(f"http://127.0.0.1:{port}", models=None)
            api = "/api/v1/runs/{}/export".format
            finished = [run for run in expected["runs"] if run["export"]["status"] != "running"]
            mine = [run for run in finished if client.get(api(run["id"])).status_code == 200]
            found = [client.get(api(run["id"])).json() for run in mine]
            assert len(mine) == 21
            assert list(losses([run["export"] for run in mine], found, "runs.export")) == []

            unfinished = api(given["runs"]["unfinished"])
            wait_until(lambda: client.get(unfinished).json()["status"] == "done", "the unfinished run ends")
            assert client.get(unfinished).json()["answer"]["text"] == "By a collision."

            fell_back = api(given["runs"]["fallback"])
            column = client.get(fell_back).json()["columns"][0]
            client.post(f"/api/v1/calls/{column['takes'][0]['id']}/retry").raise_for_status()
            wait_until(lambda: newest_take(client, fell_back)["status"] == "failed", "no vendor is there any more")
            asked = [attempt["model"] for attempt in newest_take(client, fell_back)["attempts"]]
            assert list(dict.fromkeys(asked)) == ["quarry/chalk", "quarry/marble"]
        assert "Quarry: 8 models, entered on the Models page" in (old_folder / "logs" / "prepare.log").read_text()
    finally:
        launcher.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            launcher.wait(60)
        launcher.kill()
        launcher.wait()
        wait_until(lambda: processes(old_folder) == {}, "nothing is left behind")
