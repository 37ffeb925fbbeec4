"""Tell the open sockets of a person that a session of theirs may have ended: signed out, a new password, closed.

All web processes hear of it by a stream in Valkey, and their sockets then look at the database. Where Valkey is away
they do so with their next heartbeat.
"""

from functools import partial
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.accounts.models import User
from apps.runs.event_log.writer import append_account_change


@receiver(post_delete, sender=Session)
def session_deleted(instance: Session, **_: Any) -> None:
    """Tell the sockets of the session's user."""
    if user := instance.get_decoded().get(SESSION_KEY):
        transaction.on_commit(partial(append_account_change, user))


@receiver(post_save, sender=User)
def account_saved(instance: User, *, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """Tell the sockets of an account that may have a new password or be closed; each sign-in saves ``last_login``."""
    if not created and update_fields != frozenset({"last_login"}):
        transaction.on_commit(partial(append_account_change, instance.pk))
