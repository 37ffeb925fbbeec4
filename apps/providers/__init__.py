"""The outside models: requests out, chunks in, foreign errors mapped to ours. No Django, Celery or Redis in here."""
