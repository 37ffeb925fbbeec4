"""The catalogue's Celery tasks: a provider's list, all lists once a day, one model's test, the speed of local models.

They mostly wait for vendors, so they run where calls wait: the few threads of the control queue keep the sweep going.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError

from apps.catalogue.connecting import checks
from apps.catalogue.lookup.entries import forget_old_entries
from apps.catalogue.models import Model, Provider
from apps.catalogue.recipes.warnings import LLAMA_CPP

log = logging.getLogger(__name__)

BROKEN = "Something went wrong inside FusionWeb; the log of the worker has the details."


@shared_task(name="catalogue.refresh", ignore_result=True)
def refresh(provider_id: int) -> None:
    """Fetch one provider's list of models."""
    providers = Provider.objects.filter(pk=provider_id)
    _guarded(lambda: checks.refresh(list(providers)), providers, refresh_failure=BROKEN, refresh_asked_at=None)


@shared_task(name="catalogue.refresh_all", ignore_result=True)
def refresh_all() -> None:
    """Refresh the model lists of all connected providers that have one; runs once a day."""
    providers = Provider.objects.filter(is_connected=True).exclude(slug="local")
    _guarded(lambda: checks.refresh(list(providers)), providers, refresh_failure=BROKEN, refresh_asked_at=None)


@shared_task(name="catalogue.test_model", ignore_result=True)
def test_model(model_id: int) -> None:
    """Ask one model for one token."""
    models = Model.objects.filter(pk=model_id)
    _guarded(
        lambda: checks.test_models(models.select_related("provider")),
        models,
        test_failure=BROKEN,
        test_asked_at=None,
    )


@shared_task(name="catalogue.measure_speeds", ignore_result=True)
def measure_speeds() -> None:
    """Measure how fast the models that `make run` serves read a prompt: before the first one is sent to them."""
    checks.measure_speeds(Model.objects.filter(provider__slug=LLAMA_CPP, is_available=True).select_related("provider"))


@shared_task(name="catalogue.forget_lookups", ignore_result=True)
def forget_lookups() -> None:
    """Delete pages and results that were kept for longer than a day; runs once an hour."""
    forget_old_entries()


def _guarded(work: Callable[[], Any], rows: Any, **failure: Any) -> None:
    """Run the work of a task. On any failure, write it to the row so that the page stops waiting."""
    try:
        work()
    except (OperationalError, InterfaceError):
        raise  # the row could not be written either
    except Exception:
        log.exception("A task of the catalogue broke")
        rows.update(**failure)
