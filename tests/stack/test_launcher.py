"""The pieces of `manage.py up`: ports, the data folder, the lock, the process manager's configuration, what is told."""

import configparser
import io
import os
import signal
import socket
import stat
from pathlib import Path

import pytest
from rich.console import Console

from fusionweb.local import folders, models, parts, ports, up, valkey
from fusionweb.local.environment import announce, join_running_stack
from fusionweb.local.errors import StackError
from fusionweb.local.folders import DataFolder
from fusionweb.local.parts import Part
from fusionweb.local.plan import Plan, make_plan
from fusionweb.local.supervisor import render_config
from fusionweb.local.watch import Deaths


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "logs").mkdir()
    return DataFolder(tmp_path)


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=80)


def some_parts():
    return (
        Part("postgres", "PostgreSQL", "postgres", ["postgres", "-c", "x=%h"], user="someone", stop_signal="INT"),
        Part("worker", "Worker", "workers", ["celery", "worker"], stop_seconds=30),
        Part("beat", "Beat", "workers", ["celery", "beat"]),
        Part("web", "Web", "web", ["daphne"]),
    )


def some_plan(folder):
    return Plan(folder, some_parts(), {"DATABASE_URL": "postgres://a", "REDIS_URL": "redis://b"}, "http://127.0.0.1:1")


def test_next_free_port_skips_taken_ones():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]

        assert not ports.is_free(wanted)
        assert ports.next_free_port(wanted) > wanted


def test_next_free_port_is_the_wanted_one_if_free():
    wanted = ports.inner_port()

    assert ports.next_free_port(wanted) == wanted


def test_plan_start_reports_a_taken_port(folder, console, monkeypatch):
    monkeypatch.setattr(up, "make_plan", lambda folder, host, port, with_models, given: port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(wanted))

        port = up.plan_start(folder, console, with_models=False)

    assert console.file.getvalue() == f"Port {wanted} is taken; using {port}.\n"


@pytest.mark.parametrize("text, expected", [("", 8000), ("80", 80), ("65535", 65535)])
def test_wanted_port_reads_its_setting(text, expected):
    assert up.wanted_port(text) == expected


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8000.5"])
def test_wanted_port_refuses_an_invalid_port(text):
    with pytest.raises(StackError, match=f"PORT={text} is not a port"):
        up.wanted_port(text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("host", ["example.invalid", "192.0.2.1", "not a host"])
def test_host_that_is_not_this_machines_is_refused_at_once(folder, console, monkeypatch, host):
    monkeypatch.setenv("HOST", host)

    with pytest.raises(
        StackError, match=rf"HOST={host} cannot be listened on: .*\. It takes an address of this machine"
    ):
        up.plan_start(folder, console, with_models=False)


def test_no_free_port_is_said(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda port, host: False)

    with pytest.raises(StackError, match=r"No free port from 65000 up on 127\.0\.0\.1\."):
        ports.next_free_port(65_000)


def test_valkeys_folder_is_closed_even_where_it_was_open(tmp_path):
    folder = tmp_path / "valkey"
    folder.mkdir(mode=0o755)

    valkey.write_config(folder, 1, "secret")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode, expected", [(0o600, False), (0o640, True), (0o604, True)])
def test_env_file_that_others_can_read_is_told(tmp_path, monkeypatch, capsys, mode, expected):
    file = tmp_path / ".env"
    file.write_text("WORKER_THREADS=0\n")
    file.chmod(mode)
    monkeypatch.setattr(up, "ENV_FILE", file)
    monkeypatch.setattr(up, "read_env_file", lambda: None)
    monkeypatch.setenv("WORKER_THREADS", "0")  # so that nothing is started

    assert up.up([]) == 1

    assert (f"Other users of this machine may read {file}: chmod 600 {file}" in capsys.readouterr().out) == expected


@pytest.mark.parametrize(
    "host, expected",
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("fusion.example", "http://fusion.example:8000"),
    ],
)
def test_site_url_is_reachable_from_this_machine(host, expected):
    assert parts.site_url(host, 8000) == expected


@pytest.mark.parametrize(
    "cores, servers, expected", [(2, 2, 1), (8, 2, 4), (1, 2, 1), (3, 2, 1), (None, 2, 1), (4, 0, 4)]
)
def test_threads_per_server_shares_the_cores(monkeypatch, cores, servers, expected):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert models.threads_per_server(servers) == expected


@pytest.mark.parametrize("uid, expected", [(0, "/var/lib/fusionweb"), (1000, "/home/alice/.local/share/fusionweb")])
def test_default_folder_depends_on_the_user(monkeypatch, uid, expected):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setenv("HOME", "/home/alice")

    assert folders.default_folder() == Path(expected)


def test_open_folder_as_root_inside_private_home_is_refused_and_changes_nothing(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(folders, "private_parent", lambda path: home)

    with pytest.raises(StackError, match="only its owner may enter"):
        folders.open_folder(str(home / "data"))

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert list(home.iterdir()) == []


def test_private_parent_is_the_outermost(tmp_path):
    outer = tmp_path / "outer"
    (outer / "inner" / "data").mkdir(parents=True)
    (outer / "inner").chmod(0o700)
    outer.chmod(0o700)
    tmp_path.chmod(0o700)
    closed = folders.private_parent(outer / "inner" / "data")

    assert closed is not None
    assert not closed.stat().st_mode & stat.S_IXOTH
    assert closed in tmp_path.parents or closed == tmp_path


def test_open_folder_that_is_a_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "file").write_text("")

    with pytest.raises(StackError, match="cannot be written"):
        folders.open_folder(str(tmp_path / "file"))


def test_lock_held_refuses_a_second_stack_until_released(folder):
    message = f"already running on .* \\(process {os.getpid()}\\)"
    with folders.lock(folder), pytest.raises(StackError, match=message):
        folders.lock(folder)

    folders.lock(folder).close()


def test_secret_is_made_once_and_private(folder):
    secret = folder.secret("password")

    assert folder.secret("password") == secret
    assert len(secret) >= 32
    assert stat.S_IMODE((folder.path / "password").stat().st_mode) == 0o600


def test_render_config_writes_a_program_a_part(folder, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/setpriv")
    config = configparser.RawConfigParser()
    config.read_string(render_config(some_plan(folder), Path("/run/socket"), Path("/run/pid")))

    groups = {name[6:]: (config[name]["programs"], config[name]["priority"]) for name in config if name[:6] == "group:"}
    assert groups == {"postgres": ("postgres", "0"), "workers": ("worker,beat", "4"), "web": ("web", "5")}
    assert dict(config["program:postgres"]) | {"directory": ""} == {
        "command": "/usr/bin/setpriv --pdeathsig INT -- postgres -c x=%%h",
        "directory": "",
        "user": "someone",
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "8",
        "stopsignal": "INT",
        "stopwaitsecs": "15",
        "stopasgroup": "true",
        "killasgroup": "true",
        "umask": "077",
        "redirect_stderr": "true",
        "stdout_logfile": str(folder.log("postgres")),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "3",
    }


@pytest.mark.parametrize(
    "given, with_models, expected",
    [
        ({}, True, ["postgres", "valkey", "smollm2-135m", "gemma3-270m", "worker", "control", "beat", "web"]),
        ({}, False, ["postgres", "valkey", "worker", "control", "beat", "web"]),
        ({"LOCAL_MODELS": "a=http://b"}, True, ["postgres", "valkey", "worker", "control", "beat", "web"]),
        ({"DATABASE_URL": "postgres://a", "REDIS_URL": "redis://b"}, False, ["worker", "control", "beat", "web"]),
    ],
)
def test_make_plan_starts_what_is_not_given(folder, monkeypatch, given, with_models, expected):
    monkeypatch.setattr("fusionweb.local.postgres.prepare", lambda path, password: (Path("/programs"), None))

    plan = make_plan(folder, "127.0.0.1", 8000, with_models, given)

    assert [part.name for part in plan.parts] == expected
    assert {name: plan.environment[name] for name in given} == given


def test_join_running_stack_takes_its_addresses(folder, monkeypatch):
    announce(some_plan(folder))
    monkeypatch.setattr("fusionweb.local.environment.read_env_file", lambda: None)
    monkeypatch.setenv("FUSIONWEB_DATA", str(folder.path))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", "redis://mine")

    join_running_stack()

    assert os.environ["DATABASE_URL"] == "postgres://a"
    assert os.environ["REDIS_URL"] == "redis://mine"


def states(**changes):
    usual = {part.name: {"pid": 10, "statename": "RUNNING"} for part in some_parts()}
    return {name: usual[name] | changes.get(name, {}) for name in usual}


def test_deaths_are_reported_once_with_the_end_of_the_log(folder, console):
    folder.log("worker").write_text("\n".join(f"line {number}" for number in range(100)))
    deaths = Deaths(some_plan(folder), console)
    deaths.report(states())
    assert console.file.getvalue() == ""

    for _ in range(2):
        deaths.report(states(worker={"pid": 11, "statename": "STARTING"}))
    deaths.report(states(worker={"pid": 11, "statename": "RUNNING"}))

    lines = console.file.getvalue().splitlines()
    assert lines[:3] == [
        "Worker ended unexpectedly; it is started again.",
        f"The end of {folder.log('worker')}:",
        "  line 85",
    ]
    assert lines[-2:] == ["  line 99", "Worker runs again."]
    assert deaths.given_up == set()


def test_deaths_fatal_is_given_up(folder, console):
    deaths = Deaths(some_plan(folder), console)
    for _ in range(2):
        deaths.report(states(web={"pid": 0, "statename": "FATAL"}))

    assert deaths.given_up == {"web"}
    assert console.file.getvalue().splitlines()[0] == "Web ended again and again; it stays down."


@pytest.mark.parametrize("number", up.STOP_SIGNALS)
def test_stop_event_is_set_even_where_the_signal_was_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with up.stop_event() as stop:
            signal.raise_signal(number)
            assert stop.is_set()
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)
