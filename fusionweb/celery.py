"""The Celery application: `celery -A fusionweb worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from kombu.transport.redis import Channel

from fusionweb.long_lived import keep_out_of_collections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
# Django's checks, which `make check` makes, would load all pages and the whole API into processes that serve neither:
# 40 MB and a third of the time of a start.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")
app = Celery("fusionweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["apps.api"])  # it has no tables, so it is no installed app
app.set_default()  # otherwise threads, such as those of web requests, get an application without a broker

# The sweep sends what was lost, so no message is given back when a channel closes: where the broker is away, to try it
# ends the worker, which then takes no call until its last stream is over.
Channel.do_restore = False


@setup_logging.connect
def _leave_logs_to_settings(**_: Any) -> None:
    """Keep Celery from the logs: where nobody answers, it sets a level of its own in place of ``LOG_LEVEL``."""


@worker_ready.connect
def _has_started(**_: Any) -> None:
    keep_out_of_collections()
