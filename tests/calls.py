"""Rows of calls for tests, written past the strategies."""

from collections.abc import Iterable
from typing import Any

from apps.fusion.values import Attempt
from apps.fusion.vocabulary import Role
from apps.runs.lifecycle.claims import store_attempts
from apps.runs.models import Call, CallOutput, Run

OF_OUTPUT = {field.name for field in CallOutput._meta.concrete_fields} - {"call"}


def create_call(run: Run, role: Role = Role.PANEL, slot: str = "", **values: Any) -> Call:
    """Store a call with its output; ``values`` are columns of either, and ``attempts``."""
    attempts: Iterable[Attempt] = values.pop("attempts", ())
    output = {name: values.pop(name) for name in OF_OUTPUT & set(values)}
    values.setdefault("stage", role)
    call = Call.objects.create(run=run, role=role, slot=slot, **values)
    CallOutput.objects.create(call=call, **output)
    store_attempts(call, tuple(attempts))
    return call


def change_output(call: Call, **values: Any) -> None:
    """Write columns of a call's output."""
    CallOutput.objects.filter(pk=call.pk).update(**values)
