"""The composition root: settings, URLs, the ASGI and Celery applications, the local stack. No logic of the product."""

from fusionweb.celery import app as celery_app

__all__ = ["celery_app"]
