"""Settings: each has a rule; one that is not allowed is named with its value and what is allowed, in every part."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fusionweb import setting_rules
from fusionweb.secret_key import read_secret_key
from fusionweb.setting_rules import RULES, problems

ROOT = Path(__file__).resolve().parents[1]
READ = re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "fusionweb" / "settings.py").read_text())

ALLOWED = [
    ("DEBUG", "Yes"),
    ("SECRET_KEY", "what ever = it is"),
    ("ALLOWED_HOSTS", "fusion.example, .example.org,[::1],*,127.0.0.1,a_b"),
    ("SITE_URL", "https://fusion.example:8443/"),
    ("CSRF_TRUSTED_ORIGINS", "https://fusion.example,https://*.example.org,http://[::1]:8000"),
    ("DATABASE_URL", "postgres://fusionweb:p%40ss@127.0.0.1:5432/fusionweb?sslmode=require"),
    ("REDIS_URL", "rediss://:secret@valkey:6379/0"),
    ("REDIS_URL", f"rediss://:secret@valkey:6379/0?ssl_ca_certs={__file__}&ssl_cert_reqs=required"),
    ("DATABASE_URL", "postgres://h/db?connect_timeout=5&conn_max_age=60"),
    ("REDIS_URL", "redis://valkey:6379"),
    ("REDIS_URL", "redis://valkey:6379/15?socket_timeout=5&health_check_interval=30"),
    ("DATABASE_POOL", "1"),
    ("WORKER_THREADS", "1_000"),
    ("COALESCE_SECONDS", "0"),
    ("COALESCE_SECONDS", "1"),
    ("IDLE_TIMEOUT", "0.5"),
    ("LOCAL_MODELS", "a=http://127.0.0.1:1/v1  b=http://127.0.0.1:2/v1"),
    ("OPENAI_BASE_URL", "http://localhost:11434/v1"),
    ("OPENAI_API_KEY", "sk-a_b.c/d+e="),
    ("OLLAMA_HOST", "0.0.0.0:11434"),
    ("SEARCH_ENGINE", "searxng"),
    ("FETCH_ALLOWED_HOSTS", "wiki.example,127.0.0.1:8080, [::1]:80"),
    ("FETCH_PROXY", "socks5://proxy.example:1080"),
    ("TIME_ZONE", "Europe/Berlin"),
    ("SECURE_HSTS_SECONDS", "0"),
    ("LOG_LEVEL", "WARNING"),
    *((name, "") for name in RULES),
]

REFUSED = [
    ("DEBUG", "maybe"),
    ("BEHIND_PROXY", "caddy"),
    ("ALLOWED_HOSTS", "https://fusion.example"),
    ("ALLOWED_HOSTS", "fusion.example:8000"),
    ("ALLOWED_HOSTS", "a.example b.example"),
    ("ALLOWED_HOSTS", ", ,"),
    ("LOCAL_MODELS", " "),
    ("SITE_URL", "fusion.example"),
    ("SITE_URL", "ftp://fusion.example"),
    ("CSRF_TRUSTED_ORIGINS", "fusion.example"),
    ("DATABASE_POOL", "0"),
    ("WORKER_THREADS", "0"),
    ("WORKER_THREADS", "-1"),
    ("WORKER_THREADS", "1.5"),
    ("WORKER_THREADS", "_"),
    ("PROMPT_LIMIT", "ten"),
    ("PROMPT_LIMIT", "9" * 5000),
    ("EVENTS_EXPIRE_SECONDS", "0"),
    ("HEARTBEAT_SECONDS", "x"),
    ("LOST_AFTER_SECONDS", "0"),
    ("IDLE_TIMEOUT", "nan"),
    ("IDLE_TIMEOUT", "inf"),
    ("TOTAL_TIMEOUT", "-1"),
    ("COALESCE_SECONDS", "-1"),
    ("COALESCE_SECONDS", "1.5"),
    ("LOCAL_MODELS", "bad"),
    ("LOCAL_MODELS", "a=127.0.0.1:1"),
    ("OPENAI_BASE_URL", "localhost:11434"),
    ("OPENAI_BASE_URL", "http://localhost:port/v1"),
    ("OLLAMA_HOST", "my machine"),
    ("SEARCH_ENGINE", "google"),
    ("SEARXNG_BASE_URL", "searxng:8080"),
    ("FETCH_ALLOWED_HOSTS", "https://wiki.example"),
    ("FETCH_ALLOWED_HOSTS", "*"),
    ("TIME_ZONE", "Mars/Base"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("TIME_ZONE", "Europe"),
    ("SECURE_HSTS_SECONDS", "a year"),
    ("LOG_LEVEL", "LOUD"),
    ("HISTORY_LANGUAGE", "English; DROP"),
    ("HISTORY_SEARCH_TIMEOUT", "0"),
]

SECRET = [
    ("DATABASE_URL", "nonsense-with-a-secret"),
    ("DATABASE_URL", "mysql://fusionweb:secret@127.0.0.1/fusionweb"),
    ("DATABASE_URL", "postgres://fusionweb:secret@127.0.0.1:port/fusionweb"),
    ("DATABASE_URL", "postgres://fusionweb:secret@127.0.0.1"),
    ("DATABASE_URL", "postgres://fusionweb:secret@127.0.0.1/"),
    ("DATABASE_URL", "postgres://fusionweb:secret@127.0.0.1/fusionweb?ssl=true"),
    ("REDIS_URL", "secret"),
    ("REDIS_URL", "redis://:secret@valkey:6379/-1"),
    ("REDIS_URL", "redis://:secret@valkey:6379/first"),
    ("REDIS_URL", "redis://:secret@valkey:6379/0?socket_timeout=long"),
    ("REDIS_URL", "redis://:secret@valkey:6379/0?sockettimeout=5"),
    ("REDIS_URL", "rediss://:secret@valkey:6379/0?ssl_cert_reqs=CERT_REQUIRED"),
    ("REDIS_URL", "rediss://:secret@valkey:6379/0?ssl_ca_certs=/nowhere/ca.pem"),
    ("OPENAI_API_KEY", "sk-secret two"),
    ("OPENAI_API_KEY", "sk-secret\n"),
]


def test_every_setting_has_a_rule_and_every_rule_a_setting() -> None:
    assert set(RULES) == set(READ)


@pytest.mark.parametrize("name, value", ALLOWED)
def test_allowed_value_is_no_problem(name: str, value: str) -> None:
    assert problems({name: value}) == []


@pytest.mark.parametrize("name, value", REFUSED)
def test_refused_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    assert problems({name: value}) == [f"{name}={value} is not allowed: it takes {RULES[name].takes}."]


@pytest.mark.parametrize("name, value", SECRET)
def test_secret_is_named_and_not_shown(name: str, value: str) -> None:
    assert problems({name: value}) == [f"{name}=(not shown) is not allowed: it takes {RULES[name].takes}."]


def test_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("postgres://fusionweb@127.0.0.1/fusionweb\n")
    environment = {"DATABASE_URL_FILE": str(file), "REDIS_URL": "", "REDIS_URL_FILE": "", "PROMPT_LIMIT": "5"}

    assert problems(environment) == []
    assert setting_rules.given(environment)["DATABASE_URL"] == "postgres://fusionweb@127.0.0.1/fusionweb"
    assert setting_rules.given(environment | {"DATABASE_URL": "postgres://a/b"})["DATABASE_URL"] == "postgres://a/b"
    file.write_text("a secret that is no address")
    assert problems(environment) == [
        f"DATABASE_URL=(not shown) is not allowed: it takes {RULES['DATABASE_URL'].takes}."
    ]


def test_file_of_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    assert problems({"SECRET_KEY_FILE": str(missing), "OPENAI_API_KEY_FILE": str(tmp_path)}) == [
        f"SECRET_KEY_FILE={missing} is not allowed: it takes a file that can be read.",
        f"OPENAI_API_KEY_FILE={tmp_path} is not allowed: it takes a file that can be read.",
    ]


def test_passwords_of_their_own_reach_postgres_and_redis(tmp_path: Path) -> None:
    for name in ("postgres", "redis"):
        (tmp_path / name).write_text(f"{name} secret\n")
    code = "from fusionweb import settings; print(settings.DATABASES['default']['PASSWORD'], settings.REDIS_URL)"
    addresses = {"DATABASE_URL": "postgres://fusionweb@postgres/fusionweb", "REDIS_URL": "redis://valkey:6379/0"}
    files = {"DATABASE_PASSWORD_FILE": str(tmp_path / "postgres"), "REDIS_PASSWORD_FILE": str(tmp_path / "redis")}

    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, cwd=ROOT, env=os.environ | addresses | files, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout == "postgres secret redis://:redis%20secret@valkey:6379/0\n"


def test_every_problem_is_told_at_once() -> None:
    found = problems({"DEBUG": "maybe", "WORKER_THREADS": "0", "LOG_LEVEL": "INFO"})

    assert [sentence.partition("=")[0] for sentence in found] == ["DEBUG", "WORKER_THREADS"]


@pytest.mark.parametrize("flag", ["SECURE", "BEHIND_PROXY"])
@pytest.mark.parametrize("key", ["x" * 49, "abcd" * 20, "short and clear"])
def test_weak_key_is_refused_where_others_reach_the_site(key: str, flag: str, tmp_path: Path) -> None:
    (sentence,) = problems({"SECRET_KEY": key, flag: "yes"})

    assert sentence.startswith(
        "SECRET_KEY=(not shown) is not allowed: with SECURE or BEHIND_PROXY it takes at least 50"
    )
    assert key not in sentence
    assert problems({"SECRET_KEY": key, flag: "false"}) == []
    file = tmp_path / "secret_key"
    file.write_text(f"{key}\n")
    assert problems({"SECRET_KEY_FILE": str(file), flag: "1"}) == [sentence]


def test_key_that_we_made_is_strong_enough(tmp_path: Path) -> None:
    made = read_secret_key(tmp_path)

    assert problems({"SECRET_KEY": made, "SECURE": "true", "SECRET_KEY_FALLBACKS": "short"}) == []
    assert problems({"SECURE": "true", "BEHIND_PROXY": "true"}) == []  # without one, that of the data folder counts


@pytest.mark.parametrize(
    "heartbeat, lost_after, count", [("5", "10", 0), ("5", "9.9", 1), ("20", "", 1), ("", "3", 1), ("", "", 0)]
)
def test_call_is_lost_after_two_reports_at_the_earliest(heartbeat: str, lost_after: str, count: int) -> None:
    assert len(problems({"HEARTBEAT_SECONDS": heartbeat, "LOST_AFTER_SECONDS": lost_after})) == count


PARTS = {
    "up": ["manage.py", "up", "--no-models"],
    "command": ["manage.py", "migrate"],
    "web": ["-m", "fusionweb.web_server", "-p", "1", "fusionweb.asgi:application"],
    "worker": ["-m", "celery", "-A", "fusionweb", "worker"],
}


@pytest.mark.parametrize("part", PARTS)
def test_no_part_starts_with_a_wrong_setting_and_each_says_why(tmp_path: Path, part: str) -> None:
    given = {"WORKER_THREADS": "0", "TIME_ZONE": "Mars/Base", "FUSIONWEB_DATA": str(tmp_path / "data")}

    done = subprocess.run(
        [sys.executable, *PARTS[part]], check=False, cwd=ROOT, env=os.environ | given, capture_output=True, text=True
    )

    said = done.stdout if part == "up" else done.stderr
    assert (done.returncode, said.splitlines()[-2:]) == (1, problems(given))
    assert not (tmp_path / "data").exists()


def test_empty_setting_counts_as_none() -> None:
    assert setting_rules.given({"WORKER_THREADS": "", "DEBUG": "true"}) == {"DEBUG": "true"}
    code = "from fusionweb import settings; print(settings.CELERY_WORKER_CONCURRENCY, settings.ALLOWED_HOSTS)"
    empty = os.environ | {"WORKER_THREADS": "", "ALLOWED_HOSTS": ""}

    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=empty, capture_output=True, text=True)

    assert done.stdout == "128 ['localhost', '127.0.0.1', '[::1]']\n"
