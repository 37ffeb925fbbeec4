"""docker-compose.yml, Dockerfile and .env.example say what the code does; read with parsers, no engine needed."""

import re
import shlex
import stat
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from fusionweb.local import parts, postgres
from fusionweb.local.folders import DataFolder
from fusionweb.setting_rules import RULES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "control", "beat", "migrate")


def test_compose_has_every_part():
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "web", "worker", "control", "beat", "front", "searxng"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_compose_long_running_part_has_a_health_check_and_restarts(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name, path", [("postgres", "/var/lib/postgresql"), ("valkey", "/data"), ("beat", "/data")])
def test_compose_data_is_in_a_volume(name, path):
    assert SERVICES[name]["volumes"] == [f"{name}:{path}"]
    assert name in COMPOSE["volumes"]


def test_compose_search_engine_is_started_on_wish_and_answers_in_json():
    own = yaml.safe_load((ROOT / "deploy" / "searxng.yml").read_text())

    assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["searxng"]
    assert SERVICES["searxng"]["profiles"] == ["search"]
    assert SERVICES["searxng"]["volumes"] == ["./deploy/searxng.yml:/etc/searxng/settings.yml:ro"]
    assert "json" in own["search"]["formats"]
    assert own["server"]["limiter"] is False


@pytest.mark.parametrize("name", ["web", "worker"])
def test_compose_scaled_part_shares_nothing_that_clashes(name):
    assert {"ports", "container_name", "volumes", "hostname"} & set(SERVICES[name]) == set()


def test_compose_front_alone_has_a_port_and_finds_every_web():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["front"]
    assert "dynamic a web 8000" in (ROOT / "deploy" / "Caddyfile").read_text()
    assert SERVICES["web"]["expose"] == ["8000"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_compose_part_is_confined(name):
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["pids_limit"] == "${CONTAINER_PIDS:-1024}"
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] == "${CONTAINER_MEMORY:-2g}"
    assert any(entry.partition(":")[0] == "/tmp" for entry in service["tmpfs"])
    assert "privileged" not in service


def test_compose_only_parts_that_need_a_capability_have_one():
    added = {name: SERVICES[name]["cap_add"] for name in SERVICES if "cap_add" in SERVICES[name]}

    assert added == {"front": ["NET_BIND_SERVICE"]}


def test_compose_no_container_is_root():
    users = {name: SERVICES[name].get("user") for name in SERVICES}
    of_image = re.findall(r"^USER (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert of_image == ["fusionweb"]
    others = {"postgres": "postgres", "valkey": "valkey", "front": "1000:1000", "searxng": "977:977"}
    assert users == others | dict.fromkeys(OURS)


@pytest.mark.parametrize("name", ["postgres", "valkey", "front", "searxng"])
def test_compose_image_of_others_has_a_whole_version(name):
    assert re.search(r":\d+(\.\d+)+(-\w+)?$", SERVICES[name]["image"])


def test_compose_secrets_are_files_and_in_no_environment_or_image():
    names = {"secret_key", "postgres_password", "valkey_password"}
    mounted = {name: set(SERVICES[name].get("secrets", ())) for name in SERVICES}
    ours = SERVICES["web"]["environment"]
    files = {name: ours[name] for name in ("SECRET_KEY_FILE", "DATABASE_PASSWORD_FILE", "REDIS_PASSWORD_FILE")}

    assert COMPOSE["secrets"] == {name: {"file": f"./secrets/{name}"} for name in names}
    assert mounted == {
        "postgres": {"postgres_password"}, "valkey": {"valkey_password"}, "front": set(), "searxng": set(),
        **dict.fromkeys(OURS, names),
    }  # fmt: skip
    assert set(files.values()) == {f"/run/secrets/{name}" for name in names}
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert [name for name in ("SECRET_KEY", "DATABASE_PASSWORD", "REDIS_PASSWORD") if name in ours] == []
    assert {ours["DATABASE_URL"], ours["REDIS_URL"]} == {
        "postgres://fusionweb@postgres:5432/fusionweb", "redis://valkey:6379/0"
    }  # fmt: skip
    assert {"secrets", ".env"} <= set((ROOT / ".dockerignore").read_text().split())
    assert "/secrets/" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("file", ["README.md", "docker-compose.yml"])
def test_recipe_for_secrets_makes_files_that_containers_read_in_a_folder_that_others_do_not(tmp_path, file):
    lines = [line.removeprefix("#").strip() for line in (ROOT / file).read_text().splitlines()]
    recipe = [line for line in lines if line.startswith(("mkdir -m 700 secrets", "for name in secret_key", "chmod"))]

    # Whoever made .env by its recipe has this mask.
    subprocess.run(["sh", "-ec", "\n".join(["umask 077", *recipe])], check=True, cwd=tmp_path)

    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()}
    assert made == dict.fromkeys(COMPOSE["secrets"], 0o644)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_compose_is_reached_from_its_own_machine_unless_told_otherwise():
    assert SERVICES["front"]["ports"] == ["${PUBLIC_ADDRESS:-127.0.0.1}:${PUBLIC_PORT:-8000}:8080"]
    assert "\n:8080 {" in (ROOT / "deploy" / "Caddyfile").read_text()


def test_compose_databases_stand_in_a_network_that_leads_nowhere():
    members = {name: SERVICES[name].get("networks", ["default"]) for name in SERVICES}

    assert COMPOSE["networks"] == {"data": {"internal": True}}
    assert members["postgres"] == members["valkey"] == ["data"]
    assert members["front"] == members["searxng"] == ["default"]
    assert all(members[name] == ["default", "data"] for name in OURS)


def test_compose_valkey_wants_a_password_that_no_command_line_shows(tmp_path):
    (tmp_path / "valkey_password").write_text("secret\n")
    command = shlex.split(SERVICES["valkey"]["command"].replace("$$", "$"))
    assert command[:2] == ["sh", "-c"]
    script = command[2].replace("/run/secrets/", f"{tmp_path}/").replace("/tmp/valkey.conf", f"{tmp_path}/valkey.conf")
    script = script.replace("exec valkey-server", "echo")

    shown = subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout

    file = tmp_path / "valkey.conf"
    assert shown.split() == [str(file), "--appendonly", "yes", "--save"]
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("requirepass secret\n", 0o600)
    assert "REDISCLI_AUTH=$$(cat /run/secrets/valkey_password)" in SERVICES["valkey"]["healthcheck"]["test"][1]


def test_front_takes_bodies_as_large_as_the_site_and_hardly_larger(settings):
    limit = re.search(r"max_size (\d+)MB", (ROOT / "deploy" / "Caddyfile").read_text())
    told = re.search(r"`(\d+)MB`, as `BODY_LIMIT`", (ROOT / "docs" / "operations.md").read_text())

    assert limit is not None
    assert told is not None
    assert settings.BODY_LIMIT <= int(limit[1]) * 1_000_000 < settings.BODY_LIMIT + 1_000_000
    assert told[1] == limit[1]


@pytest.mark.parametrize("name", OURS)
def test_compose_our_parts_share_one_image_and_environment(name):
    assert SERVICES[name]["image"] == "fusionweb"
    assert SERVICES[name]["environment"] == SERVICES["web"]["environment"]


@pytest.mark.parametrize("name", ["web", "worker", "control", "beat"])
def test_compose_our_parts_wait_for_the_migration(name):
    assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


@pytest.mark.parametrize("name", ["worker", "control", "beat"])
def test_compose_runs_celery_as_make_run_does(name):
    local = {part.name: part for part in parts.worker_parts(DataFolder(Path("/data")), "redis://valkey")}

    assert shlex.split(SERVICES[name]["command"])[1:] == local[name].command[1:]
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > local[name].stop_seconds


def test_dockerfile_installs_with_make():
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.removeprefix("RUN ") for line in lines if line.startswith("RUN ")]

    assert steps[-1] == "make install"
    assert not any(re.search(r"\b(pip|uv|npm)\b", step) for step in steps)


def test_dockerfile_serves_as_make_run_does():
    text = (ROOT / "Dockerfile").read_text()
    local = parts.web_part("0.0.0.0", 8000).command

    assert yaml.safe_load(re.search(r"^CMD (.+)$", text, re.MULTILINE)[1])[1:] == local[1:]


def names_in_env_example(part):
    return set(re.findall(r"^#([A-Z_]+)=", part, re.MULTILINE))


def test_env_example_names_every_setting_and_no_other():
    settings = (ROOT / "fusionweb" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    ordinary, for_compose = (ROOT / ".env.example").read_text().split("docker compose only")

    assert names_in_env_example(ordinary) == read | {"PORT", "HOST"}
    assert names_in_env_example(for_compose) == compose_names() - read


def test_env_example_has_each_name_once():
    names = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert len(names) == len(set(names))


def test_compose_hands_every_setting_on_but_those_that_it_sets_itself():
    ours = SERVICES["web"]["environment"]
    own = set(RULES) - {name for name in RULES if ours.get(name, "").startswith(f"${{{name}:-")}
    for_compose = (ROOT / ".env.example").read_text().split("docker compose only")[1]
    said = re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", for_compose.split("PostgreSQL")[0])

    assert own == {
        *("DEBUG", "FUSIONWEB_DATA", "SECRET_KEY", "ALLOWED_HOSTS", "STATIC_ROOT"),
        *("DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "REDIS_PASSWORD"),
    }
    assert set(said) == {*own, "PORT", "HOST"} - {name for name in own if name.startswith(("DATABASE", "REDIS"))}


def test_balancers_take_bodies_as_large_as_the_site(settings):
    text = (ROOT / "deploy" / "haproxy.cfg").read_text()

    limit = int(re.search(r"hdr_val\(content-length\) gt (\d+)", text)[1])
    assert settings.BODY_LIMIT <= limit < settings.BODY_LIMIT + 1_000_000


def compose_names():
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_env_example_explains_every_setting():
    lines = (ROOT / ".env.example").read_text().splitlines()

    unexplained = [line for before, line in pairwise(lines) if "=" in line and not before.strip()]
    assert unexplained == []


def settings_for_size():
    """Return every setting of the table in docs/operations.md with its default."""
    text = (ROOT / "docs" / "operations.md").read_text().split("## Settings for size")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    pairs = [zip(re.findall(r"[A-Z_]+", names), values.split(","), strict=True) for names, values in rows]
    return {name: value.strip() for row in pairs for name, value in row}


def test_settings_for_size_have_one_default_and_reach_the_containers():
    example = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    told = settings_for_size()

    assert {name: example[name] for name in told} == told
    assert {name: SERVICES["web"]["environment"][name] for name in told} == {
        name: f"${{{name}:-{value}}}" for name, value in told.items()
    }


def test_connections_of_the_processes_that_are_told_fit_into_postgres_with_one_pool_to_spare():
    pool, text = int(settings_for_size()["DATABASE_POOL"]), (ROOT / "docs" / "operations.md").read_text()
    allowed = [
        int(re.search(r"max_connections=(\d+)", command)[1])
        for command in (" ".join(postgres.serve_command(Path(), Path(), 1)), SERVICES["postgres"]["command"])
    ]

    assert [(most, most // pool - 1) for most in allowed] == [(200, 9), (400, 19)]
    assert "with 200, which is enough for nine processes" in text.replace("\n", " ")
    assert "with 400, enough for nineteen" in text.replace("\n", " ")
