"""The pieces of `python -m fusionweb.scaled`: Debian's programs, and the load balancer's configuration."""

from pathlib import Path

import pytest

from fusionweb.local.errors import StackError
from fusionweb.local.folders import DataFolder
from fusionweb.scaled import __main__ as command
from fusionweb.scaled import debian
from fusionweb.scaled.servers import BALANCER, balancer_config


@pytest.fixture
def no_package(tmp_path, monkeypatch):
    """Let the stack need a program that neither the system nor any package has."""
    monkeypatch.setattr(debian, "PLACES", {"no-such-server": "usr/bin/no-such-server"})
    monkeypatch.setattr(debian, "UNPACKED", tmp_path / "unpacked")


def test_program_that_cannot_be_had_is_named_and_nothing_stays(no_package, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(command.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    monkeypatch.setattr(command, "open_folder", lambda path: made_folder(Path(path)))

    assert command.main([]) == 1

    assert (
        "Debian's no-such-server cannot be had here. On Debian 12 or later: apt-get install" in capsys.readouterr().out
    )
    assert not (tmp_path / "fusionweb-scaled-").exists()


def made_folder(path: Path):
    (path / "logs").mkdir(parents=True)
    return DataFolder(path)


def test_unpacked_program_runs_with_its_own_libraries(no_package, tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "_download", lambda packages: None)
    program = tmp_path / "unpacked" / "usr" / "bin" / "no-such-server"
    (tmp_path / "unpacked" / "usr" / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
    program.parent.mkdir()
    program.write_text('#!/bin/sh\ntest "$LD_LIBRARY_PATH" = ' + f"{tmp_path}/unpacked/usr/lib/x86_64-linux-gnu\n")
    program.chmod(0o755)

    found = debian.find_programs(None, tmp_path)["no-such-server"]

    assert (found.path, found.runs(None)) == (program, True)
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(StackError, match="no-such-server cannot be had"):
        debian.find_programs(None, tmp_path)


@pytest.mark.parametrize("web", [[8101], [8101, 8102, 8103]])
def test_load_balancer_has_this_starts_addresses_and_no_other(web):
    text = balancer_config(BALANCER.read_text(), (8001, 8002), Path("/tls/front.pem"), web, Path("/run/socket"))

    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith("server ")] == [
        f"server web{number} 127.0.0.1:{port}" for number, port in enumerate(web, 1)
    ]
    assert [line for line in lines if line.startswith("bind ")] == [
        "bind 127.0.0.1:8001",
        "bind 127.0.0.1:8002 ssl crt /tls/front.pem",
    ]
    assert "10.0.0." not in text
