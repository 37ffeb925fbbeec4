"""Every setting, read from the environment; works with an empty one. `.env.example` explains each name."""

import gc
import os
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab

from fusionweb import celery  # noqa: F401 - whoever has the settings may send tasks, and they go through our application
from fusionweb.database_pool import PooledConnection
from fusionweb.redis_address import with_password, with_verification
from fusionweb.secret_key import read_secret_key
from fusionweb.setting_rules import given, problems
from fusionweb.static_version import version_of

gc.disable()  # until the last application is ready: of what is loaded at a start, next to nothing is garbage
env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
if wrong := problems(os.environ):
    raise SystemExit("\n".join(wrong))  # whoever starts a part reads a sentence, not a traceback
env.ENVIRON = given(os.environ)


# ------------------------------------------------------------------ the site
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("FUSIONWEB_DATA", default="") or BASE_DIR / "data")
SECRET_KEY = env.str("SECRET_KEY", default="") or read_secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", default="")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "fusionweb.urls"
ASGI_APPLICATION = "fusionweb.asgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "django_htmx",
    "apps.accounts",
    "apps.catalogue",
    "apps.annotations",
    "apps.runs",
    "apps.batches",
    "apps.archives",
    "apps.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.private_pages.private_pages",
    "apps.web.questions.AskFirst",
    "apps.web.locales.reader_locale",
    "axes.middleware.AxesMiddleware",
    "apps.api.middleware.api_middleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["fusionweb.templates.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# ------------------------------------------------------------------ data
VANISHED = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
"""libpq's options (seconds, milliseconds) by which a machine that is gone is noticed; by default it takes two hours."""
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://fusionweb@127.0.0.1:5432/fusionweb")}
DATABASES["default"].update(
    CONN_HEALTH_CHECKS=True,
    OPTIONS=VANISHED
    | DATABASES["default"].get("OPTIONS", {})
    | {
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=20),
            "timeout": 20,
            "connection_class": PooledConnection,
        }
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES["default"]["PASSWORD"] = DATABASES["default"]["PASSWORD"] or env.str("DATABASE_PASSWORD", default="")
REDIS_URL = with_verification(env.str("REDIS_URL", default="redis://127.0.0.1:6379/0"))
REDIS_URL = with_password(REDIS_URL, env.str("REDIS_PASSWORD", default=""))


# ------------------------------------------------------------------ accounts
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:login"
API_CORS_ORIGINS = env.list("API_CORS_ORIGINS", default=[])
LOGIN_LINK_SECONDS = env.int("LOGIN_LINK_SECONDS", default=3600)
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]  # either; counted in the database, so that Valkey may be away
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = False  # or whoever has an account could go on trying others' from the same address
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "apps.accounts.client_address.client_address"
AXES_CLIENT_STR_CALLABLE = "apps.accounts.sign_ins.describe"
AXES_LOCKOUT_CALLABLE = "apps.web.session_views.locked_out"


# ------------------------------------------------------------------ work
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "calls"
CELERY_TASK_ROUTES = {name: {"queue": "control"} for name in ("runs.sweep", "runs.measure", "batches.dispatch")}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True  # or a worker whose threads are all at work would keep messages from the others
CELERY_WORKER_CONCURRENCY = env.int("WORKER_THREADS", default=128)  # a waiting thread per call under way
CELERY_WORKER_POOL = "fusionweb.worker_threads:WorkerThreads"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RANKS = range(12)  # a queue is a list per rank; the first is the first to be taken
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "ack_emulation": False,  # a message that is taken is gone: the sweep sends what was lost
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "priority_steps": list(CELERY_RANKS),
    "sep": ":",
    "queue_order_strategy": "priority",
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "runs.sweep", "schedule": 1.0, "options": {"expires": 5}},
    "batches": {"task": "batches.dispatch", "schedule": 1.0, "options": {"expires": 5}},
    "measure": {"task": "runs.measure", "schedule": 3600.0, "options": {"expires": 600}},
    "forget": {"task": "catalogue.forget_lookups", "schedule": 3600.0, "options": {"expires": 600}},
    "refresh": {"task": "catalogue.refresh_all", "schedule": crontab(hour=4, minute=17)},
}


# ------------------------------------------------------------------ runs
PROMPT_LIMIT = env.int("PROMPT_LIMIT", default=600_000)
FILE_BYTES = env.int("FILE_BYTES", default=5_000_000)  # of one file in a prompt
FILE_CHARACTERS = env.int("FILE_CHARACTERS", default=400_000)  # of its text
FILES_PER_PROMPT = env.int("FILES_PER_PROMPT", default=5)
FILES_PER_ACCOUNT = env.int("FILES_PER_ACCOUNT", default=10_000)  # in all runs that a person keeps
FILE_BYTES_PER_ACCOUNT = env.int("FILE_BYTES_PER_ACCOUNT", default=2_000_000_000)
# So much that a prompt over the limit comes back, not lost, and that a program can send a file in base64.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(10_000_000, 15 * PROMPT_LIMIT, 2 * FILE_BYTES)
BODY_LIMIT = DATA_UPLOAD_MAX_MEMORY_SIZE + 21_000_000  # bytes of a request: the form, and its four images beside it
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=5)
LOST_AFTER_SECONDS = env.float("LOST_AFTER_SECONDS", default=30)
REQUEUE_AFTER_SECONDS = env.float("REQUEUE_AFTER_SECONDS", default=10)
CONNECT_TIMEOUT = env.float("CONNECT_TIMEOUT", default=10)
FIRST_TOKEN_TIMEOUT = env.float("FIRST_TOKEN_TIMEOUT", default=60)
THINKING_FIRST_TOKEN_TIMEOUT = env.float("THINKING_FIRST_TOKEN_TIMEOUT", default=300)  # of models that think
IDLE_TIMEOUT = env.float("IDLE_TIMEOUT", default=60)
TOTAL_TIMEOUT = env.float("TOTAL_TIMEOUT", default=600)
RETRY_SECONDS = env.float("RETRY_SECONDS", default=0.5)  # doubled with every attempt
CIRCUIT_OPEN_SECONDS = env.float("CIRCUIT_OPEN_SECONDS", default=30)
HOT_ROWS = env.bool("HOT_ROWS", default=True)  # false: querysets do the work of apps/runs/hot_rows.py
COALESCE_SECONDS = env.float("COALESCE_SECONDS", default=0.04)
STREAM_HEARTBEAT_SECONDS = env.float("STREAM_HEARTBEAT_SECONDS", default=5)
EVENTS_EXPIRE_SECONDS = env.int("EVENTS_EXPIRE_SECONDS", default=3600)
HISTORY_LANGUAGE = env.str("HISTORY_LANGUAGE", default="english")
HISTORY_SEARCH_TIMEOUT = env.float("HISTORY_SEARCH_TIMEOUT", default=1.5)


# ------------------------------------------------------------------ models to connect
LOCAL_MODELS = env.str("LOCAL_MODELS", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENROUTER_API_KEY = env.str("OPENROUTER_API_KEY", default="")
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
GEMINI_API_KEY = env.str("GEMINI_API_KEY", default="")
GOOGLE_API_KEY = env.str("GOOGLE_API_KEY", default="")
GROQ_API_KEY = env.str("GROQ_API_KEY", default="")
MISTRAL_API_KEY = env.str("MISTRAL_API_KEY", default="")
DEEPSEEK_API_KEY = env.str("DEEPSEEK_API_KEY", default="")
XAI_API_KEY = env.str("XAI_API_KEY", default="")
TOGETHER_API_KEY = env.str("TOGETHER_API_KEY", default="")
FIREWORKS_API_KEY = env.str("FIREWORKS_API_KEY", default="")
OLLAMA_HOST = env.str("OLLAMA_HOST", default="")


# ------------------------------------------------------------------ the web that models may look things up on
SEARCH_ENGINE = env.str("SEARCH_ENGINE", default="")
SEARXNG_BASE_URL = env.str("SEARXNG_BASE_URL", default="")
BRAVE_API_KEY = env.str("BRAVE_API_KEY", default="")
TAVILY_API_KEY = env.str("TAVILY_API_KEY", default="")
EXA_API_KEY = env.str("EXA_API_KEY", default="")
SERPER_API_KEY = env.str("SERPER_API_KEY", default="")
FETCH_ALLOWED_HOSTS = env.list("FETCH_ALLOWED_HOSTS", default=[])
FETCH_PROXY = env.str("FETCH_PROXY", default="")


# ------------------------------------------------------------------ pages
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or BASE_DIR / "staticfiles")
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[tuple[str, Path]] = [
    ("", BASE_DIR / "static"),
    ("vendor/htmx", NODE_MODULES / "htmx.org" / "dist"),
    ("vendor/diff", NODE_MODULES / "diff" / "libesm"),
    ("vendor/combobox-nav", NODE_MODULES / "@github" / "combobox-nav" / "dist"),
    ("vendor/markdown-it", NODE_MODULES / "markdown-it" / "dist" / "browser"),
    ("vendor/inter", NODE_MODULES / "@fontsource-variable" / "inter"),
    ("vendor/jetbrains-mono", NODE_MODULES / "@fontsource-variable" / "jetbrains-mono"),
]
STATIC_URL = f"/static/{'debug' if DEBUG else version_of(STATICFILES_DIRS)}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = lambda path, url: not DEBUG  # noqa: ARG005, E731 - the version is in the address


# ------------------------------------------------------------------ security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    },
}
SECURE = env.bool("SECURE", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if SECURE else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


# ------------------------------------------------------------------ logs
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"mask_paths": {"()": "fusionweb.access_log.MaskPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask_paths"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "mcp": {"level": "CRITICAL"},  # it complains of tool servers, whose failures are told on their page
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},  # a line for each message, twice a second where nothing is done
        "celery.beat": {"level": "WARNING"},  # another line for the same messages
        "axes": {"level": "WARNING"},
        "trafilatura": {"level": "CRITICAL"},  # it complains of pages, and these are anybody's
    },
}
