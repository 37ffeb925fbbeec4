"""Calls of a state, as the tables of several strategies make them from what a strategy asks for."""

from typing import Any

from apps.fusion.state import CallState
from apps.fusion.values import CallSpec
from apps.fusion.vocabulary import Status
from tests.fusion.strategies.test_vote import START


def call_of(number: int, spec: CallSpec, **values: Any) -> CallState:
    """Return the call of a specification, ended well a second after the start unless ``values`` say otherwise."""
    return CallState(
        **{
            "id": number,
            "role": spec.role,
            "stage": spec.stage,
            "slot": spec.slot,
            "take": spec.take,
            "model": spec.model,
            "inputs": spec.inputs,
            "status": Status.DONE,
            "text": "{}",
            "started_at": START,
            "ended_at": START + 1,
            **values,
        }
    )
