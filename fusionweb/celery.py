"""The Celery application: `celery -A fusionweb worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
app = Celery("fusionweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # otherwise threads, such as those of web requests, get an application without a broker
