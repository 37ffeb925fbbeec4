"""One table of what each setting of the environment may hold, checked before any part of the site starts.

`settings.py` asks it for every web process, worker and command, `manage.py up` before it starts them. An empty value
counts as none. `tests/test_setting_rules.py` holds the table against `settings.py`.
"""

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import psycopg
import redis
from psycopg import conninfo


@dataclass(frozen=True, slots=True)
class Rule:
    """The values that a setting takes, in words that follow "it takes", and the test of a value that is not empty.

    A secret is never shown. ``accepts`` may raise ``ValueError`` as well.
    """

    takes: str
    accepts: Callable[[str], bool]
    is_secret: bool = False


def whole(least: int) -> Rule:
    """Return the rule of a whole number; nine digits are enough for all and fit into every counter."""
    return Rule(
        f"a whole number from {least:,} to 999,999,999",
        lambda text: bool(re.fullmatch(r"\d{1,9}", text.replace("_", ""), re.ASCII)) and least <= int(text),
    )


def seconds(*, may_be_zero: bool = False, most: float | None = None) -> Rule:
    """Return the rule of a length of time in seconds, at most about 30 years if not less is said."""
    least = "0 or more" if may_be_zero else "more than 0"

    def accepts(text: str) -> bool:
        number = float(text)
        is_within = 0 <= number <= (1e9 if most is None else most)
        return math.isfinite(number) and is_within and (may_be_zero or number > 0)

    return Rule(f"a number of seconds, {least}" + ("" if most is None else f", at most {most:g}"), accepts)


def address(*schemes: str, is_secret: bool = False) -> Rule:
    """Return the rule of a URL with a host."""

    def accepts(text: str) -> bool:
        url = urlsplit(text)
        _ = url.port  # raises ValueError for none
        return url.scheme in schemes and bool(url.hostname) and not re.search(r"\s", text)

    return Rule(f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}", accepts, is_secret)


def each(rule: Rule, separator: str | None = ",") -> Rule:
    """Return the rule of a list whose items, one at least, keep ``rule``."""

    def accepts(text: str) -> bool:
        items = [item.strip() for item in text.split(separator) if item.strip()]
        return bool(items) and all(map(rule.accepts, items))

    return Rule(rule.takes, accepts, rule.is_secret)


def is_redis(text: str) -> bool:
    """Return whether clients can use an address: redis-py finds out at the first connection, deep inside a request."""
    url = urlsplit(text)
    query = dict(parse_qsl(url.query))
    files = [query[name] for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile") if name in query]
    is_known = query.get("ssl_cert_reqs", "required") in ("required", "optional", "none")
    if not (REDIS.accepts(text) and is_known and all(Path(file).is_file() for file in files)):
        return False
    # The client takes any other path for database 0, and reads its options when it makes a connection.
    if not re.fullmatch(r"/?\d{0,4}", url.path, re.ASCII):
        return False
    redis.ConnectionPool.from_url(text).make_connection()
    return True


def is_postgres(text: str) -> bool:
    """Return whether an address names a database, and in its query only what PostgreSQL's client knows."""
    url = urlsplit(text)
    names = {name for name, _ in parse_qsl(url.query)} - OF_DJANGO
    conninfo.make_conninfo(**dict.fromkeys(names, "x"))
    return POSTGRES.accepts(text) and bool(url.path.strip("/"))


def is_model(text: str) -> bool:
    name, _, base_url = text.partition("=")
    return bool(name) and WEB.accepts(base_url)


ANYTHING = Rule("a text", lambda _: True)
SECRET = Rule("a text", lambda _: True, is_secret=True)
KEY = Rule("a key: letters, digits and signs, without spaces", lambda text: bool(re.fullmatch("[!-~]+", text)), True)
TRUE = "true on ok y yes 1".split()
FLAG = Rule("true or false", lambda text: text.lower() in [*TRUE, *"false off n no 0".split()])
LEVEL = Rule("DEBUG, INFO, WARNING, ERROR or CRITICAL", "DEBUG INFO WARNING ERROR CRITICAL".split().__contains__)
WEB = address("http", "https")
REDIS = address("redis", "rediss")
POSTGRES = address("postgres", "postgresql")
OF_DJANGO = {"conn_max_age", "conn_health_checks", "atomic_requests", "autocommit", "disable_server_side_cursors"}
"""Options of Django's own that the address of a database may carry."""
DATABASE = Rule(
    f"{POSTGRES.takes} and ends with the name of a database; its options are PostgreSQL's", is_postgres, is_secret=True
)
BROKER = Rule(
    f"{REDIS.takes}; its path is a number if any, its options are redis-py's, its ssl_cert_reqs is required, optional"
    " or none, and the files that it names are there",
    is_redis,
    is_secret=True,
)
HOSTS = Rule(
    "host names such as fusion.example, separated by commas, without https:// and without a port",
    lambda text: bool(re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]", text)),
)
ORIGINS = Rule(
    "origins such as https://fusion.example, separated by commas",
    lambda text: bool(re.fullmatch(r"https?://[\w*.\-\[\]:]+", text)),
)
ANY_ORIGIN = Rule(f"{ORIGINS.takes}, or * for all", lambda text: text == "*" or ORIGINS.accepts(text))
MODELS = Rule("servers as name=http://address, separated by spaces", is_model)
OLLAMA = Rule("a host, with a port if need be, or an address", lambda text: bool(re.fullmatch(r"[!-~]+", text)))
ENGINE = Rule("searxng, brave, tavily, exa or serper", "searxng brave tavily exa serper".split().__contains__)
PAGE_HOSTS = Rule(
    "hosts such as wiki.example or wiki.example:8080, separated by commas, without https://",
    lambda text: bool(re.fullmatch(r"[\w-]+(\.[\w-]+)*(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?", text)),
)
LANGUAGE = Rule(
    "the name of a text search configuration of PostgreSQL, such as english, german or simple",
    lambda text: bool(re.fullmatch(r"[a-z_]{1,63}", text)),
)
ZONE = Rule("the name of a time zone such as Europe/Berlin", lambda text: bool(ZoneInfo(text)))

LEAST_KEY = 50
LEAST_VARIED = 5
"""Characters of a SECRET_KEY, and different ones among them, below which Django calls it weak (`security.W009`)."""

RULES = {
    "DEBUG": FLAG,
    "FUSIONWEB_DATA": ANYTHING,
    "SECRET_KEY": SECRET,
    "SECRET_KEY_FALLBACKS": SECRET,
    "ALLOWED_HOSTS": each(HOSTS),
    "SITE_URL": WEB,
    "CSRF_TRUSTED_ORIGINS": each(ORIGINS),
    "DATABASE_URL": DATABASE,
    "DATABASE_POOL": whole(1),
    "DATABASE_PASSWORD": SECRET,
    "REDIS_URL": BROKER,
    "REDIS_PASSWORD": SECRET,
    "LOGIN_LINK_SECONDS": whole(1),
    "WORKER_THREADS": whole(1),
    "PROMPT_LIMIT": whole(1),
    "FILE_BYTES": whole(1),
    "FILE_CHARACTERS": whole(1),
    "FILES_PER_PROMPT": whole(1),
    "FILES_PER_ACCOUNT": whole(1),
    "FILE_BYTES_PER_ACCOUNT": whole(1),
    "HEARTBEAT_SECONDS": seconds(),
    "LOST_AFTER_SECONDS": seconds(),
    "REQUEUE_AFTER_SECONDS": seconds(),
    "CONNECT_TIMEOUT": seconds(),
    "FIRST_TOKEN_TIMEOUT": seconds(),
    "THINKING_FIRST_TOKEN_TIMEOUT": seconds(),
    "IDLE_TIMEOUT": seconds(),
    "TOTAL_TIMEOUT": seconds(),
    "RETRY_SECONDS": seconds(may_be_zero=True),
    "CIRCUIT_OPEN_SECONDS": seconds(may_be_zero=True),
    "COALESCE_SECONDS": seconds(may_be_zero=True, most=1),
    "HOT_ROWS": FLAG,
    "STREAM_HEARTBEAT_SECONDS": seconds(),
    "API_CORS_ORIGINS": each(ANY_ORIGIN),
    "EVENTS_EXPIRE_SECONDS": whole(1),
    "LOCAL_MODELS": each(MODELS, separator=None),
    "OPENAI_BASE_URL": WEB,
    "OPENAI_API_KEY": KEY,
    "OPENROUTER_API_KEY": KEY,
    "ANTHROPIC_API_KEY": KEY,
    "GEMINI_API_KEY": KEY,
    "GOOGLE_API_KEY": KEY,
    "GROQ_API_KEY": KEY,
    "MISTRAL_API_KEY": KEY,
    "DEEPSEEK_API_KEY": KEY,
    "XAI_API_KEY": KEY,
    "TOGETHER_API_KEY": KEY,
    "FIREWORKS_API_KEY": KEY,
    "OLLAMA_HOST": OLLAMA,
    "SEARCH_ENGINE": ENGINE,
    "SEARXNG_BASE_URL": WEB,
    "BRAVE_API_KEY": KEY,
    "TAVILY_API_KEY": KEY,
    "EXA_API_KEY": KEY,
    "SERPER_API_KEY": KEY,
    "FETCH_ALLOWED_HOSTS": each(PAGE_HOSTS),
    "FETCH_PROXY": address("http", "https", "socks5", "socks5h", is_secret=True),
    "HISTORY_LANGUAGE": LANGUAGE,
    "HISTORY_SEARCH_TIMEOUT": seconds(),
    "TIME_ZONE": ZONE,
    "STATIC_ROOT": ANYTHING,
    "SECURE": FLAG,
    "SECURE_SSL_REDIRECT": FLAG,
    "SECURE_HSTS_SECONDS": whole(0),
    "BEHIND_PROXY": FLAG,
    "LOG_LEVEL": LEVEL,
}


def given(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that hold something; a secret may stand in the file that ``<name>_FILE`` names.

    Raises ``OSError`` if such a file cannot be read.
    """
    found = {name: value for name, value in environment.items() if value}
    read = {name: Path(path).read_text().strip() for name, path in _files(environment).items()}
    return found | {name: text for name, text in read.items() if text}


def problems(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each setting whose value is not allowed: its name, the value and what it takes."""
    unreadable = [
        f"{name}_FILE={path} is not allowed: it takes a file that can be read."
        for name, path in _files(environment).items()
        if not os.access(path, os.R_OK) or Path(path).is_dir()
    ]
    if unreadable:
        return unreadable
    values = given(environment)
    found = [
        f"{name}={'(not shown)' if rule.is_secret else value} is not allowed: it takes {rule.takes}."
        for name, rule in RULES.items()
        if (value := values.get(name, "")) and not _keeps(rule, value)
    ]
    return found or [*_weak_key(values), *_contradictions(values)]


def _files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the files of secrets that are not given themselves."""
    secrets = [name for name, rule in RULES.items() if rule.is_secret and not environment.get(name)]
    return {name: path for name in secrets if (path := environment.get(f"{name}_FILE"))}


def _keeps(rule: Rule, value: str) -> bool:
    try:
        return rule.accepts(value)
    # What ZoneInfo raises depends on the name; an option that redis-py does not know is a TypeError.
    except (ValueError, LookupError, OSError, TypeError, psycopg.Error, redis.RedisError):
        return False


def _weak_key(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for a key that can be guessed, on a site that others reach; one made by us is longer."""
    key = environment.get("SECRET_KEY", "")
    is_public = any(environment.get(name, "").lower() in TRUE for name in ("SECURE", "BEHIND_PROXY"))
    if not (key and is_public) or (len(key) >= LEAST_KEY and len({*key}) >= LEAST_VARIED):
        return []
    return [
        f"SECRET_KEY=(not shown) is not allowed: with SECURE or BEHIND_PROXY it takes at least {LEAST_KEY} characters, "
        f"{LEAST_VARIED} of them different. `openssl rand -hex 32` makes one; put the old into SECRET_KEY_FALLBACKS."
    ]


def _contradictions(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for settings that cannot both hold: a call between two reports must not count as lost."""
    heartbeat = float(environment.get("HEARTBEAT_SECONDS") or 5)
    lost_after = float(environment.get("LOST_AFTER_SECONDS") or 30)
    if lost_after >= 2 * heartbeat:
        return []
    sentence = "is not allowed: it takes at least twice HEARTBEAT_SECONDS"
    return [f"LOST_AFTER_SECONDS={lost_after:g} {sentence}, which is {heartbeat:g}."]
