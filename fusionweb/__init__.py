"""The composition root: settings, URLs, the ASGI and Celery applications, the local stack. No logic of the product."""
